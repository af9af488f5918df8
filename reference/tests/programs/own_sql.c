/* SQL of the program's own, where the mapper has no words for it; its values never become SQL. */
#include "shop.h"
#include <inttypes.h>

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    orm_cursor *rows;
    int64_t id, changed, size;
    const char *title;
    const char *input = "Tea'; DROP TABLE product; --";
    (void)database;
    for (int i = 0; i < 3; i++) {
        Product *p = orm_new(s, Product);
        ORM_TRY(orm_made(s, p));
        p->title = i == 0 ? input : i == 1 ? "Tea" : "Cup";
        p->price = i + 1;
        ORM_TRY(orm_add(s, p));
    }
    ORM_TRY(orm_execute(s, "UPDATE product SET price = price * :factor WHERE title <> :title",
                        ORM_BINDS(orm_bind("factor", 10), orm_bind("title", input)), &changed));
    printf("%" PRId64 " are dearer now\n", changed);

    ORM_TRY(orm_execute_rows(s, "SELECT id, length(title), title FROM product ORDER BY id", ORM_NO_BINDS, &rows));
    orm_fetch(rows, 0, &id);
    orm_fetch(rows, 1, &size);
    orm_fetch(rows, 2, &title);
    while (orm_next_row(rows))
        printf("%" PRId64 " %" PRId64 " %s\n", id, size, title);
    ORM_TRY(orm_cursor_close(&rows));

    Product_list list; /* a condition, and a whole query of a model */
    Product_query q = orm_query(s, Product);
    orm_filter(q, orm_sql("price BETWEEN :low AND :low * 2", ORM_BINDS(orm_bind("low", 15.0))));
    ORM_TRY(orm_all(q, &list));
    orm_each (p, list)
        printf("between: %s\n", p->title);
    q = orm_query(s, Product);
    orm_from_sql(q, "SELECT * FROM product WHERE title LIKE :start || '%'", ORM_BINDS(orm_bind("start", "Tea")));
    ORM_TRY(orm_all(q, &list));
    printf("%zu begin with Tea\n", list.count);

    rc = orm_execute(s, "DELETE FROM product WHERE id = :id", ORM_NO_BINDS, NULL);
    printf("%s: %s\n", orm_status_text(rc), orm_session_error(s)->message);
    rc = orm_commit(s);
fail:
    return rc;
}
