#include "migrate/lexer.h"
#include "migrate/table_text.h"
#include <string.h>
#include <strings.h>

enum { LONGEST_NAME = 1024 };

/* Solid tokens of a text, and where we are in them. */
typedef struct reader {
    orm__table_text *table;
    orm__token *at;
    size_t count, capacity, next;
    orm_error *error;
} reader;

static orm_status read_all(reader *r, const char *text, size_t size)
{
    orm__lexer lexer = orm__lexer_on(&r->table->dialect->syntax, text, size, 1);
    for (;;) {
        orm__token token = orm__lex_solid(&lexer);
        if (!orm__grow(&r->at, sizeof *r->at, r->count, &r->capacity)) return orm__nomem(r->error);
        r->at[r->count] = token;
        if (token.kind == ORM__AT_END || token.kind == ORM__BROKEN) break;
        r->count++;
    }
    if (r->at[r->count].kind == ORM__BROKEN)
        return orm__fail(r->error, ORM_MIGRATION, "a quote or comment is not closed: %.*s",
                         (int)(r->at[r->count].size < 60 ? r->at[r->count].size : 60), r->at[r->count].at);
    return ORM_OK;
}

static const orm__token *peek(const reader *r)
{
    return &r->at[r->next]; /* the last one is the end */
}

static bool is_next(const reader *r, const char *word)
{
    return orm__token_is(peek(r), word);
}

static bool take(reader *r, const char *word)
{
    if (!is_next(r, word)) return false;
    r->next++;
    return true;
}

static orm_status unexpected(const reader *r, const char *wanted)
{
    const orm__token *token = peek(r);
    if (token->kind == ORM__AT_END)
        return orm__fail(r->error, ORM_MIGRATION, "%s is expected at the end", wanted);
    return orm__fail(r->error, ORM_MIGRATION, "%s is expected before '%.*s'", wanted,
                     (int)(token->size < 40 ? token->size : 40), token->at);
}

static orm_status expect(reader *r, const char *word)
{
    return take(r, word) ? ORM_OK : unexpected(r, word);
}

/* The text from one token to the one before `next`. */
static const char *text_since(reader *r, size_t from)
{
    if (r->next == from) return orm__arena_copy(&r->table->arena, "", 0);
    const orm__token *first = &r->at[from], *last = &r->at[r->next - 1];
    return orm__arena_copy(&r->table->arena, first->at, (size_t)(last->at + last->size - first->at));
}

static orm_status take_name(reader *r, const char **out)
{
    char name[LONGEST_NAME];
    if (!orm__token_name(peek(r), name, sizeof name)) return unexpected(r, "a name");
    r->next++;
    *out = orm__arena_copy(&r->table->arena, name, strlen(name));
    return *out == NULL ? orm__nomem(r->error) : ORM_OK;
}

/* From an opening parenthesis to behind its partner. */
static orm_status skip_parentheses(reader *r)
{
    size_t depth = 0;
    if (!is_next(r, "(")) return unexpected(r, "(");
    do {
        if (peek(r)->kind == ORM__AT_END) return unexpected(r, ")");
        depth += is_next(r, "(");
        depth -= is_next(r, ")");
        r->next++;
    } while (depth > 0);
    return ORM_OK;
}

static orm_status take_columns(reader *r, const char *const **out, size_t *count)
{
    size_t start = r->next, capacity = 0;
    orm_status rc = skip_parentheses(r);
    if (rc != ORM_OK) return rc;
    size_t end = r->next;
    const char **list = orm__arena_alloc(&r->table->arena, (end - start) * sizeof *list);
    if (list == NULL) return orm__nomem(r->error);
    (void)capacity;
    bool first = true;
    size_t depth = 0;
    for (r->next = start + 1; r->next < end - 1;) {
        if (first && depth == 0) {
            rc = take_name(r, &list[*count]);
            if (rc != ORM_OK) return rc;
            (*count)++;
            first = false;
            continue;
        }
        depth += is_next(r, "(");
        depth -= is_next(r, ")");
        first = depth == 0 && is_next(r, ",");
        r->next++;
    }
    r->next = end;
    *out = list;
    return ORM_OK;
}

