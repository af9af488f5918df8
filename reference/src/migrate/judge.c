#include "migrate/inspect.h"
#include "migrate/judge.h"
#include "migrate/render.h"
#include "migrate/table_text.h"
#include <string.h>

typedef struct judging {
    orm__connection *connection;
    orm__differences *d;
    orm_error *error;
} judging;

static const orm__dialect *dialect_of(const judging *j)
{
    return j->connection->database->dialect;
}

/* One line of text, for good. */
static orm_status keep(const judging *j, orm__text *text, const char **out)
{
    *out = text->failed ? NULL : orm__arena_copy(&j->d->arena, text->at, text->size);
    orm__text_free(text);
    return *out == NULL ? orm__nomem(j->error) : ORM_OK;
}

static void add_place(orm__text *out, const char *table, const char *column)
{
    orm__quote(out, table);
    orm__text_char(out, '.');
    orm__quote(out, column);
}

static orm_status ask(const judging *j, orm__text *sql, bool *any)
{
    orm_status rc = sql->failed ? orm__nomem(j->error) : orm__any_row(j->connection, sql->at, any, j->error);
    orm__text_free(sql);
    return rc;
}

static orm_status has_rows(const judging *j, const char *table, bool *any)
{
    orm__text sql = { 0 };
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, table);
    orm__text_add(&sql, " LIMIT 1");
    return ask(j, &sql, any);
}

static orm_status lacks_value(const judging *j, const orm__difference *one, const orm__shape_column *column, const char **decision,
                              const char **note)
{
    orm__text text = { 0 };
    bool rows;
    if (column->nullable || column->default_ != NULL || column->generated || column->computed) return ORM_OK;
    orm_status rc = has_rows(j, one->before->name, &rows);
    if (rc != ORM_OK) return rc;
    add_place(&text, one->before->name, column->name);
    orm__text_add(&text, rows ? " cannot be NULL and has no default, and the table has rows: what do they get? Give it a DEFAULT in the line below, or add it "
                                "without NOT NULL, fill it with an UPDATE, and set NOT NULL then. Take this line away when that is done."
                              : " cannot be NULL and has no default: this fails where the table has rows.");
    const char **out = rows ? decision : note;
    if (out != NULL) return keep(j, &text, out);
    orm__text_free(&text);
    return ORM_OK;
}

static orm_status has_nulls(const judging *j, orm__difference *one)
{
    orm__text sql = { 0 }, text = { 0 };
    bool any;
    if (one->new_->nullable) return ORM_OK;
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, one->before->name);
    orm__text_add(&sql, " WHERE ");
    orm__quote(&sql, one->old->name);
    orm__text_add(&sql, " IS NULL LIMIT 1");
    orm_status rc = ask(j, &sql, &any);
    if (rc != ORM_OK || !any) return rc;
    add_place(&text, one->before->name, one->new_->name);
    orm__text_add(&text, " may no longer be NULL, and rows hold NULL: what do they get? Write an UPDATE before the line below, and take this line away.");
    return keep(j, &text, &one->decision);
}

static orm_status has_duplicates(const judging *j, orm__difference *one)
{
    orm__text sql = { 0 }, text = { 0 };
    const orm__shape_set *set = one->new_set;
    bool any;
    for (size_t i = 0; i < set->count; i++) /* a new column has no values yet */
        if (orm__shape_column_named(one->before, set->columns[i]) == NULL) return ORM_OK;
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, one->before->name);
    for (size_t i = 0; i < set->count; i++) {
        orm__text_add(&sql, i > 0 ? " AND " : " WHERE ");
        orm__quote(&sql, set->columns[i]);
        orm__text_add(&sql, " IS NOT NULL");
    }
    for (size_t i = 0; i < set->count; i++) {
        orm__text_add(&sql, i > 0 ? ", " : " GROUP BY ");
        orm__quote(&sql, set->columns[i]);
    }
    orm__text_add(&sql, " HAVING count(*) > 1 LIMIT 1");
    orm_status rc = ask(j, &sql, &any);
    if (rc != ORM_OK || !any) return rc;
    orm__quote(&text, one->before->name);
    orm__text_char(&text, ' ');
    orm__ddl_names(&text, set->columns, set->count);
    orm__text_add(&text, " is to be unique, and rows have the same values: which of them stay? Write the statements before the line below, and take this line away.");
    return keep(j, &text, &one->decision);
}

