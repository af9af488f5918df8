#include "family.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const orm_column author_columns[] = {
    ORM_COLUMN(Author, id, .primary_key = true),
    ORM_COLUMN(Author, name),
};
static const orm_relationship author_relationships[] = {
    ORM_ONE_TO_MANY(Author, books, Book, author, .order_by = {"id"}),
    ORM_MANY_TO_MANY(Author, follows, Author, followers, .secondary = &follows_model,
                     .foreign_key = {{.model = &follows_model, .column = "follower"}}),
};
ORM_MODEL(Author, .columns = ORM_ARRAY(author_columns), .relationships = ORM_ARRAY(author_relationships));

static const orm_column book_columns[] = {
    ORM_COLUMN(Book, id, .primary_key = true),
    ORM_COLUMN(Book, title),
    ORM_COLUMN(Book, author_id, .foreign_key = ORM_KEY(Author, id)),
};
static const orm_relationship book_relationships[] = {
    ORM_MANY_TO_MANY(Book, labels, Label, books, .secondary = &book_labels_model, .order_by = {"-name"}),
};
ORM_MODEL(Book, .columns = ORM_ARRAY(book_columns), .relationships = ORM_ARRAY(book_relationships));

static const orm_column label_columns[] = {
    ORM_COLUMN(Label, id, .primary_key = true),
    ORM_COLUMN(Label, name),
};
ORM_MODEL(Label, .columns = ORM_ARRAY(label_columns));

static const orm_column sheet_columns[] = {
    ORM_COLUMN(Sheet, id, .primary_key = true),
    ORM_COLUMN(Sheet, author_id, .foreign_key = ORM_KEY(Author, id), .unique = true),
    ORM_COLUMN(Sheet, text),
};
static const orm_relationship sheet_relationships[] = {ORM_ONE_TO_ONE(Sheet, author, Author, sheet)};
ORM_MODEL(Sheet, .columns = ORM_ARRAY(sheet_columns), .relationships = ORM_ARRAY(sheet_relationships));

static const orm_column branch_columns[] = {
    ORM_COLUMN(Branch, id, .primary_key = true),
    ORM_COLUMN(Branch, name),
    ORM_COLUMN(Branch, parent_id, .foreign_key = ORM_KEY(Branch, id)),
};
static const orm_relationship branch_relationships[] = {
    ORM_ONE_TO_MANY(Branch, children, Branch, parent, .cascade = ORM_CASCADE_ALL | ORM_CASCADE_DELETE_ORPHAN,
                    .order_by = {"id"}),
};
ORM_MODEL(Branch, .columns = ORM_ARRAY(branch_columns), .relationships = ORM_ARRAY(branch_relationships));

static const orm_column crate_columns[] = {
    ORM_COLUMN(Crate, id, .primary_key = true),
    ORM_COLUMN(Crate, name),
};
static const orm_relationship crate_relationships[] = {
    ORM_ONE_TO_MANY(Crate, items, Item, crate, .cascade = ORM_CASCADE_ALL | ORM_CASCADE_DELETE_ORPHAN),
};
ORM_MODEL(Crate, .columns = ORM_ARRAY(crate_columns), .relationships = ORM_ARRAY(crate_relationships));

static const orm_column item_columns[] = {
    ORM_COLUMN(Item, id, .primary_key = true),
    ORM_COLUMN(Item, name),
    ORM_COLUMN(Item, crate_id, .not_null = true, .foreign_key = ORM_KEY(Crate, id)),
};
ORM_MODEL(Item, .columns = ORM_ARRAY(item_columns));

static const orm_column place_columns[] = {
    ORM_COLUMN(Place, x, .primary_key = true),
    ORM_COLUMN(Place, y, .primary_key = true),
};
ORM_MODEL(Place, .columns = ORM_ARRAY(place_columns));

static const orm_column visit_columns[] = {
    ORM_COLUMN(Visit, id, .primary_key = true),
    ORM_COLUMN(Visit, place_x),
    ORM_COLUMN(Visit, place_y),
};
static const orm_foreign_key visit_keys[] = {
    {.columns = {"place_x", "place_y"}, .to = {ORM_KEY(Place, x), ORM_KEY(Place, y)}},
};
static const orm_relationship visit_relationships[] = {ORM_MANY_TO_ONE(Visit, place, Place, visits)};
ORM_MODEL(Visit, .columns = ORM_ARRAY(visit_columns), .foreign_keys = ORM_ARRAY(visit_keys),
          .relationships = ORM_ARRAY(visit_relationships));

