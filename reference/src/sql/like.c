/* Text that is searched. */
#include "sql/expr.h"
#include "base/error.h"
#include "base/value.h"
#include <string.h>

enum { AUTOMATIC = '/' }; /* the escape of the _literal forms */

/* Why the operand is not searched, or NULL. */
static orm_expr *unsearchable(const orm_expr *operand)
{
    char name[96];
    if (operand->kind == ORM__EXPR_BROKEN || operand->type == ORM_STRING || operand->type == ORM_NULL) {
        return NULL;
    }
    return orm__expr_broken(ORM_ARGUMENT, "%s is %s: only text is searched by a pattern",
                            orm__expr_name(operand, name), orm__type_name(operand->type));
}

static bool open_left(orm_like_kind kind)
{
    return kind == ORM_CONTAINS || kind == ORM_ENDSWITH;
}

static bool open_right(orm_like_kind kind)
{
    return kind == ORM_CONTAINS || kind == ORM_STARTSWITH;
}

/* The pattern as a value. `literal`: its wildcards are escaped. */
static orm_expr *pattern_of(orm_like_kind kind, const char *text, bool literal)
{
    const size_t size = strlen(text);
    char *room = NULL;
    orm_expr *pattern = orm__expr_values(ORM__EXPR_VALUE, 1, 2 * size + 3, &room);
    if (pattern->kind == ORM__EXPR_BROKEN) {
        return pattern;
    }
    char *at = room;
    if (open_left(kind)) {
        *at++ = '%';
    }
    for (const char *from = text; *from != '\0'; from++) {
        if (literal && (*from == '%' || *from == '_' || *from == AUTOMATIC)) {
            *at++ = AUTOMATIC;
        }
        *at++ = *from;
    }
    if (open_right(kind)) {
        *at++ = '%';
    }
    *at = '\0';
    pattern->type = ORM_STRING;
    pattern->values[0] = orm_text_n(room, (size_t)(at - room));
    return pattern;
}

static orm_expr *like(orm_expr *operand, orm_like_kind kind, orm_expr *pattern, char escape)
{
    orm_expr *expr = orm__expr_over(ORM__EXPR_LIKE, ORM_BOOLEAN, (orm_expr *[]){operand, pattern}, 2);
    if (expr->kind == ORM__EXPR_LIKE) {
        expr->flag = kind == ORM_ILIKE;
        expr->escape = escape;
    }
    return expr;
}

static orm_expr *like_value(orm_term term, orm_like_kind kind, const char *text, bool literal, char escape)
{
    orm_expr *operand = orm__expr_of(term), *why = unsearchable(operand);
    char name[96];
    if (operand->kind == ORM__EXPR_BROKEN) {
        return operand;
    }
    if (why == NULL && (text == NULL || kind > ORM_ENDSWITH)) {
        why = orm__expr_broken(ORM_ARGUMENT, "%s: a pattern is missing (NULL)", orm__expr_name(operand, name));
    }
    if (why == NULL && (escape & 0x80) != 0) {
        why = orm__expr_broken(ORM_ARGUMENT, "%s: the escape of a pattern is no character of ASCII",
                               orm__expr_name(operand, name));
    }
    return why != NULL ? orm__expr_instead(why, operand, NULL)
                       : like(operand, kind, pattern_of(kind, text, literal), escape);
}

orm_expr *orm_like_text(orm_text_col column, orm_like_kind kind, const char *text, char escape)
{
    return like_value(column.term, kind, text, false, escape);
}

orm_expr *orm_like_literal(orm_text_col column, orm_like_kind kind, const char *text)
{
    return like_value(column.term, kind, text, true, AUTOMATIC);
}

orm_expr *orm_like_cols(orm_text_col column, orm_like_kind kind, orm_text_col pattern)
{
    orm_expr *operand = orm__expr_of(column.term), *searched = orm__expr_of(pattern.term);
    orm_expr *why = unsearchable(operand);
    if (why == NULL) {
        why = unsearchable(searched);
    }
    if (why != NULL) {
        return orm__expr_instead(why, operand, searched);
    }
    orm_expr *parts[3];
    size_t count = 0;
    if (open_left(kind)) {
        parts[count++] = orm__expr_value(orm_text("%"));
    }
    parts[count++] = searched;
    if (open_right(kind)) {
        parts[count++] = orm__expr_value(orm_text("%"));
    }
    return like(operand, kind, count > 1 ? orm__expr_over(ORM__EXPR_CONCAT, ORM_STRING, parts, count) : searched, '\0');
}
