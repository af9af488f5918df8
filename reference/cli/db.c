/* orm db: one function for each command. */
#include "cli.h"
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* What a command has in hand; what is not wanted is NULL. */
struct work {
    const struct arguments *a;
    orm_migrations *migrations;
    orm_database *database;
    void *library;
};

static int failed(const struct work *w, const orm_error *error)
{
    return complain_of(w->a, error);
}

/* ---- telling ---- */

static void print_ids(const char *const *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) printf("%s%s", i > 0 ? ", " : "", ids[i]);
    if (count == 0) printf("<base>");
}

static void print_marks(const orm_revision *r)
{
    for (size_t i = 0; i < r->label_count; i++) printf(" (%s)", r->labels[i]);
    printf("%s%s%s", r->head ? " (head)" : "", r->branch_point ? " (branchpoint)" : "", r->merge_point ? " (mergepoint)" : "");
}

static void print_whole(const orm_revision *r)
{
    printf("Revision: %s", r->id);
    print_marks(r);
    printf("\nRevises:  ");
    print_ids(r->down, r->down_count);
    if (r->depends_count > 0) {
        printf("\nDepends:  ");
        print_ids(r->depends, r->depends_count);
    }
    printf("\nDate:     %s\nFile:     %s\n\n    %s\n", r->date, r->path, *r->message != '\0' ? r->message : "(no message)");
}

static void print_line(const orm_revision *r)
{
    printf("%s", r->id);
    print_marks(r);
    printf("%s%s\n", *r->message != '\0' ? ", " : "", r->message);
}

static int print_list(const struct work *w, const orm_revisions *list)
{
    for (size_t i = 0; i < list->count; i++) w->a->verbose ? print_whole(list->at[i]) : print_line(list->at[i]);
    return CLI_DONE;
}

/* ---- commands ---- */

static int do_init(struct work *w)
{
    orm_error error;
    if (orm_migrations_init(w->a->directory, &error) != ORM_OK) return failed(w, &error);
    printf("%s is ready: next `orm db migrate -m \"initial migration\"`\n", w->a->directory);
    return CLI_DONE;
}

static orm_new_revision new_revision(const struct arguments *a)
{
    return (orm_new_revision){.message = a->message, .id = a->id, .head = a->head, .splice = a->splice, .label = a->label,
                              .depends = a->depends, .depends_count = a->depends_count};
}

static int do_revision(struct work *w)
{
    const orm_new_revision given = new_revision(w->a);
    const orm_revision *made;
    orm_error error;
    if (orm_migrations_revise(w->migrations, &given, &made, &error) != ORM_OK) return failed(w, &error);
    printf("wrote %s\n", made->path);
    return CLI_DONE;
}

static int do_merge(struct work *w)
{
    const orm_new_revision given = new_revision(w->a);
    const orm_revision *made;
    orm_error error;
    if (orm_migrations_merge(w->migrations, w->a->words, w->a->count, &given, &made, &error) != ORM_OK) return failed(w, &error);
    printf("wrote %s\n", made->path);
    return CLI_DONE;
}

static void print_changes(const orm_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) printf("found: %s\n", changes->at[i].text);
}

static int do_migrate(struct work *w)
{
    const orm_new_revision given = new_revision(w->a);
    const orm_compare_options options = {.keep_tables = w->a->keep_tables};
    const orm_revision *made;
    orm_changes *changes;
    orm_error error;
    if (orm_migrate_generate(w->database, w->migrations, &given, &options, &changes, &made, &error) != ORM_OK) return failed(w, &error);
    if (made == NULL) {
        printf("the tables are as the models have them: nothing was written\n");
    } else {
        print_changes(changes);
        printf("wrote %s: read it, then `orm db upgrade`\n", made->path);
        for (size_t i = 0; i < changes->count; i++)
            if (changes->at[i].decision != NULL) printf("to be decided in it: %s\n", changes->at[i].decision);
    }
    orm_changes_close(&changes);
    return CLI_DONE;
}

static int do_check(struct work *w)
{
    const orm_compare_options options = {.keep_tables = w->a->keep_tables};
    orm_changes *changes;
    orm_error error;
    if (orm_migrate_compare(w->database, &options, &changes, &error) != ORM_OK) return failed(w, &error);
    bool same = changes->count == 0;
    if (same)
        printf("the tables are as the models have them\n");
    else
        print_changes(changes);
    orm_changes_close(&changes);
    return same ? CLI_DONE : CLI_DIFFERENT;
}

static void print_text(void *context, const char *text)
{
    (void)context;
    fputs(text, stdout);
}

static int script(struct work *w, orm_script_kind kind)
{
    orm_error error;
    const char *range = w->a->count > 0 ? w->a->words[0] : kind == ORM_SCRIPT_DOWNGRADE ? "head:-1" : NULL;
    orm_status rc = orm_migrate_script(w->database, w->migrations, kind, range, print_text, NULL, &error);
    return rc == ORM_OK ? CLI_DONE : failed(w, &error);
}

