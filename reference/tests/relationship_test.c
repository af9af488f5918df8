/* Relationships that cannot be, each refused when the database is opened, by model and member; and what is made of those that can. */
#include "base/error.h"
#include "engine/engine.h"
#include "model/mapper.h"
#include "support/family.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <string.h>

/* ---- Refused
 * ------------------------------------------------------------------------------------------------------------ */

/* User; Post with one key to it; Message with two; Tag; the tables between. */
static void columns(orm_builder *b)
{
    static const orm_column id = {.name = "id", .type = ORM_INTEGER, .primary_key = true};
    static const struct {
        const char *table, *column, *to;
    } keys[] = {
        {"post", "user_id", "user"},      {"message", "sender_id", "user"}, {"message", "reader_id", "user"},
        {"post_tags", "post_id", "post"}, {"post_tags", "tag_id", "tag"},   {"friends", "one_id", "user"},
        {"friends", "other_id", "user"},  {"half", "post_id", "post"},      {"node", "parent_id", "node"},
    };
    static const char *const models[] = {"User", "Post", "Message", "Tag", "Node", NULL};
    static const char *const tables[] = {"post_tags", "friends", "half", NULL};
    char name[32];
    for (size_t i = 0; models[i] != NULL; i++) {
        orm_builder_model(b, models[i], NULL);
        orm_builder_column(b, &id);
        orm_builder_column(b, &(orm_column){.name = "title", .type = ORM_STRING});
        orm_builder_column(b, &(orm_column){.name = "facts", .type = ORM_JSON});
        cr_assert(orm__table_name_of(models[i], name, sizeof name));
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            if (strcmp(keys[k].table, name) == 0) {
                orm_builder_column(b, &(orm_column){.name = keys[k].column,
                                                    .type = ORM_INTEGER,
                                                    .foreign_key = {.table = keys[k].to, .column = "id"}});
            }
        }
        if (strcmp(models[i], "User") == 0) {
            orm_builder_column(b, &(orm_column){.name = "count", .type = ORM_INTEGER});
        }
    }
    for (size_t i = 0; tables[i] != NULL; i++) {
        orm_builder_table(b, tables[i]);
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            if (strcmp(keys[k].table, tables[i]) == 0) {
                orm_builder_column(b, &(orm_column){.name = keys[k].column,
                                                    .type = ORM_INTEGER,
                                                    .primary_key = true,
                                                    .foreign_key = {.table = keys[k].to, .column = "id"}});
            }
        }
    }
}

