/* Relationships of a schema's models: what spec/protocol.md says of them, made sure of before a testee sees them. */
#include "spec/source.h"

#include <string.h>

/* What a relationship and its `backref` may both have. */
#define OPTIONS                                                                                                        \
    {"lazy", false}, {"cascade", false}, {"passive_deletes", false}, {"single_parent", false}, {"post_update", false}, \
        {"order_by", false}, {"viewonly", false}, {"collection", false},                                               \
    {                                                                                                                  \
        NULL, false                                                                                                    \
    }

static const struct yaml_key relationship_keys[] = {
    {"name", true},        {"target", true},          {"kind", true},
    {"foreign_key", true}, {"target_key", false},     {"secondary", false},
    {"backref", false},    {"back_populates", false}, OPTIONS};
static const struct yaml_key wrong_keys[] = {{"name", true},         {"target", true},          {"kind", true},
                                             {"foreign_key", false}, {"target_key", false},     {"secondary", false},
                                             {"backref", false},     {"back_populates", false}, OPTIONS};
static const struct yaml_key backref_keys[] = {{"name", true}, OPTIONS};

enum kind { ONE_TO_MANY, MANY_TO_ONE, ONE_TO_ONE, MANY_TO_MANY };
static const char *const kinds[] = {"one_to_many", "many_to_one", "one_to_one", "many_to_many", NULL};
static const enum kind inverses[] = {MANY_TO_ONE, ONE_TO_MANY, ONE_TO_ONE, MANY_TO_MANY};
static const char *const lazies[] = {"select", "joined", "subquery", "selectin", "raise", "noload", "dynamic", NULL};
static const char *const cascades[] = {"save_update",    "merge",   "delete", "delete_orphan",
                                       "refresh_expire", "expunge", "all",    NULL};

/* One side: a relationship, or what its `backref` makes. */
struct side {
    const struct yaml *options; /* the map with the options; NULL: a backref that is only a name */
    const struct yaml *name;
    const struct source *owner, *target;
    enum kind kind;
};

static bool is_true(const struct yaml *map, const char *key)
{
    const struct yaml *node = map != NULL ? yaml_get(map, key) : NULL;
    return node != NULL && node->kind == YAML_BOOLEAN && node->text[0] == 't';
}

static bool is_collection(enum kind kind)
{
    return kind == ONE_TO_MANY || kind == MANY_TO_MANY;
}

void relationship_read(struct loader *loader, const struct yaml *list, struct source *source)
{
    if (list == NULL) {
        return;
    }
    if (list->kind != YAML_LIST || list->count == 0) {
        load_refuse(loader, &list->place, "`relationships` must be a list with relationships");
        return;
    }
    source->relationships = arena_array(loader->arena, list->count, sizeof(struct yaml *));
    for (size_t i = 0; i < list->count; i++) {
        if (load_map(loader, list->items[i], "a relationship", loader->wrong_schema ? wrong_keys : relationship_keys)) {
            source->relationships[source->relationship_count++] = list->items[i];
        }
    }
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

/* One text stands for a list of one. */
static size_t item_count(const struct yaml *node)
{
    return node->kind == YAML_LIST ? node->count : 1;
}

static const struct yaml *item_at(const struct yaml *node, size_t index)
{
    return node->kind == YAML_LIST ? node->items[index] : node;
}

/* The columns that a key lists and the one table in which they lie; NULL: refused. */
static const struct source *read_key(struct loader *loader, const struct sources *sources, const struct yaml *key,
                                     const char ***columns)
{
    const struct source *found = NULL;
    size_t count = item_count(key);
    *columns = arena_array(loader->arena, count + 1, sizeof **columns);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *item = item_at(key, i);
        const char *table = NULL, *column = NULL;
        if (item->kind != YAML_TEXT || !source_split(loader, item->text, &table, &column)) {
            load_refuse(loader, &item->place, "a key of a relationship must be \"table.column\", or a list of these");
            return NULL;
        }
        const struct source *source = source_of_table(sources, table);
        if (source == NULL || source_column(source, column, true) == NULL) {
            load_refuse(loader, &item->place, "the key `%s` is no column of this schema", item->text);
            return NULL;
        }
        if (found != NULL && source != found) {
            load_refuse(loader, &item->place, "the columns of a key lie in one table, not in `%s` and `%s`",
                        found->table, table);
            return NULL;
        }
        found = source;
        (*columns)[i] = column;
    }
    if (count == 0) {
        load_refuse(loader, &key->place, "a key of a relationship needs a column");
    }
    return found;
}

