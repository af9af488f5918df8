/* Params as they are sent: bound values and the values of this run put in. */
#include "base/memory.h"
#include "judge/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *judge_tag(const json_t *value)
{
    return json_string_value(json_object_get(value, "$"));
}

const char *judge_operator(const json_t *value)
{
    return json_string_value(json_object_get(value, "~"));
}

const json_t *judge_choose(const struct judge_scope *scope, const json_t *operator, char ** problem)
{
    if (strcmp(judge_operator(operator), "db") == 0) {
        return json_object_get(operator, spec_database_name(scope->database));
    }
    const char *name = json_string_value(json_object_get(operator, "name"));
    const json_t *fact = name != NULL ? json_object_get(scope->facts, name) : NULL;
    char number[32] = "";
    if (json_is_integer(fact)) {
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(fact));
    }
    const char *value = json_is_string(fact) ? json_string_value(fact) : number;
    const json_t *chosen = json_object_get(json_object_get(operator, "cases"), value);
    if (chosen == NULL) {
        *problem = memory_format("the fact `%s` is `%s`, which has no case here", name != NULL ? name : "", value);
    }
    return chosen;
}

json_t *judge_environment(const struct judge_scope *scope, const json_t *operator, char ** problem)
{
    struct text text = {0};
    const char *at = json_string_value(json_object_get(operator, "v"));
    for (const char *start; at != NULL && (start = strstr(at, "${")) != NULL;) {
        size_t length = strcspn(start + 2, "}");
        char *name = memory_copy_bytes(start + 2, length);
        const char *value = json_string_value(json_object_get(scope->environment, name));
        if (value == NULL) {
            *problem = memory_format("${%s} has no value on %s", name, spec_database_name(scope->database));
            free(name);
            text_free(&text);
            return NULL;
        }
        text_add_bytes(&text, at, (size_t)(start - at));
        text_add(&text, value);
        at = start + 2 + length + (start[2 + length] == '}');
        free(name);
    }
    text_add(&text, at != NULL ? at : "");
    json_t *json = json_stringn(text_get(&text), text.length);
    text_free(&text);
    if (json == NULL) {
        *problem = memory_copy("the text of `env` is not UTF-8");
    }
    return json;
}

/* A handle is sent bare: what else an answer carried (its model) stays behind. */
static json_t *bound_value(const json_t *bound)
{
    const char *tag = judge_tag(bound);
    if (tag != NULL && strcmp(tag, "obj") == 0) {
        return json_pack("{s:s, s:O}", "$", "obj", "v", json_object_get(bound, "v"));
    }
    if (json_is_array(bound)) {
        json_t *list = json_array(), *item;
        size_t i;
        json_array_foreach(bound, i, item)
        {
            json_array_append_new(list, bound_value(item));
        }
        return list;
    }
    return json_deep_copy(bound);
}

static json_t *resolve(const struct judge_scope *scope, const json_t *value, bool *omit, char **problem);

static json_t *resolve_operator(const struct judge_scope *scope, const json_t *value, bool *omit, char **problem)
{
    const char *name = judge_operator(value);
    if (strcmp(name, "omit") == 0) {
        *omit = true;
        return NULL;
    }
    if (strcmp(name, "env") == 0) {
        return judge_environment(scope, value, problem);
    }
    if (strcmp(name, "db") == 0 || strcmp(name, "fact") == 0) {
        const json_t *chosen = judge_choose(scope, value, problem);
        return chosen != NULL ? resolve(scope, chosen, omit, problem) : NULL;
    }
    *problem = memory_format("the operator `%s` cannot stand in params", name);
    return NULL;
}

static json_t *resolve_list(const struct judge_scope *scope, const json_t *value, char **problem)
{
    json_t *list = json_array(), *item;
    size_t i;
    json_array_foreach(value, i, item)
    {
        bool omit = false;
        json_t *made = resolve(scope, item, &omit, problem);
        if (made == NULL && !omit) {
            json_decref(list);
            return NULL;
        }
        if (made != NULL) {
            json_array_append_new(list, made);
        }
    }
    return list;
}

static json_t *resolve_map(const struct judge_scope *scope, const json_t *value, char **problem)
{
    json_t *map = json_object();
    for (void *at = json_object_iter((json_t *)value); at != NULL; at = json_object_iter_next((json_t *)value, at)) {
        bool omit = false;
        json_t *made = resolve(scope, json_object_iter_value(at), &omit, problem);
        if (made == NULL && !omit) {
            json_decref(map);
            return NULL;
        }
        if (made != NULL) {
            json_object_set_new(map, json_object_iter_key(at), made);
        }
    }
    return map;
}

static json_t *resolve(const struct judge_scope *scope, const json_t *value, bool *omit, char **problem)
{
    if (json_is_array(value)) {
        return resolve_list(scope, value, problem);
    }
    if (!json_is_object(value)) {
        return json_deep_copy(value);
    }
    if (judge_operator(value) != NULL) {
        return resolve_operator(scope, value, omit, problem);
    }
    const char *tag = judge_tag(value);
    if (tag == NULL) {
        return resolve_map(scope, value, problem);
    }
    if (strcmp(tag, "var") != 0) {
        return json_deep_copy(value);
    }
    const char *name = json_string_value(json_object_get(value, "v"));
    const json_t *bound = name != NULL ? json_object_get(scope->bound, name) : NULL;
    if (bound == NULL) {
        *problem = memory_format("`%s` is not bound", name != NULL ? name : "");
        return NULL;
    }
    return bound_value(bound);
}

json_t *judge_resolve(const struct judge_scope *scope, const json_t *params, char **problem)
{
    bool omit = false;
    json_t *made = resolve(scope, params, &omit, problem);
    if (made == NULL && omit) {
        *problem = memory_copy("`omit` leaves nothing to send");
    }
    return made;
}
