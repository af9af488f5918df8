/* Values that are computed. */
#include "sql/named.h"
#include "sql/expr.h"
#include "base/error.h"
#include "base/value.h"
#include <stdint.h>
#include <string.h>

static orm_term computed(orm_expr *expr)
{
    return (orm_term){.expr = expr};
}

/* ---- Functions of one column, which a term carries
 * ---------------------------------------------------------------------- */

static orm_term apply(orm_function function, orm_term term)
{
    if (term.fn >> 24 != 0) { /* no room for a fifth */
        term = computed(orm__expr_of(term));
    }
    unsigned shift = 0;
    while (term.fn >> shift != 0) {
        shift += 8;
    }
    term.fn |= ((unsigned)function & 0xFF) << shift;
    return term;
}

orm_int_col orm_length(orm_text_col column)
{
    return (orm_int_col){apply(ORM_LENGTH, column.term)};
}

orm_real_col orm_as_real(orm_int_col column)
{
    return (orm_real_col){column.term};
}

orm_int_col orm_count_rows(void)
{
    return (orm_int_col){{.fn = ORM_COUNT}};
}

orm_int_col orm_count_term(orm_term term, bool distinct)
{
    return (orm_int_col){apply(distinct ? ORM_COUNT_DISTINCT : ORM_COUNT, term)};
}

orm_real_col orm_average_term(orm_term term)
{
    return (orm_real_col){apply(ORM_AVG, term)};
}

/* ---- Of two
 * ------------------------------------------------------------------------------------------------------------- */

static bool is_number(const orm_expr *expr)
{
    return expr->type == ORM_INTEGER || expr->type == ORM_FLOAT || expr->type == ORM_NULL;
}

static orm_term calculate(orm_expr *left, orm_arithmetic op, orm_expr *right)
{
    char name[96];
    const orm_expr *wrong = !is_number(left) ? left : !is_number(right) ? right : NULL;
    const bool broken = left->kind == ORM__EXPR_BROKEN || right->kind == ORM__EXPR_BROKEN;
    if (!broken && (wrong != NULL || op > ORM_MODULO)) {
        orm_expr *why = wrong == NULL ? orm__expr_broken(ORM_ARGUMENT, "no such operation (%d)", (int)op)
                                      : orm__expr_broken(ORM_ARGUMENT, "%s is %s: only numbers are calculated with",
                                                         orm__expr_name(wrong, name), orm__type_name(wrong->type));
        return computed(orm__expr_instead(why, left, right));
    }
    const orm_type type = left->type == ORM_NULL || right->type == ORM_NULL   ? ORM_NULL
                          : left->type == ORM_FLOAT || right->type == ORM_FLOAT ? ORM_FLOAT
                                                                                : ORM_INTEGER;
    orm_expr *expr = orm__expr_over(ORM__EXPR_ARITHMETIC, type, (orm_expr *[]){left, right}, 2);
    if (expr->kind == ORM__EXPR_ARITHMETIC) {
        expr->arithmetic = op;
    }
    return computed(expr);
}

#define X(n, T)                                                                                                        \
    orm_##n##_col orm_arithmetic_##n(orm_##n##_col left, orm_arithmetic op, T right)                                   \
    {                                                                                                                  \
        return (orm_##n##_col){calculate(orm__expr_of(left.term), op, orm__expr_value(orm__value_of_##n(right)))};     \
    }                                                                                                                  \
    orm_##n##_col orm_arithmetic_##n##_cols(orm_##n##_col left, orm_arithmetic op, orm_##n##_col right)                \
    {                                                                                                                  \
        return (orm_##n##_col){calculate(orm__expr_of(left.term), op, orm__expr_of(right.term))};                      \
    }
X(int, int64_t) X(real, double) X(any, orm_value)
#undef X

static orm_text_col concat(orm_expr *left, orm_expr *right)
{
    return (orm_text_col){
        computed(orm__expr_over(ORM__EXPR_CONCAT, ORM_STRING, (orm_expr *[]){left, right}, 2))};
}

orm_text_col orm_concat_text(orm_text_col column, const char *text)
{
    return concat(orm__expr_of(column.term), orm__expr_value(orm_text(text)));
}

orm_text_col orm_concat_cols(orm_text_col left, orm_text_col right)
{
    return concat(orm__expr_of(left.term), orm__expr_of(right.term));
}

/* What both have, as far as it is known. */
static orm_type common(const orm_expr *a, const orm_expr *b)
{
    return a->type == ORM_NULL || a->type == b->type ? b->type : b->type == ORM_NULL ? a->type : ORM_NULL;
}

static orm_term coalesce(orm_expr *first, orm_expr *second)
{
    orm_expr *why = orm__expr_uncomparable(first, second);
    if (why != NULL) {
        return computed(orm__expr_instead(why, first, second));
    }
    return computed(orm__expr_call("coalesce", common(first, second), (orm_expr *[]){first, second}, 2));
}

static orm_term coalesce_value(orm_term term, orm_value value)
{
    orm_expr *first = orm__expr_of(term);
    orm_expr *why = first->kind == ORM__EXPR_BROKEN ? NULL : orm__expr_unfit(first, &value);
    return why != NULL ? computed(orm__expr_instead(why, first, NULL)) : coalesce(first, orm__expr_value(value));
}

static orm_term choose(orm_expr *when, orm_expr *then, orm_expr *otherwise)
{
    return computed(
        orm__expr_over(ORM__EXPR_CASE, common(then, otherwise), (orm_expr *[]){when, then, otherwise}, 3));
}

/* ---- Calls by name
 * ------------------------------------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";
    return name != NULL && *name != '\0' && strspn(name, allowed) == strlen(name) && (*name < '0' || *name > '9') &&
           *name != '.';
}

static orm_term call(const char *name, orm_type type, const orm_any_col *operands, size_t count)
{
    if (operands == NULL && count > 0) {
        return computed(orm__expr_broken(ORM_ARGUMENT, "a list of %zu operands is missing (NULL)", count));
    }
    orm_expr *few[8], **all = count <= 8 ? few : orm__alloc(count * sizeof(orm_expr *));
    for (size_t i = 0; all != NULL && i < count; i++) {
        all[i] = orm__expr_of(operands[i].term);
    }
    orm_expr *expr;
    if (all == NULL) {
        expr = orm__expr_nomem();
    } else if (is_name(name)) {
        expr = orm__expr_call(name, type, all, count);
    } else { /* the operands go with what cannot be called */
        orm_expr_free(orm__expr_call("?", type, all, count));
        expr = orm__expr_broken(ORM_ARGUMENT, "\"%.64s\" is no name of a function", name != NULL ? name : "(NULL)");
    }
    for (size_t i = 0; all == NULL && i < count; i++) {
        orm_expr_free(operands[i].term.expr);
    }
    if (all != few) {
        orm__free(all);
    }
    return computed(expr);
}

