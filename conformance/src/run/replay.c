#include "run/replay.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "run/transcript.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 256 * 1024 * 1024 };

/* ---- the file's lines -------------------------------------------------------------------------------------------- */

/* A list of the lines, or NULL. */
static json_t *read_lines(const char *path, char **problem)
{
    size_t length = 0;
    char *text = path_read(path, FILE_BYTES, &length);
    if (text == NULL) {
        *problem = memory_format("%s: %s", path, strerror(errno));
        return NULL;
    }
    json_t *lines = json_array();
    size_t number = 1;
    for (char *at = text; *at != '\0' && *problem == NULL; number++) {
        size_t size = strcspn(at, "\n");
        json_error_t where;
        json_t *line = json_loadb(at, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
        if (!json_is_object(line)) {
            *problem = memory_format("%s:%zu: no line of a transcript: %s", path, number,
                                     line == NULL ? where.text : "it is no JSON object");
        }
        json_array_append_new(lines, line == NULL ? json_null() : line);
        at += size + (at[size] == '\n');
    }
    free(text);
    if (*problem == NULL && json_array_size(lines) < 2) {
        *problem = memory_format("%s: no transcript: it has no lines", path);
    }
    if (*problem != NULL) {
        json_decref(lines);
        return NULL;
    }
    return lines;
}

/* ---- the case ---------------------------------------------------------------------------------------------------- */

static const char *text(const json_t *map, const char *key)
{
    return json_string_value(json_object_get(map, key));
}

static bool take_step(const json_t *json, struct spec_step *step, char **problem)
{
    const char *name = text(json, "operation");
    step->operation = name == NULL ? NULL : spec_operation_find(name);
    step->params = json_object_get(json, "params");
    step->bind = text(json, "as");
    step->expect = json_object_get(json, "expect");
    step->error = json_object_get(json, "error");
    step->when = json_object_get(json, "when");
    if (step->operation == NULL || !json_is_object(step->params)) {
        *problem = memory_format("the operation `%s` is none that this runner has", name == NULL ? "" : name);
        return false;
    }
    return true;
}

static bool take_needs(struct spec_case *test, const json_t *needs, const struct spec *spec, char **problem)
{
    test->needs = memory_array(json_array_size(needs) + 1, sizeof *test->needs);
    for (size_t i = 0; i < json_array_size(needs); i++) {
        const char *name = json_string_value(json_array_get(needs, i));
        if (name == NULL || !spec_has_capability(spec, name)) {
            *problem = memory_format("the capability '%s' is not in spec/capabilities.yaml", name == NULL ? "" : name);
            return false;
        }
        test->needs[i] = name;
    }
    return true;
}

static bool take_schemas(struct replay *replay, const json_t *schemas, char **problem)
{
    size_t count = json_object_size(schemas), made = 0;
    struct spec_schema *own = memory_array(count + 1, sizeof *own);
    replay->spec.schemas = memory_array(count + 1, sizeof *replay->spec.schemas);
    replay->spec.schemas[0] = own; /* so that it is freed, whatever happens */
    const char *name;
    json_t *json;
    json_object_foreach((json_t *)schemas, name, json)
    {
        own[made] = (struct spec_schema){.name = name, .sha256 = text(json, "sha256"), .json = json};
        if (own[made].sha256 == NULL || !json_is_array(json_object_get(json, "models"))) {
            *problem = memory_format("the schema %s is none", name);
            return false;
        }
        replay->spec.schemas[made] = &own[made];
        made++;
    }
    replay->spec.schema_count = made;
    return true;
}

static bool take_case(struct replay *replay, const json_t *json, char **problem)
{
    const json_t *steps = json_object_get(json, "steps");
    const char *schema = text(json, "schema");
    struct spec_case *test = &replay->test;
    test->id = text(json, "id");
    test->behaviour = &replay->behaviour;
    test->rows = json_object_get(json, "rows");
    test->when = json_object_get(json, "when");
    test->fresh = json_is_true(json_object_get(json, "fresh"));
    test->step_count = json_array_size(steps);
    test->steps = memory_array(test->step_count + 1, sizeof *test->steps);
    if (test->id == NULL || test->step_count == 0) {
        *problem = memory_copy("the case has no id or no steps");
        return false;
    }
    if (schema != NULL && (test->schema = spec_find_schema(&replay->spec, schema)) == NULL) {
        *problem = memory_format("the schema %s of the case is not in the file", schema);
        return false;
    }
    for (size_t i = 0; i < test->step_count; i++) {
        if (!take_step(json_array_get(steps, i), &test->steps[i], problem)) {
            return false;
        }
    }
    return take_needs(test, json_object_get(json, "needs"), &replay->spec, problem);
}

static bool take_head(struct replay *replay, const json_t *head, char **problem)
{
    const char *database = text(head, "database");
    json_int_t format = json_integer_value(json_object_get(head, "transcript"));
    if (format != TRANSCRIPT_FORMAT) {
        *problem = memory_format("`transcript` is %lld; this runner reads %d", (long long)format, TRANSCRIPT_FORMAT);
        return false;
    }
    replay->impl = text(head, "impl");
    replay->name = text(head, "name");
    replay->version = text(head, "version");
    replay->behaviour.rule = text(head, "rule");
    replay->behaviour.source = text(head, "source");
    replay->database = SPEC_DATABASES;
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (database != NULL && strcmp(database, spec_database_name((enum spec_database)i)) == 0) {
            replay->database = (enum spec_database)i;
        }
    }
    if (replay->impl == NULL || replay->database == SPEC_DATABASES) {
        *problem = memory_copy("`impl` or `database` is missing, or names nothing");
        return false;
    }
    return take_schemas(replay, json_object_get(head, "schemas"), problem) &&
           take_case(replay, json_object_get(head, "case"), problem);
}

