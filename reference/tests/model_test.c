#include "base/error.h"
#include "model/mapper.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- names ----------------------------------------------------------------------------------------------------------
 */

Test(names, tables)
{
    static const char *const rows[][2] = {
        { "User", "user" },
        { "UserProfile", "user_profile" },
        { "Snake_case", "snake_case" },
        { "HTMLLayout", "html_layout" },
        { "LayoutHTML", "layout_html" },
        { "HTTP2Request", "http2_request" },
        { "PreABC", "pre_abc" },
        { "ABCPost", "abc_post" },
        { "AstV2Node", "ast_v2_node" },
        { "get2HTTPResponse123Code", "get2_http_response123_code" },
        { "LONGName4TestingCamelCase2snake_caseXYZ", "long_name4_testing_camel_case2snake_case_xyz" },
        { "A", "a" },
        { "AB", "ab" },
        { "aB", "a_b" },
        { "X1", "x1" },
        { "X1Y", "x1_y" },
        { "_Private", "private" },
        { "__Dunder", "dunder" },
        { "Foo_Bar", "foo__bar" },
        { "FooBar_", "foo_bar_" },
        { "lower", "lower" },
        { "getHTTPresponseCode", "get_htt_presponse_code" },
        { "Été", "été" },
        { "ÉtéBleu", "été_bleu" },
        { "User2", "user2" },
        { "IPv4Address", "i_pv4_address" },
        { "OAuth2Token", "o_auth2_token" },
        { "MyJSON2", "my_json2" },
        { "ΩmegaЖук", "ωmegaжук" },
        { "Ёлка×", "ёлка×" },
        { "用户Name", "用户_name" },
        { "___", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[80];
        cr_assert(orm__table_name_of(rows[i][0], out, sizeof out));
        cr_assert_str_eq(out, rows[i][1], "%s gives %s", rows[i][0], out);
        size_t size = strlen(rows[i][1]);
        cr_assert_not(orm__table_name_of(rows[i][0], out, size), "%s does not fit into %zu", rows[i][0], size);
        cr_assert(orm__table_name_of(rows[i][0], out, size + 1), "%s fits into %zu", rows[i][0], size + 1);
    }
}

/* ---- a model of every storage ---------------------------------------------------------------------------------------
 */

typedef struct Every {
    orm_object orm;
    int64_t id;
    double real;
    bool flag;
    orm_datetime moment;
    orm_date day;
    orm_opt_int opt_int;
    orm_opt_real opt_real;
    orm_opt_bool opt_bool;
    orm_opt_datetime opt_moment;
    orm_opt_date opt_day;
    const char *text;
    json_t *document;
    int own; /* no column */
} Every;
extern const orm_model Every_model;
static const orm_column every_columns[] = {
    ORM_COLUMN(Every, id, .primary_key = true),
    ORM_COLUMN(Every, real),
    ORM_COLUMN(Every, flag),
    ORM_COLUMN(Every, moment),
    ORM_COLUMN(Every, day),
    ORM_COLUMN(Every, opt_int),
    ORM_COLUMN(Every, opt_real),
    ORM_COLUMN(Every, opt_bool),
    ORM_COLUMN(Every, opt_moment),
    ORM_COLUMN(Every, opt_day, .not_null = true),
    ORM_COLUMN(Every, text, .name = "the text", .length = 20, .unique = true),
    ORM_COLUMN(Every, document),
};
static const orm_unique every_uniques[] = { { { "opt_int", "text" } } };
ORM_MODEL(Every, .columns = ORM_ARRAY(every_columns), .uniques = ORM_ARRAY(every_uniques));

typedef struct Child {
    orm_object orm;
    int64_t id;
    orm_opt_int parent_id, every_id;
    const char *label;
} Child;
extern const orm_model Child_model;
static const orm_column child_columns[] = {
    ORM_COLUMN(Child, id, .primary_key = true),
    ORM_COLUMN(Child, parent_id, .foreign_key = ORM_KEY(Child, id)),
    ORM_COLUMN(Child, every_id, .foreign_key = ORM_KEY(Every, id), .on_delete = ORM_SET_NULL),
    ORM_COLUMN(Child, label, .foreign_key = ORM_KEY(Every, text)),
};
ORM_MODEL(Child, .columns = ORM_ARRAY(child_columns), .table = "Kinder");

extern const orm_model links_model;
static const orm_column links_columns[] = {
    ORM_TABLE_COLUMN("every_id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Every, id)),
    ORM_TABLE_COLUMN("child_id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Child, id)),
};
ORM_TABLE(links, .columns = ORM_ARRAY(links_columns));
ORM_SCHEMA(family, &links_model, &Child_model, &Every_model);

Test(registry, resolves)
{
    orm__registry registry;
    orm_error error = { 0 };
    cr_assert_eq(orm__registry_make(&family, &registry, &error), ORM_OK, "%s", error.message);
    const orm__mapper *links = orm__mapper_of(&registry, &links_model),
                      *child = orm__mapper_of(&registry, &Child_model),
                      *every = orm__mapper_of(&registry, &Every_model);
    cr_assert_null(orm__mapper_of(&registry, NULL));
    cr_assert_str_eq(every->table, "every");
    cr_assert_str_eq(child->table, "Kinder");
    cr_assert_str_eq(links->table, "links");
    cr_assert(every->has_objects && !every->run_time && !links->has_objects);
    cr_assert_eq(every->size, sizeof(Every));
    cr_assert_eq(every->count, COUNT(every_columns));
    cr_assert(every->order < child->order && child->order < links->order);
    cr_assert_eq(registry.order[0], every->index);
    cr_assert_eq(registry.order[2], links->index);
    cr_assert(every->key_count == 1 && every->key[0] == 0 && every->fields[0].generated);
    cr_assert(links->key_count == 2 && links->key[1] == 1 && !links->fields[0].generated);

    static const bool nullable[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1 };
    for (size_t i = 0; i < every->count; i++)
        cr_assert_eq(every->fields[i].nullable, nullable[i], "%s", every->fields[i].member);
    const orm__field *text = orm__field_named(every, "text");
    cr_assert(text->unique && !text->index && !text->primary_key);
    cr_assert_str_eq(text->name, "the text");
    cr_assert_eq(orm__field_at(every, offsetof(Every, text)), text);
    cr_assert_null(orm__field_at(every, offsetof(Every, own)));
    cr_assert_null(orm__field_named(every, "the text"));
    cr_assert_eq(orm__field_named(child, "label")->target, every);
    cr_assert_eq(&every->fields[orm__field_named(child, "label")->target_field], text);
    cr_assert_eq(orm__field_named(child, "parent_id")->target, child);
    orm__registry_free(&registry);
}

Test(registry, no_models_are_fine)
{
    orm__registry registry;
    const orm_schema empty = { NULL, 0 };
    cr_assert_eq(orm__registry_make(&empty, &registry, NULL), ORM_OK);
    orm__registry_free(&registry);
    cr_assert_eq(orm__registry_make(NULL, &registry, NULL), ORM_OK);
    cr_assert_eq(registry.count, 0);
    orm__registry_free(&registry);
}

Test(registry, what_is_generated)
{
    static const struct {
        orm_column key;
        bool generated;
    } rows[] = {
        { ORM_COLUMN(Every, id, .primary_key = true), true },
        { ORM_COLUMN(Every, opt_int, .primary_key = true), true },
        { ORM_COLUMN(Every, id, .primary_key = true, .no_autoincrement = true), false },
        { ORM_COLUMN(Every, id, .primary_key = true, .default_value = ORM_INT(7)), false },
        { ORM_COLUMN(Every, id, .primary_key = true, .default_fn = orm_utcnow_value), false },
        { ORM_COLUMN(Every, id, .primary_key = true, .server_default = "7"), false },
        { ORM_COLUMN(Every, text, .primary_key = true), false },
        { ORM_COLUMN(Every, real, .primary_key = true), false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_column column = rows[i].key;
        column.owner = NULL;
        const orm_model model = { .struct_name = "Every", .size = sizeof(Every), .columns = { &column, 1 } };
        const orm_model *models[] = { &model };
        const orm_schema schema = { models, 1 };
        orm__registry registry;
        orm_error error = { 0 };
        cr_assert_eq(orm__registry_make(&schema, &registry, &error), ORM_OK, "%s", error.message);
        cr_assert_eq(registry.mappers[0].fields[0].generated, rows[i].generated, "row %zu", i);
        cr_assert_not(registry.mappers[0].fields[0].nullable);
        orm__registry_free(&registry);
    }
}

/* ---- what cannot be -------------------------------------------------------------------------------------------------
 */


static void assert_refused(const orm_model *const *models, size_t count, const char *message)
{
    const orm_schema schema = { models, count };
    orm__registry registry;
    orm_error error = { 0 };
    cr_assert_eq(orm__registry_make(&schema, &registry, &error), ORM_MAPPING, "not refused: %s", message);
    cr_assert_str_eq(error.message, message);
    cr_assert_null(registry.arena.head);
    cr_assert_eq(registry.count, 0);
}

Test(registry, bad_columns)
{
    const orm_model other = { .struct_name = "Other" };
#define PLAIN(n, t, ...)                                                                                         \
    {                                                                                                            \
        .member = n, .name = n, .type = t, .storage = ORM_STORE_INT_, .offset = offsetof(Every, id), __VA_ARGS__ \
    }
    const struct {
        orm_column column;
        const char *message;
    } rows[] = {
        { ORM_COLUMN(Every, real, .name = ""), "Every.real: the column has an empty name" },
        { ORM_COLUMN(Every, real, .name = "\xFF"), "Every.real: the column has a name that is not UTF-8" },
        { ORM_COLUMN(Every, real, .name = "id"), "Every.real: the column \"id\" is in the table twice" },
        { ORM_COLUMN(Every, id, .name = "id2"), "Every.id: the member is in the model twice" },
        { PLAIN("x", ORM_INTEGER, .reserved_ = 0), "Every.x: two members lie in the same place" },
        { PLAIN("x", ORM_STRING, .reserved_ = 0), "Every.x: the column's type is not the member's" },
        { { .member = "x", .storage = 99, .type = ORM_INTEGER, .offset = 16 },
          "Every.x: no kind of member that liborm knows" },
        { { .member = "x", .storage = -1, .type = ORM_INTEGER, .offset = 16 },
          "Every.x: no kind of member that liborm knows" },
        { { .member = "x", .storage = ORM_STORE_REAL_, .type = ORM_NULL, .offset = 16 },
          "Every.x: a column without a type" },
        { { .member = "x", .storage = ORM_STORE_REAL_, .type = (orm_type)50, .offset = 16 },
          "Every.x: a column without a type" },
        { { .member = "x", .storage = ORM_STORE_REAL_, .type = ORM_FLOAT, .offset = 0 },
          "Every.x: the member lies outside of its struct" },
        { { .member = "x", .storage = ORM_STORE_REAL_, .type = ORM_FLOAT, .offset = sizeof(Every) - 4 },
          "Every.x: the member lies outside of its struct" },
        { { .member = "x", .storage = ORM_STORE_REAL_, .type = ORM_FLOAT, .offset = SIZE_MAX },
          "Every.x: the member lies outside of its struct" },
        { { .member = "x", .storage = ORM_STORE_VALUE_, .type = ORM_FLOAT, .offset = 16 },
          "Every.x: columns of a struct and of run-time models do not mix" },
        { { .member = "x",
            .owner = &other,
            .storage = ORM_STORE_REAL_,
            .type = ORM_FLOAT,
            .offset = offsetof(Every, real) },
          "Every.x: the column is of another model" },
        { { .member = NULL }, "Every: column 2 has no name" },
        { { .member = "" }, "Every: column 2 has no name" },
        { ORM_COLUMN(Every, real, .length = 5), "Every.real: only text has a length" },
        { ORM_COLUMN(Every, text, .length = 10485761),
          "Every.text: a length of more than 10485760, which PostgreSQL refuses" },
        { ORM_COLUMN(Every, document, .primary_key = true), "Every.document: JSON cannot be a primary key" },
        { ORM_COLUMN(Every, document, .unique = true), "Every.document: JSON cannot be unique or indexed" },
        { ORM_COLUMN(Every, document, .index = true), "Every.document: JSON cannot be unique or indexed" },
        { ORM_COLUMN(Every, real, .server_default = " "), "Every.real: the server default is empty" },
        { ORM_COLUMN(Every, real, .default_value = ORM_TEXT("x")),
          "Every.real: the default is of another type than the column" },
        { ORM_COLUMN(Every, text, .default_value = ORM_TEXT("\xFF")), "Every.text: the default is not UTF-8" },
        { ORM_COLUMN(Every, moment, .default_value = ORM_INT(1), .default_fn = orm_utcnow_value),
          "Every.moment: the default is given as a value and as a function" },
        { ORM_COLUMN(Every, real, .onupdate_value = ORM_BOOL(1)),
          "Every.real: the onupdate is of another type than the column" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .column = "id" }),
          "Every.opt_int: the foreign key names a column and no table" },
        { ORM_COLUMN(Every, opt_int, .on_delete = ORM_CASCADE),
          "Every.opt_int: on_delete and on_update are for foreign keys" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .table = "every", .model = &Every_model, .column = "id" }),
          "Every.opt_int: the foreign key names a model and a table" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .table = "every" }),
          "Every.opt_int: the foreign key names no column" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .table = "nope", .column = "id" }),
          "Every.opt_int: the foreign key names the table 'nope', which is not in the schema" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = ORM_KEY(Child, id)),
          "Every.opt_int: the foreign key names the model 'Child', which is not in the schema" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .model = &links_model, .column = "x" }),
          "Every.opt_int: the foreign key names the model 'links', which is not in the schema" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .table = "every", .column = "zz" }),
          "Every.opt_int: the foreign key names 'zz', which is no column of Every" },
        { ORM_COLUMN(Every, text, .foreign_key = { .table = "every", .column = "id" }),
          "Every.text is text, but its foreign key's Every.id is integer" },
        { ORM_COLUMN(Every, opt_int, .foreign_key = { .table = "every", .column = "opt_int" }),
          "Every.opt_int: the foreign key's Every.opt_int is neither unique nor the primary key" },
        { ORM_COLUMN(Every, opt_int, .not_null = true, .foreign_key = { .table = "every", .column = "id" },
                     .on_update = ORM_SET_NULL),
          "Every.opt_int: set null on a column that cannot be null" },
        { ORM_COLUMN(Every, real, .version = true), "Every.real: a version is a plain integer: no key, no onupdate" },
        { ORM_COLUMN(Every, opt_int, .version = true, .onupdate_value = ORM_INT(1)),
          "Every.opt_int: a version is a plain integer: no key, no onupdate" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_column columns[2] = { every_columns[0], rows[i].column };
        orm_model model = { .struct_name = "Every", .size = sizeof(Every), .columns = { columns, 2 } };
        columns[0].owner = &model;
        if (columns[1].owner == &Every_model) columns[1].owner = &model;
        const orm_model *models[] = { &model };
        assert_refused(models, 1, rows[i].message);
    }
}

