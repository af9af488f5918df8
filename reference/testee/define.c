#include "define.h"
#include "define_links.h"
#include "values.h"
#include <string.h>

static const struct word types[] = {
    { "integer", ORM_INTEGER }, { "string", ORM_STRING }, { "text", ORM_STRING }, { "boolean", ORM_BOOLEAN },
    { "float", ORM_FLOAT }, { "datetime", ORM_DATETIME }, { "date", ORM_DATE }, { "json", ORM_JSON }, { 0 },
};

static const struct word actions[] = {
    { "no action", ORM_NO_ACTION }, { "restrict", ORM_RESTRICT }, { "cascade", ORM_CASCADE },
    { "set null", ORM_SET_NULL }, { "set default", ORM_SET_DEFAULT }, { 0 },
};

static bool look_up(struct place *p, const struct word *words, const char *key, const json_t *value, int *out)
{
    const char *word = json_string_value(value);
    if (word == NULL)
        return call_bad(p->call, "%s: %s is not text", p->table, key);
    for (; words->word != NULL; words++)
        if (strcmp(words->word, word) == 0)
            return *out = words->value, true;
    return call_lacks(p->call, "%s: no %s \"%s\"", p->table, key, word);
}

static bool text(struct place *p, const char *key, const json_t *value, const char **out)
{
    *out = json_string_value(value);
    return *out != NULL ? true : call_bad(p->call, "%s: %s is not text", p->table, key);
}

static bool flag(struct place *p, const char *key, const json_t *value, bool *out)
{
    *out = json_is_true(value);
    return json_is_boolean(value) ? true : call_bad(p->call, "%s: %s is neither true nor false", p->table, key);
}

static bool inverted(struct place *p, const char *key, const json_t *value, bool *out)
{
    if (!flag(p, key, value, out))
        return false;
    *out = !*out;
    return true;
}

static const struct { const char *name; orm_value_fn *function; } functions[] = {
    { "utcnow", orm_utcnow_value }, { "tick", world_tick },
};

static bool default_of(struct place *p, const char *key, const json_t *value, orm_value *constant,
                       orm_value_fn **function)
{
    const json_t *name = value_tagged(value, "fn");
    if (name == NULL)
        return value_decode(p->call, value, key, constant);
    for (size_t i = 0; json_is_string(name) && i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].name, json_string_value(name)) == 0)
            return *function = functions[i].function, true;
    return call_lacks(p->call, "%s: %s by an unknown function", p->table, key);
}

/* "user.id": table and column. */
bool define_key(struct place *p, const char *key, const json_t *value, orm_key *out)
{
    const char *whole = json_string_value(value), *dot = whole != NULL ? strrchr(whole, '.') : NULL;
    if (dot == NULL)
        return call_bad(p->call, "%s: %s is not table.column", p->table, key);
    char *table = call_alloc(p->call, (size_t)(dot - whole) + 1);
    memcpy(table, whole, (size_t)(dot - whole));
    out->table = table;
    out->column = dot + 1;
    return true;
}

bool define_action(struct place *p, const char *key, const json_t *value, orm_action *out)
{
    int word = ORM_NO_ACTION;
    bool known = value == NULL || look_up(p, actions, key, value, &word);
    *out = (orm_action)word;
    return known;
}

static bool option(struct place *p, const char *key, const json_t *value, orm_column *column)
{
    int word = 0;
    if (strcmp(key, "name") == 0)
        return text(p, key, value, &column->member);
    if (strcmp(key, "column") == 0)
        return text(p, key, value, &column->name);
    if (strcmp(key, "type") == 0) {
        bool known = look_up(p, types, key, value, &word);
        column->type = (orm_type)word;
        return known;
    }
    if (strcmp(key, "length") == 0) {
        column->length = (size_t)json_integer_value(value);
        return json_integer_value(value) > 0 ? true : call_bad(p->call, "%s: a length is a positive integer", p->table);
    }
    if (strcmp(key, "primary_key") == 0)
        return flag(p, key, value, &column->primary_key);
    if (strcmp(key, "autoincrement") == 0)
        return inverted(p, key, value, &column->no_autoincrement);
    if (strcmp(key, "nullable") == 0)
        return inverted(p, key, value, &column->not_null);
    if (strcmp(key, "version") == 0)
        return flag(p, key, value, &column->version);
    if (strcmp(key, "unique") == 0)
        return flag(p, key, value, &column->unique);
    if (strcmp(key, "index") == 0)
        return flag(p, key, value, &column->index);
    if (strcmp(key, "default") == 0)
        return default_of(p, key, value, &column->default_value, &column->default_fn);
    if (strcmp(key, "onupdate") == 0)
        return default_of(p, key, value, &column->onupdate_value, &column->onupdate_fn);
    if (strcmp(key, "server_default") == 0)
        return text(p, key, value, &column->server_default);
    if (strcmp(key, "foreign_key") == 0)
        return define_key(p, key, value, &column->foreign_key);
    if (strcmp(key, "on_delete") == 0 || strcmp(key, "on_update") == 0)
        return define_action(p, key, value, key[3] == 'd' ? &column->on_delete : &column->on_update);
    return call_lacks(p->call, "%s: no column option %s", p->table, key);
}

