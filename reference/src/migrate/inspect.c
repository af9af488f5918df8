#include "migrate/inspect.h"
#include "migrate/lexer.h"
#include "migrate/table_text.h"
#include <string.h>

enum { MOST_CELLS = 9 };

/* One row of a query of the catalog; its text lives until the next row. */
typedef struct row {
    orm__cursor cursor;
    size_t cells;
    orm_value at[MOST_CELLS];
} row;

static orm_status start(orm__connection *connection, const char *sql, size_t cells, row *out, orm_error *error)
{
    out->cells = cells;
    return orm__start(connection, ORM__OTHER, sql, NULL, 0, false, &out->cursor, error);
}

static orm_status next(row *r, bool *has_row, orm_error *error)
{
    orm_status rc = orm__next(&r->cursor, has_row, error);
    for (size_t i = 0; rc == ORM_OK && *has_row && i < r->cells; i++)
        rc = orm__column(&r->cursor, i, ORM_NULL, &r->at[i], error);
    return rc;
}

static const char *text_of(const row *r, size_t i)
{
    return r->at[i].type == ORM_STRING ? r->at[i].u.s : NULL;
}

static int64_t number_of(const row *r, size_t i)
{
    return r->at[i].type == ORM_INTEGER || r->at[i].type == ORM_BOOLEAN ? r->at[i].u.i : 0;
}

static bool is_true(const row *r, size_t i)
{
    return number_of(r, i) != 0;
}

static char letter_of(const row *r, size_t i)
{
    return r->at[i].type == ORM_STRING && r->at[i].u.size > 0 ? r->at[i].u.s[0] : '\0';
}

/* A copy in the shape's arena; text that is NULL stays so. Text of SQLite need not end with a NUL. */
static bool copy(orm__shape *shape, const row *r, size_t i, const char **out)
{
    *out = NULL;
    if (r->at[i].type != ORM_STRING) return true;
    *out = orm__arena_copy(&shape->arena, r->at[i].u.s, r->at[i].u.size);
    return *out != NULL;
}

/* The table of the row's first cell; NULL: one that is not looked at. */
static orm_status table_of(orm__shape *shape, const row *r, orm__shape_table **out, orm_error *error)
{
    char *name = r->at[0].type == ORM_STRING ? orm__strndup(r->at[0].u.s, r->at[0].u.size) : NULL;
    if (name == NULL) return orm__nomem(error);
    *out = orm__shape_table_named(shape, name);
    orm__free(name);
    return ORM_OK;
}

static orm_status read_tables(orm__connection *connection, orm__shape *shape, orm_error *error)
{
    row r = { 0 };
    bool has_row = false;
    const char *name;
    orm_status rc;
    ORM_TRY(start(connection, connection->database->dialect->catalog->tables, 2, &r, error));
    for (;;) {
        ORM_TRY(next(&r, &has_row, error));
        if (!has_row) break;
        if (!copy(shape, &r, 0, &name) || name == NULL) ORM_TRY(orm__nomem(error));
        if (strcmp(name, ORM__VERSION_TABLE) == 0) continue;
        orm__shape_table *table = orm__shape_add_table(shape, name);
        if (table == NULL || !copy(shape, &r, 1, &table->sql)) ORM_TRY(orm__nomem(error));
    }
fail:
    orm__finish(&r.cursor);
    return rc;
}

/* Spaces and parentheses around the whole of it are no part of an expression. */
static bool strip(orm__arena *arena, const char **expression)
{
    const char *at = *expression, *end = at + strlen(at);
    for (;;) {
        while (at < end && strchr(" \t\r\n", *at) != NULL) at++;
        while (end > at && strchr(" \t\r\n", end[-1]) != NULL) end--;
        if (end - at < 2 || *at != '(' || end[-1] != ')') break;
        size_t depth = 0;
        const char *close = at;
        char quote = '\0';
        for (; close < end; close++) {
            if (quote != '\0') {
                if (*close == quote) quote = '\0';
            } else if (*close == '\'' || *close == '"') {
                quote = *close;
            } else if (*close == '(') {
                depth++;
            } else if (*close == ')' && --depth == 0) {
                break;
            }
        }
        if (close != end - 1) break;
        at++;
        end--;
    }
    *expression = orm__arena_copy(arena, at, (size_t)(end - at));
    return *expression != NULL;
}