Test(registry, bad_models)
{
    const orm_column id = { .member = "id", .type = ORM_INTEGER, .offset = offsetof(Every, id), .primary_key = true };
    const orm_column plain = { .member = "id", .name = "id", .type = ORM_INTEGER, .offset = offsetof(Every, id) };
    const orm_columns columns = { &id, 1 };
    const orm_unique none[] = { { { NULL } } }, unknown[] = { { { "id", "zz" } } }, twice[] = { { { "id", "id" } } };
    const orm_model good = { .struct_name = "Good", .size = sizeof(Every), .columns = columns };
    const struct {
        orm_model model;
        const char *message;
    } rows[] = {
        { { .struct_name = "Bad", .size = sizeof(Every) }, "Bad has no columns" },
        { { .struct_name = "Bad", .size = sizeof(Every), .columns = { &plain, 1 } }, "Bad has no primary key" },
        { { .struct_name = "", .columns = columns }, "model 2 of the schema has an empty name" },
        { { .columns = columns }, "model 2 of the schema has neither a name nor a table" },
        { { .struct_name = "__", .columns = columns }, "__: the table \"\" has an empty name" },
        { { .struct_name = "Bad", .table = "", .columns = columns }, "Bad: the table \"\" has an empty name" },
        { { .struct_name = "Bad", .table = "good", .columns = columns }, "Good and Bad have the same table \"good\"" },
        { { .struct_name = "Good", .table = "bad", .columns = columns }, "there are two models Good" },
        { { .struct_name = "Bad", .size = sizeof(Every), .columns = columns, .uniques = ORM_ARRAY(none) },
          "Bad: unique set 1 names no column" },
        { { .struct_name = "Bad", .size = sizeof(Every), .columns = columns, .uniques = ORM_ARRAY(unknown) },
          "Bad: unique set 1 names 'zz', which is no column" },
        { { .struct_name = "Bad", .size = sizeof(Every), .columns = columns, .uniques = ORM_ARRAY(twice) },
          "Bad: unique set 1 names 'id' twice" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const orm_model *models[] = { &good, &rows[i].model };
        assert_refused(models, 2, rows[i].message);
    }
    const orm_model *same[] = { &good, &good }, *null[] = { &good, NULL };
    assert_refused(same, 2, "Good is in the schema twice");
    assert_refused(null, 2, "model 2 of the schema is NULL");
}

static orm_status make_registry(void *schema)
{
    orm__registry registry;
    orm_status rc = orm__registry_make(schema, &registry, NULL);
    if (rc == ORM_OK) orm__registry_free(&registry);
    return rc;
}

Test(registry, every_allocation_may_fail)
{
    orm_schema schema = family;
    faults_sweep(make_registry, &schema);
}

/* ---- members --------------------------------------------------------------------------------------------------------
 */

Test(members, are_read_and_written)
{
    orm__registry registry;
    cr_assert_eq(orm__registry_make(&family, &registry, NULL), ORM_OK);
    const orm__mapper *every = orm__mapper_of(&registry, &Every_model);
    json_t *document = json_array();
    const orm_value values[] = {
        [ORM_INTEGER] = orm_int(-5),
        [ORM_FLOAT] = orm_real(1.5),
        [ORM_BOOLEAN] = orm_bool(true),
        [ORM_STRING] = orm_text("abc"),
        [ORM_DATETIME] = orm_datetime_value((orm_datetime){ 123456789 }),
        [ORM_DATE] = orm_date_value((orm_date){ 77 }),
        [ORM_JSON] = orm_json(document),
    };
    Every object = { .own = 42 };
    const orm_value null = orm_null();
    for (size_t i = 0; i < every->count; i++) {
        const orm__field *field = &every->fields[i];
        bool scalar = field->storage <= ORM_STORE_DATE_;
        orm_value before = orm__member_read(field, &object);
        cr_assert_eq(before.type, scalar ? field->type : ORM_NULL, "%s", field->member);
        cr_assert(orm__member_write(field, &object, &values[field->type]));
        orm_value after = orm__member_read(field, &object);
        cr_assert(orm__value_equal(&after, &values[field->type]), "%s", field->member);
        for (orm_type type = ORM_INTEGER; type <= ORM_JSON; type++) {
            if (type == field->type || (type == ORM_INTEGER && field->type == ORM_FLOAT)) continue;
            cr_assert_not(orm__member_write(field, &object, &values[type]), "%s into %s", orm__type_name(type),
                          field->member);
        }
        after = orm__member_read(field, &object);
        cr_assert(orm__value_equal(&after, &values[field->type]), "%s is kept by what is refused", field->member);
        cr_assert(orm__member_write(field, &object, &null));
        after = orm__member_read(field, &object);
        cr_assert(orm__value_equal(&after, &before), "%s is null or zero", field->member);
    }
    cr_assert_eq(object.own, 42);
    cr_assert_eq(object.id, 0);
    orm_value three = orm_int(3), nul = orm_text_n("a\0b", 3);
    cr_assert(orm__member_write(orm__field_named(every, "opt_real"), &object, &three));
    cr_assert(object.opt_real.has && object.opt_real.value == 3.0);
    cr_assert_not(orm__member_write(orm__field_named(every, "text"), &object, &nul));
    json_decref(document);
    orm__registry_free(&registry);
}

/* ---- models made at run time ----------------------------------------------------------------------------------------
 */

static void add_column(orm_builder *builder, const char *name, orm_type type, orm_column more)
{
    more.name = name;
    more.type = type;
    orm_builder_column(builder, &more);
}

static void describe_blog(orm_builder *builder, json_t *document)
{
    static const char *const pair[] = { "title", "author_id" };
    orm_builder_model(builder, "BlogPost", NULL);
    add_column(builder, "id", ORM_INTEGER, (orm_column){ .primary_key = true });
    add_column(builder, "title", ORM_STRING,
               (orm_column){ .length = 200, .not_null = true, .default_value = ORM_TEXT("none") });
    add_column(builder, "author_id", ORM_INTEGER,
               (orm_column){ .foreign_key = { .table = "user", .column = "user_id" } });
    add_column(builder, "meta", ORM_JSON,
               (orm_column){ .default_value = orm_json(document), .onupdate_value = orm_json(document) });
    orm_builder_unique(builder, pair, 2);
    orm_builder_repr(builder, "title");
    orm_builder_model(builder, "User", NULL);
    add_column(builder, "user_id", ORM_INTEGER, (orm_column){ .member = "id", .primary_key = true });
    orm_builder_table(builder, "links");
    add_column(builder, "post", ORM_INTEGER,
               (orm_column){ .foreign_key = { .table = "blog_post", .column = "id" }, .on_delete = ORM_CASCADE });
}

Test(builder, makes_models)
{
    orm_builder *builder;
    cr_assert_eq(orm_builder_open(&builder), ORM_OK);
    json_t *document = json_pack("[i]", 1);
    describe_blog(builder, document);
    json_array_clear(document);
    const orm_schema *schema, *again;
    orm_error error = { 0 };
    cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_builder_finish(builder, &again, &error), ORM_OK);
    cr_assert_eq(schema, again);

    orm__registry registry;
    cr_assert_eq(orm__registry_make(schema, &registry, &error), ORM_OK, "%s", error.message);
    const orm__mapper *post = orm__mapper_of(&registry, orm_schema_find(schema, "BlogPost"));
    const orm__mapper *user = orm__mapper_of(&registry, orm_schema_find(schema, "User"));
    const orm__mapper *links = orm__mapper_of(&registry, orm_schema_find(schema, "links"));
    cr_assert_null(orm_schema_find(schema, "blog_post"));
    cr_assert_null(orm_schema_find(NULL, "User"));
    cr_assert_str_eq(post->table, "blog_post");
    cr_assert(post->run_time && post->has_objects && post->fields[0].generated);
    cr_assert(!links->has_objects && links->fields[0].target == post);
    cr_assert_eq(orm__field_named(post, "author_id")->target, user);
    cr_assert_str_eq(orm__field_named(user, "id")->name, "user_id");
    cr_assert_str_eq(orm__field_named(post, "title")->column->default_value.u.s, "none");
    cr_assert_eq(json_array_size(orm__field_named(post, "meta")->column->default_value.u.j), 1);
    cr_assert_str_eq(post->model->uniques.at[0].columns[1], "author_id");

    max_align_t memory[40] = { 0 };
    cr_assert_leq(post->size, sizeof memory);
    orm_object *object = (orm_object *)memory;
    object->model = post->model;
    const orm__field *title = orm__field_named(post, "title");
    const struct {
        orm_value value;
        const char *text;
    } rows[] = {
        { orm_null(), "<BlogPost None>" },
        { orm_text("flask"), "<BlogPost flask>" },
        { orm_text("é😀"), "<BlogPost é😀>" },
        { orm_int(-7), "<BlogPost -7>" },
        { orm_bool(true), "<BlogPost True>" },
        { orm_real(0.1), "<BlogPost 0.1>" },
        { orm_datetime_value((orm_datetime){ 0 }), "<BlogPost 1970-01-01 00:00:00.000000>" },
        { orm_date_value((orm_date){ 0 }), "<BlogPost 1970-01-01>" },
        { orm_json(document), "<BlogPost []>" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64], cut[5];
        *(orm_value *)((char *)memory + title->offset) = rows[i].value;
        cr_assert_eq(post->model->repr(memory, text, sizeof text), (int)strlen(rows[i].text));
        cr_assert_str_eq(text, rows[i].text);
        cr_assert_eq(post->model->repr(memory, cut, sizeof cut), (int)strlen(rows[i].text));
        cr_assert_str_eq(cut, "<Blo");
    }
    cr_assert_null(user->model->repr);
    orm__registry_free(&registry);
    json_decref(document);

    orm_builder_table(builder, "late");
    cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_STATE);
    orm_builder_close(&builder);
    cr_assert_null(builder);
    orm_builder_close(&builder);
}

