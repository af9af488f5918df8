#include "database/sql.h"

#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void sql_identifier(struct sql *sql, const char *name)
{
    text_add_char(&sql->out, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"') {
            text_add_char(&sql->out, '"');
        }
        text_add_char(&sql->out, *name);
    }
    text_add_char(&sql->out, '"');
}

static void identifiers(struct sql *sql, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        text_add(&sql->out, i > 0 ? ", " : "");
        sql_identifier(sql, names[i]);
    }
}

/* ---- literals ---------------------------------------------------------------------------------------------------- */

static void refuse(struct sql *sql, char *problem)
{
    if (sql->problem == NULL) {
        sql->problem = problem;
    } else {
        free(problem);
    }
}

static void blob(struct sql *sql, const unsigned char *bytes, size_t length)
{
    text_add(&sql->out, sql->dialect == SPEC_SQLITE ? "x'" : "'\\x");
    for (size_t i = 0; i < length; i++) {
        text_format(&sql->out, "%02x", bytes[i]);
    }
    text_add_char(&sql->out, '\'');
}

static void quoted(struct sql *sql, const char *bytes, size_t length)
{
    if (memchr(bytes, '\0', length) != NULL) {
        if (sql->dialect == SPEC_POSTGRESQL) {
            refuse(sql, memory_copy("PostgreSQL's text cannot hold U+0000"));
            return;
        }
        text_add(&sql->out, "CAST(");
        blob(sql, (const unsigned char *)bytes, length);
        text_add(&sql->out, " AS TEXT)");
        return;
    }
    text_add_char(&sql->out, '\'');
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\'') {
            text_add_char(&sql->out, '\'');
        }
        text_add_char(&sql->out, bytes[i]);
    }
    text_add_char(&sql->out, '\'');
}

static void quoted_text(struct sql *sql, const char *text)
{
    quoted(sql, text, strlen(text));
}

static bool fact_is(const struct sql *sql, const char *name, const char *value)
{
    const char *said = json_string_value(json_object_get(sql->facts, name));
    return said != NULL && strcmp(said, value) == 0;
}

static void datetime(struct sql *sql, const char *text)
{
    int64_t microseconds;
    if (!number_parse_datetime(text, &microseconds)) {
        refuse(sql, memory_format("'%s' is no datetime", text));
        return;
    }
    if (sql->dialect == SPEC_SQLITE && fact_is(sql, "sqlite_datetime", "epoch_ms")) {
        text_format(&sql->out, "%" PRId64, microseconds / 1000);
        return;
    }
    /* Six digits always: that is how the described system writes it, and texts are compared as texts. */
    char canonical[40];
    number_format_datetime(microseconds, canonical);
    char *t = strchr(canonical, 'T');
    if (t != NULL) {
        *t = ' ';
    }
    if (strchr(canonical, '.') == NULL) {
        strcat(canonical, ".000000");
    }
    quoted_text(sql, canonical);
}

static void real(struct sql *sql, double value)
{
    char text[40];
    if (sql->dialect == SPEC_POSTGRESQL) {
        number_format_float(value, text);
        quoted_text(sql, text);
    } else if (isnan(value)) {
        text_add(&sql->out, "NULL"); /* SQLite has no NaN */
    } else if (isinf(value)) {
        text_add(&sql->out, value > 0 ? "9e999" : "-9e999");
    } else {
        number_format_float(value, text);
        text_add(&sql->out, text);
        text_add(&sql->out, strpbrk(text, ".eE") == NULL ? ".0" : "");
    }
}

static void document(struct sql *sql, const json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    quoted_text(sql, text);
    free(text);
}

static void tagged(struct sql *sql, const char *tag, const json_t *v)
{
    const char *text = json_string_value(v);
    double number;
    if (strcmp(tag, "json") == 0 && v != NULL) {
        document(sql, v);
    } else if (text == NULL) {
        refuse(sql, memory_format("a value tagged '%s' cannot stand in a row", tag));
    } else if (strcmp(tag, "int") == 0) {
        if (sql->dialect == SPEC_SQLITE) {
            text_add(&sql->out, text);
        } else {
            quoted_text(sql, text);
        }
    } else if (strcmp(tag, "float") == 0 && number_parse_float(text, &number)) {
        real(sql, number);
    } else if (strcmp(tag, "datetime") == 0) {
        datetime(sql, text);
    } else if (strcmp(tag, "date") == 0) {
        quoted_text(sql, text);
    } else if (strcmp(tag, "bytes") == 0 || strcmp(tag, "text") == 0) {
        size_t length;
        unsigned char *bytes = base64_decode(text, &length);
        if (bytes == NULL) {
            refuse(sql, memory_format("'%s' is no base64", text));
        } else if (tag[0] == 'b') {
            blob(sql, bytes, length);
        } else if (sql->dialect == SPEC_SQLITE) {
            text_add(&sql->out, "CAST(");
            blob(sql, bytes, length);
            text_add(&sql->out, " AS TEXT)");
        } else {
            refuse(sql, memory_copy("PostgreSQL's text holds UTF-8 only"));
        }
        free(bytes);
    } else {
        refuse(sql, memory_format("a value tagged '%s' cannot stand in a row", tag));
    }
}

