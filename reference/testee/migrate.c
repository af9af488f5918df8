#include "migrate.h"
#include "bodies.h"
#include <string.h>

/* One call: the directory, and the database that it is about. */
struct migrating {
    struct call *call;
    orm_database *database;
    const char *directory;
    orm_migrations *migrations;
};

static bool judged(const struct migrating *g, orm_status rc, const orm_error *error)
{
    return rc == ORM_OK ? true : call_raised(g->call, rc, error);
}

static json_t *text_list(const char *const *at, size_t count)
{
    json_t *list = must(json_array());
    for (size_t i = 0; i < count; i++) json_array_append_new(list, must(json_string(at[i])));
    return list;
}

static json_t *described(const orm_revision *r)
{
    return must(json_pack("{s:s, s:o, s:o, s:o, s:s, s:b, s:b, s:b}", "revision", r->id, "down", text_list(r->down, r->down_count),
                          "depends", text_list(r->depends, r->depends_count), "labels", text_list(r->labels, r->label_count),
                          "message", r->message, "head", (int)r->head, "branchpoint", (int)r->branch_point, "mergepoint",
                          (int)r->merge_point));
}

static bool answer_ids(const struct migrating *g, const orm_revisions *revisions)
{
    json_t *list = must(json_array());
    for (size_t i = 0; i < revisions->count; i++) json_array_append_new(list, must(json_string(revisions->at[i]->id)));
    g->call->result = must(json_pack("{s:o}", "revisions", list));
    return true;
}

/* ---- new revisions ---- */

static bool new_revision(const struct migrating *g, orm_new_revision *out)
{
    json_t *depends = NULL;
    bool irreversible = false;
    *out = (orm_new_revision){0};
    if (!call_text(g->call, "message", false, &out->message) || !call_text(g->call, "rev_id", false, &out->id) ||
        !call_text(g->call, "head", false, &out->head) || !call_flag(g->call, "splice", &out->splice) ||
        !call_text(g->call, "branch_label", false, &out->label) || !call_flag(g->call, "irreversible", &irreversible) ||
        !bodies_text(g->call, "upgrade", &out->upgrade) || !bodies_text(g->call, "downgrade", &out->downgrade))
        return false;
    if (irreversible) out->downgrade = "-- orm: irreversible";
    if (json_object_get(g->call->params, "depends_on") == NULL) return true;
    if (!call_array(g->call, "depends_on", &depends)) return false;
    const char **list = call_alloc(g->call, (json_array_size(depends) + 1) * sizeof *list);
    for (size_t i = 0; i < json_array_size(depends); i++) {
        list[i] = json_string_value(json_array_get(depends, i));
        if (list[i] == NULL) return call_bad(g->call, "depends_on: item %zu is no text", i + 1);
    }
    out->depends = list;
    out->depends_count = json_array_size(depends);
    return true;
}

static bool do_revision(struct migrating *g)
{
    orm_new_revision given;
    const orm_revision *made;
    orm_error error;
    if (!new_revision(g, &given) || !judged(g, orm_migrations_revise(g->migrations, &given, &made, &error), &error)) return false;
    g->call->result = must(json_pack("{s:s}", "revision", made->id));
    return true;
}

static bool do_merge(struct migrating *g)
{
    orm_new_revision given;
    const orm_revision *made;
    orm_error error;
    json_t *list;
    if (!new_revision(g, &given) || !call_array(g->call, "revisions", &list)) return false;
    const char **names = call_alloc(g->call, (json_array_size(list) + 1) * sizeof *names);
    for (size_t i = 0; i < json_array_size(list); i++) {
        names[i] = json_string_value(json_array_get(list, i));
        if (names[i] == NULL) return call_bad(g->call, "revisions: item %zu is no text", i + 1);
    }
    if (!judged(g, orm_migrations_merge(g->migrations, names, json_array_size(list), &given, &made, &error), &error)) return false;
    g->call->result = must(json_pack("{s:s}", "revision", made->id));
    return true;
}

/* The one revision that the parameter names. */
static bool find_one(struct migrating *g, const char *name, const orm_revision **out)
{
    orm_revisions found;
    orm_error error;
    if (!judged(g, orm_migrations_find(g->migrations, name, &found, &error), &error)) return false;
    if (found.count != 1) return call_raised_text(g->call, ORM_MIGRATION, "'%s' means %zu revisions", name, found.count);
    *out = found.at[0];
    return true;
}