static void skip_conflict(reader *r)
{
    if (is_next(r, "on") && orm__token_is(&r->at[r->next + 1], "conflict")) r->next += 3;
}

/* Behind REFERENCES. */
static orm_status skip_target(reader *r)
{
    const char *name;
    orm_status rc = take_name(r, &name);
    if (rc == ORM_OK && is_next(r, "(")) rc = skip_parentheses(r);
    while (rc == ORM_OK) {
        if (is_next(r, "on") && !orm__token_is(&r->at[r->next + 1], "conflict")) {
            r->next += 2; /* ON DELETE */
            r->next += is_next(r, "set") || is_next(r, "no") ? 2 : 1;
        } else if (take(r, "match")) {
            r->next++;
        } else if (is_next(r, "deferrable") || (is_next(r, "not") && orm__token_is(&r->at[r->next + 1], "deferrable"))) {
            take(r, "not");
            r->next++;
            if (take(r, "initially")) r->next++;
        } else {
            break;
        }
    }
    return rc;
}

static orm_status skip_default(reader *r)
{
    if (is_next(r, "(")) return skip_parentheses(r);
    if (is_next(r, "+") || is_next(r, "-")) r->next++;
    if (peek(r)->kind == ORM__AT_END) return unexpected(r, "a value");
    r->next++;
    for (;;) { /* 1.5e-3 is a word, a point, a word, a sign and a word to the lexer */
        const orm__token *last = &r->at[r->next - 1];
        bool exponent = last->kind == ORM__WORD && last->at[0] >= '0' && last->at[0] <= '9' && (last->at[last->size - 1] | 32) == 'e' &&
                        (is_next(r, "+") || is_next(r, "-"));
        bool number = last->kind == ORM__SYMBOL && !orm__token_is(last, ")") && peek(r)->kind == ORM__WORD && last->at + 1 == peek(r)->at;
        if (!is_next(r, ".") && !exponent && !number) return ORM_OK;
        r->next++;
    }
}

static bool starts_part(const reader *r)
{
    static const char *const words[] = { "constraint", "primary", "not", "null", "unique", "check", "default", "collate",
                                         "references", "generated", "as" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_next(r, words[i])) return true;
    return false;
}

static orm_status add_part(orm__parts *parts, const orm__part *part, orm_error *error)
{
    if (!orm__grow(&parts->at, sizeof *parts->at, parts->count, &parts->capacity)) return orm__nomem(error);
    parts->at[parts->count++] = *part;
    return ORM_OK;
}

static orm_status finish_part(reader *r, orm__parts *parts, orm__part *part, size_t start)
{
    part->text = text_since(r, start);
    return part->text == NULL ? orm__nomem(r->error) : add_part(parts, part, r->error);
}

static orm_status take_column_part(reader *r, orm__parts *parts)
{
    orm__part part = { 0 };
    size_t start = r->next;
    orm_status rc = ORM_OK;
    if (take(r, "constraint")) ORM_TRY(take_name(r, &part.name));
    if (take(r, "primary")) {
        part.kind = ORM__PART_PRIMARY_KEY;
        ORM_TRY(expect(r, "key"));
        if (!take(r, "asc")) take(r, "desc");
        skip_conflict(r);
        take(r, "autoincrement");
    } else if (take(r, "not")) {
        part.kind = ORM__PART_NOT_NULL;
        ORM_TRY(expect(r, "null"));
        skip_conflict(r);
    } else if (take(r, "null")) {
        part.kind = ORM__PART_NULL;
    } else if (take(r, "unique")) {
        part.kind = ORM__PART_UNIQUE;
        skip_conflict(r);
    } else if (take(r, "check")) {
        part.kind = ORM__PART_CHECK;
        ORM_TRY(skip_parentheses(r));
    } else if (take(r, "default")) {
        part.kind = ORM__PART_DEFAULT;
        ORM_TRY(skip_default(r));
    } else if (take(r, "collate")) {
        part.kind = ORM__PART_COLLATE;
        r->next++;
    } else if (take(r, "references")) {
        part.kind = ORM__PART_REFERENCES;
        ORM_TRY(skip_target(r));
    } else {
        if (take(r, "generated")) ORM_TRY(expect(r, "always"));
        ORM_TRY(expect(r, "as"));
        part.kind = ORM__PART_COMPUTED;
        ORM_TRY(skip_parentheses(r));
        if (!take(r, "stored")) take(r, "virtual");
    }
    ORM_TRY(finish_part(r, parts, &part, start));
fail:
    return rc;
}

