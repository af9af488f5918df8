/* Expressions and statements: text and binds, without a database. */
#include "base/error.h"
#include "base/value.h"
#include "sql/statement.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static orm__registry registry;

static void make_registry(void)
{
    orm_error error;
    cr_assert_eq(orm__registry_make(&blog, &registry, &error), ORM_OK, "%s", error.message);
}

static void free_registry(void)
{
    orm__registry_free(&registry);
}

TestSuite(sql, .init = make_registry, .fini = free_registry);

/* "30 'ann' NULL": the values in their order. */
static const char *binds_of(const orm__sql *sql)
{
    static char text[512];
    text[0] = '\0';
    for (size_t i = 0; i < sql->count; i++) {
        const orm_value *value = &sql->binds[i];
        size_t used = strlen(text);
        char buffer[32], piece[128] = "?";
        switch (value->type) {
        case ORM_NULL:
            snprintf(piece, sizeof piece, "NULL");
            break;
        case ORM_INTEGER:
            snprintf(piece, sizeof piece, "%lld", (long long)value->u.i);
            break;
        case ORM_BOOLEAN:
            snprintf(piece, sizeof piece, "%s", value->u.i ? "true" : "false");
            break;
        case ORM_FLOAT:
            snprintf(piece, sizeof piece, "%s", orm__float_text(value->u.r, buffer));
            break;
        case ORM_STRING:
            snprintf(piece, sizeof piece, "'%.*s'", (int)value->u.size, value->u.s);
            break;
        case ORM_DATETIME:
            snprintf(piece, sizeof piece, "%s", orm_datetime_text(value->u.t, buffer));
            break;
        case ORM_DATE:
            snprintf(piece, sizeof piece, "%s", orm_date_text(value->u.d, buffer));
            break;
        case ORM_JSON:
            break;
        }
        snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", piece);
    }
    return text;
}

static orm__select select_of(const orm_model *model)
{
    orm_error error = {0};
    orm__select select = {0};
    cr_assert_eq(orm__select_source(&select, orm__mapper_of(&registry, model), NULL, false, NULL, &error), ORM_OK);
    return select;
}

static orm_expr *taken(orm_expr *expr)
{
    orm_error error;
    expr = orm__expr_take(expr, &error);
    cr_assert_not_null(expr);
    return expr;
}

static void add(orm__exprs *list, orm_expr *expr)
{
    orm_error error = {0};
    cr_assert_eq(orm__exprs_add(list, expr->taken ? expr : orm__expr_take(expr, &error), &error), ORM_OK);
}

/* The condition of a SELECT of users, as text and binds. */
static void expect_where(orm_expr *expr, const orm__dialect *dialect, const char *where, const char *binds)
{
    orm_error error = {0};
    cr_assert_eq(orm__expr_check(expr, ORM__PLACE_CONDITION, &error), ORM_OK, "%s", error.message);
    orm__sql sql = {.dialect = dialect};
    orm__select select = select_of(&User_model);
    add(&select.conditions, expr);
    cr_assert_eq(orm__sql_select(&sql, &select, &error), ORM_OK, "%s", error.message);
    const char *at = strstr(sql.text.at, " WHERE ");
    cr_assert_not_null(at, "%s", sql.text.at);
    cr_assert_str_eq(at + 7, where);
    cr_assert_str_eq(binds_of(&sql), binds);
    orm__sql_free(&sql);
    orm__select_free(&select);
}

#define C(f) ORM_COL(User, f)
#define U "\"user\"."