static void progress(void *context, const orm_revision *r, bool down)
{
    size_t *ran = context;
    fprintf(stderr, "%s %s%s%s\n", down ? "undoing" : "running", r->id, *r->message != '\0' ? ", " : "", r->message);
    (*ran)++;
}

static int run(struct work *w, bool down)
{
    orm_error error;
    size_t ran = 0;
    const char *to = w->a->count > 0 ? w->a->words[0] : NULL;
    if (w->a->sql) return script(w, down ? ORM_SCRIPT_DOWNGRADE : ORM_SCRIPT_UPGRADE);
    orm_status rc = down ? orm_migrate_downgrade(w->database, w->migrations, to, progress, &ran, &error)
                         : orm_migrate_upgrade(w->database, w->migrations, to, progress, &ran, &error);
    if (rc != ORM_OK) return failed(w, &error);
    if (ran == 0) fprintf(stderr, "nothing to do: the database is there already\n");
    return CLI_DONE;
}

static int do_upgrade(struct work *w)
{
    return run(w, false);
}

static int do_downgrade(struct work *w)
{
    return run(w, true);
}

static int do_stamp(struct work *w)
{
    orm_error error;
    if (w->a->sql) return script(w, ORM_SCRIPT_STAMP);
    if (orm_migrate_stamp(w->database, w->migrations, w->a->count > 0 ? w->a->words[0] : NULL, w->a->purge, &error) != ORM_OK)
        return failed(w, &error);
    return CLI_DONE;
}

static int do_current(struct work *w)
{
    orm_revisions found;
    orm_error error;
    if (orm_migrate_current(w->database, w->migrations, &found, &error) != ORM_OK) return failed(w, &error);
    return print_list(w, &found);
}

static int do_heads(struct work *w)
{
    orm_revisions found;
    orm_error error;
    if (orm_migrations_find(w->migrations, "heads", &found, &error) != ORM_OK) return failed(w, &error);
    return print_list(w, &found);
}

static int do_history(struct work *w)
{
    orm_revisions found, current = {0};
    orm_error error;
    if (orm_migrations_history(w->migrations, w->database, w->a->range, &found, &error) != ORM_OK) return failed(w, &error);
    if (w->a->current && orm_migrate_current(w->database, w->migrations, &current, &error) != ORM_OK) return failed(w, &error);
    for (size_t i = 0; i < found.count; i++) {
        const orm_revision *r = found.at[i];
        bool here = false;
        if (w->a->verbose) {
            print_whole(r);
            continue;
        }
        print_ids(r->down, r->down_count);
        printf(" -> %s", r->id);
        print_marks(r);
        for (size_t k = 0; k < current.count; k++) here = here || current.at[k] == r;
        printf("%s%s%s\n", here ? " (current)" : "", *r->message != '\0' ? ", " : "", r->message);
    }
    return CLI_DONE;
}

static int do_branches(struct work *w)
{
    orm_revisions found;
    orm_error error;
    if (orm_migrations_history(w->migrations, NULL, NULL, &found, &error) != ORM_OK) return failed(w, &error);
    for (size_t i = 0; i < found.count; i++)
        if (found.at[i]->branch_point) print_line(found.at[i]);
    return CLI_DONE;
}

static int do_show(struct work *w)
{
    orm_revisions found;
    orm_error error;
    if (orm_migrations_find(w->migrations, w->a->count > 0 ? w->a->words[0] : "head", &found, &error) != ORM_OK) return failed(w, &error);
    for (size_t i = 0; i < found.count; i++) print_whole(found.at[i]);
    return CLI_DONE;
}

static int do_edit(struct work *w)
{
    orm_revisions found;
    orm_error error;
    int status;
    pid_t child;
    const char *visual = getenv("VISUAL"), *editor = visual != NULL && *visual != '\0' ? visual : getenv("EDITOR");
    if (editor == NULL || *editor == '\0') return complain(w->a, CLI_FAILED, "there is no editor: set VISUAL or EDITOR");
    if (orm_migrations_find(w->migrations, w->a->count > 0 ? w->a->words[0] : "head", &found, &error) != ORM_OK) return failed(w, &error);
    if (found.count != 1) return complain(w->a, CLI_FAILED, "name one revision");
    char *words[] = {(char *)"sh", (char *)"-c", (char *)"exec $0 \"$1\"", (char *)editor, (char *)found.at[0]->path, NULL};
    if (posix_spawnp(&child, "sh", NULL, NULL, words, environ) != 0 || waitpid(child, &status, 0) < 0)
        return complain(w->a, CLI_FAILED, "the editor '%s' cannot be started", editor);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? CLI_DONE : complain(w->a, CLI_FAILED, "the editor '%s' failed", editor);
}