enum { /* of the typed families */
       TYPE_int = ORM_INTEGER,
       TYPE_real = ORM_FLOAT,
       TYPE_bool = ORM_BOOLEAN,
       TYPE_text = ORM_STRING,
       TYPE_datetime = ORM_DATETIME,
       TYPE_date = ORM_DATE,
       TYPE_json = ORM_JSON,
       TYPE_any = ORM_NULL
};

#define X(n, T)                                                                                                        \
    orm_##n##_col orm_##n##_apply(orm_function function, orm_##n##_col column)                                         \
    {                                                                                                                  \
        return (orm_##n##_col){apply(function, column.term)};                                                          \
    }                                                                                                                  \
    orm_##n##_col orm_##n##_label(const char *alias, const char *label)                                                \
    {                                                                                                                  \
        return (orm_##n##_col){computed(orm__expr_label(alias, label, (orm_type)TYPE_##n))};                           \
    }                                                                                                                  \
    orm_##n##_col orm_##n##_literal(T value)                                                                           \
    {                                                                                                                  \
        return (orm_##n##_col){computed(orm__expr_value(orm__value_of_##n(value)))};                                   \
    }                                                                                                                  \
    orm_##n##_col orm_coalesce_##n(orm_##n##_col column, T value)                                                      \
    {                                                                                                                  \
        return (orm_##n##_col){coalesce_value(column.term, orm__value_of_##n(value))};                                 \
    }                                                                                                                  \
    orm_##n##_col orm_coalesce_##n##_cols(orm_##n##_col first, orm_##n##_col second)                                   \
    {                                                                                                                  \
        return (orm_##n##_col){coalesce(orm__expr_of(first.term), orm__expr_of(second.term))};                         \
    }                                                                                                                  \
    orm_##n##_col orm_case_##n(orm_expr *when, T then, T otherwise)                                                    \
    {                                                                                                                  \
        return (orm_##n##_col){choose(when, orm__expr_value(orm__value_of_##n(then)),                                  \
                                      orm__expr_value(orm__value_of_##n(otherwise)))};                                 \
    }                                                                                                                  \
    orm_##n##_col orm_case_##n##_cols(orm_expr *when, orm_##n##_col then, orm_##n##_col otherwise)                     \
    {                                                                                                                  \
        return (orm_##n##_col){choose(when, orm__expr_of(then.term), orm__expr_of(otherwise.term))};                   \
    }                                                                                                                  \
    orm_##n##_col orm_call_##n##_list(const char *function, const orm_any_col *operands, size_t count)                 \
    {                                                                                                                  \
        return (orm_##n##_col){call(function, (orm_type)TYPE_##n, operands, count)};                                   \
    }
ORM_EACH_TYPE_(X)
#undef X

/* ---- SQL of the user's
 * ---------------------------------------------------------------------------------------------------- */

static orm_expr *raw(const char *sql, const orm_binding *bindings, size_t count, orm_type type)
{
    orm__pieces pieces;
    orm_error error;
    orm_status rc = orm__pieces_make(sql, bindings, count, &pieces, &error);
    if (rc != ORM_OK) {
        return rc == ORM_NOMEM ? orm__expr_nomem() : orm__expr_broken(rc, "%s", error.message);
    }
    size_t bytes = pieces.text.size;
    for (size_t i = 0; i < pieces.count; i++) {
        bytes += orm__expr_room(pieces.values[i]);
    }
    char *room = NULL;
    orm_expr *expr = orm__expr_values(ORM__EXPR_RAW, pieces.count, bytes, &room);
    if (expr->kind == ORM__EXPR_RAW) {
        expr->type = type;
        for (size_t i = 0; i < pieces.count; i++) {
            orm__expr_put(expr, i, pieces.values[i], &room);
        }
        expr->label = memcpy(room, pieces.text.at, pieces.text.size);
    }
    orm__pieces_free(&pieces);
    return expr;
}

orm_expr *orm_sql(const char *sql, const orm_binding *bindings, size_t count)
{
    return raw(sql, bindings, count, ORM_BOOLEAN);
}

orm_any_col orm_sql_value(const char *sql, const orm_binding *bindings, size_t count)
{
    return (orm_any_col){computed(raw(sql, bindings, count, ORM_NULL))};
}