/* On PostgreSQL every value is a quoted literal of unknown type: the column decides what it is. */
void sql_literal(struct sql *sql, enum column_type type, const json_t *value)
{
    const char *tag = json_string_value(json_object_get(value, "$"));
    if (json_is_null(value)) {
        text_add(&sql->out, "NULL");
    } else if (tag != NULL) {
        tagged(sql, tag, json_object_get(value, "v"));
    } else if (type == COLUMN_JSON || json_is_object(value) || json_is_array(value)) {
        document(sql, value);
    } else if (json_is_string(value) && type == COLUMN_DATETIME) {
        datetime(sql, json_string_value(value));
    } else if (json_is_string(value)) {
        quoted(sql, json_string_value(value), json_string_length(value));
    } else if (json_is_real(value) || (json_is_integer(value) && type == COLUMN_FLOAT)) {
        real(sql, json_number_value(value));
    } else if (json_is_boolean(value)) {
        text_add(&sql->out, sql->dialect == SPEC_SQLITE ? (json_is_true(value) ? "1" : "0")
                                                        : (json_is_true(value) ? "'t'" : "'f'"));
    } else {
        text_format(&sql->out, sql->dialect == SPEC_SQLITE ? "%" JSON_INTEGER_FORMAT : "'%" JSON_INTEGER_FORMAT "'",
                    json_integer_value(value));
    }
}

/* ---- statements on rows ------------------------------------------------------------------------------------------ */

static enum column_type type_of(const struct table *table, const char *column)
{
    const struct column *found = table_find(table, column);
    return found != NULL ? found->type : COLUMN_UNKNOWN;
}

void sql_where(struct sql *sql, const struct table *table, const json_t *where)
{
    const char *name, *joint = " WHERE ";
    json_t *value;
    json_object_foreach((json_t *)where, name, value)
    {
        text_add(&sql->out, joint);
        sql_identifier(sql, name);
        if (json_is_null(value)) {
            text_add(&sql->out, " IS NULL");
        } else {
            text_add(&sql->out, " = ");
            sql_literal(sql, type_of(table, name), value);
        }
        joint = " AND ";
    }
}

static void insert(struct sql *sql, const struct table *table, const char *name, const json_t *rows)
{
    const json_t *columns = json_array_get(rows, 0);
    text_add(&sql->out, "INSERT INTO ");
    sql_identifier(sql, name);
    for (size_t i = 0; i < json_array_size(columns); i++) {
        text_add(&sql->out, i == 0 ? " (" : ", ");
        sql_identifier(sql, json_string_value(json_array_get(columns, i)));
    }
    text_add(&sql->out, ") VALUES ");
    for (size_t row = 1; row < json_array_size(rows); row++) {
        const json_t *values = json_array_get(rows, row);
        if (json_array_size(values) != json_array_size(columns)) {
            refuse(sql, memory_format("row %zu of '%s' has %zu values for %zu columns", row, name,
                                      json_array_size(values), json_array_size(columns)));
            return;
        }
        for (size_t i = 0; i < json_array_size(values); i++) {
            text_add(&sql->out, i > 0 ? ", " : row > 1 ? ", (" : "(");
            sql_literal(sql, type_of(table, json_string_value(json_array_get(columns, i))), json_array_get(values, i));
        }
        text_add_char(&sql->out, ')');
    }
}

void sql_insert(struct sql *sql, const struct table *table, const char *name, const json_t *rows)
{
    if (json_array_size(rows) > 1) {
        insert(sql, table, name, rows);
        text_add_char(&sql->out, ';');
    }
}

void sql_load(struct sql *sql, const struct tables *tables, const json_t *rows)
{
    if (sql->dialect == SPEC_SQLITE) {
        const char *name;
        json_t *lines;
        json_object_foreach((json_t *)rows, name, lines)
        {
            sql_insert(sql, tables_find(tables, name), name, lines);
        }
        return;
    }
    size_t count = 0;
    const char *name;
    json_t *lines;
    json_object_foreach((json_t *)rows, name, lines)
    {
        if (json_array_size(lines) > 1) {
            text_format(&sql->out, count == 0 ? "WITH i%zu AS (" : ", i%zu AS (", count);
            insert(sql, tables_find(tables, name), name, lines);
            text_add_char(&sql->out, ')');
            count++;
        }
    }
    text_add(&sql->out, count > 0 ? " SELECT;" : "");
}

void sql_update(struct sql *sql, const struct table *table, const char *name, const json_t *set, const json_t *where)
{
    text_add(&sql->out, "UPDATE ");
    sql_identifier(sql, name);
    const char *column, *joint = " SET ";
    json_t *value;
    json_object_foreach((json_t *)set, column, value)
    {
        text_add(&sql->out, joint);
        sql_identifier(sql, column);
        text_add(&sql->out, " = ");
        sql_literal(sql, type_of(table, column), value);
        joint = ", ";
    }
    sql_where(sql, table, where);
    text_add_char(&sql->out, ';');
}

