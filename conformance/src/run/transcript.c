#include "run/transcript.h"

#include "base/memory.h"
#include "base/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void transcript_forget(struct transcript *transcript)
{
    json_decref(transcript->before);
    transcript->before = NULL;
}

void transcript_begin(struct transcript *transcript)
{
    transcript->begin = process_now();
    transcript->step = 0;
    if (transcript->on) {
        json_decref(transcript->lines);
        transcript->lines = json_array();
    }
}

void transcript_end(struct transcript *transcript)
{
    json_decref(transcript->lines);
    transcript->lines = NULL;
}

void transcript_free(struct transcript *transcript)
{
    transcript_forget(transcript);
    transcript_end(transcript);
}

static void add(struct transcript *transcript, json_t *line)
{
    bool in_case = transcript->lines != NULL;
    if (!in_case && transcript->before == NULL) {
        transcript->before = json_array();
    }
    if (in_case) {
        double microseconds = (process_now() - transcript->begin) * 1e6;
        json_object_set_new(line, "microseconds", json_integer((json_int_t)microseconds));
    }
    if (in_case && transcript->step > 0) {
        json_object_set_new(line, "step", json_integer((json_int_t)transcript->step));
    }
    json_array_append_new(in_case ? transcript->lines : transcript->before, line);
}

static json_t *answer_json(const struct testee_answer *answer)
{
    static const char *const names[] = {[TESTEE_ABSENT] = "absent",
                                        [TESTEE_FAILED] = "failed",
                                        [TESTEE_BROKEN] = "broken",
                                        [TESTEE_INTERRUPTED] = "interrupted"};
    switch (answer->status) {
    case TESTEE_RESULT:
        return json_pack("{s:O}", "result", answer->result);
    case TESTEE_RAISED:
        return json_pack("{s:s, s:s*}", "error", answer->kind, "message", answer->message);
    default:
        return json_pack("{s:s*}", names[answer->status], answer->message == NULL ? "" : answer->message);
    }
}

void transcript_call(struct transcript *transcript, const char *method, const json_t *params,
                     const struct testee_answer *answer)
{
    if (!transcript->on) {
        return;
    }
    json_t *line = json_pack("{s:s, s:o}", "request", method, "params",
                             params == NULL ? json_object() : json_copy((json_t *)params));
    json_t *shown = json_object_get(line, "params");
    if (json_object_get(shown, "password") != NULL && json_object_get(shown, "url") != NULL) {
        /* However short it is: a transcript is for many eyes. */
        json_object_set_new(shown, "password", json_string("${database.password}"));
        json_object_set_new(shown, "url", json_string("${database.url}"));
    }
    json_object_set_new(line, "answer", answer_json(answer));
    add(transcript, line);
}

void transcript_own(struct transcript *transcript, const char *what, const json_t *params, const json_t *result,
                    const char *problem)
{
    if (!transcript->on) {
        return;
    }
    json_t *line = json_pack("{s:s, s:O?}", "own", what, "params", params);
    if (result != NULL) {
        json_object_set(line, "result", (json_t *)result);
    }
    if (problem != NULL) {
        json_object_set_new(line, "problem", json_string(problem));
    }
    add(transcript, line);
}

/* ---- portable texts ---------------------------------------------------------------------------------------------- */

/* The longest value that stands at the beginning of the text; shorter ones are words that anybody may use. */
static const char *name_at(const char *text, const json_t *environment, size_t *length)
{
    enum { SHORTEST = 6 };
    const char *name, *found = NULL;
    json_t *value;
    *length = SHORTEST - 1;
    json_object_foreach((json_t *)environment, name, value)
    {
        size_t size = json_string_length(value);
        if (size > *length && strncmp(text, json_string_value(value), size) == 0) {
            found = name;
            *length = size;
        }
    }
    return found;
}

static json_t *portable_text(const json_t *json, const json_t *environment)
{
    struct text out = {0};
    const char *text = json_string_value(json);
    size_t length = json_string_length(json), found;
    for (size_t i = 0; i < length;) {
        const char *name = name_at(text + i, environment, &found);
        if (name != NULL) {
            text_format(&out, "${%s}", name);
            i += found;
        } else {
            text_add_bytes(&out, text + i++, 1);
        }
    }
    json_t *made = json_stringn(text_get(&out), out.length);
    text_free(&out);
    return made;
}

json_t *transcript_portable(const json_t *json, const json_t *environment)
{
    if (json_is_string(json)) {
        return portable_text(json, environment);
    }
    if (json_is_array(json)) {
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(json); i++) {
            json_array_append_new(list, transcript_portable(json_array_get(json, i), environment));
        }
        return list;
    }
    if (json_is_object(json)) {
        json_t *map = json_object(), *value;
        const char *key;
        json_object_foreach((json_t *)json, key, value)
        {
            json_object_set_new(map, key, transcript_portable(value, environment));
        }
        return map;
    }
    return json_incref((json_t *)json);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static bool make_folders(const char *path)
{
    char *copy = memory_copy(path);
    bool good = true;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL && good; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        good = mkdir(copy, 0777) == 0 || errno == EEXIST;
        *slash = '/';
    }
    free(copy);
    return good;
}

/* Takes the line over. */
static bool write_line(FILE *file, json_t *line)
{
    bool good = json_dumpf(line, file, JSON_COMPACT) == 0 && fputc('\n', file) != EOF;
    json_decref(line);
    return good;
}

static bool write_lines(FILE *file, const json_t *lines, const char *mark, const json_t *environment)
{
    bool good = true;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *line = transcript_portable(json_array_get(lines, i), environment);
        if (mark != NULL) {
            json_object_set_new(line, mark, json_true());
        }
        good = write_line(file, line) && good;
    }
    return good;
}

char *transcript_write(const struct transcript *transcript, const char *folder, const char *database, const char *id,
                       json_t *head, json_t *verdict, const json_t *environment, char **problem)
{
    char *path = memory_format("%s/%s/%s.jsonl", folder, database, id);
    json_t *said = transcript_portable(verdict, environment);
    json_decref(verdict);
    FILE *file = make_folders(path) ? fopen(path, "we") : NULL;
    bool good = file != NULL;
    if (good) {
        good = write_line(file, json_incref(head));
        good = write_lines(file, transcript->before, "before", environment) && good;
        good = write_lines(file, transcript->lines, NULL, environment) && good;
        good = write_line(file, json_incref(said)) && good;
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        *problem = memory_format("--transcripts %s: %s", path, strerror(errno));
        free(path);
        path = NULL;
    }
    json_decref(head);
    json_decref(said);
    return path;
}
