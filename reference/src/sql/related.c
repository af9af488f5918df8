#include "sql/related.h"

static void add_column(orm__text *text, const orm__mapper *mapper, size_t field)
{
    orm__quote(text, mapper->table);
    orm__text_char(text, '.');
    orm__quote(text, mapper->fields[field].name);
}

/* Where the key of the near side stands: in the association table, or in the target. */
static const orm__mapper *key_mapper(const orm__relation *r)
{
    return r->secondary != NULL ? r->secondary : r->target;
}

static const size_t *key_fields(const orm__relation *r)
{
    return r->secondary != NULL ? r->near_key : r->far;
}

static void add_select(orm__text *text, const orm__relation *r, bool with_owner)
{
    for (size_t i = 0; i < r->target->count; i++) {
        orm__text_add(text, i == 0 ? "SELECT " : ", ");
        add_column(text, r->target, i);
    }
    for (size_t i = 0; with_owner && r->secondary != NULL && i < r->own_count; i++) {
        orm__text_add(text, ", ");
        add_column(text, r->secondary, r->near_key[i]);
    }
    orm__text_add(text, " FROM ");
    orm__quote(text, r->target->table);
    if (r->secondary == NULL) {
        return;
    }
    orm__text_add(text, " JOIN ");
    orm__quote(text, r->secondary->table);
    for (size_t i = 0; i < r->far_count; i++) {
        orm__text_add(text, i == 0 ? " ON " : " AND ");
        add_column(text, r->target, r->far[i]);
        orm__text_add(text, " = ");
        add_column(text, r->secondary, r->far_key[i]);
    }
}

static void add_order(orm__text *text, const orm__relation *r)
{
    for (size_t i = 0; i < r->order_count; i++) {
        orm__text_add(text, i == 0 ? " ORDER BY " : ", ");
        add_column(text, r->target, r->order[i].field);
        orm__text_add(text, r->order[i].descending ? " DESC" : "");
    }
}

void orm__sql_related(orm__text *text, const orm__dialect *dialect, const orm__relation *r)
{
    add_select(text, r, false);
    for (size_t i = 0; i < r->own_count; i++) {
        orm__text_add(text, i == 0 ? " WHERE " : " AND ");
        add_column(text, key_mapper(r), key_fields(r)[i]);
        orm__text_add(text, " = ");
        dialect->placeholder(text, i + 1, r->mapper->fields[r->own[i]].type);
    }
    add_order(text, r);
}

void orm__sql_related_many(orm__text *text, const orm__dialect *dialect, const orm__relation *r, size_t count)
{
    add_select(text, r, true);
    orm__text_add(text, r->own_count > 1 ? " WHERE (" : " WHERE ");
    for (size_t i = 0; i < r->own_count; i++) {
        orm__text_add(text, i == 0 ? "" : ", ");
        add_column(text, key_mapper(r), key_fields(r)[i]);
    }
    /* Rows of several columns: both databases take them as a table of values. */
    orm__text_add(text, r->own_count > 1 ? ") IN (VALUES " : " IN (");
    for (size_t k = 0, number = 0; k < count; k++) {
        orm__text_add(text, k == 0 ? "" : ", ");
        for (size_t i = 0; i < r->own_count; i++) {
            orm__text_add(text, i > 0 ? ", " : r->own_count > 1 ? "(" : "");
            dialect->placeholder(text, ++number, r->mapper->fields[r->own[i]].type);
        }
        orm__text_add(text, r->own_count > 1 ? ")" : "");
    }
    orm__text_char(text, ')');
    add_order(text, r);
}

size_t orm__sql_related_owner(const orm__relation *r, size_t i)
{
    return r->secondary != NULL ? r->target->count + i : r->far[i];
}

void orm__sql_pair(orm__text *text, const orm__dialect *dialect, const orm__relation *r, const size_t *others,
                   size_t other_count)
{
    const size_t count = r->own_count + r->far_count + other_count;
    orm__text_add(text, "INSERT INTO ");
    orm__quote(text, r->secondary->table);
    for (size_t i = 0; i < count; i++) {
        const size_t field = i < r->own_count                  ? r->near_key[i]
                             : i < r->own_count + r->far_count ? r->far_key[i - r->own_count]
                                                               : others[i - r->own_count - r->far_count];
        orm__text_add(text, i == 0 ? " (" : ", ");
        orm__quote(text, r->secondary->fields[field].name);
    }
    for (size_t i = 0; i < count; i++) {
        const orm_type type = i < r->own_count ? r->mapper->fields[r->own[i]].type
                              : i < r->own_count + r->far_count
                                  ? r->target->fields[r->far[i - r->own_count]].type
                                  : r->secondary->fields[others[i - r->own_count - r->far_count]].type;
        orm__text_add(text, i == 0 ? ") VALUES (" : ", ");
        dialect->placeholder(text, i + 1, type);
    }
    orm__text_char(text, ')');
}

void orm__sql_unpair(orm__text *text, const orm__dialect *dialect, const orm__relation *r)
{
    orm__text_add(text, "DELETE FROM ");
    orm__quote(text, r->secondary->table);
    for (size_t i = 0; i < r->own_count + r->far_count; i++) {
        const bool near = i < r->own_count;
        const size_t k = near ? i : i - r->own_count;
        orm__text_add(text, i == 0 ? " WHERE " : " AND ");
        add_column(text, r->secondary, near ? r->near_key[k] : r->far_key[k]);
        orm__text_add(text, " = ");
        dialect->placeholder(text, i + 1, near ? r->mapper->fields[r->own[k]].type : r->target->fields[r->far[k]].type);
    }
}