static const orm_column book_labels_columns[] = {
    ORM_TABLE_COLUMN("book_id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Book, id)),
    ORM_TABLE_COLUMN("label_id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Label, id)),
    ORM_TABLE_COLUMN("weight", ORM_INTEGER, .default_value = ORM_INT(5)),
};
ORM_TABLE(book_labels, .columns = ORM_ARRAY(book_labels_columns));

static const orm_column follows_columns[] = {
    ORM_TABLE_COLUMN("follower", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Author, id)),
    ORM_TABLE_COLUMN("followed", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Author, id)),
};
ORM_TABLE(follows, .columns = ORM_ARRAY(follows_columns));

ORM_SCHEMA(family, &Item_model, &Book_model, &book_labels_model, &Label_model, &Author_model, &follows_model,
           &Sheet_model, &Branch_model, &Crate_model, &Visit_model, &Place_model);

void family_open(world *w, variant v, kin *k)
{
    world_open_with(w, v, &family);
    *k = (kin){
        .author = world_model(w, "Author"),
        .book = world_model(w, "Book"),
        .label = world_model(w, "Label"),
        .sheet = world_model(w, "Sheet"),
        .branch = world_model(w, "Branch"),
        .crate = world_model(w, "Crate"),
        .item = world_model(w, "Item"),
        .place = world_model(w, "Place"),
        .visit = world_model(w, "Visit"),
    };
}

static const char *text_member(const orm_model *model)
{
    return strcmp(model->struct_name, "Book") == 0    ? "title"
           : strcmp(model->struct_name, "Sheet") == 0 ? "text"
                                                      : "name";
}

orm_object *make(world *w, const orm_model *model, const char *name)
{
    orm_object *object = orm_new_object(w->s, model);
    cr_assert_not_null(object, "%s", orm_session_error(w->s)->message);
    if (name != NULL) {
        put(object, text_member(model), orm_text(name));
    }
    return object;
}

orm_object *one_of(orm_object *object, const char *name)
{
    orm_one_link link;
    orm_object *found;
    cr_assert_eq(orm_one_named(object, name, &link), ORM_OK, "%s", name);
    orm_status rc = orm_link_follow(link, &found);
    cr_assert_eq(rc, ORM_OK, "%s: status %d", name, (int)rc);
    return found;
}

static orm_many_link many_named(orm_object *object, const char *name)
{
    orm_many_link link;
    cr_assert_eq(orm_many_named(object, name, &link), ORM_OK, "%s", name);
    return link;
}

size_t many_of(orm_object *object, const char *name, orm_object ***out)
{
    void **objects;
    size_t count;
    orm_status rc = orm_link_list(many_named(object, name), &objects, &count);
    cr_assert_eq(rc, ORM_OK, "%s: status %d", name, (int)rc);
    *out = (orm_object **)objects;
    return count;
}

size_t count_of(orm_object *object, const char *name)
{
    orm_object **objects;
    return many_of(object, name, &objects);
}

orm_status set_one(orm_object *object, const char *name, orm_object *to)
{
    orm_one_link link;
    cr_assert_eq(orm_one_named(object, name, &link), ORM_OK, "%s", name);
    return orm_link_set(link, to);
}

orm_status append(orm_object *object, const char *name, orm_object *item)
{
    return orm_link_append(many_named(object, name), item);
}

orm_status take_out(orm_object *object, const char *name, orm_object *item)
{
    return orm_link_remove(many_named(object, name), item);
}

const char *texts_of(orm_object *object, const char *name)
{
    static char list[1024];
    orm_object **objects;
    const size_t count = many_of(object, name, &objects);
    list[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t used = strlen(list);
        const char *text = text_of(objects[i], text_member(objects[i]->model));
        (void)snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? " " : "", text != NULL ? text : "NULL");
    }
    return list;
}