/* Does a key lie in `holder` and lead to `to`? */
static void check_key(struct loader *loader, const struct sources *sources, const struct yaml *key,
                      const struct source *holder, const struct source *other, const struct source *to)
{
    const char **columns;
    const struct source *found = key != NULL ? read_key(loader, sources, key, &columns) : NULL;
    if (found == NULL) {
        return;
    }
    /* A one-to-one key lies on either side. */
    const struct source *wanted = to;
    if (other != NULL && found == other && found != holder) {
        wanted = holder;
    } else if (found != holder) {
        load_refuse(loader, &key->place, "the key lies in the table `%s`, but with this kind it must lie in `%s`",
                    found->table, holder->table);
        return;
    }
    const char *led = source_leads_to(loader, found, columns, item_count(key));
    if (led == NULL || strcmp(led, wanted->table) != 0) {
        load_refuse(loader, &key->place, "the key is no foreign key from `%s` to `%s`", found->table, wanted->table);
    }
}

static void check_keys(struct loader *loader, const struct sources *sources, const struct yaml *node,
                       const struct side *side)
{
    const struct yaml *foreign = yaml_get(node, "foreign_key"), *secondary = yaml_get(node, "secondary");
    const struct yaml *target_key = yaml_get(node, "target_key");
    if (side->kind != MANY_TO_MANY) {
        const struct yaml *extra = secondary != NULL ? secondary : target_key;
        if (extra != NULL) {
            load_refuse(loader, &extra->place, "`secondary` and `target_key` go with the kind many_to_many");
        } else if (side->kind == ONE_TO_MANY) {
            check_key(loader, sources, foreign, side->target, NULL, side->owner);
        } else {
            check_key(loader, sources, foreign, side->owner, side->kind == ONE_TO_ONE ? side->target : NULL,
                      side->target);
        }
        return;
    }
    const struct source *between =
        secondary != NULL && secondary->kind == YAML_TEXT ? source_of_table(sources, secondary->text) : NULL;
    if (secondary == NULL || target_key == NULL) {
        load_refuse(loader, &node->place, "a many_to_many needs `secondary` and `target_key`");
    } else if (between == NULL) {
        load_refuse(loader, &secondary->place, "`secondary` must be a table of this schema");
    } else {
        check_key(loader, sources, foreign, between, NULL, side->owner);
        check_key(loader, sources, target_key, between, NULL, side->target);
    }
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static void check_word(struct loader *loader, const struct yaml *map, const char *key, const char *const *words)
{
    const struct yaml *node = yaml_get(map, key);
    if (node != NULL && (node->kind != YAML_TEXT || !load_has_name(words, node->text))) {
        load_refuse(loader, &node->place, "unknown `%s`: `%s`%s", key, node->text != NULL ? node->text : "",
                    node->text != NULL ? load_hint(loader, node->text, words, sizeof *words) : "");
    }
}

static void check_cascade(struct loader *loader, const struct side *side)
{
    const struct yaml *list = load_list(loader, side->options, "cascade");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (item->kind != YAML_TEXT || !load_has_name(cascades, item->text)) {
            load_refuse(loader, &item->place, "unknown cascade `%s`%s", item->text != NULL ? item->text : "",
                        item->text != NULL ? load_hint(loader, item->text, cascades, sizeof *cascades) : "");
        } else if (strcmp(item->text, "delete_orphan") == 0 &&
                   (side->kind == MANY_TO_ONE || side->kind == MANY_TO_MANY) &&
                   !is_true(side->options, "single_parent")) {
            load_refuse(loader, &item->place, "delete_orphan on this side needs `single_parent: true`");
        }
    }
}

static void check_order_by(struct loader *loader, const struct side *side)
{
    const struct yaml *list = load_list(loader, side->options, "order_by");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        const char *name = item->kind == YAML_TEXT ? item->text + (item->text[0] == '-') : "";
        if (source_column(side->target, name, false) == NULL) {
            load_refuse(loader, &item->place, "`order_by` names the column `%s`, which the target does not have", name);
        }
    }
}

