/* A small shop: the models of these programs, and the `main` that runs one of them in a database in memory. */
#ifndef SHOP_H
#define SHOP_H
#include <jansson.h>
#include <orm.h>
#include <stdio.h>
#include <string.h>

ORM_DECLARE(Customer);
struct Customer {
    orm_object orm;
    int64_t id;
    const char *name, *email;
    orm_opt_date born;
    bool active;
    json_t *settings;
    orm_opt_datetime created_at, seen_at;
};

ORM_DECLARE(Product);
struct Product {
    orm_object orm;
    int64_t id;
    const char *title;
    double price;
    orm_opt_int weight;
};

ORM_DECLARE(Purchase);
struct Purchase {
    orm_object orm;
    int64_t id, customer_id, product_id, pieces;
};

ORM_DECLARE(Stock);
struct Stock { /* what lies on a shelf */
    orm_object orm;
    int64_t product_id, shelf;
    int64_t pieces;
};

ORM_DECLARE(Category);
struct Category { /* a group of products, in a group of groups */
    orm_object orm;
    int64_t id;
    const char *name;
    orm_opt_int inside_id;
    ORM_ONE(Category) inside;
    ORM_MANY(Category) parts;
};

extern const orm_schema shop;

/* What a program of this folder is; its output is compared with NAME.expected. */
orm_status program(orm_database *, orm_session *);
#endif