/* A column's definition: up to a comma, a closing parenthesis or the end. */
static orm_status take_column(reader *r, orm__text_column *out)
{
    orm_status rc;
    size_t start = r->next;
    *out = (orm__text_column){ 0 };
    ORM_TRY(take_name(r, &out->name));
    out->written = text_since(r, start);
    start = r->next;
    while (peek(r)->kind != ORM__AT_END && !is_next(r, ",") && !is_next(r, ")") && !starts_part(r)) {
        if (is_next(r, "("))
            ORM_TRY(skip_parentheses(r));
        else
            r->next++;
    }
    out->type = text_since(r, start);
    if (out->written == NULL || out->type == NULL) ORM_TRY(orm__nomem(r->error));
    while (starts_part(r)) ORM_TRY(take_column_part(r, &out->parts));
    for (size_t i = 0; i < out->parts.count; i++) out->computed = out->computed || out->parts.at[i].kind == ORM__PART_COMPUTED;
    return ORM_OK;
fail:
    orm__free(out->parts.at);
    out->parts = (orm__parts){ 0 };
    return rc;
}

static bool starts_table_part(const reader *r)
{
    return is_next(r, "constraint") || is_next(r, "primary") || is_next(r, "unique") || is_next(r, "check") ||
           is_next(r, "foreign");
}

static orm_status take_table_part(reader *r, orm__parts *parts)
{
    orm__part part = { 0 };
    size_t start = r->next;
    orm_status rc = ORM_OK;
    if (take(r, "constraint")) ORM_TRY(take_name(r, &part.name));
    if (take(r, "check")) {
        part.kind = ORM__PART_CHECK;
        ORM_TRY(skip_parentheses(r));
    } else {
        bool foreign = is_next(r, "foreign");
        part.kind = foreign ? ORM__PART_REFERENCES : is_next(r, "primary") ? ORM__PART_PRIMARY_KEY : ORM__PART_UNIQUE;
        if (!take(r, "unique")) {
            if (!take(r, "primary")) ORM_TRY(expect(r, "foreign"));
            ORM_TRY(expect(r, "key"));
        }
        ORM_TRY(take_columns(r, &part.columns, &part.count));
        if (foreign) {
            ORM_TRY(expect(r, "references"));
            ORM_TRY(skip_target(r));
        }
    }
    skip_conflict(r);
    ORM_TRY(finish_part(r, parts, &part, start));
fail:
    return rc;
}

static orm_status add_column(orm__table_text *t, const orm__text_column *column, orm_error *error)
{
    if (!orm__grow(&t->columns, sizeof *t->columns, t->count, &t->capacity)) {
        orm__free(column->parts.at);
        return orm__nomem(error);
    }
    t->columns[t->count++] = *column;
    return ORM_OK;
}

static orm_status take_items(reader *r)
{
    orm_status rc = ORM_OK;
    bool constraints = false;
    do {
        constraints = constraints || (starts_table_part(r) && r->table->count > 0);
        if (constraints) {
            do ORM_TRY(take_table_part(r, &r->table->parts));
            while (starts_table_part(r)); /* the comma between them may be left out */
        } else {
            orm__text_column column;
            ORM_TRY(take_column(r, &column));
            column.source = column.written;
            ORM_TRY(add_column(r->table, &column, r->error));
        }
    } while (take(r, ","));
fail:
    return rc;
}