Test(sql, conditions)
{
    const orm_datetime moment = orm_datetime_at(2024, 2, 29, 23, 59, 59, 1);
    const orm_date day = orm_date_at(2024, 2, 29);
    const int64_t ages[] = {25, 30};
    const char *const names[] = {"ann", NULL};
    const struct {
        orm_expr *expr;
        const char *sqlite, *postgresql, *binds;
    } rows[] = {
        {orm_eq(C(age), 25), U "\"age\" = ?", U "\"age\" = $1", "25"},
        {orm_ne(C(username), "o'x\""), U "\"username\" <> ?", U "\"username\" <> $1", "'o'x\"'"},
        {orm_lt(C(score), 1.5), U "\"score\" < ?", U "\"score\" < $1", "1.5"},
        {orm_le(C(created_at), moment), U "\"created_at\" <= ?", U "\"created_at\" <= $1",
         "2024-02-29 23:59:59.000001"},
        {orm_gt(C(born), day), U "\"born\" > ?", U "\"born\" > $1", "2024-02-29"},
        {orm_ge(C(active), true), U "\"active\" >= ?", U "\"active\" >= $1", "true"},
        {orm_eq(C(email), (const char *)NULL), U "\"email\" IS NULL", U "\"email\" IS NULL", ""},
        {orm_ne(C(email), (const char *)NULL), U "\"email\" IS NOT NULL", U "\"email\" IS NOT NULL", ""},
        {orm_eq(orm_named(&User_model, "age"), orm_null()), U "\"age\" IS NULL", U "\"age\" IS NULL", ""},
        {orm_eq(orm_named(&User_model, "score"), orm_int(2)), U "\"score\" = ?", U "\"score\" = $1", "2"},
        {orm_eq(C(meta), (json_t *)NULL), U "\"meta\" IS NULL", U "\"meta\" IS NULL", ""},
        {orm_is_null(C(age)), U "\"age\" IS NULL", U "\"age\" IS NULL", ""},
        {orm_is_not_null(C(meta)), U "\"meta\" IS NOT NULL", U "\"meta\" IS NOT NULL", ""},
        {orm_in(C(age), ages, 2), U "\"age\" IN (?, ?)", U "\"age\" IN ($1, $2)", "25 30"},
        {orm_not_in(C(age), ages, 1), U "\"age\" NOT IN (?)", U "\"age\" NOT IN ($1)", "25"},
        {orm_in(C(age), ages, 0), "0 = 1", "0 = 1", ""},
        {orm_not_in(C(age), (const int64_t *)NULL, 0), "1 = 1", "1 = 1", ""},
        {orm_in(C(username), names, 2), U "\"username\" IN (?, ?)", U "\"username\" IN ($1, $2)", "'ann' NULL"},
        {orm_like(C(username), "a%_"), U "\"username\" LIKE ?", U "\"username\" LIKE $1", "'a%_'"},
        {orm_contains(C(username), "50%"), U "\"username\" LIKE ?", U "\"username\" LIKE $1", "'%50%%'"},
        {orm_startswith(C(username), "a"), U "\"username\" LIKE ?", U "\"username\" LIKE $1", "'a%'"},
        {orm_endswith(C(username), ""), U "\"username\" LIKE ?", U "\"username\" LIKE $1", "'%'"},
        {orm_ilike(C(username), "B%"), "lower(" U "\"username\") LIKE lower(?)", U "\"username\" ILIKE $1", "'B%'"},
        {orm_between(C(age), 25, 30), U "\"age\" BETWEEN ? AND ?", U "\"age\" BETWEEN $1 AND $2", "25 30"},
        {orm_compare_terms(C(age).term, ORM_GT, C(score).term), U "\"age\" > " U "\"score\"",
         U "\"age\" > " U "\"score\"", ""},
        {orm_compare_terms(C(email).term, ORM_EQ, C(username).term), U "\"email\" = " U "\"username\"",
         U "\"email\" = " U "\"username\"", ""},
        {orm_is_distinct(C(age), 1), U "\"age\" IS NOT ?", U "\"age\" IS DISTINCT FROM $1", "1"},
        {orm_is_not_distinct(C(email), (const char *)NULL), U "\"email\" IS ?", U "\"email\" IS NOT DISTINCT FROM $1", "NULL"},
        {orm_is_distinct(C(email), C(username)), U "\"email\" IS NOT " U "\"username\"",
         U "\"email\" IS DISTINCT FROM " U "\"username\"", ""},
        {orm_is(C(active)), U "\"active\"", U "\"active\"", ""},
        {orm_not(orm_is(C(active))), "NOT (" U "\"active\")", "NOT (" U "\"active\")", ""},
        {orm_like_escape(C(username), "50/%", '/'), U "\"username\" LIKE ? ESCAPE '/'",
         U "\"username\" LIKE $1 ESCAPE '/'", "'50/%'"},
        {orm_like_escape(C(username), "a'%", '\''), U "\"username\" LIKE ? ESCAPE ''''",
         U "\"username\" LIKE $1 ESCAPE ''''", "'a'%'"},
        {orm_contains_literal(C(username), "1%_/x"), U "\"username\" LIKE ? ESCAPE '/'",
         U "\"username\" LIKE $1 ESCAPE '/'", "'%1/%/_//x%'"},
        {orm_startswith(C(username), C(email)), U "\"username\" LIKE (" U "\"email\" || ?)",
         U "\"username\" LIKE (" U "\"email\" || $1)", "'%'"},
        {orm_eq(orm_plus(C(age), 5), 30), "(" U "\"age\" + ?) = ?", "(" U "\"age\" + $1) = $2", "5 30"},
        {orm_gt(orm_times(orm_minus(C(age), C(id)), 2), 9), "((" U "\"age\" - " U "\"id\") * ?) > ?",
         "((" U "\"age\" - " U "\"id\") * $1) > $2", "2 9"},
        {orm_lt(orm_neg(C(score)), -1.5), "(- " U "\"score\") < ?", "(- " U "\"score\") < $1", "-1.5"},
        {orm_eq(orm_mod(orm_div(C(age), 2), 3), 0), "((" U "\"age\" / ?) % ?) = ?", "((" U "\"age\" / $1) % $2) = $3",
         "2 3 0"},
        {orm_gt(orm_as_real(C(age)), C(score)), U "\"age\" > " U "\"score\"", U "\"age\" > " U "\"score\"", ""},
        {orm_eq(orm_concat(orm_lower(C(username)), "!"), "a!"), "(lower(" U "\"username\") || ?) = ?",
         "(lower(" U "\"username\") || $1) = $2", "'!' 'a!'"},
        {orm_gt(orm_length(orm_trim(orm_upper(orm_lower(C(username))))), 2),
         "length(trim(upper(lower(" U "\"username\")))) > ?", "length(trim(upper(lower(" U "\"username\")))) > $1", "2"},
        {orm_eq(orm_coalesce(C(age), 0), 0), "coalesce(" U "\"age\", ?) = ?", "coalesce(" U "\"age\", $1) = $2", "0 0"},
        {orm_eq(orm_case(orm_is_null(C(age)), 1, 0), 1), "CASE WHEN " U "\"age\" IS NULL THEN ? ELSE ? END = ?",
         "CASE WHEN " U "\"age\" IS NULL THEN $1 ELSE $2 END = $3", "1 0 1"},
        {orm_eq(orm_call_int("pg_catalog.abs", orm_any(C(age))), 1), "pg_catalog.abs(" U "\"age\") = ?",
         "pg_catalog.abs(" U "\"age\") = $1", "1"},
        {orm_gt(orm_count_distinct_of(C(age)), 1), "count(DISTINCT " U "\"age\") > ?", "count(DISTINCT " U "\"age\") > $1", "1"},
        {orm_gt(orm_count_rows(), 1), "count(*) > ?", "count(*) > $1", "1"},
        {orm_ge(orm_sum_of(C(age)), 1), "sum(" U "\"age\") >= ?", "sum(" U "\"age\") >= $1", "1"},
        {orm_le(orm_avg_of(C(age)), 2.5), "avg(" U "\"age\") <= ?", "avg(" U "\"age\") <= $1", "2.5"},
        {orm_eq(orm_max_of(C(username)), "z"), "max(" U "\"username\") = ?", "max(" U "\"username\") = $1", "'z'"},
        {orm_and(orm_sql("a = :x OR b = :y OR c = :x", ORM_BINDS(orm_bind("x", 1), orm_bind("y", "z"))), orm_is_null(C(age))),
         "((a = ? OR b = ? OR c = ?) AND " U "\"age\" IS NULL)", "((a = $1 OR b = $2 OR c = $3) AND " U "\"age\" IS NULL)",
         "1 'z' 1"},
        {orm_eq(orm_sql_value("now()", ORM_NO_BINDS), orm_int(1)), "(now()) = ?", "(now()) = $1", "1"},
        {orm_not(orm_eq(C(age), 1)), "NOT (" U "\"age\" = ?)", "NOT (" U "\"age\" = $1)", "1"},
        {orm_or(orm_eq(C(age), 1), orm_and(orm_eq(C(age), 2), orm_is_null(C(email)))),
         "(" U "\"age\" = ? OR (" U "\"age\" = ? AND " U "\"email\" IS NULL))",
         "(" U "\"age\" = $1 OR (" U "\"age\" = $2 AND " U "\"email\" IS NULL))", "1 2"},
        {orm_or(orm_eq(C(age), 1)), "(" U "\"age\" = ?)", "(" U "\"age\" = $1)", "1"},
        {orm_junction(true, NULL, 0), "1 = 1", "1 = 1", ""},
        {orm_junction(false, NULL, 0), "1 = 1", "1 = 1", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_not_null(orm__expr_take(rows[i].expr, NULL));
        expect_where(orm__expr_hold(rows[i].expr), &orm__postgresql, rows[i].postgresql, rows[i].binds);
        expect_where(rows[i].expr, &orm__sqlite, rows[i].sqlite, rows[i].binds);
    }
}

Test(sql, what_is_wrong_with_an_expression)
{
    json_t *const no_document = NULL;
    const struct {
        orm_expr *expr;
        bool as_order;
        orm_status status;
        const char *says;
    } rows[] = {
        {orm_eq(orm_named(&User_model, "nope"), orm_int(1)), false, ORM_ARGUMENT, "User has no column \"nope\""},
        {orm_eq(orm_named(&User_model, "note"), orm_int(1)), false, ORM_ARGUMENT, "\"note\""},
        {orm_eq(orm_named(&User_model, NULL), orm_int(1)), false, ORM_ARGUMENT, "\"\""},
        {orm_eq(orm_named(NULL, "age"), orm_int(1)), false, ORM_ARGUMENT, "no model"},
        {orm_eq(orm_int_ref(&User_model, 3), 1), false, ORM_ARGUMENT, "offset 3"},
        {orm_eq(orm_named(&User_model, "age"), orm_text("x")), false, ORM_DATA,
         "User.age is integer, compared with text"},
        {orm_eq(orm_named(&User_model, "meta"), orm_int(1)), false, ORM_DATA, "User.meta is json"},
        {orm_lt(orm_named(&User_model, "age"), orm_null()), false, ORM_ARGUMENT, "User.age"},
        {orm_compare_int(C(age), (orm_op)77, 1), false, ORM_ARGUMENT, "operator"},
        {orm_compare_terms(C(age).term, (orm_op)77, C(id).term), false, ORM_ARGUMENT, "operator"},
        {orm_compare_terms(C(age).term, ORM_EQ, C(username).term), false, ORM_ARGUMENT, "User.username"},
        {orm_compare_terms(C(meta).term, ORM_EQ, C(meta).term), false, ORM_ARGUMENT, "User.meta is JSON"},
        {orm_compare_terms(C(id).term, ORM_EQ, ORM_COL(Post, id).term), false, ORM_ARGUMENT, "Post.id in a query of User"},
        {orm_eq(orm_of("boss", C(id)), 1), false, ORM_ARGUMENT, "User.id of boss in a query of User"},
        {orm_compare_terms(C(id).term, ORM_EQ, orm_named(&User_model, "nope").term), false, ORM_ARGUMENT, "nope"},
        {orm_in(orm_named(&User_model, "age"), ((orm_value[]){orm_int(1), orm_text("2")}), 2), false, ORM_DATA,
         "User.age"},
        {orm_in(C(age), (const int64_t *)NULL, 2), false, ORM_ARGUMENT, "User.age"},
        {orm_in(C(meta), &no_document, 1), false, ORM_ARGUMENT, "User.meta is JSON"},
        {orm_in(orm_named(&User_model, "nope"), (const orm_value *)NULL, 0), false, ORM_ARGUMENT, "nope"},
        {orm_contains(C(username), NULL), false, ORM_ARGUMENT, "User.username"},
        {orm_like(orm_named_text(&User_model, "age"), "2%"), false, ORM_ARGUMENT, "User.age is integer"},
        {orm_like(orm_named_text(&User_model, "nope"), "2%"), false, ORM_ARGUMENT, "nope"},
        {orm_null_term(orm_named(&User_model, "nope").term, true), false, ORM_ARGUMENT, "nope"},
        {orm_desc(orm_named(&User_model, "nope")), true, ORM_ARGUMENT, "nope"},
        {orm_nulls_first(orm_eq(C(id), 1)), true, ORM_ARGUMENT, "no order"},
        {orm_nulls_last(NULL), true, ORM_ARGUMENT, "no order"},
        {orm_is(C(active)), true, ORM_ARGUMENT, "an order is wanted"},
        {orm_condition(C(age).term), false, ORM_ARGUMENT, "User.age is integer, where a condition is wanted"},
        {orm_not(orm_condition(C(username).term)), false, ORM_ARGUMENT, "User.username is text"},
        {orm_between(orm_named(&User_model, "age"), orm_int(1), orm_null()), false, ORM_ARGUMENT, "neither less"},
        {orm_between(orm_named(&User_model, "age"), orm_int(1), orm_text("x")), false, ORM_DATA, "User.age"},
        {orm_eq(orm_plus(orm_named(&User_model, "username"), orm_int(1)), orm_int(1)), false, ORM_ARGUMENT,
         "User.username is text: only numbers"},
        {orm_eq(orm_any_apply(ORM_SUM, orm_named(&User_model, "username")), orm_int(1)), false, ORM_ARGUMENT,
         "sum of User.username, which is text"},
        {orm_eq(orm_any_apply(ORM_LOWER, orm_named(&User_model, "age")), orm_int(1)), false, ORM_ARGUMENT,
         "lower of User.age, which is integer"},
        {orm_eq(orm_any_apply((orm_function)99, orm_named(&User_model, "age")), orm_int(1)), false, ORM_ARGUMENT, "no such function (99)"},
        {orm_eq(orm_coalesce(orm_named(&User_model, "age"), orm_text("x")), orm_int(1)), false, ORM_DATA, "User.age"},
        {orm_eq(orm_call_int("abs(1); --", orm_any(C(age))), 1), false, ORM_ARGUMENT, "is no name of a function"},
        {orm_eq(orm_call_int_list("abs", NULL, 1), 1), false, ORM_ARGUMENT, "missing"},
        {orm_eq(orm_case_int(NULL, 1, 0), 1), false, ORM_ARGUMENT, "missing"},
        {orm_eq(orm_case_int(orm_asc(C(id)), 1, 0), 1), false, ORM_ARGUMENT, "a condition is wanted"},
        {orm_sql("a = :x", ORM_NO_BINDS), false, ORM_ARGUMENT, "without a value for :x"},
        {orm_sql(NULL, ORM_NO_BINDS), false, ORM_ARGUMENT, "SQL is missing"},
        {orm_like_text(C(username), ORM_LIKE, "x", (char)0xC3), false, ORM_ARGUMENT, "no character of ASCII"},
        {orm_eq(orm_int_label(NULL, "x"), 1), false, ORM_ARGUMENT, "missing (NULL)"},
        {orm_eq(ORM_COL(Post, id), 1), false, ORM_ARGUMENT, "Post.id in a query of User"},
        {orm_not(orm_eq(ORM_COL(Post, id), 1)), false, ORM_ARGUMENT, "Post.id in a query of User"},
        {orm_asc(ORM_COL(Post, id)), true, ORM_ARGUMENT, "Post.id in a query of User"},
        {orm_asc(C(id)), false, ORM_ARGUMENT, "a condition is wanted"},
        {orm_not(orm_asc(C(id))), false, ORM_ARGUMENT, "a condition is wanted"},
        {orm_eq(C(id), 1), true, ORM_ARGUMENT, "an order is wanted"},
        {orm_not(orm_eq(C(id), 1)), true, ORM_ARGUMENT, "an order is wanted"},
        {orm_not(NULL), false, ORM_ARGUMENT, "missing"},
        {orm_and(orm_eq(C(id), 1), NULL), false, ORM_ARGUMENT, "missing"},
        {orm_junction(true, NULL, 2), false, ORM_ARGUMENT, "missing"},
        {orm_or(orm_eq(C(id), 1), orm_eq(orm_named(&User_model, "nope"), orm_int(1)), orm_not(NULL)), false,
         ORM_ARGUMENT, "nope"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        orm_error error = {0};
        orm_status rc =
            orm__expr_check(rows[i].expr, rows[i].as_order ? ORM__PLACE_ORDER : ORM__PLACE_CONDITION, &error);
        if (rc == ORM_OK) { /* a column of what the query does not join shows when it is written */
            orm__sql sql = {.dialect = &orm__sqlite};
            orm__select select = select_of(&User_model);
            add(rows[i].as_order ? &select.order : &select.conditions, rows[i].expr);
            rc = orm__sql_select(&sql, &select, &error);
            orm__sql_free(&sql);
            orm__select_free(&select);
        } else {
            orm_expr_free(rows[i].expr);
        }
        cr_assert_eq(rc, rows[i].status, "row %zu", i);
        cr_assert_eq(error.status, rows[i].status);
        cr_assert_not_null(strstr(error.message, rows[i].says), "row %zu: %s", i, error.message);
    }
    orm_expr_free(NULL);
}

Test(sql, an_expression_has_one_owner)
{
    orm_error error = {0};
    orm_expr *shared = orm_eq(C(id), 1);
    orm_expr *twice = orm_and(shared, shared);
    cr_assert_eq(orm__expr_check(twice, ORM__PLACE_CONDITION, &error), ORM_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "twice"), "%s", error.message);
    orm_expr_free(twice);
    orm_expr *kept = orm__expr_take(orm_is_null(C(age)), &error);
    orm_expr_free(kept); /* it is somebody's: left alone */
    orm_expr_free(orm_not(kept));
    cr_assert_eq(orm__expr_hold(kept)->holders, 2);
    orm__expr_release(kept);
    orm__expr_release(kept);
    orm_expr *fault = orm_eq(orm_named(&User_model, "nope"), orm_int(1));
    cr_assert_eq(orm_not(orm_and(orm_eq(C(id), 1), fault)), fault, "a fault takes the place of what it spoils");
    orm_expr_free(fault);
}

Test(sql, values_are_copied)
{
    char name[] = "ann";
    orm_expr *expr = orm_eq(C(username), name);
    name[0] = 'X';
    expect_where(expr, &orm__sqlite, U "\"username\" = ?", "'ann'");
    char member[] = "email";
    expr = orm_eq(orm_named(&User_model, member), orm_text_n("a\0b", 3));
    member[0] = 'X';
    cr_assert_eq(expr->children[1]->values[0].u.size, 3);
    cr_assert_eq(memcmp(expr->children[1]->values[0].u.s, "a\0b", 4), 0);
    expect_where(expr, &orm__sqlite, U "\"email\" = ?", "'a'");
}

#define POST_COLUMNS                                                                                                   \
    "\"post\".\"id\", \"post\".\"title\", \"post\".\"user_id\", \"post\".\"views\", \"post\".\"ticks\", "              \
    "\"post\".\"rank\""

/* Both texts of a query; frees it. */
static void expect_select(orm__select *select, const orm__dialect *dialect, const char *text, const char *counted,
                          const char *binds)
{
    orm__sql sql = {.dialect = dialect}, count = {.dialect = dialect};
    orm__select copy;
    orm_error error;
    cr_assert_eq(orm__select_copy(select, &copy, &error), ORM_OK);
    orm__select_free(select); /* which the copy does not need */
    cr_assert_eq(orm__sql_select(&sql, &copy, &error), ORM_OK, "%s", error.message);
    cr_assert_str_eq(sql.text.at, text);
    cr_assert_str_eq(binds_of(&sql), binds);
    cr_assert_not(sql.changing);
    cr_assert_eq(orm__sql_count(&count, &copy, &error), ORM_OK, "%s", error.message);
    cr_assert_str_eq(count.text.at, counted);
    cr_assert_str_eq(binds_of(&count), binds);
    orm__sql_free(&sql);
    orm__sql_free(&count);
    orm__select_free(&copy);
}

Test(sql, select_and_count)
{
    orm__select select = select_of(&Post_model);
    expect_select(&select, &orm__sqlite, "SELECT " POST_COLUMNS " FROM \"post\"", "SELECT count(*) FROM \"post\"", "");
    select = select_of(&Post_model);
    add(&select.conditions, orm_eq(ORM_COL(Post, views), 5));
    add(&select.conditions, orm_is_null(ORM_COL(Post, user_id)));
    add(&select.order, orm_desc(ORM_COL(Post, views)));
    add(&select.order, orm_asc(ORM_COL(Post, id)));
    select.has_limit = select.has_offset = true;
    select.limit = 10, select.offset = 3;
    expect_select(&select, &orm__postgresql,
                  "SELECT " POST_COLUMNS " FROM \"post\" WHERE \"post\".\"views\" = $1 AND \"post\".\"user_id\" IS NULL"
                  " ORDER BY \"post\".\"views\" DESC, \"post\".\"id\" LIMIT $2 OFFSET $3",
                  "SELECT count(*) FROM (SELECT " POST_COLUMNS
                  " FROM \"post\" WHERE \"post\".\"views\" = $1 AND \"post\".\"user_id\" IS NULL"
                  " LIMIT $2 OFFSET $3) AS \"counted\"",
                  "5 10 3");
    select = select_of(&Post_model);
    select.has_offset = true, select.offset = 3;
    expect_select(&select, &orm__sqlite, "SELECT " POST_COLUMNS " FROM \"post\" LIMIT -1 OFFSET ?",
                  "SELECT count(*) FROM (SELECT " POST_COLUMNS " FROM \"post\" LIMIT -1 OFFSET ?) AS \"counted\"", "3");
    select = select_of(&Post_model);
    select.has_limit = true;
    expect_select(&select, &orm__sqlite, "SELECT " POST_COLUMNS " FROM \"post\" LIMIT ?",
                  "SELECT count(*) FROM (SELECT " POST_COLUMNS " FROM \"post\" LIMIT ?) AS \"counted\"", "0");
    select = select_of(&Post_model);
    select.distinct = true;
    expect_select(&select, &orm__sqlite, "SELECT DISTINCT " POST_COLUMNS " FROM \"post\"",
                  "SELECT count(*) FROM (SELECT DISTINCT " POST_COLUMNS " FROM \"post\") AS \"counted\"", "");
}

Test(sql, joins)
{
    orm_error error;
    orm__select select = select_of(&Post_model);
    const orm__mapper *user = orm__mapper_of(&registry, &User_model);
    orm_expr *on = taken(orm_eq(C(id), ORM_COL(Post, user_id)));
    cr_assert_eq(orm__select_source(&select, user, NULL, false, on, &error), ORM_OK);
    on = taken(orm_and(orm_lt(C(id), orm_of("b\"s", C(id))), orm_gt(orm_of("b\"s", C(age)), 3)));
    cr_assert_eq(orm__select_source(&select, user, "b\"s", true, on, &error), ORM_OK);
    add(&select.conditions, orm_eq(C(username), "ann"));
    add(&select.conditions, orm_ge(ORM_COL(Post, views), 7));
    add(&select.order, orm_desc(orm_of("b\"s", C(id))));
    cr_assert_eq(orm__select_find(&select, &User_model, NULL), 1);
    cr_assert_eq(orm__select_find(&select, &User_model, "b\"s"), 2);
    cr_assert_eq(orm__select_find(&select, &Post_model, "b\"s"), SIZE_MAX);
    cr_assert(orm__select_names(&select, "post") && orm__select_names(&select, "b\"s"));
    cr_assert_not(orm__select_names(&select, "boss"));
#define FROM                                                                                                           \
    " FROM \"post\" JOIN \"user\" ON " U "\"id\" = \"post\".\"user_id\""                                               \
    " LEFT OUTER JOIN \"user\" AS \"b\"\"s\" ON (" U "\"id\" < \"b\"\"s\".\"id\" AND \"b\"\"s\".\"age\" > $1)"           \
    " WHERE " U "\"username\" = $2 AND \"post\".\"views\" >= $3"
    expect_select(&select, &orm__postgresql, "SELECT " POST_COLUMNS FROM " ORDER BY \"b\"\"s\".\"id\" DESC",
                  "SELECT count(*)" FROM, "3 'ann' 7");
    /* Entities of several sources, and values, in one row. */
    select = select_of(&Pair_model);
    on = taken(orm_lt(ORM_COL(Pair, a), orm_of("other", ORM_COL(Pair, a))));
    cr_assert_eq(orm__select_source(&select, orm__mapper_of(&registry, &Pair_model), "other", false, on, &error),
                 ORM_OK);
    cr_assert_eq(orm__select_item(&select, 1, NULL, NULL, &error), ORM_OK);
    orm_expr *b = taken(orm__expr_of(ORM_COL(Pair, b).term));
    cr_assert_eq(orm__select_item(&select, 0, b, "label", &error), ORM_OK);
#define PAIRS                                                                                                          \
    "SELECT \"other\".\"a\", \"other\".\"b\", \"other\".\"the label\", \"pair\".\"b\" FROM \"pair\""                \
    " JOIN \"pair\" AS \"other\" ON \"pair\".\"a\" < \"other\".\"a\""
    expect_select(&select, &orm__sqlite, PAIRS, "SELECT count(*) FROM (" PAIRS ") AS \"counted\"", "");
}

Test(sql, lists_are_limited_and_not_cached)
{
    const size_t count = orm__sqlite.max_binds + 1;
    int64_t *values = orm__alloc(count * sizeof *values);
    cr_assert_not_null(values);
    orm_expr *expr = orm_in(C(age), values, count);
    orm__free(values);
    orm__sql sql = {.dialect = &orm__sqlite};
    orm__select select = select_of(&User_model);
    add(&select.conditions, expr);
    orm_error error;
    cr_assert_eq(orm__sql_select(&sql, &select, &error), ORM_ARGUMENT);
    cr_assert_not_null(strstr(error.message, "at most"), "%s", error.message);
    cr_assert(sql.changing);
    orm__sql_free(&sql);
    orm__select_free(&select);
}

Test(sql, rows_of_one_shape)
{
    const orm__mapper *post = orm__mapper_of(&registry, &Post_model), *pair = orm__mapper_of(&registry, &Pair_model);
    orm__text text = {0};
    orm__sql_get(&text, &orm__sqlite, pair);
    cr_assert_str_eq(text.at, "SELECT \"pair\".\"a\", \"pair\".\"b\", \"pair\".\"the label\" FROM \"pair\" WHERE "
                              "\"pair\".\"a\" = ? AND \"pair\".\"b\" = ?");
    orm__text_clear(&text);
    orm__sql_insert(&text, &orm__sqlite, post, (size_t[]){1, 3}, 2, NULL, 0);
    cr_assert_str_eq(text.at, "INSERT INTO \"post\" (\"title\", \"views\") VALUES (?, ?)");
    orm__text_clear(&text);
    orm__sql_insert(&text, &orm__postgresql, post, (size_t[]){1, 3}, 2, (size_t[]){0, 5}, 2);
    cr_assert_str_eq(text.at, "INSERT INTO \"post\" (\"title\", \"views\") VALUES ($1, $2) RETURNING \"id\", \"rank\"");
    orm__text_clear(&text);
    orm__sql_insert(&text, &orm__postgresql, post, NULL, 0, (size_t[]){0}, 1);
    cr_assert_str_eq(text.at, "INSERT INTO \"post\" DEFAULT VALUES RETURNING \"id\"");
    orm__text_clear(&text);
    orm__sql_update(&text, &orm__postgresql, pair, (size_t[]){2, 0}, 2);
    cr_assert_str_eq(
        text.at,
        "UPDATE \"pair\" SET \"the label\" = $1, \"a\" = $2 WHERE \"pair\".\"a\" = $3 AND \"pair\".\"b\" = $4");
    orm__text_clear(&text);
    orm__sql_delete(&text, &orm__sqlite, pair);
    cr_assert_str_eq(text.at, "DELETE FROM \"pair\" WHERE \"pair\".\"a\" = ? AND \"pair\".\"b\" = ?");
    orm__text_free(&text);
}

/* Pieces with | where a value goes. */
static const char *pieces_of(const char *sql)
{
    static char text[256];
    static const orm_binding bindings[] = {{"a", {ORM_INTEGER, {.i = 1}}}, {"ab", {ORM_INTEGER, {.i = 2}}}};
    orm__pieces pieces;
    orm_error error;
    cr_assert_eq(orm__pieces_make(sql, bindings, 2, &pieces, &error), ORM_OK, "%s: %s", sql, error.message);
    const char *piece = pieces.text.at;
    text[0] = '\0';
    for (size_t i = 0; i <= pieces.count; i++) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i > 0 ? "|" : "", piece);
        piece += strlen(piece) + 1;
    }
    orm__pieces_free(&pieces);
    return text;
}