static bool do_edit(struct migrating *g)
{
    const char *name, *upgrade, *downgrade;
    const orm_revision *revision;
    bool irreversible = false;
    if (!call_text(g->call, "revision", true, &name) || !call_flag(g->call, "irreversible", &irreversible) ||
        !bodies_text(g->call, "upgrade", &upgrade) || !bodies_text(g->call, "downgrade", &downgrade) || !find_one(g, name, &revision))
        return false;
    return bodies_edit(g->call, revision->path, upgrade, irreversible ? "-- orm: irreversible\n" : downgrade);
}

/* ---- comparing ---- */

static bool compare_options(const struct migrating *g, orm_compare_options *out)
{
    bool types = true, defaults = true;
    *out = (orm_compare_options){0};
    if (!call_flag(g->call, "compare_type", &types) || !call_flag(g->call, "compare_server_default", &defaults)) return false;
    out->ignore_types = !types;
    out->ignore_defaults = !defaults;
    return true;
}

static json_t *change(const orm_change *one)
{
    static const char *const names[] = {
        [ORM_ADD_TABLE] = "add_table",         [ORM_DROP_TABLE] = "drop_table",
        [ORM_ADD_COLUMN] = "add_column",       [ORM_DROP_COLUMN] = "drop_column",
        [ORM_ALTER_TYPE] = "alter_type",       [ORM_ALTER_NULLABLE] = "alter_nullable",
        [ORM_ALTER_DEFAULT] = "alter_default", [ORM_ADD_UNIQUE] = "add_unique",
        [ORM_DROP_UNIQUE] = "drop_unique",     [ORM_ADD_INDEX] = "add_index",
        [ORM_DROP_INDEX] = "drop_index",       [ORM_ADD_FOREIGN_KEY] = "add_foreign_key",
        [ORM_DROP_FOREIGN_KEY] = "drop_foreign_key", [ORM_ALTER_PRIMARY_KEY] = "alter_primary_key",
    };
    json_t *words = must(json_pack("[s, s]", names[one->kind], one->table));
    if (one->column_count > 0)
        json_array_append_new(words, text_list(one->columns, one->column_count));
    else if (one->name != NULL)
        json_array_append_new(words, must(json_string(one->name)));
    if (one->target != NULL) json_array_append_new(words, must(json_string(one->target)));
    return words;
}

static json_t *changes_list(orm_changes **changes)
{
    json_t *list = must(json_array());
    for (size_t i = 0; *changes != NULL && i < (*changes)->count; i++) json_array_append_new(list, change(&(*changes)->at[i]));
    orm_changes_close(changes);
    return list;
}

static bool do_migrate(struct migrating *g)
{
    orm_new_revision given;
    orm_compare_options options;
    const orm_revision *made;
    orm_changes *changes;
    orm_error error;
    if (!new_revision(g, &given) || !compare_options(g, &options) ||
        !judged(g, orm_migrate_generate(g->database, g->migrations, &given, &options, &changes, &made, &error), &error))
        return false;
    g->call->result = must(json_pack("{s:s?, s:o}", "revision", made != NULL ? made->id : NULL, "changes", changes_list(&changes)));
    return true;
}

static bool do_check(struct migrating *g)
{
    orm_compare_options options;
    orm_changes *changes;
    orm_error error;
    if (!compare_options(g, &options) || !judged(g, orm_migrate_compare(g->database, &options, &changes, &error), &error)) return false;
    g->call->result = must(json_pack("{s:o}", "changes", changes_list(&changes)));
    return true;
}

/* ---- running ---- */

static void note(void *context, const orm_revision *revision, bool down)
{
    (void)down;
    json_array_append_new(context, must(json_string(revision->id)));
}

static void collect(void *context, const char *text)
{
    json_t **script = context;
    json_t *longer = must(json_sprintf("%s%s", json_string_value(*script), text));
    json_decref(*script);
    *script = longer;
}

static bool write_script(struct migrating *g, orm_script_kind kind, const char *to)
{
    json_t *script = must(json_string(""));
    orm_error error;
    bool fine = judged(g, orm_migrate_script(g->database, g->migrations, kind, to, collect, &script, &error), &error);
    if (fine)
        g->call->result = must(json_pack("{s:o}", "script", script));
    else
        json_decref(script);
    return fine;
}

