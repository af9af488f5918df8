#include "run/null_testee.h"

#include "base/memory.h"
#include "testee/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *says;
} kinds[NULL_KINDS] = {
    [NULL_NULL] = {"null", "answers null wherever the protocol allows it"},
    [NULL_EMPTY] = {"empty", "answers with as little as the protocol allows: {}, [], 0, false, null"},
    [NULL_FULL] = {"full", "answers with something that is not empty: true, 1, an object"},
    [NULL_ECHO] = {"echo", "answers with what it was told, and stores nothing"},
    [NULL_ABSENT] = {"absent", "answers that it has no such method"},
    [NULL_EXIT] = {"exit", "exits"},
    [NULL_ERROR] = {"error", "raises an error; each kind in turn"},
};

const char *null_kind_name(enum null_kind kind)
{
    return kinds[kind].name;
}

const char *null_kind_says(enum null_kind kind)
{
    return kinds[kind].says;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static json_t *hello(const char *names, enum null_kind kind)
{
    json_t *capabilities = json_object();
    for (size_t length; *names != '\0'; names += length + (names[length] == ',')) {
        length = strcspn(names, ",");
        char *name = memory_copy_bytes(names, length);
        json_object_set_new(capabilities, name, json_string("native"));
        free(name);
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:[s,s], s:s, s:o}", "protocol", SPEC_PROTOCOL, "name", kinds[kind].name,
                     "version", "0", "language", "none", "databases", spec_database_name(SPEC_SQLITE),
                     spec_database_name(SPEC_POSTGRESQL), "models", "dynamic", "capabilities", capabilities);
}

static json_t *tables_of(const json_t *schema)
{
    json_t *tables = json_object(), *models = json_object_get(schema, "models");
    for (size_t i = 0; i < json_array_size(models); i++) {
        json_t *model = json_array_get(models, i), *name = json_object_get(model, "name"),
               *table = json_object_get(model, "table");
        if (json_is_string(name)) {
            json_object_set(tables, json_string_value(name), table != NULL ? table : name);
        }
    }
    return json_pack("{s:o}", "tables", tables);
}

/* {name: value} for the names that the request asks for. */
static json_t *members(const json_t *params, json_t *value)
{
    const json_t *names = json_object_get(params, "names") != NULL ? json_object_get(params, "names")
                                                                   : json_object_get(params, "read");
    json_t *map = json_object();
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (name != NULL) {
            json_object_set(map, name, value);
        }
    }
    json_decref(value);
    return map;
}

static bool fits(const char *method, const json_t *params, json_t *result)
{
    char *wrong = testee_check_result(method, params, result);
    free(wrong);
    return wrong == NULL;
}

/* Forms that answers have; the first that fits is given. */
static const char *const empties[] = {
    "{}",
    "[]",
    "0",
    "false",
    "null",
    "\"\"",
    "{\"select\":0,\"insert\":0,\"update\":0,\"delete\":0}",
    "{\"values\":[],\"unparsed\":[]}",
    "{\"loaded\":false,\"values\":{}}",
    "{\"database\":\"\",\"user\":null}",
    "{\"dialect\":\"\",\"user\":null,\"password\":null,\"host\":null,\"port\":null,\"database\":null,\"options\":{}}",
};
static const char *const fulls[] = {
    "true",
    "1",
    "{\"$\":\"obj\",\"v\":1}",
    "[{\"$\":\"obj\",\"v\":1}]",
    "\"x\"",
    "[1]",
    "{\"select\":1,\"insert\":1,\"update\":1,\"delete\":1}",
    "{\"values\":[[\"A\",\"1\"]],\"unparsed\":[]}",
    "{\"loaded\":true,\"values\":{\"A\":\"1\"}}",
    "{\"database\":\"x\",\"user\":\"x\"}",
    "{\"dialect\":\"sqlite\",\"user\":\"x\",\"password\":\"x\",\"host\":\"x\",\"port\":1,\"database\":\"x\",\"options\":{}}",
};

/* Takes the candidate over; NULL when it has not the form. */
static json_t *offer(const char *method, const json_t *params, json_t *candidate)
{
    if (candidate != NULL && fits(method, params, candidate)) {
        return candidate;
    }
    json_decref(candidate);
    return NULL;
}

static json_t *pick(const char *const *texts, size_t count, const char *method, const json_t *params)
{
    json_t *found = NULL;
    for (size_t i = 0; i < count && found == NULL; i++) {
        found = offer(method, params, json_loads(texts[i], JSON_DECODE_ANY, NULL));
    }
    return found;
}

static json_t *pick_empty(const char *method, const json_t *params)
{
    json_t *found = pick(empties, sizeof empties / sizeof *empties, method, params);
    found = found != NULL ? found : offer(method, params, members(params, json_null()));
    return found;
}

static json_t *pick_full(const char *method, const json_t *params)
{
    json_t *found = pick(fulls, sizeof fulls / sizeof *fulls, method, params);
    found = found != NULL ? found : offer(method, params, members(params, json_integer(1)));
    return found != NULL ? found : offer(method, params, json_pack("[o]", members(params, json_integer(1))));
}

