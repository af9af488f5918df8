/* What a SQLite database has, through its pragmas. Constraints have no names here: they stand in the SQL text alone. */
#include "dialect/dialect.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* without SQLite's own, virtual ones and what they keep their content in */
#define TABLES "(SELECT t.name AS name FROM pragma_table_list AS t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\')"
#define ACTION(what) "CASE f." what " WHEN 'RESTRICT' THEN 'r' WHEN 'CASCADE' THEN 'c' WHEN 'SET NULL' THEN 'n' WHEN 'SET DEFAULT' THEN 'd' ELSE 'a' END"

static const struct {
    const char *name;
    orm_type type;
} types[] = {
    { "INTEGER", ORM_INTEGER },    { "INT", ORM_INTEGER },
    { "FLOAT", ORM_FLOAT },        { "REAL", ORM_FLOAT },
    { "DOUBLE", ORM_FLOAT },       { "DOUBLE PRECISION", ORM_FLOAT },
    { "BOOLEAN", ORM_BOOLEAN },    { "TEXT", ORM_STRING },
    { "VARCHAR", ORM_STRING },     { "DATETIME", ORM_DATETIME },
    { "TIMESTAMP", ORM_DATETIME }, { "TIMESTAMP WITHOUT TIME ZONE", ORM_DATETIME },
    { "DATE", ORM_DATE },          { "JSON", ORM_JSON },
};

static orm_type type_of(const char *declared, size_t *length)
{
    const char *open = strchr(declared, '(');
    char *end;
    *length = 0;
    for (size_t i = 0; open == NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(types[i].name, declared) == 0) return types[i].type;
    if (open == NULL) return ORM_NULL;
    size_t size = (size_t)(open - declared);
    while (size > 0 && declared[size - 1] == ' ') size--;
    if (size != strlen("VARCHAR") || strncasecmp(declared, "VARCHAR", size) != 0) return ORM_NULL;
    unsigned long long number = strtoull(open + 1, &end, 10);
    if (end == open + 1 || strcmp(end + strspn(end, " "), ")") != 0) return ORM_NULL;
    *length = (size_t)number;
    return ORM_STRING;
}

const orm__catalog orm__sqlite_catalog = {
    .tables = "SELECT t.name, m.sql FROM " TABLES " AS t JOIN sqlite_master AS m ON m.type = 'table' AND m.name = t.name ORDER BY t.name",
    .columns = "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, "
               "c.pk = 1 AND upper(c.type) = 'INTEGER' AND (SELECT count(*) FROM pragma_table_info(t.name) AS k WHERE k.pk > 0) = 1, c.hidden IN (2, 3) "
               "FROM " TABLES " AS t, pragma_table_xinfo(t.name) AS c WHERE c.hidden <> 1 ORDER BY t.name, c.cid",
    .sets = "SELECT t.name, 'p', NULL, 0, c.name, NULL, NULL, NULL, NULL, c.pk AS place FROM " TABLES " AS t, pragma_table_info(t.name) AS c WHERE c.pk > 0 "
            "UNION ALL SELECT t.name, 'u', NULL, l.seq, i.name, NULL, NULL, NULL, NULL, i.seqno FROM " TABLES " AS t, pragma_index_list(t.name) AS l, "
            "pragma_index_info(l.name) AS i WHERE l.origin = 'u' "
            "UNION ALL SELECT t.name, 'f', NULL, f.id, f.\"from\", f.\"table\", f.\"to\", " ACTION("on_delete") ", " ACTION("on_update") ", f.seq FROM " TABLES " AS t, "
            "pragma_foreign_key_list(t.name) AS f ORDER BY 1, 2, 4 DESC, 10",
    .indexes = "SELECT t.name, l.name, l.\"unique\", "
               "l.partial = 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name) AS x WHERE x.key AND (x.cid < 0 OR x.desc OR x.coll <> 'BINARY')), i.name "
               "FROM " TABLES " AS t, pragma_index_list(t.name) AS l, pragma_index_info(l.name) AS i WHERE l.origin = 'c' ORDER BY t.name, l.name, i.seqno",
    .views = "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name",
    .type_of = type_of,
};
