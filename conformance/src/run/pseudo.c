#include "run/pseudo.h"

#include <stdlib.h>
#include <string.h>

static void add_json(const json_t *value, struct text *out)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    text_add(out, text);
    free(text);
}

static void add_map(const json_t *map, const char *open, const char *close, struct text *out)
{
    const char *key, *joint = "";
    json_t *value;
    text_add(out, open);
    json_object_foreach((json_t *)map, key, value)
    {
        text_format(out, "%s%s: ", joint, key);
        pseudo_value(value, out);
        joint = ", ";
    }
    text_add(out, close);
}

static void add_list(const json_t *list, size_t from, const char *open, const char *close, struct text *out)
{
    text_add(out, open);
    for (size_t i = from; i < json_array_size(list); i++) {
        text_add(out, i > from ? ", " : "");
        pseudo_value(json_array_get(list, i), out);
    }
    text_add(out, close);
}

/* {~: name, …}: `anything`, `a value near now`, else the operator with what it holds. */
static void add_operator(const char *name, const json_t *value, struct text *out)
{
    const json_t *v = json_object_get(value, "v");
    if (strcmp(name, "any") == 0) {
        text_add(out, "anything");
    } else if (strcmp(name, "db") == 0) {
        text_add(out, "on sqlite ");
        pseudo_value(json_object_get(value, "sqlite"), out);
        text_add(out, ", on postgresql ");
        pseudo_value(json_object_get(value, "postgresql"), out);
    } else if (strcmp(name, "env") == 0) {
        pseudo_value(v, out);
    } else if (json_object_size(value) == 2 && v != NULL) {
        text_format(out, "%s ", name);
        pseudo_value(v, out);
    } else {
        json_t *rest = json_copy((json_t *)value);
        json_object_del(rest, "~");
        text_add(out, name);
        add_map(rest, "(", ")", out);
        json_decref(rest);
    }
}

void pseudo_value(const json_t *value, struct text *out)
{
    const char *operator= json_string_value(json_object_get(value, "~")),
               *tag = json_string_value(json_object_get(value, "$"));
    const json_t *v = json_object_get(value, "v"), *name = json_object_get(value, "name");
    if (operator!= NULL) {
        add_operator(operator, value, out);
    } else if (tag != NULL && (strcmp(tag, "var") == 0 || strcmp(tag, "col") == 0 || strcmp(tag, "float") == 0)) {
        text_add(out, json_is_string(name) ? json_string_value(name) : json_is_string(v) ? json_string_value(v) : tag);
    } else if (tag != NULL) {
        text_format(out, "%s ", tag);
        pseudo_value(v, out);
    } else if (json_is_array(value)) {
        add_list(value, 0, "[", "]", out);
    } else if (json_is_object(value)) {
        add_map(value, "{", "}", out);
    } else {
        add_json(value, out);
    }
}

/* ["order_by", "-id"] as order_by("-id"); a text alone as all(). */
static void add_part(const json_t *part, struct text *out)
{
    if (json_is_string(part)) {
        text_format(out, ".%s()", json_string_value(part));
        return;
    }
    const char *name = json_string_value(json_array_get(part, 0));
    const json_t *only = json_array_size(part) == 2 ? json_array_get(part, 1) : NULL;
    text_format(out, ".%s", name == NULL ? "?" : name);
    if (json_is_object(only) && json_object_get(only, "~") == NULL && json_object_get(only, "$") == NULL) {
        add_map(only, "(", ")", out);
    } else {
        add_list(part, 1, "(", ")", out);
    }
}

static void add_query(const json_t *params, struct text *out)
{
    const json_t *model = json_object_get(params, "model"), *q = json_object_get(params, "q"),
                 *read = json_object_get(params, "read");
    if (json_is_string(model)) {
        text_add(out, json_string_value(model));
    } else {
        pseudo_value(model, out);
    }
    for (size_t i = 0; i < json_array_size(q); i++) {
        add_part(json_array_get(q, i), out);
    }
    if (json_object_get(params, "end") != NULL) {
        add_part(json_object_get(params, "end"), out);
    }
    if (read != NULL) {
        text_add(out, ", read ");
        pseudo_value(read, out);
    }
}

/* u.name = "x", u.age = 3 */
static void add_set(const json_t *params, struct text *out)
{
    const char *key, *joint = "";
    json_t *value;
    json_object_foreach(json_object_get(params, "values"), key, value)
    {
        text_add(out, joint);
        pseudo_value(json_object_get(params, "obj"), out);
        text_format(out, ".%s = ", key);
        pseudo_value(value, out);
        joint = ", ";
    }
}

/* The objects without their names, then the rest by name. */
static void add_call(const char *name, const json_t *params, struct text *out)
{
    const json_t *objects = json_object_get(params, "objs");
    const char *key, *joint = "";
    json_t *value;
    text_format(out, "%s(", name);
    if (json_object_get(params, "obj") != NULL) {
        pseudo_value(json_object_get(params, "obj"), out);
        joint = ", ";
    }
    if (json_is_array(objects)) {
        add_list(objects, 0, "", "", out);
        joint = json_array_size(objects) > 0 ? ", " : "";
    }
    json_object_foreach((json_t *)params, key, value)
    {
        if (strcmp(key, "obj") != 0 && (strcmp(key, "objs") != 0 || !json_is_array(objects))) {
            text_format(out, "%s%s: ", joint, key);
            pseudo_value(value, out);
            joint = ", ";
        }
    }
    text_add_char(out, ')');
}

static void add_body(const struct spec_step *step, struct text *out)
{
    const char *name = step->operation->name;
    const json_t *params = step->params, *model = json_object_get(params, "model");
    if (strcmp(name, "new") == 0 && json_is_string(model)) {
        text_add(out, json_string_value(model));
        add_map(json_object_get(params, "values"), "(", ")", out);
    } else if (strcmp(name, "get") == 0 && json_is_string(json_object_get(params, "name"))) {
        pseudo_value(json_object_get(params, "obj"), out);
        text_format(out, ".%s", json_string_value(json_object_get(params, "name")));
    } else if (strcmp(name, "set") == 0 && json_object_size(params) == 2) {
        add_set(params, out);
    } else if (strcmp(name, "query") == 0) {
        add_query(params, out);
    } else {
        add_call(name, params, out);
    }
}

void pseudo_step(const struct spec_step *step, struct text *out)
{
    if (step->when != NULL) {
        text_add(out, "if ");
        pseudo_value(step->when, out);
        text_add(out, ": ");
    }
    text_format(out, "%s%s%s", step->operation->own ? "look: " : "", step->bind != NULL ? step->bind : "",
                step->bind != NULL ? " = " : "");
    add_body(step, out);
    if (step->expect != NULL) {
        text_add(out, "   is ");
        pseudo_value(step->expect, out);
    }
    if (step->error != NULL) {
        text_add(out, "   raises ");
        pseudo_value(step->error, out);
    }
}
