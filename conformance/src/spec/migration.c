/* The params of `migrate`: what each command takes, the steps of bodies, and what they need. */
#include "spec/load.h"

#include <string.h>

#define WRITES "message", "rev_id", "head", "splice", "branch_label"
#define BODIES "upgrade", "downgrade", "irreversible"
#define COMPARES "compare_type", "compare_server_default"

static const struct command {
    const char *name;
    const char *needs;      /* beside `migrate`, or NULL */
    const char *takes[10];  /* beside `do` and `dir` */
    const char *required;   /* one of these, or NULL */
} commands[] = {
    {"init", NULL, {NULL}, NULL},
    {"revision", NULL, {WRITES, "depends_on", BODIES, NULL}, NULL},
    {"migrate", "migrate.autogenerate", {WRITES, COMPARES, NULL}, NULL},
    {"check", "migrate.autogenerate", {COMPARES, NULL}, NULL},
    {"edit", NULL, {"revision", BODIES, NULL}, "revision"},
    {"merge", "migrate.branches", {"revisions", "message", "rev_id", "branch_label", NULL}, "revisions"},
    {"upgrade", NULL, {"to", "sql", NULL}, NULL},
    {"downgrade", NULL, {"to", "sql", NULL}, NULL},
    {"stamp", NULL, {"to", "sql", "purge", NULL}, NULL},
    {"current", NULL, {NULL}, NULL},
    {"heads", NULL, {NULL}, NULL},
    {"branches", "migrate.branches", {NULL}, NULL},
    {"history", NULL, {"range", NULL}, NULL},
    {"show", NULL, {"revision", NULL}, NULL},
    {NULL, NULL, {NULL}, NULL},
};

/* Changes of a table in a body, and how many items each list has at least and at most. */
static const struct change {
    const char *name;
    size_t least, most;
} changes[] = {
    {"add_column", 3, 3},      {"drop_column", 3, 3}, {"rename_column", 4, 4},   {"alter_column", 4, 4},
    {"add_unique", 4, 4},      {"add_check", 4, 4},   {"add_foreign_key", 6, 6}, {"drop_constraint", 4, 4},
    {"add_index", 4, 5},       {"drop_index", 3, 3},  {"rename_table", 3, 3},    {NULL, 0, 0},
};

struct body {
    struct loader *loader;
    struct load_needs *needs;
};

static void check_step(void *context, const struct yaml *step)
{
    const struct body *body = context;
    if (step->kind == YAML_TEXT) {
        return;
    }
    if (step->kind != YAML_LIST || step->count == 0 || step->items[0]->kind != YAML_TEXT) {
        load_refuse(body->loader, &step->place, "a step of a revision must be an SQL statement or [change, table, …], not %s",
                    yaml_kind_name(step));
        return;
    }
    const char *name = step->items[0]->text;
    const struct change *change = changes;
    while (change->name != NULL && strcmp(change->name, name) != 0) {
        change++;
    }
    if (change->name == NULL) {
        load_refuse(body->loader, &step->items[0]->place, "unknown change `%s`%s", name,
                    load_hint(body->loader, name, &changes[0].name, sizeof *changes));
    } else if (step->count < change->least || step->count > change->most) {
        load_refuse(body->loader, &step->place, "`%s` has %zu items, not %zu", name, change->most, step->count);
    }
    load_need(body->needs, "migrate.alter");
}

static void check_steps(void *context, const struct yaml *list)
{
    for (size_t i = 0; i < list->count && list->kind == YAML_LIST; i++) {
        load_branches(list->items[i], check_step, context);
    }
}

static bool takes(const struct command *command, const char *param)
{
    if (strcmp(param, "do") == 0 || strcmp(param, "dir") == 0) {
        return true;
    }
    for (const char *const *at = command->takes; *at != NULL; at++) {
        if (strcmp(*at, param) == 0) {
            return true;
        }
    }
    return false;
}

void load_migrate(struct loader *loader, const struct yaml *params, struct load_needs *needs)
{
    const struct yaml *does = yaml_get(params, "do");
    const struct command *command = commands;
    while (command->name != NULL && !yaml_is_text(does, command->name)) {
        command++;
    }
    if (command->name == NULL) {
        load_refuse(loader, &does->place, "unknown migration command `%s`%s", does->text,
                    load_hint(loader, does->text, &commands[0].name, sizeof *commands));
        return;
    }
    for (size_t i = 0; i < params->count; i++) {
        if (!takes(command, params->keys[i]->text)) {
            load_refuse(loader, &params->keys[i]->place, "`%s` takes no `%s`", command->name, params->keys[i]->text);
        }
    }
    if (command->required != NULL && yaml_get(params, command->required) == NULL) {
        load_refuse(loader, &params->place, "`%s` takes `%s`", command->name, command->required);
    }
    if (command->needs != NULL) {
        load_need(needs, command->needs);
    }
    if (load_boolean(loader, params, "sql", false)) {
        load_need(needs, "migrate.script");
    }
    struct body body = {loader, needs};
    static const char *const bodies[] = {"upgrade", "downgrade"};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml *list = yaml_get(params, bodies[i]);
        if (list != NULL) {
            load_branches(list, check_steps, &body);
        }
    }
}
