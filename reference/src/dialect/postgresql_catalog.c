/* What the current schema of a PostgreSQL database has. */
#include "dialect/dialect.h"
#include <stdlib.h>
#include <string.h>

/* without partitions, which come and go with their table, and what belongs to extensions */
#define TABLES \
    "pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = current_schema() " \
    "AND c.relkind IN ('r', 'p') AND NOT c.relispartition " \
    "AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend AS e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')"

static const struct {
    const char *name;
    orm_type type;
} types[] = {
    { "integer", ORM_INTEGER }, { "double precision", ORM_FLOAT },
    { "boolean", ORM_BOOLEAN }, { "text", ORM_STRING },
    { "character varying", ORM_STRING }, { "timestamp without time zone", ORM_DATETIME },
    { "date", ORM_DATE },       { "json", ORM_JSON },
};

static orm_type type_of(const char *declared, size_t *length)
{
    static const char varying[] = "character varying(";
    *length = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, declared) == 0) return types[i].type;
    if (strncmp(declared, varying, strlen(varying)) != 0) return ORM_NULL;
    char *end;
    unsigned long long number = strtoull(declared + strlen(varying), &end, 10);
    if (strcmp(end, ")") != 0) return ORM_NULL;
    *length = (size_t)number;
    return ORM_STRING;
}

const orm__catalog orm__postgresql_catalog = {
    .tables = "SELECT c.relname, NULL::text FROM " TABLES " ORDER BY c.relname",
    .columns = "SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull::int, "
               "CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END, "
               "COALESCE(pg_catalog.array_position(k.conkey, a.attnum), 0), "
               "(a.attidentity <> '' OR COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false))::int, (a.attgenerated <> '')::int "
               "FROM " TABLES " JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
               "LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum "
               "LEFT JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p' ORDER BY c.relname, a.attnum",
    .sets = "SELECT c.relname, k.contype::text, k.conname, k.oid::bigint, a.attname, t.relname, b.attname, "
            "CASE k.contype WHEN 'f' THEN k.confdeltype::text END, CASE k.contype WHEN 'f' THEN k.confupdtype::text END "
            "FROM " TABLES " JOIN pg_catalog.pg_constraint AS k ON k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f') "
            "CROSS JOIN LATERAL unnest(k.conkey, COALESCE(k.confkey, '{}')) WITH ORDINALITY AS u (near, far, place) "
            "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.near "
            "LEFT JOIN pg_catalog.pg_class AS t ON t.oid = k.confrelid "
            "LEFT JOIN pg_catalog.pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.far ORDER BY c.relname, 2, 4, u.place",
    .indexes = "SELECT c.relname, i.relname, x.indisunique::int, "
               "(x.indexprs IS NULL AND x.indpred IS NULL AND m.amname = 'btree' AND x.indnatts = x.indnkeyatts AND NOT (0 < ANY (x.indoption::int2[])))::int, a.attname "
               "FROM " TABLES " JOIN pg_catalog.pg_index AS x ON x.indrelid = c.oid "
               "JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid JOIN pg_catalog.pg_am AS m ON m.oid = i.relam "
               "CROSS JOIN LATERAL pg_catalog.unnest(x.indkey::int2[]) WITH ORDINALITY AS u (number, place) "
               "LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.number "
               "WHERE u.place <= x.indnkeyatts AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x')) "
               "ORDER BY c.relname, i.relname, u.place",
    .type_of = type_of,
    .defaults = "SELECT a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_attrdef AS d "
                "ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'orm__defaults'::regclass ORDER BY a.attnum",
};
