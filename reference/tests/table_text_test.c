#include "migrate/table_text.h"
#include "support/both.h"
#include <string.h>

static const char table[] = "CREATE TABLE \"t\" (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, a VARCHAR(20) COLLATE NOCASE DEFAULT ('x') NOT NULL, "
                            "b INTEGER CONSTRAINT b_ref REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED UNIQUE, "
                            "c INTEGER GENERATED ALWAYS AS (b + 1) STORED, CONSTRAINT ab UNIQUE (a, b), CHECK (b > 0), FOREIGN KEY (b) REFERENCES q (x)) STRICT";

/* The table after these actions, as its statement and its copy; or the error's message. */
static const char *altered(const char *sql, const char *const *actions, char *out, size_t size)
{
    orm__table_text text;
    orm__text made = { 0 };
    orm_error error = { 0 };
    orm_status rc = orm__table_text_parse(&text, &orm__sqlite, sql, &error);
    for (; rc == ORM_OK && *actions != NULL; actions++) rc = orm__table_text_alter(&text, *actions, strlen(*actions), &error);
    if (rc == ORM_OK) {
        orm__table_text_write(&made, &text, "n");
        orm__text_add(&made, "\n");
        orm__table_text_copy(&made, &text, "n");
        cr_assert_lt(made.size, size);
        strcpy(out, made.at);
    } else {
        strcpy(out, error.message);
    }
    orm__text_free(&made);
    orm__table_text_free(&text);
    return out;
}

#define BEFORE "CREATE TABLE \"n\" (\n    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"
#define A ",\n    a VARCHAR(20) COLLATE NOCASE DEFAULT ('x') NOT NULL"
#define B ",\n    b INTEGER CONSTRAINT b_ref REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED UNIQUE"
#define C ",\n    c INTEGER GENERATED ALWAYS AS (b + 1) STORED"
#define PARTS ",\n    CONSTRAINT ab UNIQUE (a, b),\n    CHECK (b > 0),\n    FOREIGN KEY (b) REFERENCES q (x)"
#define END "\n) STRICT\n"
#define COPY "INSERT INTO \"n\" (id, a, b) SELECT id, a, b FROM \"t\""