static orm_status has_orphans(const judging *j, orm__difference *one)
{
    orm__text sql = { 0 }, text = { 0 };
    const orm__shape_set *key = one->new_set;
    const orm__shape_table *target = orm__shape_table_named(&j->d->live, key->target);
    bool any;
    for (size_t i = 0; i < key->count; i++)
        if (orm__shape_column_named(one->before, key->columns[i]) == NULL ||
            (target != NULL && orm__shape_column_named(target, key->to[i]) == NULL))
            return ORM_OK;
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, one->before->name);
    orm__text_add(&sql, " AS one WHERE ");
    for (size_t i = 0; i < key->count; i++) {
        orm__text_add(&sql, "one.");
        orm__quote(&sql, key->columns[i]);
        orm__text_add(&sql, " IS NOT NULL AND ");
    }
    if (target == NULL) {
        orm__text_add(&sql, "1 = 1");
    } else {
        orm__text_add(&sql, "NOT EXISTS (SELECT 1 FROM ");
        orm__quote(&sql, key->target);
        orm__text_add(&sql, " AS other WHERE ");
        for (size_t i = 0; i < key->count; i++) {
            orm__text_add(&sql, i > 0 ? " AND other." : "other.");
            orm__quote(&sql, key->to[i]);
            orm__text_add(&sql, " = one.");
            orm__quote(&sql, key->columns[i]);
        }
        orm__text_char(&sql, ')');
    }
    orm__text_add(&sql, " LIMIT 1");
    orm_status rc = ask(j, &sql, &any);
    if (rc != ORM_OK || !any) return rc;
    orm__quote(&text, one->before->name);
    orm__text_char(&text, ' ');
    orm__ddl_names(&text, key->columns, key->count);
    orm__text_add(&text, " is to be a foreign key to ");
    orm__quote(&text, key->target);
    orm__text_add(&text, ", and rows refer to none there: what becomes of them? Write the statements before the line below, and take this line away.");
    return keep(j, &text, &one->decision);
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* PostgreSQL: does the cast of all values succeed, and lose nothing? */
static orm_status misfits_cast(const judging *j, const orm__difference *one, bool *any)
{
    orm__text sql = { 0 }, type = { 0 }, cast = { 0 };
    orm_error why;
    orm_status rc;
    orm__cursor cursor = { 0 };
    bool row;
    *any = false;
    dialect_of(j)->type_name(&type, one->new_->type.type, one->new_->type.length, false);
    orm__render_cast(&cast, one->old, one->new_, type.failed ? "" : type.at);
    if (cast.size > 0) {
        orm__text_format(&sql, "SELECT count(%s) FROM ", cast.at);
        orm__quote(&sql, one->before->name);
        if (sql.failed || type.failed || cast.failed) ORM_TRY(orm__nomem(j->error));
        ORM_TRY(orm__execute(j->connection, "SAVEPOINT orm__try", j->error));
        rc = orm__start(j->connection, ORM__OTHER, sql.at, NULL, 0, false, &cursor, &why);
        if (rc == ORM_OK) rc = orm__next(&cursor, &row, &why);
        orm__finish(&cursor);
        if (rc == ORM_NOMEM) ORM_TRY(orm__nomem(j->error));
        *any = rc != ORM_OK;
        ORM_TRY(orm__execute(j->connection, "ROLLBACK TO SAVEPOINT orm__try", j->error));
    }
    rc = ORM_OK;
fail:
    orm__text_free(&sql);
    orm__text_free(&type);
    orm__text_free(&cast);
    return rc;
}