/* 'x'::character varying is 'x' to a column, and to SQLite. */
static bool without_casts(orm__arena *arena, const orm__syntax *syntax, const char **expression)
{
    for (bool found = true; found;) {
        orm__lexer lexer = orm__lexer_on(syntax, *expression, strlen(*expression), 1);
        size_t depth = 0, cast = 0;
        bool words = true; /* behind the last :: there are only words, brackets and what stands in parentheses */
        for (orm__token token; (token = orm__lex_solid(&lexer)).kind != ORM__AT_END;) {
            if (depth == 0 && orm__token_is(&token, ":") && *lexer.at == ':') {
                cast = (size_t)(token.at - *expression);
                words = true;
                orm__lex(&lexer);
                continue;
            }
            depth += orm__token_is(&token, "(");
            words = words && (depth > 0 || token.kind == ORM__WORD || token.kind == ORM__NAME || orm__token_is(&token, "[") ||
                              orm__token_is(&token, "]"));
            depth -= orm__token_is(&token, ")") && depth > 0;
        }
        found = cast > 0 && words;
        if (found) *expression = orm__arena_copy(arena, *expression, cast);
        if (*expression == NULL || !strip(arena, expression)) return false;
    }
    return true;
}

static orm_status take_column(orm__shape *shape, orm__shape_table *table, const orm__dialect *dialect, const row *r,
                              orm_error *error)
{
    const orm__catalog *catalog = dialect->catalog;
    const char *name;
    if (!copy(shape, r, 1, &name) || name == NULL) return orm__nomem(error);
    orm__shape_column *column = orm__shape_add_column(shape, table, name);
    if (column == NULL || !copy(shape, r, 2, &column->type.text) || !copy(shape, r, 4, &column->default_)) return orm__nomem(error);
    if (column->type.text == NULL) column->type.text = "";
    column->type.type = catalog->type_of(column->type.text, &column->type.length);
    int64_t place = number_of(r, 5);
    column->nullable = !is_true(r, 3) && place == 0;
    column->generated = is_true(r, 6);
    column->computed = is_true(r, 7);
    if (column->generated) column->default_ = NULL;
    if (column->default_ != NULL && !strip(&shape->arena, &column->default_)) return orm__nomem(error);
    if (column->default_ == NULL || catalog->defaults == NULL) return ORM_OK;
    column->elsewhere = column->default_;
    return without_casts(&shape->arena, &dialect->syntax, &column->elsewhere) ? ORM_OK : orm__nomem(error);
}

static orm_status read_columns(orm__connection *connection, orm__shape *shape, orm_error *error)
{
    const orm__dialect *dialect = connection->database->dialect;
    row r = { 0 };
    bool has_row = false;
    orm__shape_table *table = NULL;
    orm_status rc;
    ORM_TRY(start(connection, dialect->catalog->columns, 8, &r, error));
    for (;;) {
        ORM_TRY(next(&r, &has_row, error));
        if (!has_row) break;
        ORM_TRY(table_of(shape, &r, &table, error));
        if (table != NULL) ORM_TRY(take_column(shape, table, dialect, &r, error));
    }
fail:
    orm__finish(&r.cursor);
    return rc;
}

static bool append(orm__shape *shape, const char ***list, size_t count, const char *text)
{
    const char **longer = orm__arena_alloc(&shape->arena, (count + 1) * sizeof *longer);
    if (longer == NULL) return false;
    if (count > 0) memcpy(longer, *list, count * sizeof *longer);
    longer[count] = text;
    *list = longer;
    return true;
}

static orm_action action_of(char letter)
{
    switch (letter) {
    case 'r': return ORM_RESTRICT;
    case 'c': return ORM_CASCADE;
    case 'n': return ORM_SET_NULL;
    case 'd': return ORM_SET_DEFAULT;
    default: return ORM_NO_ACTION;
    }
}

typedef struct group { /* rows of one constraint or index come one after another */
    const orm__shape_table *table;
    char kind;
    int64_t number;
} group;

