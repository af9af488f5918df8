/* orm-testee: liborm behind the conformance protocol (spec/protocol.md), JSON lines until the end of input. */
#include "frame.h"
#include "operations.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text as far as it is UTF-8: a message may be cut, or quote anything. */
static json_t *readable(const char *text)
{
    size_t size = strlen(text);
    json_t *value;
    while ((value = json_stringn(text, size)) == NULL && size > 0)
        size--;
    return must(value);
}

static json_t *error_of(const struct call *c)
{
    json_t *error = must(json_pack("{s:i, s:o}", "code", c->failure.code, "message", readable(c->failure.message)));
    if (c->failure.kind == NULL)
        return error;
    json_t *data = must(json_pack("{s:s}", "kind", c->failure.kind));
    if (c->failure.table[0] != '\0')
        json_object_set_new(data, "table", readable(c->failure.table));
    if (c->failure.column[0] != '\0')
        json_object_set_new(data, "column", readable(c->failure.column));
    if (c->failure.sqlstate[0] != '\0')
        json_object_set_new(data, "sqlstate", readable(c->failure.sqlstate));
    json_object_set_new(error, "data", data);
    return error;
}

/* Sends the call's result or failure and ends the call. */
static bool answer(struct frame *frame, struct call *c, json_t *id)
{
    json_t *line = must(json_pack("{s:s, s:O}", "jsonrpc", "2.0", "id", id != NULL ? id : json_null()));
    if (c->failure.code != 0)
        json_object_set_new(line, "error", error_of(c));
    else
        json_object_set_new(line, "result", c->result != NULL ? json_incref(c->result) : json_object());
    char *text = must(json_dumps(line, JSON_COMPACT));
    size_t size = strlen(text);
    json_decref(line);
    call_end(c);
    if (size > FRAME_LIMIT) {
        free(text);
        c->failure.code = 0;
        call_bad(c, "the answer has %zu bytes, more than a line may have", size);
        c->failure.code = CALL_INTERNAL;
        return answer(frame, c, id);
    }
    bool sent = frame_write(frame, text, size);
    free(text);
    return sent;
}

static void refuse(struct call *c, enum call_code code, const char *text)
{
    call_bad(c, "%s", text);
    c->failure.code = (int)code;
}

static bool serve(struct frame *frame, struct world *world, const char *text, size_t size)
{
    struct call c = { 0 };
    json_error_t where;
    json_t *request = json_loadb(text, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
    json_t *id = json_object_get(request, "id"), *params = json_object_get(request, "params");
    const char *method = json_string_value(json_object_get(request, "method"));
    if (request == NULL)
        refuse(&c, CALL_PARSE, where.text);
    else if (!json_is_integer(id) || method == NULL)
        refuse(&c, CALL_REQUEST, "a request has an integer id and a method");
    else if (params != NULL && !json_is_object(params))
        refuse(&c, CALL_PARAMS, "params is no object");
    else {
        c.params = params;
        operation_run(world, &c, method);
    }
    bool sent = answer(frame, &c, id);
    json_decref(request);
    return sent;
}

static int talk(struct world *world)
{
    struct frame frame;
    struct call too_long = { 0 };
    char *line;
    size_t size;
    enum frame_event event = FRAME_ERROR;
    bool alive = frame_open(&frame);
    while (alive && (event = frame_read(&frame, &line, &size)) != FRAME_END && event != FRAME_ERROR) {
        if (event == FRAME_LINE) {
            alive = serve(&frame, world, line, size);
        } else {
            refuse(&too_long, CALL_PARSE, "a line of more than 16 MiB");
            alive = answer(&frame, &too_long, NULL);
        }
    }
    if (event != FRAME_END)
        fprintf(stderr, "orm-testee: %s\n", strerror(errno));
    frame_close(&frame);
    return event == FRAME_END ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct world world = { .log = argc == 2 && strcmp(argv[1], "--log") == 0 };
    if (argc > 1 && !world.log) {
        fputs("usage: orm-testee [--log]\n"
              "Speaks the conformance protocol on standard input and output.\n"
              "--log writes each statement to standard error.\n", stderr);
        return 2;
    }
    int status = talk(&world);
    world_free(&world);
    return status;
}