Test(sql, values_by_name)
{
    static const struct {
        const char *sql, *pieces;
    } rows[] = {
        {"", ""},
        {":a", "|"},
        {"x = :a AND y = :ab", "x = | AND y = |"},
        {":a:ab", "||"},
        {"a::int, :a::text", "a::int, |::text"},
        {"':a', ':a''b :a', \":a\"", "':a', ':a''b :a', \":a\""},
        {"E'it\\'s :a', :a", "E'it\\'s :a', |"},
        {"note'\\' || :a", "note'\\' || |"},
        {"-- :a\n:a", "-- :a\n|"},
        {"/* :a /* :a */ :a */ :a", "/* :a /* :a */ :a */ |"},
        {"$$ :a $$ :a $t$ :a $$ $t$ :a", "$$ :a $$ | $t$ :a $$ $t$ |"},
        {"$1 + a$b$ :a", "$1 + a$b$ |"},
        {"12:30, [1:2], \\:a, '\\:a'", "12:30, [1:2], :a, ':a'"},
        {"'open :a", "'open :a"},
        {"/* open :a", "/* open :a"},
        {"$$ open :a", "$$ open :a"},
        {": a :", ": a :"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_str_eq(pieces_of(rows[i].sql), rows[i].pieces, "row %zu", i);
    }
}