orm_status orm__table_text_parse(orm__table_text *table, const orm__dialect *dialect, const char *sql, orm_error *error)
{
    *table = (orm__table_text){ .dialect = dialect };
    reader r = { .table = table, .error = error };
    orm_status rc;
    ORM_TRY(read_all(&r, sql, strlen(sql)));
    ORM_TRY(expect(&r, "create"));
    if (!take(&r, "temp")) take(&r, "temporary");
    if (is_next(&r, "virtual")) ORM_TRY(orm__fail(error, ORM_MIGRATION, "a virtual table cannot be rebuilt"));
    ORM_TRY(expect(&r, "table"));
    if (take(&r, "if")) r.next += 2;
    ORM_TRY(take_name(&r, &table->name));
    if (take(&r, ".")) ORM_TRY(take_name(&r, &table->name));
    ORM_TRY(expect(&r, "("));
    ORM_TRY(take_items(&r));
    ORM_TRY(expect(&r, ")"));
    size_t start = r.next;
    r.next = r.count;
    table->options = text_since(&r, start);
    if (table->options == NULL) ORM_TRY(orm__nomem(error));
fail:
    orm__free(r.at);
    if (rc != ORM_OK) orm__table_text_free(table);
    return rc;
}

void orm__table_text_free(orm__table_text *table)
{
    for (size_t i = 0; i < table->count; i++) orm__free(table->columns[i].parts.at);
    orm__free(table->columns);
    orm__free(table->parts.at);
    orm__arena_free(&table->arena);
    *table = (orm__table_text){ 0 };
}

/* ---- changes ----------------------------------------------------------------------------------------------------- */

static orm__text_column *column_named(const orm__table_text *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcasecmp(t->columns[i].name, name) == 0) return &t->columns[i];
    return NULL;
}

static orm_status no_column(const reader *r, const char *name)
{
    return orm__fail(r->error, ORM_NO_TABLE, "the table \"%s\" has no column \"%s\"", r->table->name, name);
}

static void remove_part(orm__parts *parts, size_t i)
{
    parts->count--;
    memmove(&parts->at[i], &parts->at[i + 1], (parts->count - i) * sizeof parts->at[i]);
}

static void remove_kind(orm__parts *parts, enum orm__part_kind kind)
{
    for (size_t i = parts->count; i-- > 0;)
        if (parts->at[i].kind == kind) remove_part(parts, i);
}

static orm_status put_part(reader *r, orm__text_column *column, enum orm__part_kind kind, const char *before,
                           const char *text, const char *behind)
{
    orm__text whole = { 0 };
    orm__part part = { .kind = kind };
    remove_kind(&column->parts, kind);
    orm__text_format(&whole, "%s%s%s", before, text, behind);
    part.text = whole.failed ? NULL : orm__arena_copy(&r->table->arena, whole.at, whole.size);
    orm__text_free(&whole);
    return part.text == NULL ? orm__nomem(r->error) : add_part(&column->parts, &part, r->error);
}

/* The rest of the action as text. */
static orm_status take_rest(reader *r, const char **out)
{
    size_t start = r->next;
    if (peek(r)->kind == ORM__AT_END) return unexpected(r, "an expression");
    r->next = r->count;
    *out = text_since(r, start);
    return *out == NULL ? orm__nomem(r->error) : ORM_OK;
}

/* How values of one type become those of another where SQLite, which takes anything, would keep or spoil them. */
const char *orm__value_conversion(orm_type from, orm_type to)
{
    if (from == to) return NULL;
    if (to == ORM_DATE && from == ORM_DATETIME) return "date(%s)";
    if (to == ORM_DATETIME && from == ORM_DATE) return "%s || ' 00:00:00.000000'";
    if (to == ORM_BOOLEAN && (from == ORM_INTEGER || from == ORM_FLOAT)) return "%s <> 0";
    if (to == ORM_STRING && from == ORM_BOOLEAN) return "CASE %s WHEN 0 THEN 'false' ELSE 'true' END";
    if (to == ORM_BOOLEAN && from == ORM_STRING)
        return "CASE lower(%s) WHEN 'true' THEN 1 WHEN 't' THEN 1 WHEN '1' THEN 1 WHEN 'false' THEN 0 WHEN 'f' THEN 0 WHEN '0' THEN 0 ELSE '?' END";
    return NULL;
}

const char *orm__value_test(orm_type type)
{
    switch (type) {
    case ORM_INTEGER: return "typeof(%s) = 'integer'";
    case ORM_FLOAT: return "typeof(%s) IN ('real', 'integer')";
    case ORM_BOOLEAN: return "%s IN (0, 1)";
    case ORM_DATE: return "date(%s) IS NOT NULL";
    case ORM_DATETIME: return "datetime(%s) IS NOT NULL";
    case ORM_JSON: return "json_valid(%s)";
    case ORM_NULL:
    case ORM_STRING: return NULL;
    }
    return NULL;
}