static void check_options(struct loader *loader, const struct side *side)
{
    const struct yaml *map = side->options;
    static const char *const booleans[] = {"single_parent", "post_update", "viewonly", NULL};
    static const char *const collections[] = {"list", "set", NULL};
    for (const char *const *key = booleans; *key != NULL; key++) {
        load_boolean(loader, map, *key, false);
    }
    check_word(loader, map, "lazy", lazies);
    check_word(loader, map, "collection", collections);
    check_cascade(loader, side);
    check_order_by(loader, side);
    const struct yaml *passive = yaml_get(map, "passive_deletes");
    if (passive != NULL && passive->kind != YAML_BOOLEAN && !yaml_is_text(passive, "all")) {
        load_refuse(loader, &passive->place, "`passive_deletes` must be true, false or \"all\"");
    }
    static const char *const many[] = {"order_by", "collection", NULL};
    for (const char *const *key = many; *key != NULL && !is_collection(side->kind); key++) {
        if (yaml_get(map, *key) != NULL) {
            load_refuse(loader, &yaml_get(map, *key)->place, "`%s` is for collections", *key);
        }
    }
    const struct yaml *lazy = yaml_get(map, "lazy");
    if (lazy != NULL && yaml_is_text(lazy, "dynamic") && !is_collection(side->kind)) {
        load_refuse(loader, &lazy->place, "`lazy: dynamic` is for collections");
    }
}

/* ---- the two sides ----------------------------------------------------------------------------------------------- */

/* The name of the member that a relationship's backref makes in its target, or NULL. */
static const struct yaml *backref_name(const struct yaml *relationship)
{
    const struct yaml *backref = yaml_get(relationship, "backref");
    if (backref == NULL || backref->kind == YAML_TEXT) {
        return backref;
    }
    const struct yaml *name = yaml_get(backref, "name");
    return name != NULL && name->kind == YAML_TEXT ? name : NULL;
}

static bool is_target(const struct yaml *relationship, const struct source *model)
{
    const struct yaml *target = yaml_get(relationship, "target");
    return target->kind == YAML_TEXT && strcmp(target->text, yaml_get(model->node, "name")->text) == 0;
}

/* A member's name is that of one column or relationship, also where a backref of another model made it. */
static void check_name(struct loader *loader, const struct sources *sources, const struct side *side)
{
    const char *name = side->name->text, *model = yaml_get(side->owner->node, "name")->text;
    if (source_column(side->owner, name, false) != NULL) {
        load_refuse(loader, &side->name->place, "`%s` has a column `%s` already", model, name);
        return;
    }
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->items[i];
        for (size_t j = 0; source->node != NULL && j < source->relationship_count; j++) {
            const struct yaml *own = yaml_get(source->relationships[j], "name");
            const struct yaml *back = backref_name(source->relationships[j]);
            /* Each pair is told of once, where the later of the two stands. */
            bool is_own = source == side->owner && own != side->name && strcmp(own->text, name) == 0;
            bool is_back = back != NULL && back != side->name && is_target(source->relationships[j], side->owner) &&
                           strcmp(back->text, name) == 0;
            const struct yaml *other = is_own ? own : back;
            if ((is_own || is_back) &&
                (other->place.line < side->name->place.line ||
                 (other->place.line == side->name->place.line && other->place.column < side->name->place.column))) {
                load_refuse(loader, &side->name->place, "`%s` has a relationship `%s` already", model, name);
                return;
            }
        }
    }
}

static bool same_items(const struct yaml *a, const struct yaml *b)
{
    if (a == NULL || b == NULL || item_count(a) != item_count(b)) {
        return a == b;
    }
    for (size_t i = 0; i < item_count(a); i++) {
        if (strcmp(item_at(a, i)->text, item_at(b, i)->text) != 0) {
            return false;
        }
    }
    return true;
}

