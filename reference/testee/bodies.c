#include "bodies.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Text that grows until it is moved into the call's memory. */
static FILE *text_open(char **at, size_t *size)
{
    return must(open_memstream(at, size));
}

static const char *text_close(struct call *c, FILE *out, char **at, const size_t *size)
{
    fclose(out);
    char *kept = call_alloc(c, *size + 1);
    memcpy(kept, *at, *size);
    free(*at);
    return kept;
}

static void quote(FILE *out, const char *name)
{
    fputc('"', out);
    for (; *name != '\0'; name++) {
        if (*name == '"') fputc('"', out);
        fputc(*name, out);
    }
    fputc('"', out);
}

static void names(FILE *out, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        fputs(i > 0 ? ", " : "(", out);
        quote(out, json_string_value(json_array_get(list, i)));
    }
    fputc(')', out);
}

/* Type names that both databases know. */
static bool type(struct call *c, FILE *out, const json_t *column)
{
    static const struct {
        const char *type, *name;
    } types[] = {
        {"integer", "INTEGER"}, {"text", "TEXT"},          {"boolean", "BOOLEAN"}, {"float", "FLOAT"},
        {"date", "DATE"},       {"datetime", "TIMESTAMP"}, {"json", "JSON"},
    };
    const char *given = json_string_value(json_object_get(column, "type"));
    if (given != NULL && strcmp(given, "string") == 0) {
        fprintf(out, "VARCHAR(%lld)", (long long)json_integer_value(json_object_get(column, "length")));
        return true;
    }
    for (size_t i = 0; given != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, given) == 0) return fputs(types[i].name, out), true;
    return call_lacks(c, "no type %s", given != NULL ? given : "without a name");
}

static void alter(FILE *out, const char *table)
{
    fputs("-- orm: alter table ", out);
    quote(out, table);
    fputc(' ', out);
}

static bool add_column(struct call *c, FILE *out, const char *table, const json_t *step)
{
    const json_t *column = json_array_get(step, 2), *value = json_object_get(column, "server_default");
    const char *name = json_string_value(json_object_get(column, "name"));
    if (name == NULL) return call_bad(c, "a column without a name");
    alter(out, table);
    fputs("add column ", out);
    quote(out, name);
    fputc(' ', out);
    if (!type(c, out, column)) return false;
    if (json_is_string(value)) fprintf(out, " DEFAULT (%s)", json_string_value(value));
    if (json_is_false(json_object_get(column, "nullable"))) fputs(" NOT NULL", out);
    fputc('\n', out);
    return true;
}

static void alter_one(FILE *out, const char *table, const char *column)
{
    alter(out, table);
    fputs("alter column ", out);
    quote(out, column);
}

static bool alter_column(struct call *c, FILE *out, const char *table, const json_t *step)
{
    const char *name = json_string_value(json_array_get(step, 2));
    const json_t *options = json_array_get(step, 3), *value = json_object_get(options, "server_default"),
                 *nullable = json_object_get(options, "nullable");
    if (json_object_get(options, "type") != NULL) {
        alter_one(out, table, name);
        fputs(" type ", out);
        if (!type(c, out, options)) return false;
        fputc('\n', out);
    }
    if (value != NULL) {
        alter_one(out, table, name);
        if (json_is_string(value))
            fprintf(out, " set default (%s)\n", json_string_value(value));
        else
            fputs(" drop default\n", out);
    }
    if (nullable != NULL) {
        alter_one(out, table, name);
        fputs(json_is_true(nullable) ? " drop not null\n" : " set not null\n", out);
    }
    return true;
}

static bool add_constraint(struct call *c, FILE *out, const char *table, const json_t *step)
{
    const char *kind = json_string_value(json_array_get(step, 0));
    (void)c;
    alter(out, table);
    fputs("add constraint ", out);
    quote(out, json_string_value(json_array_get(step, 2)));
    if (strcmp(kind, "add_unique") == 0) {
        fputs(" UNIQUE ", out);
        names(out, json_array_get(step, 3));
    } else if (strcmp(kind, "add_check") == 0) {
        fprintf(out, " CHECK (%s)", json_string_value(json_array_get(step, 3)));
    } else {
        fputs(" FOREIGN KEY ", out);
        names(out, json_array_get(step, 3));
        fputs(" REFERENCES ", out);
        quote(out, json_string_value(json_array_get(step, 4)));
        fputc(' ', out);
        names(out, json_array_get(step, 5));
    }
    fputc('\n', out);
    return true;
}

static bool drop(struct call *c, FILE *out, const char *table, const json_t *step)
{
    bool column = strcmp(json_string_value(json_array_get(step, 0)), "drop_column") == 0;
    (void)c;
    alter(out, table);
    fputs(column ? "drop column " : "drop constraint ", out);
    quote(out, json_string_value(json_array_get(step, 2)));
    fputc('\n', out);
    return true;
}