void orm__put_value(orm__text *out, const char *form, const char *value)
{
    for (const char *at = form; *at != '\0'; at++) {
        if (at[0] == '%' && at[1] == 's') {
            orm__text_add(out, value);
            at++;
        } else {
            orm__text_char(out, *at);
        }
    }
}

static orm_status put_name(reader *r, const char *form, const char *name, const char **out)
{
    orm__text text = { 0 };
    if (form == NULL) return ORM_OK;
    orm__put_value(&text, form, name);
    *out = text.failed ? NULL : orm__arena_copy(&r->table->arena, text.at, text.size);
    orm__text_free(&text);
    return *out == NULL ? orm__nomem(r->error) : ORM_OK;
}

static orm_status alter_type(reader *r, orm__text_column *column)
{
    orm_status rc;
    size_t length, start = r->next;
    const orm_type from = r->table->dialect->catalog->type_of(column->type, &length);
    while (peek(r)->kind != ORM__AT_END && !is_next(r, "using")) r->next++;
    column->type = text_since(r, start);
    if (column->type == NULL) return orm__nomem(r->error);
    if (*column->type == '\0') return unexpected(r, "a type");
    const orm_type to = r->table->dialect->catalog->type_of(column->type, &length);
    if (take(r, "using"))
        ORM_TRY(take_rest(r, &column->source));
    else if (column->source != NULL)
        ORM_TRY(put_name(r, orm__value_conversion(from, to), column->source, &column->source));
    if (from != to && column->source != NULL) ORM_TRY(put_name(r, orm__value_test(to), column->written, &column->test));
    return ORM_OK;
fail:
    return rc;
}

static orm_status alter_column(reader *r)
{
    const char *name, *rest;
    orm_status rc;
    ORM_TRY(take_name(r, &name));
    orm__text_column *column = column_named(r->table, name);
    if (column == NULL) return no_column(r, name);
    if (take(r, "type")) return alter_type(r, column);
    if (take(r, "drop")) {
        if (take(r, "default")) {
            remove_kind(&column->parts, ORM__PART_DEFAULT);
            return ORM_OK;
        }
        ORM_TRY(expect(r, "not"));
        ORM_TRY(expect(r, "null"));
        remove_kind(&column->parts, ORM__PART_NOT_NULL);
        return ORM_OK;
    }
    ORM_TRY(expect(r, "set"));
    if (take(r, "data")) {
        ORM_TRY(expect(r, "type"));
        return alter_type(r, column);
    }
    if (take(r, "default")) {
        ORM_TRY(take_rest(r, &rest));
        return put_part(r, column, ORM__PART_DEFAULT, "DEFAULT (", rest, ")");
    }
    ORM_TRY(expect(r, "not"));
    ORM_TRY(expect(r, "null"));
    remove_kind(&column->parts, ORM__PART_NULL);
    return put_part(r, column, ORM__PART_NOT_NULL, "NOT NULL", "", "");
fail:
    return rc;
}

/* Does a word or name in it say the column? */
static bool mentions(const orm__dialect *dialect, const char *text, const char *column)
{
    char name[LONGEST_NAME];
    orm__lexer lexer = orm__lexer_on(&dialect->syntax, text, strlen(text), 1);
    for (orm__token token; (token = orm__lex_solid(&lexer)).kind != ORM__AT_END && token.kind != ORM__BROKEN;)
        if (orm__token_name(&token, name, sizeof name) && strcasecmp(name, column) == 0) return true;
    return false;
}

static bool is_about(const orm__table_text *t, const orm__part *part, const char *column)
{
    if (part->kind == ORM__PART_CHECK) return mentions(t->dialect, part->text, column);
    for (size_t i = 0; i < part->count; i++)
        if (strcasecmp(part->columns[i], column) == 0) return true;
    return false;
}