bool replay_read(struct replay *replay, const char *path, const struct spec *spec, char **problem)
{
    *replay = (struct replay){.spec = *spec};
    replay->spec.schemas = NULL;
    replay->spec.schema_count = 0;
    json_t *lines = read_lines(path, problem);
    if (lines == NULL) {
        return false;
    }
    char *wrong = NULL;
    replay->head = json_incref(json_array_get(lines, 0));
    replay->lines = json_array();
    if (!take_head(replay, replay->head, &wrong)) {
        *problem = memory_format("%s:1: %s", path, wrong);
        free(wrong);
        json_decref(lines);
        return false;
    }
    for (size_t i = 1; i < json_array_size(lines); i++) {
        json_t *line = json_array_get(lines, i);
        if (json_is_integer(json_object_get(line, "step")) && text(line, "verdict") == NULL) {
            json_array_append(replay->lines, line);
        }
    }
    json_t *last = json_array_get(lines, json_array_size(lines) - 1);
    json_object_set(replay->head, "last", last); /* keeps the text */
    replay->verdict = text(last, "verdict");
    json_decref(lines);
    if (replay->verdict == NULL) {
        *problem = memory_format("%s: the last line has no verdict: the file was cut", path);
        return false;
    }
    return true;
}

void replay_free(struct replay *replay)
{
    if (replay->spec.schemas != NULL) {
        free(replay->spec.schemas[0]); /* they lie in one piece */
    }
    free(replay->spec.schemas);
    free(replay->test.steps);
    free(replay->test.needs);
    json_decref(replay->lines);
    json_decref(replay->head);
    *replay = (struct replay){0};
}

/* ---- what differs ------------------------------------------------------------------------------------------------ */

/* The value with handles numbered as they come; `seen` is {handle: number}. A new reference. */
static json_t *numbered(const json_t *json, json_t *seen)
{
    const char *tag = json_string_value(json_object_get(json, "$"));
    json_t *value;
    if (tag != NULL && strcmp(tag, "obj") == 0) {
        char *key = memory_format("%lld", (long long)json_integer_value(json_object_get(json, "v")));
        if (json_object_get(seen, key) == NULL) {
            json_object_set_new(seen, key, json_integer((json_int_t)json_object_size(seen) + 1));
        }
        json_t *made = json_pack("{s:s, s:O}", "$", "obj", "v", json_object_get(seen, key));
        free(key);
        return made;
    }
    if (json_is_array(json)) {
        json_t *list = json_array();
        for (size_t i = 0; i < json_array_size(json); i++) {
            json_array_append_new(list, numbered(json_array_get(json, i), seen));
        }
        return list;
    }
    if (json_is_object(json)) {
        json_t *map = json_object();
        const char *key;
        json_object_foreach((json_t *)json, key, value)
        {
            json_object_set_new(map, key, numbered(value, seen));
        }
        return map;
    }
    return json_incref((json_t *)json);
}

/* What counts of an answer: an error's text does not. */
static json_t *said_in(const json_t *line)
{
    json_t *answer = json_object_get(line, "answer");
    if (answer == NULL) {
        json_t *result = json_object_get(line, "result");
        return result != NULL ? json_pack("{s:O}", "result", result)
                              : json_pack("{s:O?}", "problem", json_object_get(line, "problem"));
    }
    answer = json_copy(answer);
    json_object_del(answer, "message");
    return answer;
}

static char *shown(const json_t *json)
{
    enum { SHOWN = 200 };
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    if (strlen(dumped) > SHOWN) {
        strcpy(dumped + SHOWN - 3, "...");
    }
    return dumped;
}

static const json_t *find_step(const json_t *lines, json_int_t step)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        if (json_integer_value(json_object_get(line, "step")) == step) {
            return line;
        }
    }
    return NULL;
}

char *replay_differences(const json_t *recorded, const json_t *now)
{
    struct text out = {0};
    json_t *seen_then = json_object(), *seen_now = json_object();
    for (size_t i = 0; i < json_array_size(recorded); i++) {
        const json_t *then = json_array_get(recorded, i);
        json_int_t step = json_integer_value(json_object_get(then, "step"));
        const json_t *line = find_step(now, step);
        json_t *said_then = said_in(then), *old = numbered(said_then, seen_then);
        json_t *said_now = line == NULL ? NULL : said_in(line), *new = line == NULL ? NULL : numbered(said_now, seen_now);
        if (line == NULL || !json_equal(old, new)) {
            const char *what = text(then, "request") != NULL ? text(then, "request") : text(then, "own");
            char *a = shown(old), *b = line == NULL ? memory_copy("nothing: it did not come so far") : shown(new);
            text_format(&out, "step %lld, %s: %s; in the transcript %s\n", (long long)step, what == NULL ? "?" : what,
                        b, a);
            free(a);
            free(b);
        }
        json_decref(said_then);
        json_decref(said_now);
        json_decref(old);
        json_decref(new);
    }
    json_decref(seen_then);
    json_decref(seen_now);
    return out.length == 0 ? NULL : text_take(&out);
}