static orm_status take_set(orm__shape *shape, orm__shape_table *table, group *last, const row *r, orm_error *error)
{
    const char *column, *name, *to = NULL;
    const group here = { table, letter_of(r, 1), number_of(r, 3) };
    bool same = last->table == here.table && last->kind == here.kind && last->number == here.number;
    *last = here;
    if (!copy(shape, r, 4, &column) || !copy(shape, r, 2, &name)) return orm__nomem(error);
    if (here.kind == 'p') {
        table->key_name = name;
        return append(shape, &table->key, table->key_count++, column) ? ORM_OK : orm__nomem(error);
    }
    orm__shape_sets *sets = here.kind == 'u' ? &table->uniques : &table->keys;
    if (!same && orm__shape_add_set(sets) == NULL) return orm__nomem(error);
    orm__shape_set *set = &sets->at[sets->count - 1];
    set->name = name;
    if (here.kind == 'f') {
        if (!copy(shape, r, 5, &set->target) || !copy(shape, r, 6, &to)) return orm__nomem(error);
        set->on_delete = action_of(letter_of(r, 7));
        set->on_update = action_of(letter_of(r, 8));
        if (!append(shape, &set->to, set->count, to)) return orm__nomem(error);
    }
    return append(shape, &set->columns, set->count++, column) ? ORM_OK : orm__nomem(error);
}

static orm_status read_sets(orm__connection *connection, orm__shape *shape, orm_error *error)
{
    row r = { 0 };
    group last = { 0 };
    bool has_row = false;
    orm__shape_table *table = NULL;
    orm_status rc;
    ORM_TRY(start(connection, connection->database->dialect->catalog->sets, 9, &r, error));
    for (;;) {
        ORM_TRY(next(&r, &has_row, error));
        if (!has_row) break;
        ORM_TRY(table_of(shape, &r, &table, error));
        if (table != NULL) ORM_TRY(take_set(shape, table, &last, &r, error));
    }
    /* SQLite: a foreign key that names no columns means the target's primary key */
    for (size_t i = 0; i < shape->count; i++)
        for (size_t k = 0; k < shape->at[i].keys.count; k++) {
            orm__shape_set *key = &shape->at[i].keys.at[k];
            const orm__shape_table *target = orm__shape_table_named(shape, key->target);
            for (size_t c = 0; c < key->count; c++)
                if (key->to[c] == NULL) key->to[c] = target != NULL && c < target->key_count ? target->key[c] : "";
        }
fail:
    orm__finish(&r.cursor);
    return rc;
}

static orm_status read_indexes(orm__connection *connection, orm__shape *shape, orm_error *error)
{
    row r = { 0 };
    bool has_row = false;
    orm__shape_table *table = NULL;
    const char *name = NULL, *column = NULL;
    orm_status rc;
    ORM_TRY(start(connection, connection->database->dialect->catalog->indexes, 5, &r, error));
    for (;;) {
        ORM_TRY(next(&r, &has_row, error));
        if (!has_row) break;
        ORM_TRY(table_of(shape, &r, &table, error));
        if (table == NULL) continue;
        if (!copy(shape, &r, 1, &name) || !copy(shape, &r, 4, &column) || name == NULL) ORM_TRY(orm__nomem(error));
        orm__shape_sets *sets = &table->indexes;
        if (sets->count == 0 || strcmp(sets->at[sets->count - 1].name, name) != 0) {
            if (orm__shape_add_set(sets) == NULL) ORM_TRY(orm__nomem(error));
            sets->at[sets->count - 1].name = name;
        }
        orm__shape_set *set = &sets->at[sets->count - 1];
        set->unique = is_true(&r, 2);
        set->plain = is_true(&r, 3) && column != NULL;
        if (column == NULL) column = "";
        if (!append(shape, &set->columns, set->count++, column)) ORM_TRY(orm__nomem(error));
    }
fail:
    orm__finish(&r.cursor);
    return rc;
}

/* ---- names that stand in SQLite's text alone --------------------------------------------------------------------- */

static bool same_names(const char *const *a, const char *const *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i], b[i]) != 0) return false;
    return true;
}

static bool name_sets(orm__shape *shape, orm__shape_sets *sets, const orm__part *part, const char *const *columns, size_t count)
{
    for (size_t i = 0; i < sets->count; i++) {
        orm__shape_set *set = &sets->at[i];
        if (set->name != NULL || set->count != count || !same_names(set->columns, columns, count)) continue;
        set->name = orm__arena_copy(&shape->arena, part->name, strlen(part->name));
        return set->name != NULL;
    }
    return true;
}