/* ---- the table of commands ---- */

enum wants { NOTHING = 0, DIRECTORY = 1, DATABASE = 2, MODELS = 4 };

static const struct command {
    const char *name;
    int (*run)(struct work *);
    int wants;
    size_t least, most; /* words */
    const char *options; /* letters of option_table that it takes */
    const char *usage, *says;
} commands[] = {
    {"init", do_init, NOTHING, 0, 0, "d", "", "make the directory of revisions, once for a project"},
    {"migrate", do_migrate, DIRECTORY | DATABASE | MODELS, 0, 0, "dMmihslk", "", "compare the models with the database and write a revision for what differs"},
    {"revision", do_revision, DIRECTORY, 0, 0, "dmihslD", "", "write an empty revision, to be filled by hand"},
    {"upgrade", do_upgrade, DIRECTORY | DATABASE, 0, 1, "dq", "[REVISION]", "run what is missing, up to a revision (head)"},
    {"downgrade", do_downgrade, DIRECTORY | DATABASE, 0, 1, "dq", "[REVISION]", "undo, down to a revision, which stays (-1: one step)"},
    {"current", do_current, DIRECTORY | DATABASE, 0, 0, "dv", "", "where the database is"},
    {"history", do_history, DIRECTORY, 0, 0, "drvc", "", "all revisions, the newest first"},
    {"heads", do_heads, DIRECTORY, 0, 0, "dv", "", "revisions that no other comes after"},
    {"branches", do_branches, DIRECTORY, 0, 0, "d", "", "revisions that several come after"},
    {"show", do_show, DIRECTORY, 0, 1, "d", "[REVISION]", "one revision (head)"},
    {"edit", do_edit, DIRECTORY, 0, 1, "d", "[REVISION]", "open its file in VISUAL or EDITOR (head)"},
    {"stamp", do_stamp, DIRECTORY | DATABASE, 0, 1, "dqp", "[REVISION]", "say where the database is, without running anything (head)"},
    {"check", do_check, DATABASE | MODELS, 0, 0, "dMk", "", "do the tables have what the models have? Exit 3 when not"},
    {"merge", do_merge, DIRECTORY, 1, 32, "dmil", "REVISION…", "write a revision that comes after several: `orm db merge heads`"},
};

static const struct option {
    char letter;
    const char *brief, *name; /* -m, --message */
    const char *value;        /* what it takes, or NULL */
    const char *says;
} option_table[] = {
    {'d', "-d", "--directory", "DIR", "the directory of revisions (migrations)"},
    {'M', NULL, "--models", "FILE", "a shared object with the symbol orm_models (ORM_MODELS)"},
    {'m', "-m", "--message", "TEXT", "what the revision is for"},
    {'i', NULL, "--rev-id", "ID", "its id (twelve hexadecimal digits)"},
    {'h', NULL, "--head", "REVISION", "what it comes after (head)"},
    {'s', NULL, "--splice", NULL, "--head may be a revision that others come after"},
    {'l', NULL, "--branch-label", "NAME", "a name for the branch that begins here"},
    {'D', NULL, "--depends-on", "REVISION", "what must have run before; may come several times"},
    {'k', NULL, "--keep-tables", NULL, "leave alone tables that no model has"},
    {'q', NULL, "--sql", NULL, "write the statements as a script and leave the database alone; REVISION may be FROM:TO"},
    {'p', NULL, "--purge", NULL, "forget first where the database was"},
    {'r', "-r", "--rev-range", "FROM:TO", "only these"},
    {'v', "-v", "--verbose", NULL, "tell more"},
    {'c', "-i", "--indicate-current", NULL, "mark where the database is"},
};