static bool columns(struct place *p, const json_t *list)
{
    size_t i;
    json_t *described, *value;
    const char *key;
    if (!json_is_array(list))
        return call_bad(p->call, "%s: columns are missing", p->table);
    json_array_foreach (list, i, described) {
        orm_column column = { 0 };
        json_object_foreach (described, key, value)
            if (!option(p, key, value, &column))
                return false;
        if (column.member == NULL || column.type == ORM_NULL)
            return call_bad(p->call, "%s: column %zu lacks its name or type", p->table, i + 1);
        if (column.name == NULL)
            column.name = column.member;
        orm_builder_column(p->builder, &column);
    }
    return true;
}

static bool uniques(struct place *p, const json_t *list)
{
    size_t i, k;
    json_t *together, *member;
    json_array_foreach (list, i, together) {
        const char **members = call_alloc(p->call, (json_array_size(together) + 1) * sizeof *members);
        json_array_foreach (together, k, member)
            if (!text(p, "unique", member, &members[k]))
                return false;
        orm_builder_unique(p->builder, members, json_array_size(together));
    }
    return true;
}

static bool known_keys(struct place *p, const json_t *described, const char *known)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)described, key, value) {
        const char *at = strstr(known, key);
        size_t size = strlen(key);
        if (at == NULL || (at > known && at[-1] != ' ') || (at[size] != ' ' && at[size] != '\0'))
            return call_lacks(p->call, "%s: no %s", p->table, key);
    }
    return true;
}

/* A model, or a plain table. */
static bool table(struct place *p, const json_t *described, bool model)
{
    const char *name = json_string_value(json_object_get(described, "name"));
    const json_t *repr = json_object_get(described, "repr");
    const char *member = NULL;
    p->table = name != NULL ? name : "a model without a name";
    if (name == NULL)
        return call_bad(p->call, "a model or table lacks its name");
    if (!known_keys(p, described, model ? "name table columns unique repr password foreign_keys relationships" : "name columns unique foreign_keys"))
        return false;
    if (model)
        orm_builder_model(p->builder, name, json_string_value(json_object_get(described, "table")));
    else
        orm_builder_table(p->builder, name);
    if (repr != NULL && !text(p, "repr", repr, &member))
        return false;
    if (!columns(p, json_object_get(described, "columns")) || !uniques(p, json_object_get(described, "unique")) ||
        !define_foreign_keys(p, json_object_get(described, "foreign_keys")) ||
        !define_relationships(p, json_object_get(described, "relationships")))
        return false;
    if (member != NULL)
        orm_builder_repr(p->builder, member);
    return true;
}

bool define_models(struct call *c, const json_t *schema, struct models *out)
{
    struct place p = { .call = c, .table = "the schema" };
    orm_error error;
    size_t i;
    json_t *described;
    if (orm_builder_open(&p.builder) != ORM_OK)
        return call_raised(c, ORM_NOMEM, NULL);
    if (!known_keys(&p, schema, "name sha256 models tables"))
        goto fail;
    json_array_foreach (json_object_get(schema, "models"), i, described)
        if (!table(&p, described, true))
            goto fail;
    json_array_foreach (json_object_get(schema, "tables"), i, described)
        if (!table(&p, described, false))
            goto fail;
    orm_status rc = orm_builder_finish(p.builder, &out->schema, &error);
    if (rc != ORM_OK) {
        call_raised(c, rc, &error);
        goto fail;
    }
    out->builder = p.builder;
    return true;
fail:
    orm_builder_close(&p.builder);
    return false;
}

bool define_offers(const char *capability)
{
    (void)capability;
    return true;
}

void define_announce(json_t *hello)
{
    json_object_set_new(hello, "models", must(json_string("dynamic")));
}