static orm_status name_part(orm__shape *shape, orm__shape_table *table, const orm__part *part, const char *const *columns,
                            size_t count, orm_error *error)
{
    bool fine = true;
    if (part->name == NULL) return ORM_OK;
    if (part->kind == ORM__PART_UNIQUE) fine = name_sets(shape, &table->uniques, part, columns, count);
    if (part->kind == ORM__PART_REFERENCES) fine = name_sets(shape, &table->keys, part, columns, count);
    if (part->kind == ORM__PART_PRIMARY_KEY && table->key_name == NULL) {
        table->key_name = orm__arena_copy(&shape->arena, part->name, strlen(part->name));
        fine = table->key_name != NULL;
    }
    return fine ? ORM_OK : orm__nomem(error);
}

/* A statement that liborm cannot take apart names nothing. */
static orm_status read_names(const orm__dialect *dialect, orm__shape *shape, orm__shape_table *table, orm_error *error)
{
    orm__table_text text;
    orm_error why;
    orm_status rc = orm__table_text_parse(&text, dialect, table->sql, &why);
    if (rc != ORM_OK) return rc == ORM_NOMEM ? orm__nomem(error) : ORM_OK;
    for (size_t i = 0; rc == ORM_OK && i < text.parts.count; i++)
        rc = name_part(shape, table, &text.parts.at[i], text.parts.at[i].columns, text.parts.at[i].count, error);
    for (size_t c = 0; c < text.count; c++)
        for (size_t i = 0; rc == ORM_OK && i < text.columns[c].parts.count; i++)
            rc = name_part(shape, table, &text.columns[c].parts.at[i], &text.columns[c].name, 1, error);
    orm__table_text_free(&text);
    return rc;
}

orm_status orm__inspect(orm__connection *connection, orm__shape *shape, orm_error *error)
{
    orm_status rc;
    *shape = (orm__shape){ 0 };
    ORM_TRY(read_tables(connection, shape, error));
    ORM_TRY(read_columns(connection, shape, error));
    ORM_TRY(read_sets(connection, shape, error));
    ORM_TRY(read_indexes(connection, shape, error));
    for (size_t i = 0; i < shape->count; i++)
        if (shape->at[i].sql != NULL) ORM_TRY(read_names(connection->database->dialect, shape, &shape->at[i], error));
    return ORM_OK;
fail:
    orm__shape_free(shape);
    return rc;
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

orm_status orm__any_row(orm__connection *connection, const char *sql, bool *any, orm_error *error)
{
    orm__cursor cursor;
    orm_status rc = orm__start(connection, ORM__OTHER, sql, NULL, 0, false, &cursor, error);
    if (rc != ORM_OK) return rc;
    rc = orm__next(&cursor, any, error);
    orm__finish(&cursor);
    return rc;
}

orm_status orm__inspect_defaults(orm__connection *connection, orm__arena *arena, const orm__shape_column *const *columns,
                                 size_t count, const char **out, orm_error *error)
{
    const orm__dialect *dialect = connection->database->dialect;
    orm__text sql = { 0 };
    row r = { 0 };
    bool has_row = false;
    orm_status rc = ORM_OK;
    if (dialect->catalog->defaults == NULL || count == 0) {
        for (size_t i = 0; i < count; i++) out[i] = columns[i]->default_;
        return ORM_OK;
    }
    orm__text_add(&sql, "CREATE TEMPORARY TABLE orm__defaults (");
    for (size_t i = 0; i < count; i++) {
        orm__text_format(&sql, "%sc%zu ", i > 0 ? ", " : "", i);
        dialect->type_name(&sql, columns[i]->type.type, columns[i]->type.length, false);
        orm__text_format(&sql, " DEFAULT (%s)", columns[i]->default_);
    }
    orm__text_add(&sql, ")");
    if (sql.failed) ORM_TRY(orm__nomem(error));
    ORM_TRY(orm__execute(connection, sql.at, error));
    ORM_TRY(start(connection, dialect->catalog->defaults, 2, &r, error));
    for (size_t i = 0; i < count; i++) {
        ORM_TRY(next(&r, &has_row, error));
        const char *text = has_row ? text_of(&r, 1) : NULL;
        out[i] = text == NULL ? NULL : orm__arena_copy(arena, text, r.at[1].u.size);
        if (out[i] == NULL || !strip(arena, &out[i])) ORM_TRY(orm__nomem(error));
    }
fail:
    orm__finish(&r.cursor);
    orm__text_free(&sql);
    return rc;
}