/* With the constraints of the table that it is in, as PostgreSQL does it. */
static orm_status drop_column(reader *r)
{
    orm__table_text *t = r->table;
    const char *name;
    bool may_lack = take(r, "if");
    orm_status rc = may_lack ? expect(r, "exists") : ORM_OK;
    if (rc != ORM_OK) return rc;
    ORM_TRY(take_name(r, &name));
    if (!take(r, "cascade")) take(r, "restrict");
    orm__text_column *column = column_named(t, name);
    if (column == NULL) return may_lack ? ORM_OK : no_column(r, name);
    if (t->count == 1) return orm__fail(r->error, ORM_MIGRATION, "\"%s\" is the only column of the table \"%s\"", name, t->name);
    if (t->dropped_count == sizeof t->dropped / sizeof t->dropped[0])
        return orm__fail(r->error, ORM_MIGRATION, "more than %zu columns are dropped at once", t->dropped_count);
    t->dropped[t->dropped_count++] = column->name;
    for (size_t i = t->parts.count; i-- > 0;)
        if (is_about(t, &t->parts.at[i], column->name)) remove_part(&t->parts, i);
    orm__free(column->parts.at);
    t->count--;
    memmove(column, column + 1, (size_t)(&t->columns[t->count] - column) * sizeof *column);
fail:
    return rc;
}

static bool is_called(const orm__table_text *t, const orm__part *part, const char *column, const char *name, bool *failed)
{
    static const int names[] = { [ORM__PART_PRIMARY_KEY] = ORM__NAME_OF_KEY, [ORM__PART_UNIQUE] = ORM__NAME_OF_UNIQUE,
                                 [ORM__PART_CHECK] = ORM__NAME_OF_CHECK, [ORM__PART_REFERENCES] = ORM__NAME_OF_FOREIGN_KEY };
    bool named = part->kind == ORM__PART_PRIMARY_KEY || part->kind == ORM__PART_UNIQUE || part->kind == ORM__PART_CHECK ||
                 part->kind == ORM__PART_REFERENCES;
    if (part->name != NULL) return strcasecmp(part->name, name) == 0;
    if (!named) return false;
    orm__text convention = { 0 };
    const char *const *columns = column != NULL ? &column : part->columns;
    size_t count = part->kind == ORM__PART_PRIMARY_KEY ? 0 : column != NULL ? 1 : part->count;
    orm__conventional_name(&convention, (enum orm__named)names[part->kind], t->name, columns, count);
    bool same = !convention.failed && strcasecmp(convention.at, name) == 0;
    *failed = *failed || convention.failed;
    orm__text_free(&convention);
    return same;
}

/* By its name, or, where it has none, by the one that liborm would have given it. */
static orm_status drop_constraint(reader *r)
{
    orm__table_text *t = r->table;
    const char *name;
    bool may_lack = take(r, "if"), failed = false;
    orm_status rc = may_lack ? expect(r, "exists") : ORM_OK;
    if (rc != ORM_OK) return rc;
    ORM_TRY(take_name(r, &name));
    if (!take(r, "cascade")) take(r, "restrict");
    for (int given = 1; given >= 0; given--) {
        for (size_t i = 0; i < t->parts.count; i++)
            if ((t->parts.at[i].name != NULL) == given && is_called(t, &t->parts.at[i], NULL, name, &failed)) {
                remove_part(&t->parts, i);
                return ORM_OK;
            }
        for (size_t c = 0; c < t->count; c++)
            for (size_t i = 0; i < t->columns[c].parts.count; i++)
                if ((t->columns[c].parts.at[i].name != NULL) == given &&
                    is_called(t, &t->columns[c].parts.at[i], t->columns[c].name, name, &failed)) {
                    remove_part(&t->columns[c].parts, i);
                    return ORM_OK;
                }
    }
    if (failed) return orm__nomem(r->error);
    if (!may_lack) rc = orm__fail(r->error, ORM_NO_TABLE, "the table \"%s\" has no constraint \"%s\"", t->name, name);
fail:
    return rc;
}

