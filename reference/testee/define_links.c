/* Relationships of a schema, told to the builder. */
#include "define_links.h"
#include <string.h>

enum { MOST_KEYS = sizeof(((orm_relationship *)0)->foreign_key) / sizeof(orm_key) };
enum { MOST_ORDERS = sizeof(((orm_relationship *)0)->order_by) / sizeof(char *) };

static const struct word kinds[] = {
    { "one_to_many", ORM_KIND_ONE_TO_MANY }, { "many_to_one", ORM_KIND_MANY_TO_ONE },
    { "one_to_one", ORM_KIND_ONE_TO_ONE }, { "many_to_many", ORM_KIND_MANY_TO_MANY }, { 0 },
};

static const struct word lazies[] = {
    { "select", ORM_LAZY_SELECT }, { "joined", ORM_LAZY_JOINED }, { "subquery", ORM_LAZY_SUBQUERY },
    { "selectin", ORM_LAZY_SELECTIN }, { "raise", ORM_LAZY_RAISE }, { "noload", ORM_LAZY_NOLOAD },
    { "dynamic", ORM_LAZY_DYNAMIC }, { 0 },
};

static const struct word cascades[] = {
    { "save_update", ORM_CASCADE_SAVE_UPDATE }, { "merge", ORM_CASCADE_MERGE }, { "delete", ORM_CASCADE_DELETE },
    { "refresh_expire", ORM_CASCADE_REFRESH_EXPIRE }, { "expunge", ORM_CASCADE_EXPUNGE },
    { "delete_orphan", ORM_CASCADE_DELETE_ORPHAN }, { "all", ORM_CASCADE_ALL }, { 0 },
};

/* A word that the ORM does not know is told to it as a number that it does not know. */
static bool word_of(struct place *p, const struct word *words, const char *key, const json_t *value, int *out)
{
    const char *word = json_string_value(value);
    if (word == NULL)
        return call_bad(p->call, "%s: %s is not text", p->table, key);
    for (; words->word != NULL; words++)
        if (strcmp(words->word, word) == 0)
            return *out = words->value, true;
    *out = 1 << 10;
    return true;
}

static bool cascade(struct place *p, const char *key, const json_t *list, unsigned *out)
{
    json_t *item;
    size_t i;
    int flag;
    *out = json_array_size(list) == 0 ? ORM_CASCADE_NONE : 0;
    if (!json_is_array(list))
        return call_bad(p->call, "%s: cascade is no list", p->table);
    json_array_foreach (list, i, item) {
        if (!word_of(p, cascades, key, item, &flag))
            return false;
        *out |= (unsigned)flag;
    }
    return true;
}

static bool order(struct place *p, const json_t *list, const char **out)
{
    json_t *item;
    size_t i;
    if (!json_is_array(list) || json_array_size(list) > MOST_ORDERS)
        return call_bad(p->call, "%s: order_by is a list of at most %d names", p->table, (int)MOST_ORDERS);
    json_array_foreach (list, i, item)
        if ((out[i] = json_string_value(item)) == NULL)
            return call_bad(p->call, "%s: a name of order_by is not text", p->table);
    return true;
}

static bool passive(struct place *p, const json_t *value, orm_passive *out)
{
    const char *word = json_string_value(value);
    if (!json_is_boolean(value) && (word == NULL || strcmp(word, "all") != 0))
        return call_bad(p->call, "%s: passive_deletes is true, false or \"all\"", p->table);
    *out = word != NULL ? ORM_PASSIVE_DELETES_ALL : json_is_true(value) ? ORM_PASSIVE_DELETES : ORM_LOAD_TO_DELETE;
    return true;
}

/* An option of a side. *known is false where the key is none. */
static bool side_option(struct place *p, const char *key, const json_t *value, orm_side *side, bool *known)
{
    int word = 0;
    *known = true;
    if (strcmp(key, "lazy") == 0) {
        bool read = word_of(p, lazies, key, value, &word);
        side->lazy = (orm_lazy)word;
        return read;
    }
    if (strcmp(key, "cascade") == 0)
        return cascade(p, key, value, &side->cascade);
    if (strcmp(key, "passive_deletes") == 0)
        return passive(p, value, &side->passive_deletes);
    if (strcmp(key, "order_by") == 0)
        return order(p, value, side->order_by);
    if (strcmp(key, "collection") == 0) {
        side->set = json_is_string(value) && strcmp(json_string_value(value), "set") == 0;
        return true;
    }
    bool *flag = strcmp(key, "single_parent") == 0 ? &side->single_parent
                 : strcmp(key, "post_update") == 0 ? &side->post_update
                 : strcmp(key, "viewonly") == 0    ? &side->viewonly
                                                   : NULL;
    *known = flag != NULL;
    if (flag != NULL)
        *flag = json_is_true(value);
    return true;
}