static void print_help(void)
{
    printf("usage: orm db COMMAND [OPTION…] [REVISION]\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) printf("  %-10s %s\n", commands[i].name, commands[i].says);
    printf("\nA revision is an id or its beginning, head, heads, base, +1, -2, ID+1, head-1, a label, LABEL@head.\n"
           "DATABASE_URL names the database: from the environment, or from .env here or above.\n"
           "Exit: 0 done, 1 refused or failed, 2 usage, 3 (check) models and tables differ.\n"
           "`orm db COMMAND --help` tells the options.\n");
}

static void print_command_help(const struct command *c)
{
    printf("usage: orm db %s [OPTION…] %s\n\n%s\n\n", c->name, c->usage, c->says);
    for (size_t i = 0; i < sizeof option_table / sizeof option_table[0]; i++) {
        const struct option *o = &option_table[i];
        char name[64];
        if (strchr(c->options, o->letter) == NULL) continue;
        snprintf(name, sizeof name, "%s%s%s%s%s", o->brief != NULL ? o->brief : "", o->brief != NULL ? ", " : "", o->name,
                 o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        printf("  %-28s %s\n", name, o->says);
    }
}

static const struct command *command_named(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

/* ---- options ---- */

static const struct option *option_named(const struct command *c, const char *word, const char **value)
{
    const char *equals = strchr(word, '=');
    size_t size = equals != NULL ? (size_t)(equals - word) : strlen(word);
    *value = equals != NULL ? equals + 1 : NULL;
    for (size_t i = 0; i < sizeof option_table / sizeof option_table[0]; i++) {
        const struct option *o = &option_table[i];
        bool whole = strlen(o->name) == size && strncmp(word, o->name, size) == 0;
        if (strchr(c->options, o->letter) != NULL && (whole || (o->brief != NULL && strcmp(word, o->brief) == 0))) return o;
    }
    return NULL;
}

static bool put(struct arguments *a, char letter, const char *value)
{
    switch (letter) {
    case 'd': a->directory = value; break;
    case 'M': a->models = value; break;
    case 'm': a->message = value; break;
    case 'i': a->id = value; break;
    case 'h': a->head = value; break;
    case 'l': a->label = value; break;
    case 'r': a->range = value; break;
    case 's': a->splice = true; break;
    case 'k': a->keep_tables = true; break;
    case 'q': a->sql = true; break;
    case 'p': a->purge = true; break;
    case 'v': a->verbose = true; break;
    case 'c': a->current = true; break;
    case 'D':
        if (a->depends_count == sizeof a->depends / sizeof a->depends[0]) return false;
        a->depends[a->depends_count++] = value;
        break;
    }
    return true;
}

/* -1 and -2 are revisions. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

static int read_arguments(const struct command *c, int count, char **words, struct arguments *a)
{
    bool options = true;
    for (int i = 0; i < count; i++) {
        const char *value;
        if (options && strcmp(words[i], "--") == 0) {
            options = false;
            continue;
        }
        if (!options || !is_option(words[i])) {
            if (a->count == c->most || a->count == sizeof a->words / sizeof a->words[0])
                return complain(a, CLI_USAGE, "it does not take '%s'; see `orm db %s --help`", words[i], c->name);
            a->words[a->count++] = words[i];
            continue;
        }
        if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0) {
            a->help = true;
            return CLI_DONE;
        }
        const struct option *o = option_named(c, words[i], &value);
        if (o == NULL) return complain(a, CLI_USAGE, "there is no option '%s'; see `orm db %s --help`", words[i], c->name);
        if (o->value == NULL && value != NULL) return complain(a, CLI_USAGE, "%s takes no value", o->name);
        if (o->value != NULL && value == NULL) {
            if (i + 1 == count) return complain(a, CLI_USAGE, "%s takes a value: %s %s", o->name, o->name, o->value);
            value = words[++i];
        }
        if (!put(a, o->letter, value)) return complain(a, CLI_USAGE, "%s came too often", o->name);
    }
    if (a->count < c->least) return complain(a, CLI_USAGE, "it needs %s; see `orm db %s --help`", c->usage, c->name);
    return CLI_DONE;
}

/* Does a range ask where the database is? */
static bool asks_database(const struct arguments *a)
{
    const char *range = a->range != NULL ? a->range : "";
    return a->current || strstr(range, "current") != NULL || range[0] == '-' || range[0] == '+' || strstr(range, ":-") != NULL ||
           strstr(range, ":+") != NULL;
}

static int run_command(const struct command *c, const struct arguments *a)
{
    struct work w = {.a = a};
    const orm_schema *schema = NULL;
    orm_error error;
    int code = CLI_DONE;
    bool fine = true;
    if ((c->wants & MODELS) != 0) fine = models_load(a, &w.library, &schema, &code);
    if (fine && ((c->wants & DATABASE) != 0 || asks_database(a))) fine = database_open(a, schema, &w.database, &code);
    if (fine && (c->wants & DIRECTORY) != 0 && orm_migrations_open(a->directory, &w.migrations, &error) != ORM_OK) {
        code = complain_of(a, &error);
        fine = false;
    }
    if (fine) code = c->run(&w);
    orm_migrations_close(&w.migrations);
    orm_close(&w.database);
    if (w.library != NULL) dlclose(w.library);
    return code;
}

int db_command(int count, char **words)
{
    struct arguments a = {.directory = "migrations"};
    if (count == 0 || strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0) {
        print_help();
        return count == 0 ? CLI_USAGE : CLI_DONE;
    }
    const struct command *c = command_named(words[0]);
    if (c == NULL) return complain(&a, CLI_USAGE, "there is no command '%s'; see `orm db --help`", words[0]);
    a.command = c->name;
    int code = read_arguments(c, count - 1, words + 1, &a);
    if (a.help) print_command_help(c);
    return a.help || code != CLI_DONE ? code : run_command(c, &a);
}