/* The members that an object was told to have. */
static json_t *told_of(json_t *told, const json_t *handle)
{
    char *key = memory_format("%lld", (long long)json_integer_value(json_object_get(handle, "v")));
    json_t *map = json_object_get(told, key);
    if (map == NULL) {
        map = json_object();
        json_object_set_new(told, key, map);
    }
    free(key);
    return map;
}

static json_t *pick_echo(const char *method, const json_t *params, json_t *told)
{
    json_t *object = json_object_get(params, "obj"), *found = NULL, *value;
    const char *key;
    if (object != NULL && told != NULL) {
        json_t *map = told_of(told, object), *names = json_object_get(params, "names");
        const char *name = json_string_value(json_object_get(params, "name"));
        if (strcmp(method, "set") == 0) {
            json_object_update(map, json_object_get(params, "values"));
        }
        if (name != NULL) {
            value = json_object_get(map, name);
            found = offer(method, params, value == NULL ? json_null() : json_incref(value));
        } else if (names != NULL) {
            json_t *all = json_object();
            for (size_t i = 0; i < json_array_size(names); i++) {
                const char *one = json_string_value(json_array_get(names, i));
                value = one == NULL ? NULL : json_object_get(map, one);
                json_object_set(all, one == NULL ? "" : one, value == NULL ? json_null() : value);
            }
            found = offer(method, params, all);
        }
    }
    json_object_foreach((json_t *)params, key, value)
    {
        found = found != NULL ? found : offer(method, params, json_incref(value));
    }
    return found != NULL ? found : pick_empty(method, params);
}

json_t *null_answer(enum null_kind kind, const char *method, const json_t *params, json_t *told)
{
    json_t *found = kind == NULL_NULL   ? offer(method, params, json_null())
                    : kind == NULL_EMPTY ? pick_empty(method, params)
                    : kind == NULL_FULL  ? pick_full(method, params)
                    : kind == NULL_ECHO  ? pick_echo(method, params, told)
                                         : NULL;
    found = found != NULL ? found : pick_empty(method, params);
    return found != NULL ? found : json_null();
}

/* ---- serving ----------------------------------------------------------------------------------------------------- */

struct server {
    const char *capabilities;
    enum null_kind kind;
    const char *error;
    json_int_t objects; /* so far */
    json_t *told;
};

/* What every testee can do: without it no case is reached. NULL: it is for the kind to answer. */
static json_t *set_up(struct server *server, const char *method, const json_t *params)
{
    static const char *const easy[] = {"open", "create_all", "drop_all", "release", "reset"};
    if (strcmp(method, "hello") == 0) {
        return hello(server->capabilities, server->kind);
    }
    if (strcmp(method, "define") == 0) {
        return tables_of(json_object_get(params, "schema"));
    }
    for (size_t i = 0; i < sizeof easy / sizeof *easy; i++) {
        if (strcmp(method, easy[i]) == 0) {
            return json_object();
        }
    }
    return NULL;
}

static json_t *result_of(struct server *server, const char *method, const json_t *params)
{
    if (strcmp(method, "new") == 0) {
        json_t *handle = json_pack("{s:s, s:I}", "$", "obj", "v", ++server->objects);
        json_t *values = json_object_get(params, "values");
        if (values != NULL) {
            json_object_update(told_of(server->told, handle), values);
        }
        return handle;
    }
    return null_answer(server->kind, method, params, server->told);
}

/* False: it ends here. */
static bool answer(struct server *server, const json_t *request)
{
    const char *method = json_string_value(json_object_get(request, "method"));
    const json_t *params = json_object_get(request, "params");
    json_t *id = json_object_get(request, "id");
    if (method == NULL || !json_is_object(params) || id == NULL) {
        return false;
    }
    json_t *line, *result = set_up(server, method, params);
    if (result == NULL && server->kind == NULL_EXIT) {
        return false;
    }
    if (result == NULL && server->kind == NULL_ERROR) {
        line = json_pack("{s:O, s:{s:i, s:s, s:{s:s}}}", "id", id, "error", "code", -32000, "message", "no", "data",
                         "kind", server->error);
    } else if (result == NULL && server->kind == NULL_ABSENT) {
        line = json_pack("{s:O, s:{s:i, s:s}}", "id", id, "error", "code", -32601, "message", "no such method");
    } else {
        line = json_pack("{s:O, s:o}", "id", id, "result",
                         result != NULL ? result : result_of(server, method, params));
    }
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(line);
    return true;
}

void null_testee_serve(const char *capabilities, enum null_kind kind, const char *error)
{
    struct server server = {.capabilities = capabilities, .kind = kind, .error = error, .told = json_object()};
    char *line = NULL;
    size_t room = 0;
    bool on = true;
    for (ssize_t length; on && (length = getline(&line, &room, stdin)) > 0;) {
        json_t *request = json_loadb(line, (size_t)length, JSON_ALLOW_NUL, NULL);
        on = answer(&server, request);
        json_decref(request);
    }
    free(line);
    json_decref(server.told);
}