static void check_other_side(struct loader *loader, const struct yaml *node, const struct side *side)
{
    const struct yaml *names = yaml_get(node, "back_populates"), *other = NULL;
    const char *own = yaml_get(node, "name")->text;
    if (names == NULL) {
        return;
    }
    if (yaml_get(node, "backref") != NULL) {
        load_refuse(loader, &names->place, "`back_populates` and `backref` exclude each other");
        return;
    }
    for (size_t i = 0; names->kind == YAML_TEXT && i < side->target->relationship_count; i++) {
        const struct yaml *candidate = side->target->relationships[i];
        other = strcmp(yaml_get(candidate, "name")->text, names->text) == 0 ? candidate : other;
    }
    if (other == NULL) {
        load_refuse(loader, &names->place, "`back_populates` names no relationship of `%s`",
                    yaml_get(side->target->node, "name")->text);
        return;
    }
    const struct yaml *back = yaml_get(other, "back_populates");
    bool many = side->kind == MANY_TO_MANY;
    bool paired = is_target(other, side->owner) && back != NULL && yaml_is_text(back, own);
    bool keyed = yaml_is_text(yaml_get(other, "kind"), kinds[inverses[side->kind]]) &&
                 same_items(yaml_get(node, "foreign_key"), yaml_get(other, many ? "target_key" : "foreign_key")) &&
                 same_items(yaml_get(node, "target_key"), many ? yaml_get(other, "foreign_key") : NULL);
    if (!paired) {
        load_refuse(loader, &names->place, "`%s` does not name `%s` as its other side", names->text, own);
    } else if (!keyed) {
        load_refuse(loader, &names->place, "`%s` and `%s` are no two sides of one relationship: kind and keys", own,
                    names->text);
    }
}

static void check_backref(struct loader *loader, const struct sources *sources, const struct yaml *node,
                          const struct side *side)
{
    const struct yaml *backref = yaml_get(node, "backref");
    if (backref == NULL) {
        return;
    }
    struct side back = {.owner = side->target, .target = side->owner, .kind = inverses[side->kind]};
    if (backref->kind == YAML_TEXT) {
        back.name = backref;
    } else if (load_map(loader, backref, "a backref", backref_keys) && load_text(loader, backref, "name") != NULL) {
        back.name = yaml_get(backref, "name");
        back.options = backref;
        check_options(loader, &back);
    }
    if (back.name != NULL) {
        check_name(loader, sources, &back);
    }
}

static void check_relationship(struct loader *loader, const struct sources *sources, const struct source *owner,
                               const struct yaml *node)
{
    const char *name = load_text(loader, node, "name"), *target = load_text(loader, node, "target");
    check_word(loader, node, "kind", kinds);
    const struct yaml *kind = yaml_get(node, "kind");
    if (name == NULL || target == NULL || kind->kind != YAML_TEXT || !load_has_name(kinds, kind->text)) {
        return;
    }
    struct side side = {
        .options = node, .name = yaml_get(node, "name"), .owner = owner, .target = source_of_model(sources, target)};
    while (strcmp(kinds[side.kind], kind->text) != 0) {
        side.kind++;
    }
    if (side.target == NULL) {
        load_refuse(loader, &yaml_get(node, "target")->place,
                    "the relationship `%s` leads to no model: there is no `%s`", name, target);
        return;
    }
    check_name(loader, sources, &side);
    check_keys(loader, sources, node, &side);
    check_options(loader, &side);
    check_backref(loader, sources, node, &side);
    check_other_side(loader, node, &side);
}

void relationship_check(struct loader *loader, const struct sources *sources)
{
    size_t before = loader->refusal_count;
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->items[i];
        for (size_t j = 0; source->node != NULL && j < source->relationship_count; j++) {
            load_text(loader, source->relationships[j], "name");
            load_text(loader, source->relationships[j], "target");
        }
    }
    /* The names are compared with each other: all must be there. */
    for (size_t i = 0; i < sources->count && loader->refusal_count == before; i++) {
        const struct source *source = &sources->items[i];
        for (size_t j = 0; source->node != NULL && j < source->relationship_count; j++) {
            check_relationship(loader, sources, source, source->relationships[j]);
        }
        before = loader->refusal_count;
    }
}

/* ---- the wire ---------------------------------------------------------------------------------------------------- */

json_t *relationship_json(struct loader *loader, const struct source *source)
{
    json_t *list = json_array();
    for (size_t i = 0; i < source->relationship_count; i++) {
        json_t *json = load_value(loader, source->relationships[i], LOAD_FIXTURE);
        static const char *const keys[] = {"foreign_key", "target_key"};
        for (size_t j = 0; j < 2; j++) {
            json_t *key = json_object_get(json, keys[j]);
            if (json_is_string(key)) {
                json_object_set_new(json, keys[j], json_pack("[O]", key));
            }
        }
        json_t *backref = json_object_get(json, "backref");
        if (json_is_string(backref)) {
            json_object_set_new(json, "backref", json_pack("{s:O}", "name", backref));
        }
        json_array_append_new(list, json);
    }
    return list;
}