/* The error of these models with relationships: of User, and when `other` is not NULL, of the model `of` too. */
static const orm_error *refusal(const orm_relationship *own, const char *of, const orm_relationship *other)
{
    static orm_error error;
    orm_builder *b;
    const orm_schema *schema;
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    columns(b);
    /* Relationships go to the last model: two more, which nothing else is about. */
    orm_builder_model(b, of != NULL ? of : "Reader", NULL);
    orm_builder_column(b, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(
        b, &(orm_column){.name = "user_id", .type = ORM_INTEGER, .foreign_key = {.table = "user", .column = "id"}});
    orm_builder_column(
        b, &(orm_column){.name = "tag_id", .type = ORM_INTEGER, .foreign_key = {.table = "tag", .column = "id"}});
    orm_builder_column(b, &(orm_column){.name = "name", .type = ORM_STRING});
    orm_builder_relationship(b, own);
    if (other != NULL) {
        orm_builder_relationship(b, other);
    }
    orm_status rc = orm_builder_finish(b, &schema, &error);
    cr_assert_eq(rc, error.status);
    orm_builder_close(&b);
    return &error;
}

#define KEYS(t, c) {{.table = t, .column = c}}
#define ONE(m, target, ...) {.kind = ORM_KIND_MANY_TO_ONE, .member = m, .target_name = target, __VA_ARGS__}
#define MANY(m, target, ...) {.kind = ORM_KIND_ONE_TO_MANY, .member = m, .target_name = target, __VA_ARGS__}
#define ACROSS(m, target, ...) {.kind = ORM_KIND_MANY_TO_MANY, .member = m, .target_name = target, __VA_ARGS__}
#define EQUAL(m, target, ...) {.kind = ORM_KIND_ONE_TO_ONE, .member = m, .target_name = target, __VA_ARGS__}
#define PLAIN_ .reserved_ = 0

Test(relationship, refused)
{
    static const struct {
        orm_relationship own;
        const char *says;
    } wrong[] = {
        {ONE(NULL, "User", PLAIN_), "Reader: relationship 1 has no name"},
        {ONE("", "User", PLAIN_), "Reader: relationship 1 has no name"},
        {ONE("user", "Nobody", PLAIN_), "Reader.user: its target 'Nobody' is no model of the schema"},
        {ONE("user", "post_tags", PLAIN_), "Reader.user: its target 'post_tags' is no model of the schema"},
        {ONE("user", NULL, PLAIN_), "Reader.user: its target '(NULL)' is no model of the schema"},
        {{.member = "user", .target_name = "User"}, "Reader.user: no kind of relationship that liborm knows"},
        {ONE("name", "User", PLAIN_), "Reader.name: the model has a member of this name already"},
        {ONE("user", "User", .backref = "title"),
         "Reader.user: its other side is to be 'title', and User has a member of this name already"},
        {ONE("user", "User", .backref = ""), "Reader.user: its backref has an empty name"},
        {ONE("post", "Post", PLAIN_), "Reader.post: no foreign key leads from Reader to Post"},
        {MANY("users", "User", PLAIN_), "Reader.users: no foreign key leads from User to Reader"},
        {EQUAL("post", "Post", PLAIN_), "Reader.post: no foreign key leads from Reader to Post"},
        {ONE("user", "User", .foreign_key = KEYS("reader", "tag_id")),
         "Reader.user: no such foreign key leads from Reader to User"},
        {ONE("user", "User", .foreign_key = KEYS("post", "user_id")),
         "Reader.user: its foreign key names 'user_id' of Post, where a column of Reader is meant"},
        {ONE("user", "User", .foreign_key = KEYS("reader", "nothing")),
         "Reader.user: its foreign key names 'nothing', which is no column of Reader"},
        {ONE("user", "User", .foreign_key = KEYS("nowhere", "id")),
         "Reader.user: its foreign key names the table 'nowhere', which is not in the schema"},
        {ONE("user", "User", .secondary_table = "friends"), "Reader.user: a secondary table is for many to many"},
        {ONE("user", "User", .target_key = KEYS("friends", "one_id")), "Reader.user: a target_key is for many to many"},
        {ACROSS("tags", "Tag", PLAIN_), "Reader.tags: many to many goes through a table between them (secondary)"},
        {ACROSS("tags", "Tag", .secondary_table = "nowhere"),
         "Reader.tags: its secondary table 'nowhere' is not in the schema"},
        {ACROSS("tags", "Tag", .secondary_table = "half"), "Reader.tags: no foreign key leads from half to Reader"},
        {ONE("user", "User", .back_populates = "readers"),
         "Reader.user: back_populates names 'readers', which is no relationship of User"},
        {ONE("user", "User", .back_populates = "readers", .backref = "other"),
         "Reader.user: its other side is declared here (backref) and there (back_populates)"},
        {ONE("user", "User", .cascade = ORM_CASCADE_ALL | ORM_CASCADE_DELETE_ORPHAN),
         "Reader.user: DELETE_ORPHAN is for the one side of one to many: on another side it needs single_parent"},
        {ONE("user", "User", .cascade = 1 << 9), "Reader.user: no cascade that liborm knows"},
        {ONE("user", "User", .lazy = (orm_lazy)77), "Reader.user: no way of loading that liborm knows"},
        {ONE("user", "User", .passive_deletes = (orm_passive)9), "Reader.user: no passive_deletes that liborm knows"},
        {ONE("user", "User", .lazy = ORM_LAZY_DYNAMIC), "Reader.user: a single object cannot be dynamic"},
        {ONE("user", "User", .set = true), "Reader.user: a single object is no set"},
        {ONE("user", "User", .backref = "readers", .back.cascade = ORM_CASCADE_DELETE,
             .back.passive_deletes = ORM_PASSIVE_DELETES_ALL),
         "User.readers: what is deleted with its object cannot be left to the database altogether"},
        {ONE("user", "User", .viewonly = true, .cascade = ORM_CASCADE_ALL),
         "Reader.user: what is only viewed cascades no writes"},
        {ONE("user", "User", .order_by = {"age"}),
         "Reader.user: its order_by names 'age', which is no column of User"},
        {ONE("user", "User", .order_by = {"-facts"}), "Reader.user: JSON has no order"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const orm_error *error = refusal(&wrong[i].own, NULL, NULL);
        cr_assert_eq(error->status, ORM_MAPPING, "row %zu is accepted: %s", i, wrong[i].says);
        cr_assert_str_eq(error->message, wrong[i].says, "row %zu", i);
    }
}

/* Two relationships of one model that are to be sides of each other, or are too many. */
Test(relationship, refused_pairs)
{
    static const struct {
        orm_relationship own, other;
        const char *says;
    } wrong[] = {
        {ONE("user", "User", PLAIN_), ONE("user", "Tag", PLAIN_),
         "Reader.user: the model has a member of this name already"},
        {ONE("user", "User", .backref = "readers"), ONE("writer", "User", .backref = "readers"),
         "Reader.writer: its other side is to be 'readers', and User has a member of this name already"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const orm_error *error = refusal(&wrong[i].own, NULL, &wrong[i].other);
        cr_assert_eq(error->status, ORM_MAPPING, "row %zu is accepted: %s", i, wrong[i].says);
        cr_assert_str_eq(error->message, wrong[i].says, "row %zu", i);
    }
}

/* Parents with children, whose two sides are declared apart. */
static const orm_error *apart(const orm_relationship *parent, const orm_relationship *child, bool two_keys)
{
    static orm_error error;
    orm_builder *b;
    const orm_schema *schema;
    const orm_column id = {.name = "id", .type = ORM_INTEGER, .primary_key = true};
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    orm_builder_model(b, "Parent", NULL);
    orm_builder_column(b, &id);
    if (parent != NULL) {
        orm_builder_relationship(b, parent);
    }
    orm_builder_model(b, "Child", NULL);
    orm_builder_column(b, &id);
    const orm_key to = {.table = "parent", .column = "id"};
    orm_builder_column(b, &(orm_column){.name = "parent_id", .type = ORM_INTEGER, .foreign_key = to});
    if (two_keys) {
        orm_builder_column(b, &(orm_column){.name = "other_id", .type = ORM_INTEGER, .foreign_key = to});
    }
    if (child != NULL) {
        orm_builder_relationship(b, child);
    }
    orm_builder_model(b, "Stranger", NULL);
    orm_builder_column(b, &id);
    orm_builder_column(b, &(orm_column){.name = "parent_id", .type = ORM_INTEGER, .foreign_key = to});
    for (int i = 0; i < 2; i++) {
        orm_builder_table(b, i == 0 ? "pairs" : "couples");
        orm_builder_column(b, &(orm_column){.name = "parent_id", .type = ORM_INTEGER, .foreign_key = to});
        orm_builder_column(b, &(orm_column){.name = "child_id",
                                            .type = ORM_INTEGER,
                                            .foreign_key = {.table = "child", .column = "id"}});
    }
    cr_assert_eq(orm_builder_finish(b, &schema, &error), error.status);
    orm_builder_close(&b);
    return &error;
}

Test(relationship, sides_that_do_not_fit)
{
    static const struct {
        orm_relationship parent, child;
        bool two_keys;
        const char *says;
    } wrong[] = {
        {MANY("children", "Child", .back_populates = "parent"), ONE("parent", "Parent", PLAIN_), false,
         "Parent.children: back_populates names Child.parent, which does not say the same"},
        {MANY("children", "Child", .back_populates = "parent"), ONE("parent", "Parent", .back_populates = "others"), false,
         "Parent.children: back_populates names Child.parent, which does not say the same"},
        {MANY("children", "Stranger", .back_populates = "parent"), ONE("parent", "Parent", .back_populates = "children"),
         false, "Parent.children: back_populates names 'parent', which is no relationship of Stranger"},
        {MANY("children", "Child", .back_populates = "parent"),
         ACROSS("parent", "Parent", .back_populates = "children", .secondary_table = "pairs"), false,
         "Parent.children and Child.parent cannot be two sides of one relationship: they do not go through one "
         "secondary table"},
        {ACROSS("children", "Child", .back_populates = "parent", .secondary_table = "pairs"),
         ACROSS("parent", "Parent", .back_populates = "children", .secondary_table = "couples"), false,
         "Parent.children and Child.parent cannot be two sides of one relationship: they do not go through one "
         "secondary table"},
        {MANY("children", "Child", .back_populates = "parent", .foreign_key = KEYS("child", "parent_id")),
         ONE("parent", "Parent", .back_populates = "children", .foreign_key = KEYS("child", "other_id")), true,
         "Parent.children and Child.parent cannot be two sides of one relationship: they go by different columns"},
        {MANY("children", "Child", PLAIN_), ONE("parent", "Parent", PLAIN_), true,
         "Parent.children: several foreign keys lead from Child to Parent: it needs to say which (foreign_key)"},
        {EQUAL("child", "Child", PLAIN_), ONE("parent", "Parent", PLAIN_), true,
         "Parent.child: several foreign keys lead from Parent to Child, or back: it needs to say which (foreign_key)"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const orm_error *error = apart(&wrong[i].parent, &wrong[i].child, wrong[i].two_keys);
        cr_assert_eq(error->status, ORM_MAPPING, "row %zu is accepted: %s", i, wrong[i].says);
        cr_assert_str_eq(error->message, wrong[i].says, "row %zu", i);
    }
}

Test(relationship, a_tree_has_a_side_with_the_key)
{
    static const orm_column node[] = {{.name = "id", .member = "id", .type = ORM_INTEGER, .primary_key = true}};
    (void)node;
    orm_builder *b;
    const orm_schema *schema;
    orm_error error;
    const orm_relationship down = MANY("children", "Node", .back_populates = "parent"),
                           up = MANY("parent", "Node", .back_populates = "children");
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    orm_builder_model(b, "Node", NULL);
    orm_builder_column(b, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(b, &(orm_column){.name = "parent_id",
                                        .type = ORM_INTEGER,
                                        .foreign_key = {.table = "node", .column = "id"}});
    orm_builder_relationship(b, &down);
    orm_builder_relationship(b, &up);
    cr_assert_eq(orm_builder_finish(b, &schema, &error), ORM_MAPPING);
    cr_assert_str_eq(error.message, "Node.children and Node.parent cannot be two sides of one relationship: one of them "
                                    "has to be on the side of the key");
    orm_builder_close(&b);
}

Test(relationship, order_and_place_in_the_builder)
{
    orm_builder *b;
    const orm_schema *schema;
    orm_error error;
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    orm_builder_relationship(b, &(orm_relationship){.member = "x"});
    cr_assert_eq(orm_builder_finish(b, &schema, &error), ORM_MAPPING);
    cr_assert_str_eq(error.message, "a relationship comes before the first model or table");
    orm_builder_close(&b);
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    orm_builder_table(b, "plain");
    orm_builder_column(b, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_relationship(b, &(orm_relationship){.member = "x"});
    cr_assert_eq(orm_builder_finish(b, &schema, &error), ORM_MAPPING);
    cr_assert_str_eq(error.message, "plain: a plain table has no relationships");
    orm_builder_close(&b);
}

/* ---- Foreign keys of several columns
 * ------------------------------------------------------------------------------------ */

static const orm_error *several(const orm_foreign_key *key, bool unique_alone)
{
    static orm_error error;
    orm_builder *b;
    const orm_schema *schema;
    cr_assert_eq(orm_builder_open(&b), ORM_OK);
    orm_builder_model(b, "Place", NULL);
    orm_builder_column(b, &(orm_column){.name = "x", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(b, &(orm_column){.name = "y", .type = ORM_INTEGER, .primary_key = !unique_alone});
    orm_builder_column(b, &(orm_column){.name = "p", .type = ORM_INTEGER});
    orm_builder_column(b, &(orm_column){.name = "q", .type = ORM_STRING});
    orm_builder_unique(b, (const char *const[]){"p", "q"}, 2);
    orm_builder_model(b, "Visit", NULL);
    orm_builder_column(b, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(b, &(orm_column){.name = "a", .type = ORM_INTEGER});
    orm_builder_column(b, &(orm_column){.name = "b", .type = ORM_INTEGER, .not_null = true});
    orm_builder_column(b, &(orm_column){.name = "c", .type = ORM_STRING});
    orm_builder_foreign_key(b, key);
    cr_assert_eq(orm_builder_finish(b, &schema, &error), error.status);
    orm_builder_close(&b);
    return &error;
}

#define TO(c) {.table = "place", .column = c}

Test(relationship, keys_of_several_columns)
{
    static const struct {
        orm_foreign_key key;
        bool unique_alone;
        const char *says; /* NULL: fine */
    } keys[] = {
        {{.columns = {"a", "b"}, .to = {TO("x"), TO("y")}}, false, NULL},
        {{.columns = {"a", "b"}, .to = {TO("y"), TO("x")}}, false, NULL},
        {{.columns = {"a", "c"}, .to = {TO("p"), TO("q")}}, false, NULL},
        {{.columns = {"a"}, .to = {TO("x")}}, true, NULL},
        {{.columns = {NULL}}, false, "Visit: foreign key 1 names no column"},
        {{.columns = {"a", "z"}, .to = {TO("x"), TO("y")}}, false, "Visit: foreign key 1 names 'z', which is no column"},
        {{.columns = {"a", "b"}, .to = {TO("x"), TO("z")}},
         false,
         "Visit: foreign key 1 names 'z', which is no column of Place"},
        {{.columns = {"a", "b"}, .to = {TO("x")}}, false, "Visit: foreign key 1 names no column"},
        {{.columns = {"a"}, .to = {TO("x"), TO("y")}}, false, "Visit: foreign key 1 has 1 columns and leads to more"},
        {{.columns = {"a", "c"}, .to = {TO("x"), TO("y")}},
         false,
         "Visit: foreign key 1: c is text, but Place.y is integer"},
        {{.columns = {"a", "a"}, .to = {TO("x"), TO("y")}}, false, "Visit: foreign key 1 names 'a' twice"},
        {{.columns = {"a", "b"}, .to = {TO("x"), TO("x")}}, false, "Visit: foreign key 1 names 'x' twice"},
        {{.columns = {"a", "b"}, .to = {TO("x"), TO("p")}},
         false,
         "Visit: foreign key 1: its columns of Place are neither the primary key nor unique together"},
        {{.columns = {"a", "b"}, .to = {TO("x"), {.table = "visit", .column = "id"}}},
         false,
         "Visit: foreign key 1 leads to Place and to Visit"},
        {{.columns = {"a", "b"}, .to = {TO("x"), TO("y")}, .on_delete = ORM_SET_NULL},
         false,
         "Visit.b: set null on a column that cannot be null"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const orm_error *error = several(&keys[i].key, keys[i].unique_alone);
        cr_assert_eq(error->status, keys[i].says == NULL ? ORM_OK : ORM_MAPPING, "row %zu: %s", i, error->message);
        if (keys[i].says != NULL) {
            cr_assert_str_eq(error->message, keys[i].says, "row %zu", i);
        }
    }
}

/* ---- What is made of them
 * ----------------------------------------------------------------------------------------------- */

static orm_database *opened(void)
{
    orm_database *db;
    orm_error error;
    cr_assert_eq(orm_open("sqlite://", &family, NULL, &db, &error), ORM_OK, "%s", error.message);
    return db;
}

static const orm__relation *relation(const orm_database *db, const orm_model *model, const char *name)
{
    const orm__relation *r = orm__relation_named(orm__mapper_of(&db->registry, model), name);
    cr_assert_not_null(r, "%s", name);
    return r;
}

Test(relationship, two_sides)
{
    orm_database *db = opened();
    const orm__relation *books = relation(db, &Author_model, "books"), *author = relation(db, &Book_model, "author");
    cr_assert_eq(books->back, author);
    cr_assert_eq(author->back, books);
    cr_assert_eq(books->direction, ORM__ONE_TO_MANY);
    cr_assert(books->many);
    cr_assert_eq(author->direction, ORM__MANY_TO_ONE);
    cr_assert(author->by_key && !author->many);
    cr_assert_eq(books->cascade, (unsigned)(ORM_CASCADE_SAVE_UPDATE | ORM_CASCADE_MERGE));
    cr_assert_eq(books->order_count, 1);
    const orm__relation *sheet = relation(db, &Author_model, "sheet");
    cr_assert(!sheet->many && sheet->direction == ORM__ONE_TO_MANY);
    const orm__relation *follows = relation(db, &Author_model, "follows"), *followers = relation(db, &Author_model, "followers");
    cr_assert_str_eq(follows->secondary->fields[follows->near_key[0]].name, "follower");
    cr_assert_str_eq(followers->secondary->fields[followers->near_key[0]].name, "followed");
    const orm__relation *place = relation(db, &Visit_model, "place");
    cr_assert_eq(place->own_count, 2);
    cr_assert(place->by_key);
    const orm__relation *items = relation(db, &Crate_model, "items");
    cr_assert_neq(items->parent, SIZE_MAX);
    cr_assert_eq(items->target->parents[items->parent], items);
    orm_close(&db);
}

static orm_status open_and_build(void *context)
{
    orm_database *db = NULL;
    orm_builder *b = NULL;
    const orm_schema *schema;
    orm_error error = {0};
    orm_status rc;
    (void)context;
    ORM_TRY(orm_open("sqlite://", &family, NULL, &db, &error));
    ORM_TRY(orm_builder_open(&b));
    orm_builder_model(b, "Node", NULL);
    orm_builder_column(b, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(b, &(orm_column){.name = "a", .type = ORM_INTEGER});
    orm_builder_foreign_key(b, &(orm_foreign_key){.columns = {"a"}, .to = {{.table = "node", .column = "id"}}});
    orm_builder_relationship(b, &(orm_relationship){.kind = ORM_KIND_MANY_TO_ONE,
                                                    .member = "up",
                                                    .target_name = "Node",
                                                    .backref = "down",
                                                    .order_by = {"a", "-id"},
                                                    .back.order_by = {"id"},
                                                    .foreign_key = {{.table = "node", .column = "a"}}});
    ORM_TRY(orm_builder_finish(b, &schema, &error));
fail:
    orm_close(&db);
    orm_builder_close(&b);
    return rc;
}

Test(relationship, no_memory)
{
    faults_sweep(open_and_build, NULL);
}