/* SQLite: into a column of that type with them, and a look at what they are then. */
static orm_status misfits_copied(const judging *j, const orm__difference *one, bool *any)
{
    orm__text sql = { 0 }, name = { 0 };
    const char *form = orm__value_conversion(one->old->type.type, one->new_->type.type), *test = orm__value_test(one->new_->type.type);
    orm_status rc = ORM_OK;
    *any = false;
    if (test == NULL) return ORM_OK;
    orm__quote(&name, one->old->name);
    orm__text_add(&sql, "CREATE TEMPORARY TABLE orm__try (value ");
    dialect_of(j)->type_name(&sql, one->new_->type.type, one->new_->type.length, false);
    orm__text_char(&sql, ')');
    if (sql.failed || name.failed) ORM_TRY(orm__nomem(j->error));
    ORM_TRY(orm__execute(j->connection, sql.at, j->error));
    orm__text_clear(&sql);
    orm__text_add(&sql, "INSERT INTO orm__try SELECT ");
    orm__put_value(&sql, form != NULL ? form : "%s", name.at);
    orm__text_add(&sql, " FROM ");
    orm__quote(&sql, one->before->name);
    if (sql.failed) ORM_TRY(orm__nomem(j->error));
    ORM_TRY(orm__execute(j->connection, sql.at, j->error));
    orm__text_clear(&sql);
    orm__text_add(&sql, "SELECT 1 FROM orm__try WHERE value IS NOT NULL AND NOT COALESCE(");
    orm__put_value(&sql, test, "value");
    orm__text_add(&sql, ", 0) LIMIT 1");
    if (sql.failed) ORM_TRY(orm__nomem(j->error));
    ORM_TRY(orm__any_row(j->connection, sql.at, any, j->error));
    ORM_TRY(orm__execute(j->connection, "DROP TABLE orm__try", j->error));
fail:
    orm__text_free(&sql);
    orm__text_free(&name);
    return rc;
}

/* What the conversion would do without a word: cut a fraction, a time of day, the end of a text. */
static orm_status loses(const judging *j, const orm__difference *one, bool *any)
{
    const orm__shape_type *from = &one->old->type, *to = &one->new_->type;
    orm__text sql = { 0 }, name = { 0 };
    bool lite = dialect_of(j)->rebuilds;
    orm_status rc = ORM_OK;
    *any = false;
    orm__quote(&name, one->old->name);
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, one->before->name);
    if (name.failed) ORM_TRY(orm__nomem(j->error));
    if (to->type == ORM_STRING && to->length > 0 && (from->type != ORM_STRING || from->length == 0 || from->length > to->length))
        orm__text_format(&sql, " WHERE length(CAST(%s AS TEXT)) > %zu LIMIT 1", name.at, to->length);
    else if (to->type == ORM_INTEGER && from->type == ORM_FLOAT)
        orm__text_format(&sql, lite ? " WHERE %s <> CAST(%s AS INTEGER) LIMIT 1" : " WHERE %s <> trunc(%s) LIMIT 1", name.at, name.at);
    else if (to->type == ORM_DATE && from->type == ORM_DATETIME)
        orm__text_format(&sql, lite ? " WHERE time(%s) <> '00:00:00' LIMIT 1" : " WHERE CAST(%s AS TIME) <> '00:00:00' LIMIT 1", name.at);
    else
        orm__text_clear(&sql);
    if (sql.failed) ORM_TRY(orm__nomem(j->error));
    if (sql.size > 0) rc = orm__any_row(j->connection, sql.at, any, j->error);
fail:
    orm__text_free(&sql);
    orm__text_free(&name);
    return rc;
}

static orm_status has_misfits(const judging *j, orm__difference *one)
{
    orm__text text = { 0 };
    bool any, lost;
    orm_status rc = dialect_of(j)->rebuilds ? misfits_copied(j, one, &any) : misfits_cast(j, one, &any);
    if (rc == ORM_OK) rc = loses(j, one, &lost);
    if (rc != ORM_OK || !(any || lost)) return rc;
    add_place(&text, one->before->name, one->new_->name);
    orm__text_add(&text, " is to be of another type, which not all of its values fit: what becomes of them? Write an UPDATE before the line below, or a conversion "
                         "into it (USING …), and take this line away.");
    return keep(j, &text, &one->decision);
}

