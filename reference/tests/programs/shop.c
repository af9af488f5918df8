#include "shop.h"

static const orm_column customer_columns[] = {
    ORM_COLUMN(Customer, id,         .primary_key = true),
    ORM_COLUMN(Customer, name,       .length = 40, .not_null = true),
    ORM_COLUMN(Customer, email,      .length = 80, .unique = true),
    ORM_COLUMN(Customer, born),
    ORM_COLUMN(Customer, active,     .default_value = ORM_BOOL(true)),
    ORM_COLUMN(Customer, settings),
    ORM_COLUMN(Customer, created_at, .default_fn = orm_utcnow_value),
    ORM_COLUMN(Customer, seen_at,    .onupdate_fn = orm_utcnow_value),
};
ORM_MODEL(Customer, .columns = ORM_ARRAY(customer_columns));

static const orm_column product_columns[] = {
    ORM_COLUMN(Product, id,     .primary_key = true),
    ORM_COLUMN(Product, title,  .length = 40, .not_null = true, .index = true),
    ORM_COLUMN(Product, price),
    ORM_COLUMN(Product, weight),
};
ORM_MODEL(Product, .columns = ORM_ARRAY(product_columns));

static const orm_column purchase_columns[] = {
    ORM_COLUMN(Purchase, id,          .primary_key = true),
    ORM_COLUMN(Purchase, customer_id, .foreign_key = ORM_KEY(Customer, id), .on_delete = ORM_CASCADE),
    ORM_COLUMN(Purchase, product_id,  .foreign_key = ORM_KEY(Product, id)),
    ORM_COLUMN(Purchase, pieces,      .default_value = ORM_INT(1)),
};
ORM_MODEL(Purchase, .columns = ORM_ARRAY(purchase_columns));

static const orm_column stock_columns[] = {
    ORM_COLUMN(Stock, product_id, .primary_key = true),
    ORM_COLUMN(Stock, shelf,      .primary_key = true),
    ORM_COLUMN(Stock, pieces),
};
ORM_MODEL(Stock, .columns = ORM_ARRAY(stock_columns));

static const orm_column category_columns[] = {
    ORM_COLUMN(Category, id,        .primary_key = true),
    ORM_COLUMN(Category, name,      .length = 40, .not_null = true),
    ORM_COLUMN(Category, inside_id, .foreign_key = ORM_KEY(Category, id)),
};
static const orm_relationship category_relationships[] = {
    ORM_ONE_TO_MANY(Category, parts, Category, inside, .order_by = { "name" }, .cascade = ORM_CASCADE_ALL),
};
ORM_MODEL(Category, .columns = ORM_ARRAY(category_columns), .relationships = ORM_ARRAY(category_relationships));

ORM_SCHEMA(shop, &Customer_model, &Product_model, &Purchase_model, &Stock_model, &Category_model);

int main(int argc, char **argv)
{
    orm_error error = { 0 };
    orm_database *database = NULL;
    orm_session *session = NULL;
    orm_status rc;
    ORM_TRY(orm_open(argc > 1 ? argv[1] : "sqlite://", &shop, NULL, &database, &error));
    ORM_TRY(orm_create_all(database, &error));
    ORM_TRY(orm_session_open(database, &session, &error));
    rc = program(database, session);
    if (rc != ORM_OK)
        error = *orm_session_error(session);
fail:
    if (rc != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_text(rc), error.message);
    orm_session_close(&session);
    orm_close(&database);
    return rc == ORM_OK ? 0 : 1;
}