static bool run(struct migrating *g, bool down)
{
    const char *to;
    bool sql = false;
    orm_error error;
    if (!call_text(g->call, "to", false, &to) || !call_flag(g->call, "sql", &sql)) return false;
    if (sql) return write_script(g, down ? ORM_SCRIPT_DOWNGRADE : ORM_SCRIPT_UPGRADE, to);
    json_t *ran = must(json_array());
    orm_status rc = down ? orm_migrate_downgrade(g->database, g->migrations, to, note, ran, &error)
                         : orm_migrate_upgrade(g->database, g->migrations, to, note, ran, &error);
    if (rc == ORM_OK)
        g->call->result = must(json_pack("{s:o}", "ran", ran));
    else
        json_decref(ran);
    return judged(g, rc, &error);
}

static bool do_upgrade(struct migrating *g)
{
    return run(g, false);
}

static bool do_downgrade(struct migrating *g)
{
    return run(g, true);
}

static bool do_stamp(struct migrating *g)
{
    const char *to;
    bool sql = false, purge = false;
    orm_error error;
    if (!call_text(g->call, "to", false, &to) || !call_flag(g->call, "sql", &sql) || !call_flag(g->call, "purge", &purge)) return false;
    if (sql) return write_script(g, ORM_SCRIPT_STAMP, to);
    return judged(g, orm_migrate_stamp(g->database, g->migrations, to, purge, &error), &error);
}

/* ---- asking ---- */

static bool do_current(struct migrating *g)
{
    orm_revisions found;
    orm_error error;
    return judged(g, orm_migrate_current(g->database, g->migrations, &found, &error), &error) && answer_ids(g, &found);
}

static bool do_heads(struct migrating *g)
{
    orm_revisions found;
    orm_error error;
    return judged(g, orm_migrations_find(g->migrations, "heads", &found, &error), &error) && answer_ids(g, &found);
}

static bool do_branches(struct migrating *g)
{
    orm_revisions found;
    orm_error error;
    json_t *list = must(json_array());
    g->call->result = must(json_pack("{s:o}", "revisions", list));
    if (!judged(g, orm_migrations_history(g->migrations, NULL, NULL, &found, &error), &error)) return false;
    for (size_t i = 0; i < found.count; i++)
        if (found.at[i]->branch_point) json_array_append_new(list, must(json_string(found.at[i]->id)));
    return true;
}

static bool do_history(struct migrating *g)
{
    const char *range;
    orm_revisions found;
    orm_error error;
    if (!call_text(g->call, "range", false, &range) ||
        !judged(g, orm_migrations_history(g->migrations, g->database, range, &found, &error), &error))
        return false;
    json_t *list = must(json_array());
    for (size_t i = 0; i < found.count; i++) json_array_append_new(list, described(found.at[i]));
    g->call->result = must(json_pack("{s:o}", "revisions", list));
    return true;
}

static bool do_show(struct migrating *g)
{
    const char *name;
    const orm_revision *revision;
    if (!call_text(g->call, "revision", false, &name) || !find_one(g, name != NULL ? name : "head", &revision)) return false;
    g->call->result = described(revision);
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct migrating *);
} commands[] = {
    {"revision", do_revision}, {"merge", do_merge},         {"edit", do_edit},   {"migrate", do_migrate},   {"check", do_check},
    {"upgrade", do_upgrade},   {"downgrade", do_downgrade}, {"stamp", do_stamp}, {"current", do_current},   {"heads", do_heads},
    {"branches", do_branches}, {"history", do_history},     {"show", do_show},
};

bool op_migrate(struct world *w, struct call *c)
{
    struct migrating g = {.call = c};
    const char *does;
    orm_error error;
    if (!call_text(c, "do", true, &does) || !call_text(c, "dir", true, &g.directory) || !world_database(w, c, &g.database)) return false;
    if (strcmp(does, "init") == 0) return judged(&g, orm_migrations_init(g.directory, &error), &error);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, does) != 0) continue;
        if (!judged(&g, orm_migrations_open(g.directory, &g.migrations, &error), &error)) return false;
        bool fine = commands[i].run(&g);
        orm_migrations_close(&g.migrations);
        return fine;
    }
    return call_lacks(c, "no migration command %s", does);
}
