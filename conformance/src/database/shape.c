#include "database/shape.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- types ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *declared;
    enum column_type type;
} type_words[] = {
    {"integer", COLUMN_INTEGER},
    {"int", COLUMN_INTEGER},
    {"bigint", COLUMN_INTEGER},
    {"smallint", COLUMN_INTEGER},
    {"character varying", COLUMN_STRING},
    {"varchar", COLUMN_STRING},
    {"character", COLUMN_STRING},
    {"char", COLUMN_STRING},
    {"nvarchar", COLUMN_STRING},
    {"text", COLUMN_TEXT},
    {"clob", COLUMN_TEXT},
    {"boolean", COLUMN_BOOLEAN},
    {"bool", COLUMN_BOOLEAN},
    {"tinyint(1)", COLUMN_BOOLEAN},
    {"tinyint", COLUMN_INTEGER},
    {"float", COLUMN_FLOAT},
    {"real", COLUMN_FLOAT},
    {"double precision", COLUMN_FLOAT},
    {"double", COLUMN_FLOAT},
    {"datetime", COLUMN_DATETIME},
    {"timestamp", COLUMN_DATETIME},
    {"timestamp without time zone", COLUMN_DATETIME},
    {"timestamp with time zone", COLUMN_DATETIME},
    {"timestamptz", COLUMN_DATETIME},
    {"date", COLUMN_DATE},
    {"json", COLUMN_JSON},
    {"jsonb", COLUMN_JSON},
};

static enum column_type find_type(const char *declared)
{
    for (size_t i = 0; i < sizeof type_words / sizeof *type_words; i++) {
        if (strcmp(type_words[i].declared, declared) == 0) {
            return type_words[i].type;
        }
    }
    return COLUMN_UNKNOWN;
}

/* "VARCHAR(80)" is a string of 80, "timestamp(6) without time zone" a datetime. */
static enum column_type read_type(const char *declared, int64_t *length)
{
    char whole[64], bare[64];
    size_t used = 0, kept = 0;
    const char *open = strchr(declared, '('), *close = open == NULL ? NULL : strchr(open, ')');
    *length = open == NULL ? 0 : strtoll(open + 1, NULL, 10);
    for (const char *c = declared; *c != '\0' && used + 1 < sizeof whole; c++) {
        whole[used++] = (char)tolower((unsigned char)*c);
        if (close == NULL || c < open || c > close) {
            bare[kept++] = (char)tolower((unsigned char)*c);
        }
    }
    whole[used] = bare[kept] = '\0';
    enum column_type type = find_type(whole);
    return type != COLUMN_UNKNOWN ? type : find_type(bare);
}

/* ---- the normal form --------------------------------------------------------------------------------------------- */