static orm_status another_key(const judging *j, orm__difference *one)
{
    orm__text text = { 0 };
    orm__text_add(&text, "the primary key of ");
    orm__quote(&text, one->before->name);
    orm__text_add(&text, " is to be another one: write the statements here and in the other sections, and take these lines away.");
    orm_status rc = keep(j, &text, &one->decision);
    one->undo_decision = one->decision;
    return rc;
}

/* ---- renames ----------------------------------------------------------------------------------------------------- */

static bool same_kind_of_column(const orm__shape_column *a, const orm__shape_column *b)
{
    return a->type.type == b->type.type;
}

/* A column goes and another of that type comes: if it is the same one by another name, its values would be lost. */
static orm_status may_be_renamed(const judging *j, orm__difference *one)
{
    orm__text text = { 0 };
    for (size_t i = 0; i < j->d->count; i++) {
        const orm__difference *other = &j->d->at[i];
        if (one->kind == ORM_ADD_COLUMN && other->kind == ORM_DROP_COLUMN && other->before == one->before &&
            same_kind_of_column(one->new_, other->old)) {
            add_place(&text, one->before->name, other->old->name);
            orm__text_add(&text, " goes and ");
            add_place(&text, one->before->name, one->new_->name);
            orm__text_add(&text, " comes. Is it the same column by another name? Then write in the place of both, in every section, or its values are lost: ALTER TABLE ");
            orm__quote(&text, one->before->name);
            orm__text_add(&text, " RENAME COLUMN ");
            orm__quote(&text, other->old->name);
            orm__text_add(&text, " TO ");
            orm__quote(&text, one->new_->name);
            orm__text_char(&text, ';');
            return keep(j, &text, &one->note);
        }
        if (one->kind == ORM_ADD_TABLE && other->kind == ORM_DROP_TABLE) {
            orm__text_add(&text, "The table ");
            orm__quote(&text, other->before->name);
            orm__text_add(&text, " goes and ");
            orm__quote(&text, one->after->name);
            orm__text_add(&text, " comes. Is it the same table by another name? Then write in the place of both, in every section, or its rows are lost: ALTER TABLE ");
            orm__quote(&text, other->before->name);
            orm__text_add(&text, " RENAME TO ");
            orm__quote(&text, one->after->name);
            orm__text_char(&text, ';');
            return keep(j, &text, &one->note);
        }
    }
    return ORM_OK;
}

static orm_status judge_one(const judging *j, orm__difference *one)
{
    switch (one->kind) {
    case ORM_ADD_COLUMN: {
        orm_status rc = may_be_renamed(j, one);
        return rc != ORM_OK ? rc : lacks_value(j, one, one->new_, &one->decision, one->note == NULL ? &one->note : NULL);
    }
    case ORM_DROP_COLUMN: return lacks_value(j, one, one->old, &one->undo_decision, NULL);
    case ORM_ALTER_NULLABLE: return has_nulls(j, one);
    case ORM_ALTER_TYPE: return has_misfits(j, one);
    case ORM_ADD_UNIQUE: return has_duplicates(j, one);
    case ORM_ADD_INDEX: return one->new_set->unique ? has_duplicates(j, one) : ORM_OK;
    case ORM_ADD_FOREIGN_KEY: return has_orphans(j, one);
    case ORM_ALTER_PRIMARY_KEY: return another_key(j, one);
    case ORM_ADD_TABLE: return may_be_renamed(j, one);
    case ORM_DROP_TABLE:
    case ORM_ALTER_DEFAULT:
    case ORM_DROP_UNIQUE:
    case ORM_DROP_INDEX:
    case ORM_DROP_FOREIGN_KEY: return ORM_OK;
    }
    return ORM_OK;
}

orm_status orm__judge(orm__connection *connection, orm__differences *d, orm_error *error)
{
    const judging j = { connection, d, error };
    for (size_t i = 0; i < d->count; i++) {
        orm_status rc = judge_one(&j, &d->at[i]);
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}