Test(table_text, actions)
{
    static const struct {
        const char *actions[4];
        const char *expected;
    } rows[] = {
        { { NULL }, BEFORE A B C PARTS END COPY },
        { { "ADD COLUMN d TEXT" }, BEFORE A B C ",\n    d TEXT" PARTS END COPY },
        { { "add \"d e\" VARCHAR(3) DEFAULT (1) NOT NULL" }, BEFORE A B C ",\n    \"d e\" VARCHAR(3) DEFAULT (1) NOT NULL" PARTS END COPY },
        { { "drop column c" }, BEFORE A B PARTS END COPY },
        { { "drop column a" }, BEFORE B C ",\n    CHECK (b > 0),\n    FOREIGN KEY (b) REFERENCES q (x)" END
              "INSERT INTO \"n\" (id, b) SELECT id, b FROM \"t\"" },
        { { "drop column b", "drop column c" }, BEFORE A END "INSERT INTO \"n\" (id, a) SELECT id, a FROM \"t\"" },
        { { "alter column a drop not null", "alter a drop default" }, BEFORE ",\n    a VARCHAR(20) COLLATE NOCASE" B C PARTS END COPY },
        { { "alter column a set default ('y')" }, BEFORE ",\n    a VARCHAR(20) COLLATE NOCASE NOT NULL DEFAULT (('y'))" B C PARTS END COPY },
        { { "alter column b set not null" }, BEFORE A B " NOT NULL" C PARTS END COPY },
        { { "alter column a type TEXT" }, BEFORE ",\n    a TEXT COLLATE NOCASE DEFAULT ('x') NOT NULL" B C PARTS END COPY },
        { { "alter column a set data type INTEGER using length(a)" }, BEFORE ",\n    a INTEGER COLLATE NOCASE DEFAULT ('x') NOT NULL" B C PARTS END
              "INSERT INTO \"n\" (id, a, b) SELECT id, length(a), b FROM \"t\"" },
        { { "alter column b type BOOLEAN" },
          BEFORE A ",\n    b BOOLEAN CONSTRAINT b_ref REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED UNIQUE" C PARTS END
              "INSERT INTO \"n\" (id, a, b) SELECT id, a, b <> 0 FROM \"t\"" },
        { { "add constraint u UNIQUE (a)" }, BEFORE A B C PARTS ",\n    constraint u UNIQUE (a)" END COPY },
        { { "add CHECK (a <> ',')" }, BEFORE A B C PARTS ",\n    CHECK (a <> ',')" END COPY },
        { { "drop constraint ab" }, BEFORE A B C ",\n    CHECK (b > 0),\n    FOREIGN KEY (b) REFERENCES q (x)" END COPY },
        /* by the names that liborm would have given */
        { { "drop constraint t_b_key" }, BEFORE A ",\n    b INTEGER CONSTRAINT b_ref REFERENCES p (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED" C PARTS END
              COPY },
        { { "drop constraint t_check" }, BEFORE A B C ",\n    CONSTRAINT ab UNIQUE (a, b),\n    FOREIGN KEY (b) REFERENCES q (x)" END COPY },
        { { "drop constraint t_b_fkey" }, BEFORE A B C ",\n    CONSTRAINT ab UNIQUE (a, b),\n    CHECK (b > 0)" END COPY },
        { { "drop constraint b_ref" }, BEFORE A ",\n    b INTEGER UNIQUE" C PARTS END COPY },
        { { "drop constraint if exists nope" }, BEFORE A B C PARTS END COPY },
        { { "drop constraint nope" }, "the table \"t\" has no constraint \"nope\"" },
        { { "drop column nope" }, "the table \"t\" has no column \"nope\"" },
        { { "alter column nope drop default" }, "the table \"t\" has no column \"nope\"" },
        { { "add column A TEXT" }, "the table \"t\" has a column \"A\" already" },
        { { "drop column a, drop column b" }, "one line has one change: write the next in a line of its own" },
        { { "rename column a to b" }, "add, drop or alter is expected before 'rename'" },
        { { "alter column a" }, "set is expected at the end" },
        { { "alter column a set not 1" }, "null is expected before '1'" },
        { { "add column d DEFAULT ('x" }, "a quote or comment is not closed: 'x" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[4096];
        cr_expect_str_eq(altered(table, rows[i].actions, out, sizeof out), rows[i].expected, "%s:\n%s", rows[i].actions[0], out);
    }
}

Test(table_text, statements_that_are_read)
{
    static const char *const none[] = { NULL };
    static const struct {
        const char *sql, *expected;
    } rows[] = {
        { "CREATE TABLE t(a)", "CREATE TABLE \"n\" (\n    a\n)\nINSERT INTO \"n\" (a) SELECT a FROM \"t\"" },
        { "CREATE TABLE 't'(a)", "a name is expected before ''t''" },
        { "CREATE TABLE [t x]([a b] DOUBLE PRECISION /* , */ DEFAULT -1.5e-3 NOT NULL) WITHOUT ROWID",
          "CREATE TABLE \"n\" (\n    [a b] DOUBLE PRECISION DEFAULT -1.5e-3 NOT NULL\n) WITHOUT ROWID\nINSERT INTO \"n\" ([a b]) SELECT [a b] FROM \"t x\"" },
        { "CREATE TABLE t (a INT PRIMARY KEY DESC ON CONFLICT IGNORE, CONSTRAINT x CHECK (a IN (1, 2)) UNIQUE (a) ON CONFLICT REPLACE)",
          "CREATE TABLE \"n\" (\n    a INT PRIMARY KEY DESC ON CONFLICT IGNORE,\n    CONSTRAINT x CHECK (a IN (1, 2)),\n    UNIQUE (a) ON CONFLICT REPLACE\n)\n"
          "INSERT INTO \"n\" (a) SELECT a FROM \"t\"" },
        { "CREATE VIRTUAL TABLE t USING fts5(a)", "a virtual table cannot be rebuilt" },
        { "CREATE TABLE t (a", ") is expected at the end" },
        { "SELECT 1", "create is expected before 'SELECT'" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[4096];
        cr_expect_str_eq(altered(rows[i].sql, none, out, sizeof out), rows[i].expected, "%s:\n%s", rows[i].sql, out);
    }
}

static orm_status scenario(void *context)
{
    static const char *const actions[] = { "add column d TEXT", "drop column c", "alter column a type INTEGER", "alter column b set not null",
                                           "drop constraint t_b_key", "add constraint u UNIQUE (a, d)" };
    orm__table_text text;
    orm__text made = { 0 };
    (void)context;
    orm_status rc = orm__table_text_parse(&text, &orm__sqlite, table, NULL);
    if (rc != ORM_OK) return rc;
    for (size_t i = 0; rc == ORM_OK && i < COUNT(actions); i++) rc = orm__table_text_alter(&text, actions[i], strlen(actions[i]), NULL);
    orm__table_text_write(&made, &text, "n");
    orm__table_text_copy(&made, &text, "n");
    if (rc == ORM_OK && made.failed) rc = ORM_NOMEM;
    if (rc == ORM_OK) cr_assert(orm__table_text_counts_up(&text));
    orm__text_free(&made);
    orm__table_text_free(&text);
    return rc;
}

Test(table_text, every_allocation_may_fail)
{
    faults_sweep(scenario, NULL);
}