static char *sort_key(const json_t *item)
{
    const json_t *columns = json_object_get(item, "columns");
    return json_dumps(columns != NULL ? columns : item, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void sort_list(json_t *list)
{
    for (size_t i = 1; i < json_array_size(list); i++) {
        for (size_t j = i; j > 0; j--) {
            char *here = sort_key(json_array_get(list, j)), *before = sort_key(json_array_get(list, j - 1));
            bool swap = strcmp(here, before) < 0;
            free(here);
            free(before);
            if (!swap) {
                break;
            }
            json_t *item = json_incref(json_array_get(list, j));
            json_array_remove(list, j);
            json_array_insert_new(list, j - 1, item);
        }
    }
}

void shape_finish(json_t *shape)
{
    json_t *columns = json_object_get(shape, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++) {
        json_t *column = json_array_get(columns, i);
        int64_t length;
        enum column_type type = read_type(json_string_value(json_object_get(column, "declared")), &length);
        json_object_set_new(column, "type", json_string(column_type_name(type)));
        json_object_set_new(column, "length", type == COLUMN_STRING && length > 0 ? json_integer(length) : json_null());
    }
    sort_list(json_object_get(shape, "unique"));
    sort_list(json_object_get(shape, "foreign_keys"));
    sort_list(json_object_get(shape, "indexes"));
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

static bool same_names(const json_t *list, const char *const *names, bool in_order)
{
    size_t count = 0;
    while (names[count] != NULL) {
        count++;
    }
    for (size_t i = 0; i < count && json_array_size(list) == count; i++) {
        bool found = false;
        for (size_t j = in_order ? i : 0; j < (in_order ? i + 1 : count); j++) {
            found = found || strcmp(json_string_value(json_array_get(list, j)), names[i]) == 0;
        }
        if (!found) {
            return false;
        }
    }
    return json_array_size(list) == count;
}

static bool type_fits(const struct column *column, const json_t *found, enum spec_database dialect, const json_t *facts)
{
    const char *type = json_string_value(json_object_get(found, "type"));
    if (strcmp(type, column_type_name(column->type)) == 0) {
        return column->type != COLUMN_STRING || json_integer_value(json_object_get(found, "length")) == column->length;
    }
    if (dialect != SPEC_SQLITE) {
        return false;
    }
    const char *datetimes = json_string_value(json_object_get(facts, "sqlite_datetime"));
    bool is_epoch = datetimes != NULL && strcmp(datetimes, "epoch_ms") == 0;
    return (column->type == COLUMN_JSON && strcmp(type, "text") == 0) ||
           (column->type == COLUMN_BOOLEAN && strcmp(type, "integer") == 0) ||
           (column->type == COLUMN_DATETIME && strcmp(type, is_epoch ? "integer" : "text") == 0);
}

static char *column_difference(const struct column *column, const json_t *found, enum spec_database dialect,
                               const json_t *facts)
{
    if (!type_fits(column, found, dialect, facts)) {
        const char *declared = json_string_value(json_object_get(found, "declared"));
        if (column->type == COLUMN_STRING) {
            return memory_format("is a string of length %" PRId64 " in the schema, %s in the database", column->length,
                                 declared);
        }
        return memory_format("is of type %s in the schema, %s in the database", column_type_name(column->type),
                             declared);
    }
    /* SQLite's oldest quirk: a primary key without NOT NULL may be null there, and that is the described database's
     * affair. */
    if (!column->primary_key && json_is_true(json_object_get(found, "nullable")) != column->nullable) {
        return memory_copy(column->nullable ? "is nullable in the schema, NOT NULL in the database"
                                            : "is NOT NULL in the schema, nullable in the database");
    }
    return NULL;
}

static bool has_unique(const json_t *shape, const char *const *names)
{
    const json_t *uniques = json_object_get(shape, "unique"), *indexes = json_object_get(shape, "indexes");
    for (size_t i = 0; i < json_array_size(uniques); i++) {
        if (same_names(json_array_get(uniques, i), names, false)) {
            return true;
        }
    }
    for (size_t i = 0; i < json_array_size(indexes); i++) {
        const json_t *index = json_array_get(indexes, i);
        if (json_is_true(json_object_get(index, "unique")) &&
            same_names(json_object_get(index, "columns"), names, false)) {
            return true;
        }
    }
    return same_names(json_object_get(shape, "primary_key"), names, false);
}

static bool has_reference(const json_t *shape, const char *const *columns, const char *table, const char *const *to)
{
    const json_t *keys = json_object_get(shape, "foreign_keys");
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *key = json_array_get(keys, i);
        if (same_names(json_object_get(key, "columns"), columns, true) &&
            same_names(json_object_get(key, "to"), to, true) &&
            strcmp(json_string_value(json_object_get(key, "table")), table) == 0) {
            return true;
        }
    }
    return false;
}

static char *keys_difference(const struct table *table, const json_t *shape)
{
    const char **keys = memory_array(table->column_count + 1, sizeof *keys);
    size_t count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].primary_key) {
            keys[count++] = table->columns[i].name;
        }
    }
    bool same = same_names(json_object_get(shape, "primary_key"), keys, false);
    free(keys);
    if (!same) {
        char *found = json_dumps(json_object_get(shape, "primary_key"), JSON_COMPACT);
        char *difference = memory_format("table %s: its primary key in the database is %s", table->name, found);
        free(found);
        return difference;
    }
    for (size_t i = 0; table->uniques[i] != NULL; i++) {
        if (!has_unique(shape, table->uniques[i])) {
            return memory_format("table %s: the unique constraint over %s, … is missing in the database", table->name,
                                 table->uniques[i][0]);
        }
    }
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const struct foreign_key *key = &table->foreign_keys[i];
        if (!has_reference(shape, key->columns, key->table, key->to)) {
            return memory_format("table %s: the foreign key from %s, … to %s is missing in the database", table->name,
                                 key->columns[0], key->table);
        }
    }
    return NULL;
}

char *shape_difference(const struct table *table, const json_t *shape, enum spec_database dialect, const json_t *facts)
{
    if (json_is_null(shape)) {
        return memory_format("table %s is missing in the database", table->name);
    }
    const json_t *columns = json_object_get(shape, "columns");
    for (size_t i = 0; i < table->column_count; i++) {
        const struct column *column = &table->columns[i];
        const json_t *found = NULL;
        for (size_t j = 0; j < json_array_size(columns) && found == NULL; j++) {
            const json_t *candidate = json_array_get(columns, j);
            found = strcmp(json_string_value(json_object_get(candidate, "name")), column->name) == 0 ? candidate : NULL;
        }
        if (found == NULL) {
            return memory_format("table %s: column %s is missing in the database", table->name, column->name);
        }
        char *difference = column_difference(column, found, dialect, facts);
        if (difference != NULL) {
            char *whole = memory_format("table %s: column %s %s", table->name, column->name, difference);
            free(difference);
            return whole;
        }
        const char *alone[] = {column->name, NULL}, *to[] = {column->to, NULL};
        if (column->unique && !has_unique(shape, alone)) {
            return memory_format("table %s: column %s is not unique in the database", table->name, column->name);
        }
        if (column->table != NULL && !has_reference(shape, alone, column->table, to)) {
            return memory_format("table %s: the foreign key from %s to %s.%s is missing in the database", table->name,
                                 column->name, column->table, column->to);
        }
    }
    if (json_array_size(columns) != table->column_count) {
        return memory_format("table %s has %zu columns in the database, %zu in the schema", table->name,
                             json_array_size(columns), table->column_count);
    }
    return keys_difference(table, shape);
}