void sql_delete(struct sql *sql, const struct table *table, const char *name, const json_t *where)
{
    text_add(&sql->out, "DELETE FROM ");
    sql_identifier(sql, name);
    sql_where(sql, table, where);
    text_add_char(&sql->out, ';');
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static void column_type(struct sql *sql, const struct column *column)
{
    static const char *const names[SPEC_DATABASES][COLUMN_TYPES] = {
        [SPEC_SQLITE] = {"BLOB", "INTEGER", "VARCHAR", "TEXT", "BOOLEAN", "FLOAT", "DATETIME", "DATE", "JSON"},
        [SPEC_POSTGRESQL] = {"bytea", "integer", "varchar", "text", "boolean", "double precision", "timestamp", "date",
                             "json"},
    };
    bool wide = json_integer_value(json_object_get(sql->facts, "integer_bits")) > 32;
    if (sql->dialect == SPEC_POSTGRESQL && column->generated) {
        text_add(&sql->out, wide ? "bigserial" : "serial");
    } else if (sql->dialect == SPEC_POSTGRESQL && column->type == COLUMN_INTEGER && wide) {
        text_add(&sql->out, "bigint");
    } else {
        text_add(&sql->out, names[sql->dialect][column->type]);
    }
    if (column->type == COLUMN_STRING && column->length > 0) {
        text_format(&sql->out, "(%" PRId64 ")", column->length);
    }
}

static void reference(struct sql *sql, const struct foreign_key *key)
{
    text_add(&sql->out, "FOREIGN KEY (");
    identifiers(sql, key->columns);
    text_add(&sql->out, ") REFERENCES ");
    sql_identifier(sql, key->table);
    text_add(&sql->out, " (");
    identifiers(sql, key->to);
    text_format(&sql->out, ") ON DELETE %s ON UPDATE %s", key->on_delete, key->on_update);
}

/* All foreign keys of a table, those of one column first, each after its own `before`. */
static void references(struct sql *sql, const struct table *table, void before(struct sql *, const struct table *),
                       const char *after)
{
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->table != NULL) {
            const char *from[] = {column->name, NULL}, *to[] = {column->to, NULL};
            struct foreign_key key = {from, column->table, to, column->on_delete, column->on_update};
            before(sql, table);
            reference(sql, &key);
            text_add(&sql->out, after);
        }
    }
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        before(sql, table);
        reference(sql, &table->foreign_keys[i]);
        text_add(&sql->out, after);
    }
}

static void as_part(struct sql *sql, const struct table *table)
{
    (void)table;
    text_add(&sql->out, ", ");
}

static void as_change(struct sql *sql, const struct table *table)
{
    text_add(&sql->out, "ALTER TABLE ");
    sql_identifier(sql, table->name);
    text_add(&sql->out, " ADD ");
}

static void create_table(struct sql *sql, const struct table *table)
{
    text_add(&sql->out, "CREATE TABLE ");
    sql_identifier(sql, table->name);
    text_add(&sql->out, " (");
    const char *joint = "";
    size_t keys = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        text_add(&sql->out, joint);
        joint = ", ";
        sql_identifier(sql, column->name);
        text_add_char(&sql->out, ' ');
        column_type(sql, column);
        text_add(&sql->out, column->nullable ? "" : " NOT NULL");
        if (column->server_default != NULL) {
            text_format(&sql->out, " DEFAULT %s", column->server_default);
        }
        keys += column->primary_key;
    }
    const char *before = ", PRIMARY KEY (";
    for (size_t i = 0; i < table->column_count && keys > 0; i++) {
        if (table->columns[i].primary_key) {
            text_add(&sql->out, before);
            sql_identifier(sql, table->columns[i].name);
            before = ", ";
        }
    }
    text_add(&sql->out, keys > 0 ? ")" : "");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        if (column->unique && !column->primary_key) {
            text_add(&sql->out, ", UNIQUE (");
            sql_identifier(sql, column->name);
            text_add_char(&sql->out, ')');
        }
    }
    if (sql->dialect == SPEC_SQLITE) {
        references(sql, table, as_part, "");
    }
    for (size_t i = 0; table->uniques[i] != NULL; i++) {
        text_add(&sql->out, ", UNIQUE (");
        identifiers(sql, table->uniques[i]);
        text_add_char(&sql->out, ')');
    }
    text_add(&sql->out, ");");
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].index) {
            char *name = memory_format("ix_%s_%s", table->name, table->columns[i].name);
            text_add(&sql->out, "CREATE INDEX ");
            sql_identifier(sql, name);
            text_add(&sql->out, " ON ");
            sql_identifier(sql, table->name);
            text_add(&sql->out, " (");
            sql_identifier(sql, table->columns[i].name);
            text_add(&sql->out, ");");
            free(name);
        }
    }
}

void sql_create(struct sql *sql, const struct tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        create_table(sql, &tables->items[i]);
    }
    /* Afterwards on PostgreSQL, where both tables of a cycle must be there; SQLite takes them only inside the table. */
    for (size_t i = 0; i < tables->count && sql->dialect == SPEC_POSTGRESQL; i++) {
        references(sql, &tables->items[i], as_change, ";");
    }
}
