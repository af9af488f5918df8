/* Statements about all rows of a query. */
#include "sql/statement.h"

static void add_returning(orm__sql *sql, const orm__mapper *mapper, const size_t *returning, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        orm__text_add(&sql->text, i == 0 ? " RETURNING " : ", ");
        orm__quote(&sql->text, mapper->fields[returning[i]].name);
    }
}

orm_status orm__sql_update_all(orm__sql *sql, const orm__select *select, const orm__assigned *assigned, size_t count,
                               const size_t *returning, size_t returning_count, orm_error *error)
{
    const orm__mapper *mapper = select->sources[0].mapper;
    orm__text_add(&sql->text, "UPDATE ");
    orm__quote(&sql->text, mapper->table);
    for (size_t i = 0; i < count; i++) {
        orm__text_add(&sql->text, i == 0 ? " SET " : ", ");
        orm__quote(&sql->text, mapper->fields[assigned[i].field].name);
        orm__text_add(&sql->text, " = ");
        orm__sql_value(sql, select, assigned[i].value);
    }
    orm__sql_where(sql, select);
    add_returning(sql, mapper, returning, returning_count);
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_delete_all(orm__sql *sql, const orm__select *select, const size_t *returning,
                               size_t returning_count, orm_error *error)
{
    orm__text_add(&sql->text, "DELETE FROM ");
    orm__quote(&sql->text, select->sources[0].mapper->table);
    orm__sql_where(sql, select);
    add_returning(sql, select->sources[0].mapper, returning, returning_count);
    return orm__sql_finish(sql, select, error);
}