static bool keys(struct place *p, const char *key, const json_t *list, orm_key *out)
{
    json_t *item;
    size_t i;
    if (!json_is_array(list) || json_array_size(list) > MOST_KEYS)
        return call_bad(p->call, "%s: %s is a list of at most %d columns", p->table, key, (int)MOST_KEYS);
    json_array_foreach (list, i, item)
        if (!define_key(p, key, item, &out[i]))
            return false;
    return true;
}

static bool backref(struct place *p, const json_t *described, orm_relationship *out)
{
    const char *key;
    json_t *value;
    bool known = true;
    if (!json_is_object(described))
        return call_bad(p->call, "%s: a backref is a map with its name", p->table);
    json_object_foreach ((json_t *)described, key, value) {
        if (strcmp(key, "name") == 0)
            out->backref = json_string_value(value);
        else if (!side_option(p, key, value, &out->back, &known))
            return false;
        if (!known)
            return call_lacks(p->call, "%s: no option %s of a backref", p->table, key);
    }
    return out->backref != NULL ? true : call_bad(p->call, "%s: a backref lacks its name", p->table);
}

static bool option(struct place *p, const char *key, const json_t *value, orm_relationship *out, orm_side *side)
{
    int word = 0;
    bool known;
    const char **text = strcmp(key, "name") == 0             ? &out->member
                        : strcmp(key, "target") == 0         ? &out->target_name
                        : strcmp(key, "secondary") == 0      ? &out->secondary_table
                        : strcmp(key, "back_populates") == 0 ? &out->back_populates
                                                             : NULL;
    if (text != NULL) {
        *text = json_string_value(value);
        return *text != NULL ? true : call_bad(p->call, "%s: %s is not text", p->table, key);
    }
    if (strcmp(key, "kind") == 0) {
        bool read = word_of(p, kinds, key, value, &word);
        out->kind = (orm_kind)word;
        return read;
    }
    if (strcmp(key, "foreign_key") == 0)
        return keys(p, key, value, out->foreign_key);
    if (strcmp(key, "target_key") == 0)
        return keys(p, key, value, out->target_key);
    if (strcmp(key, "backref") == 0)
        return backref(p, value, out);
    if (!side_option(p, key, value, side, &known))
        return false;
    return known ? true : call_lacks(p->call, "%s: no option %s of a relationship", p->table, key);
}

bool define_relationships(struct place *p, const json_t *list)
{
    json_t *described, *value;
    const char *key;
    size_t i;
    json_array_foreach (list, i, described) {
        orm_relationship r = { 0 };
        orm_side side = { 0 };
        json_object_foreach (described, key, value)
            if (!option(p, key, value, &r, &side))
                return false;
        r.lazy = side.lazy;
        r.cascade = side.cascade;
        r.passive_deletes = side.passive_deletes;
        memcpy(r.order_by, side.order_by, sizeof r.order_by);
        r.single_parent = side.single_parent;
        r.post_update = side.post_update;
        r.viewonly = side.viewonly;
        r.set = side.set;
        orm_builder_relationship(p->builder, &r);
    }
    return true;
}

bool define_foreign_keys(struct place *p, const json_t *list)
{
    json_t *described, *item;
    size_t i, k;
    json_array_foreach (list, i, described) {
        orm_foreign_key key = { 0 };
        const json_t *columns = json_object_get(described, "columns"), *to = json_object_get(described, "to");
        const char *table = json_string_value(json_object_get(described, "table"));
        if (json_array_size(columns) == 0 || json_array_size(columns) != json_array_size(to) || table == NULL ||
            json_array_size(columns) > sizeof key.columns / sizeof key.columns[0])
            return call_bad(p->call, "%s: a foreign key lacks its columns, its table, or what they refer to", p->table);
        json_array_foreach (columns, k, item) {
            key.columns[k] = json_string_value(item);
            key.to[k] = (orm_key){ .table = table, .column = json_string_value(json_array_get(to, k)) };
        }
        if (!define_action(p, "on_delete", json_object_get(described, "on_delete"), &key.on_delete) ||
            !define_action(p, "on_update", json_object_get(described, "on_update"), &key.on_update))
            return false;
        orm_builder_foreign_key(p->builder, &key);
    }
    return true;
}