static orm_status add(reader *r)
{
    orm_status rc;
    orm__text_column column;
    if (starts_table_part(r)) return take_table_part(r, &r->table->parts);
    take(r, "column");
    if (take(r, "if")) {
        r->next += 2;
        char name[LONGEST_NAME];
        if (orm__token_name(peek(r), name, sizeof name) && column_named(r->table, name) != NULL) {
            r->next = r->count;
            return ORM_OK;
        }
    }
    ORM_TRY(take_column(r, &column));
    if (column_named(r->table, column.name) != NULL) {
        orm__free(column.parts.at);
        return orm__fail(r->error, ORM_EXISTS, "the table \"%s\" has a column \"%s\" already", r->table->name, column.name);
    }
    return add_column(r->table, &column, r->error);
fail:
    return rc;
}

orm_status orm__table_text_alter(orm__table_text *table, const char *action, size_t size, orm_error *error)
{
    reader r = { .table = table, .error = error };
    orm_status rc;
    ORM_TRY(read_all(&r, action, size));
    if (take(&r, "add")) {
        ORM_TRY(add(&r));
    } else if (take(&r, "drop")) {
        if (take(&r, "constraint")) {
            ORM_TRY(drop_constraint(&r));
        } else {
            take(&r, "column");
            ORM_TRY(drop_column(&r));
        }
    } else if (take(&r, "alter")) {
        take(&r, "column");
        ORM_TRY(alter_column(&r));
    } else {
        ORM_TRY(unexpected(&r, "add, drop or alter"));
    }
    if (peek(&r)->kind != ORM__AT_END)
        ORM_TRY(is_next(&r, ",") ? orm__fail(error, ORM_MIGRATION, "one line has one change: write the next in a line of its own")
                                 : unexpected(&r, "the end"));
fail:
    orm__free(r.at);
    return rc;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

void orm__table_text_write(orm__text *out, const orm__table_text *t, const char *name)
{
    orm__text_add(out, "CREATE TABLE ");
    orm__quote(out, name);
    orm__text_add(out, " (");
    for (size_t i = 0; i < t->count; i++) {
        const orm__text_column *column = &t->columns[i];
        orm__text_format(out, "%s\n    %s", i > 0 ? "," : "", column->written);
        if (*column->type != '\0') orm__text_format(out, " %s", column->type);
        for (size_t k = 0; k < column->parts.count; k++) orm__text_format(out, " %s", column->parts.at[k].text);
    }
    for (size_t i = 0; i < t->parts.count; i++) orm__text_format(out, ",\n    %s", t->parts.at[i].text);
    orm__text_format(out, "\n)%s%s", *t->options != '\0' ? " " : "", t->options);
}

void orm__table_text_copy(orm__text *out, const orm__table_text *t, const char *to)
{
    orm__text sources = { 0 };
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) {
        const orm__text_column *column = &t->columns[i];
        if (column->source == NULL || column->computed) continue;
        if (count == 0) {
            orm__text_add(out, "INSERT INTO ");
            orm__quote(out, to);
            orm__text_add(out, " (");
        }
        orm__text_format(out, "%s%s", count > 0 ? ", " : "", column->written);
        orm__text_format(&sources, "%s%s", count > 0 ? ", " : "", column->source);
        count++;
    }
    if (count == 0) { /* none of the old columns is left: as many rows of defaults */
        orm__text_add(&sources, "NULL");
        orm__text_add(out, "INSERT INTO ");
        orm__quote(out, to);
        orm__text_add(out, " (");
        orm__text_add(out, t->columns[0].written);
    }
    orm__text_format(out, ") SELECT %s FROM ", sources.failed ? "" : sources.at);
    orm__quote(out, t->name);
    out->failed = out->failed || sources.failed;
    orm__text_free(&sources);
}

bool orm__table_text_counts_up(const orm__table_text *t)
{
    for (size_t i = 0; i < t->parts.count; i++)
        if (t->parts.at[i].kind == ORM__PART_PRIMARY_KEY && mentions(t->dialect, t->parts.at[i].text, "autoincrement")) return true;
    for (size_t c = 0; c < t->count; c++)
        for (size_t i = 0; i < t->columns[c].parts.count; i++)
            if (t->columns[c].parts.at[i].kind == ORM__PART_PRIMARY_KEY &&
                mentions(t->dialect, t->columns[c].parts.at[i].text, "autoincrement"))
                return true;
    return false;
}
