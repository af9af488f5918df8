#include "migrate/lexer.h"
#include "support/both.h"
#include <stdio.h>
#include <string.h>

/* Statements as "line:text|line:text", directives with "#", the end's trouble as "!line". */
static const char *cut(const orm__dialect *dialect, const char *text)
{
    static char out[2048];
    orm__lexer lexer = orm__lexer_on(&dialect->syntax, text, strlen(text), 1);
    orm__statement_text found;
    size_t used = 0;
    out[0] = '\0';
    for (;;) {
        enum orm__found what = orm__next_statement(&lexer, &found);
        if (what == ORM__NOTHING) return out;
        if (used > 0) used += (size_t)snprintf(out + used, sizeof out - used, "|");
        if (what == ORM__NOT_CLOSED || what == ORM__NOT_ENDED) {
            snprintf(out + used, sizeof out - used, "%s%zu", what == ORM__NOT_CLOSED ? "!" : "?", found.line);
            return out;
        }
        used += (size_t)snprintf(out + used, sizeof out - used, "%s%zu:%.*s", what == ORM__A_DIRECTIVE ? "#" : "", found.line,
                                 (int)found.size, found.at);
    }
}

static const struct {
    const char *text, *sqlite, *postgresql; /* postgresql NULL: the same */
} rows[] = {
    { "", "", NULL },
    { " \n -- a comment\n/* another; */ ;; ", "", NULL },
    { "SELECT 1;", "1:SELECT 1", NULL },
    { "SELECT 1 ;\n\n  SELECT\n 2;", "1:SELECT 1|3:SELECT\n 2", NULL },
    { "SELECT ';', 'it''s;';SELECT 2;", "1:SELECT ';', 'it''s;'|1:SELECT 2", NULL },
    { "SELECT \"a;\"\"b\";", "1:SELECT \"a;\"\"b\"", NULL },
    { "SELECT 1 -- ; no end\n, 2;", "1:SELECT 1 -- ; no end\n, 2", NULL },
    { "SELECT /* ; ' */ 1;", "1:SELECT /* ; ' */ 1", NULL },
    { "SELECT /* a /* b */ 1; SELECT 2 */;", "1:SELECT /* a /* b */ 1|1:SELECT 2 */", "1:SELECT" },
    { "SELECT `a;b`, [c;d];", "1:SELECT `a;b`, [c;d]", "1:SELECT `a|1:b`, [c|1:d]" },
    { "SELECT $$a;b$$, $x$c;$$;$x$;", "1:SELECT $$a|1:b$$, $x$c|1:$$|1:$x$", "1:SELECT $$a;b$$, $x$c;$$;$x$" },
    { "SELECT $1; SELECT a$b$c;", "1:SELECT $1|1:SELECT a$b$c", NULL },
    { "SELECT E'a\\';b';", "1:SELECT E'a\\'|!1", "1:SELECT E'a\\';b'" },
    { "SELECT 'a\\'; SELECT 2;", "1:SELECT 'a\\'|1:SELECT 2", NULL },
    { "SELECT X'00;', U&'d;', b'1;';", "1:SELECT X'00;', U&'d;', b'1;'", NULL },
    { "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 ELSE 3 END; DELETE FROM d; END; SELECT 1;",
      "1:CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 ELSE 3 END; DELETE FROM d; END|1:SELECT 1",
      "1:CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 ELSE 3 END|1:DELETE FROM d|1:END|1:SELECT 1" },
    { "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1; END;",
      "1:CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1; END",
      "1:CREATE TEMP TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1|1:END" },
    { "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;",
      "1:CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END|1:SELECT 2|1:END|1:SELECT 3",
      "1:CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END|1:SELECT 3" },
    { "CREATE INDEX trigger ON t (\"begin\"); SELECT 1;", "1:CREATE INDEX trigger ON t (\"begin\")|1:SELECT 1", NULL },
    { "-- orm: upgrade\nSELECT 1;\n  -- orm: alter table \"t\" drop column \"a\"  \nSELECT 2;",
      "#1:upgrade|2:SELECT 1|#3:alter table \"t\" drop column \"a\"|4:SELECT 2", NULL },
    { "SELECT 1; -- orm: upgrade\nSELECT 2;", "1:SELECT 1|2:SELECT 2", NULL },
    { "SELECT '\n-- orm: upgrade\n';", "1:SELECT '\n-- orm: upgrade\n'", NULL },
    { "/*\n-- orm: upgrade\n*/ SELECT 1;", "3:SELECT 1", NULL },
    { "SELECT 1\n-- orm: downgrade\n", "?1", NULL },
    { "SELECT 1;\nSELECT 2", "1:SELECT 1|!2", NULL },
    { "SELECT 1;\n\nSELECT 'a", "1:SELECT 1|!3", NULL },
    { "SELECT /* a", "!1", NULL },
    { "SELECT \"a", "!1", NULL },
};

Test(lexer, statements)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *got = cut(&orm__sqlite, rows[i].text);
        cr_expect_str_eq(got, rows[i].sqlite, "sqlite, row %zu: %s: %s", i, rows[i].text, got);
        got = cut(&orm__postgresql, rows[i].text);
        const char *wanted = rows[i].postgresql != NULL ? rows[i].postgresql : rows[i].sqlite;
        cr_expect_str_eq(got, wanted, "postgresql, row %zu: %s: %s", i, rows[i].text, got);
    }
}

Test(lexer, names)
{
    static const struct {
        const char *text, *name;
    } names[] = { { "a1", "a1" }, { "\"a\"\"b\"", "a\"b" }, { "`a``b`", "a`b" }, { "[a b]", "a b" }, { "'a'", NULL }, { "(", NULL } };
    for (size_t i = 0; i < COUNT(names); i++) {
        char name[16];
        orm__lexer lexer = orm__lexer_on(&orm__sqlite.syntax, names[i].text, strlen(names[i].text), 1);
        orm__token token = orm__lex_solid(&lexer);
        bool is_name = orm__token_name(&token, name, sizeof name);
        cr_expect_eq(is_name, names[i].name != NULL, "%s", names[i].text);
        if (is_name && names[i].name != NULL) cr_expect_str_eq(name, names[i].name);
    }
}

/* Any cut of any of the texts is taken without harm, and the lexer always comes to an end. */
Test(lexer, cut_short)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t size = 0; size <= strlen(rows[i].text); size++) {
            orm__lexer lexer = orm__lexer_on(&orm__postgresql.syntax, rows[i].text, size, 1);
            size_t total = 0;
            for (orm__token token; (token = orm__lex(&lexer)).kind != ORM__AT_END;) {
                cr_assert_gt(token.size, 0);
                total += token.size;
            }
            cr_assert_eq(total, size);
        }
}