static bool rename_it(struct call *c, FILE *out, const char *table, const json_t *step)
{
    bool column = strcmp(json_string_value(json_array_get(step, 0)), "rename_column") == 0;
    (void)c;
    fputs("ALTER TABLE ", out);
    quote(out, table);
    fputs(" RENAME ", out);
    if (column) {
        fputs("COLUMN ", out);
        quote(out, json_string_value(json_array_get(step, 2)));
        fputc(' ', out);
    }
    fputs("TO ", out);
    quote(out, json_string_value(json_array_get(step, column ? 3 : 2)));
    fputs(";\n", out);
    return true;
}

static bool indexes(struct call *c, FILE *out, const char *table, const json_t *step)
{
    (void)c;
    if (strcmp(json_string_value(json_array_get(step, 0)), "drop_index") == 0) {
        fputs("DROP INDEX ", out);
        quote(out, json_string_value(json_array_get(step, 2)));
    } else {
        fputs(json_is_true(json_array_get(step, 4)) ? "CREATE UNIQUE INDEX " : "CREATE INDEX ", out);
        quote(out, json_string_value(json_array_get(step, 2)));
        fputs(" ON ", out);
        quote(out, table);
        fputc(' ', out);
        names(out, json_array_get(step, 3));
    }
    fputs(";\n", out);
    return true;
}

static const struct {
    const char *name;
    bool (*write)(struct call *, FILE *, const char *table, const json_t *step);
    size_t texts; /* so many of the first items are text, the name and the table included */
} changes[] = {
    {"add_column", add_column, 2},        {"drop_column", drop, 3},      {"rename_column", rename_it, 4},
    {"alter_column", alter_column, 3},    {"add_unique", add_constraint, 3}, {"add_check", add_constraint, 4},
    {"add_foreign_key", add_constraint, 3}, {"drop_constraint", drop, 4},  {"add_index", indexes, 3},
    {"drop_index", indexes, 3},           {"rename_table", rename_it, 3},
};

static bool step_text(struct call *c, FILE *out, const json_t *step)
{
    const char *name = json_string_value(json_array_get(step, 0));
    if (json_is_string(step)) return fprintf(out, "%s;\n", json_string_value(step)) > 0;
    if (name == NULL) return call_bad(c, "a step is neither SQL nor a change");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        if (strcmp(changes[i].name, name) != 0) continue;
        for (size_t k = 0; k < changes[i].texts; k++)
            if (!json_is_string(json_array_get(step, k))) return call_bad(c, "%s: item %zu is no text", name, k + 1);
        return changes[i].write(c, out, json_string_value(json_array_get(step, 1)), step);
    }
    return call_lacks(c, "no change %s in a revision", name);
}

bool bodies_text(struct call *c, const char *parameter, const char **out)
{
    json_t *list, *step;
    size_t i, size;
    char *at;
    *out = NULL;
    if (json_object_get(c->params, parameter) == NULL) return true;
    if (!call_array(c, parameter, &list)) return false;
    FILE *text = text_open(&at, &size);
    bool fine = true;
    json_array_foreach(list, i, step) fine = fine && step_text(c, text, step);
    *out = text_close(c, text, &at, &size);
    return fine;
}

/* ---- editing ----------------------------------------------------------------------------------------------------- */

static const char *read_file(struct call *c, const char *path)
{
    size_t size, got;
    char *at, piece[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL) return NULL;
    FILE *text = text_open(&at, &size);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0) fwrite(piece, 1, got, text);
    fclose(file);
    return text_close(c, text, &at, &size);
}

static bool begins(const char *line, const char *section)
{
    static const char mark[] = "-- orm: ";
    return strncmp(line, mark, strlen(mark)) == 0 && strncmp(line + strlen(mark), section, strlen(section)) == 0;
}

bool bodies_edit(struct call *c, const char *path, const char *upgrade, const char *downgrade)
{
    const char *text = read_file(c, path);
    FILE *file = text != NULL ? fopen(path, "w") : NULL;
    if (file == NULL) return call_raised_text(c, ORM_CONFIG, "%s: %s", path, strerror(errno));
    bool goes = false;
    for (const char *line = text; *line != '\0';) {
        const char *end = strchr(line, '\n');
        size_t size = end != NULL ? (size_t)(end - line) + 1 : strlen(line);
        if (begins(line, "upgrade")) goes = upgrade != NULL;
        if (begins(line, "downgrade")) goes = downgrade != NULL;
        if (!goes) fwrite(line, 1, size, file);
        line += size;
    }
    if (upgrade != NULL) fprintf(file, "-- orm: upgrade\n%s", upgrade);
    if (downgrade != NULL) fprintf(file, "-- orm: downgrade\n%s", downgrade);
    return fclose(file) == 0 ? true : call_raised_text(c, ORM_CONFIG, "%s: %s", path, strerror(errno));
}