static void finish_is(orm_builder **builder, const char *message)
{
    const orm_schema *schema;
    orm_error error = { 0 };
    cr_assert_eq(orm_builder_finish(*builder, &schema, &error), ORM_MAPPING, "not refused: %s", message);
    cr_assert_str_eq(error.message, message);
    cr_assert_null(schema);
    orm_builder_close(builder);
    cr_assert_eq(orm_builder_open(builder), ORM_OK);
}

Test(builder, first_error_sticks)
{
    static const char *const many[9] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
    orm_builder *builder;
    cr_assert_eq(orm_builder_open(&builder), ORM_OK);
    orm_builder_column(builder, &(orm_column){ .name = "id" });
    orm_builder_model(builder, NULL, NULL);
    finish_is(&builder, "a column comes before the first model or table");
    orm_builder_unique(builder, many, 1);
    finish_is(&builder, "a unique set comes before the first model or table");
    orm_builder_repr(builder, "x");
    finish_is(&builder, "a text form comes before the first model or table");
    orm_builder_model(builder, NULL, "t");
    finish_is(&builder, "a model without a name");
    orm_builder_table(builder, NULL);
    finish_is(&builder, "model 1 of the schema has neither a name nor a table");
    orm_builder_model(builder, "M", NULL);
    orm_builder_unique(builder, many, 9);
    finish_is(&builder, "M: a unique set of 9 columns; 8 are possible");
    orm_builder_model(builder, "M", NULL);
    orm_builder_column(builder, &(orm_column){ .type = ORM_INTEGER });
    finish_is(&builder, "M: column 1 has no name");
    orm_builder_model(builder, "M", NULL);
    add_column(builder, "id", ORM_INTEGER, (orm_column){ .primary_key = true });
    orm_builder_repr(builder, "nope");
    finish_is(&builder, "M: the text form names 'nope', which is no member");
    orm_builder_table(builder, "t");
    add_column(builder, "id", ORM_INTEGER, (orm_column){ .foreign_key = { .table = "later", .column = "id" } });
    finish_is(&builder, "t.id: the foreign key names the table 'later', which is not in the schema");
    orm_builder_close(&builder);
    const orm_schema *schema;
    orm_builder_model(NULL, "M", NULL);
    cr_assert_eq(orm_builder_finish(NULL, &schema, NULL), ORM_ARGUMENT);
}

static orm_status build(void *document)
{
    orm_builder *builder;
    const orm_schema *schema;
    orm_status rc = orm_builder_open(&builder);
    if (rc != ORM_OK) return rc;
    describe_blog(builder, document);
    for (int i = 0; i < 30; i++) {
        char name[32];
        snprintf(name, sizeof name, "table_%d", i);
        orm_builder_table(builder, name);
        add_column(builder, "a_column", ORM_STRING, (orm_column){ .server_default = "'x'" });
    }
    rc = orm_builder_finish(builder, &schema, NULL);
    orm_builder_close(&builder);
    return rc;
}

Test(builder, every_allocation_may_fail)
{
    json_t *document = json_pack("[i]", 1);
    faults_sweep(build, document);
    json_decref(document);
}
