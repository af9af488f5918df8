/* Writes C for named schemas: typed structs, columns, models, and a table of accessors.
 *
 *   generate SCHEMA <schemas.json >SCHEMA.c     one schema of the list that `ormspec schemas --json` prints
 *   generate --index <schemas.json >index.c     the list of all
 */
#include <ctype.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
    va_list arguments;
    fputs("generate: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static const char *text_of(const json_t *map, const char *key)
{
    return json_string_value(json_object_get(map, key));
}

/* A name of the schema as a name of C. */
static const char *name_of(const json_t *map)
{
    static const char *const keywords =
        " auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return"
        " short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof orm ";
    char padded[128];
    const char *name = text_of(map, "name");
    if (name == NULL)
        die("something of the schema has no name");
    snprintf(padded, sizeof padded, " %s ", name);
    bool good = !isdigit((unsigned char)*name) && strstr(keywords, padded) == NULL;
    for (const char *at = name; *at != '\0'; at++)
        good = good && (isalnum((unsigned char)*at) || *at == '_');
    if (!good)
        die("%s cannot be a name in C", name);
    return name;
}

/* A text as a literal of C. */
static void literal(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (*at == '"' || *at == '\\' || *at == '?')
            printf("\\%c", *at);
        else if (*at < ' ' || *at > '~')
            printf("\\%03o", *at);
        else
            putchar(*at);
    putchar('"');
}

/* ---- columns ---- */

static const struct { const char *type, *plain, *optional, *value; } types[] = {
    { "integer", "int64_t", "orm_opt_int", "ORM_INTEGER" }, { "boolean", "bool", "orm_opt_bool", "ORM_BOOLEAN" },
    { "float", "double", "orm_opt_real", "ORM_FLOAT" }, { "datetime", "orm_datetime", "orm_opt_datetime", "ORM_DATETIME" },
    { "date", "orm_date", "orm_opt_date", "ORM_DATE" }, { "string", "const char *", "const char *", "ORM_STRING" },
    { "text", "const char *", "const char *", "ORM_STRING" }, { "json", "json_t *", "json_t *", "ORM_JSON" },
};

static size_t type_of(const json_t *column)
{
    const char *type = text_of(column, "type");
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].type, type) == 0)
            return i;
    die("%s: no type of C for %s", name_of(column), type != NULL ? type : "a column without type");
}

static bool is(const json_t *column, const char *flag)
{
    return json_is_true(json_object_get(column, flag));
}

static bool is_required(const json_t *column)
{
    return is(column, "primary_key") || json_is_false(json_object_get(column, "nullable"));
}

static void member(const json_t *column)
{
    const char *type = is_required(column) ? types[type_of(column)].plain : types[type_of(column)].optional;
    printf("    %s%s%s;\n", type, type[strlen(type) - 1] == '*' ? "" : " ", name_of(column));
}

static void constant(const json_t *column, const char *option, const json_t *value)
{
    const char *tag = text_of(value, "$"), *v = text_of(value, "v");
    printf(", .%s_value = ", option);
    if (json_is_integer(value))
        printf("ORM_INT(%" JSON_INTEGER_FORMAT ")", json_integer_value(value));
    else if (json_is_boolean(value))
        printf("ORM_BOOL(%s)", json_is_true(value) ? "true" : "false");
    else if (json_is_string(value))
        printf("ORM_TEXT("), literal(json_string_value(value)), printf(")");
    else if (tag != NULL && strcmp(tag, "float") == 0 && v != NULL)
        printf("ORM_REAL(%s)", v);
    else
        die("%s: a %s that is no constant of C", name_of(column), option);
}

static void source(const json_t *column, const char *option)
{
    const json_t *value = json_object_get(column, option);
    const char *tag = text_of(value, "$"), *function = text_of(value, "v");
    if (value == NULL)
        return;
    if (tag == NULL || strcmp(tag, "fn") != 0)
        constant(column, option, value);
    else if (function != NULL && strcmp(function, "utcnow") == 0)
        printf(", .%s_fn = orm_utcnow_value", option);
    else if (function != NULL && strcmp(function, "tick") == 0)
        printf(", .%s_fn = world_tick", option);
    else
        die("%s: an unknown function for %s", name_of(column), option);
}

static const char *stored_name(const json_t *column)
{
    const char *own = text_of(column, "column");
    return own != NULL ? own : text_of(column, "name");
}

/* "user.id" as the model and its member. */
static void key(const json_t *schema, const char *whole)
{
    const char *dot = strrchr(whole, '.');
    size_t i, k;
    json_t *model, *other;
    json_array_foreach (json_object_get(schema, "tables"), i, model) {
        const char *table = text_of(model, "name");
        if (dot != NULL && strlen(table) == (size_t)(dot - whole) && strncmp(table, whole, strlen(table)) == 0) {
            printf("{ .model = &%s_model, .column = ", table);
            literal(dot + 1);
            printf(" }");
            return;
        }
    }
    json_array_foreach (json_object_get(schema, "models"), i, model) {
        const char *table = text_of(model, "table");
        if (dot == NULL || table == NULL || strlen(table) != (size_t)(dot - whole) || strncmp(table, whole, strlen(table)) != 0)
            continue;
        json_array_foreach (json_object_get(model, "columns"), k, other)
            if (strcmp(stored_name(other), dot + 1) == 0) {
                printf("ORM_KEY(%s, %s)", name_of(model), name_of(other));
                return;
            }
    }
    die("the key %s is of no model", whole);
}

static void foreign_key(const json_t *schema, const json_t *column)
{
    const char *whole = text_of(column, "foreign_key");
    if (whole == NULL)
        return;
    printf(", .foreign_key = ");
    key(schema, whole);
}

static void action(const json_t *column, const char *option)
{
    const char *word = text_of(column, option);
    if (word == NULL)
        return;
    printf(", .%s = ORM_", option);
    for (; *word != '\0'; word++)
        putchar(*word == ' ' ? '_' : toupper((unsigned char)*word));
}

static void column_options(const json_t *schema, const json_t *column)
{
    const char *name = text_of(column, "column"), *server_default = text_of(column, "server_default");
    if (name != NULL)
        printf(", .name = "), literal(name);
    if (json_object_get(column, "length") != NULL)
        printf(", .length = %" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(column, "length")));
    if (is(column, "primary_key"))
        printf(", .primary_key = true");
    if (json_is_false(json_object_get(column, "autoincrement")))
        printf(", .no_autoincrement = true");
    if (json_is_false(json_object_get(column, "nullable")))
        printf(", .not_null = true");
    if (is(column, "unique"))
        printf(", .unique = true");
    if (is(column, "version"))
        printf(", .version = true");
    if (is(column, "index"))
        printf(", .index = true");
    source(column, "default");
    source(column, "onupdate");
    if (server_default != NULL)
        printf(", .server_default = "), literal(server_default);
    foreign_key(schema, column);
    action(column, "on_delete");
    action(column, "on_update");
}

/* ---- models and tables ---- */

static void uniques(const json_t *described)
{
    size_t i, k;
    json_t *together, *name;
    if (json_array_size(json_object_get(described, "unique")) == 0)
        return;
    printf("static const orm_unique %s_uniques[] = {", name_of(described));
    json_array_foreach (json_object_get(described, "unique"), i, together) {
        printf(" { {");
        json_array_foreach (together, k, name)
            printf(" "), literal(json_string_value(name)), printf(",");
        printf(" } },");
    }
    printf(" };\n");
}

/* ---- relationships ---- */

static void upper(const char *word)
{
    for (; *word != '\0'; word++)
        putchar(toupper((unsigned char)*word));
}

static bool is_kind(const json_t *relationship, const char *kind)
{
    const char *own = text_of(relationship, "kind");
    return own != NULL && strcmp(own, kind) == 0;
}

static bool leads_to_many(const json_t *relationship)
{
    return is_kind(relationship, "one_to_many") || is_kind(relationship, "many_to_many");
}

static bool comes_from_many(const json_t *relationship)
{
    return is_kind(relationship, "many_to_one") || is_kind(relationship, "many_to_many");
}

static void cascade(const json_t *list)
{
    json_t *word;
    size_t i;
    if (json_array_size(list) == 0)
        printf("ORM_CASCADE_NONE");
    json_array_foreach (list, i, word) {
        printf("%sORM_CASCADE_", i > 0 ? " | " : "");
        upper(json_string_value(word));
    }
}

static void side_options(const json_t *side, const char *before)
{
    static const char *const flags[] = { "single_parent", "post_update", "viewonly" };
    const json_t *passive = json_object_get(side, "passive_deletes"), *order = json_object_get(side, "order_by");
    const char *lazy = text_of(side, "lazy"), *collection = text_of(side, "collection");
    json_t *name;
    size_t i;
    if (lazy != NULL)
        printf(", %s.lazy = ORM_LAZY_", before), upper(lazy);
    if (json_object_get(side, "cascade") != NULL)
        printf(", %s.cascade = ", before), cascade(json_object_get(side, "cascade"));
    if (json_is_true(passive) || json_is_string(passive))
        printf(", %s.passive_deletes = ORM_PASSIVE_DELETES%s", before, json_is_string(passive) ? "_ALL" : "");
    if (json_array_size(order) > 0)
        printf(", %s.order_by = {", before);
    json_array_foreach (order, i, name)
        printf("%s", i > 0 ? ", " : " "), literal(json_string_value(name));
    printf("%s", json_array_size(order) > 0 ? " }" : "");
    for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (is(side, flags[i]))
            printf(", %s.%s = true", before, flags[i]);
    if (collection != NULL && strcmp(collection, "set") == 0)
        printf(", %s.set = true", before);
}

static void keys(const json_t *schema, const json_t *relationship, const char *option)
{
    json_t *whole;
    size_t i;
    if (json_array_size(json_object_get(relationship, option)) == 0)
        return;
    printf(", .%s = { ", option);
    json_array_foreach (json_object_get(relationship, option), i, whole)
        printf("%s", i > 0 ? ", " : ""), key(schema, json_string_value(whole));
    printf(" }");
}

/* One line of the model's table: both ends where there is a backref. */
static void relationship(const json_t *schema, const json_t *model, const json_t *described)
{
    const json_t *back = json_object_get(described, "backref");
    const char *populates = text_of(described, "back_populates"), *secondary = text_of(described, "secondary");
    printf("    ORM_");
    if (back != NULL)
        upper(text_of(described, "kind"));
    else
        printf("%s", leads_to_many(described)               ? "HAS_MANY"
                     : is_kind(described, "many_to_one")    ? "BELONGS_TO"
                                                            : "HAS_ONE");
    printf("(%s, %s, %s", name_of(model), name_of(described), text_of(described, "target"));
    if (back != NULL)
        printf(", %s", name_of(back));
    if (populates != NULL)
        printf(", .back_populates = "), literal(populates);
    if (secondary != NULL)
        printf(", .secondary = &%s_model", secondary);
    keys(schema, described, "foreign_key");
    keys(schema, described, "target_key");
    side_options(described, "");
    side_options(back, ".back");
    printf("),\n");
}

/* What to do with each link of a model: its own, and those that others make in it. */
typedef void link_fn(const char *model, const char *name, const char *target, bool many);

static void each_link(const json_t *schema, const json_t *model, link_fn *act)
{
    json_t *other, *described;
    size_t i, k;
    json_array_foreach (json_object_get(model, "relationships"), i, described)
        act(name_of(model), name_of(described), text_of(described, "target"), leads_to_many(described));
    json_array_foreach (json_object_get(schema, "models"), i, other)
        json_array_foreach (json_object_get(other, "relationships"), k, described)
            if (json_object_get(described, "backref") != NULL && strcmp(text_of(described, "target"), name_of(model)) == 0)
                act(name_of(model), name_of(json_object_get(described, "backref")), name_of(other), comes_from_many(described));
}

static void link_member(const char *model, const char *name, const char *target, bool many)
{
    (void)model;
    printf("    ORM_%s(%s) %s;\n", many ? "MANY" : "ONE", target, name);
}

static void link_access(const char *model, const char *name, const char *target, bool many)
{
    printf("TYPED_%s(%s, %s, %s)\n", many ? "MANY" : "ONE", model, name, target);
}

static void link_row(const char *model, const char *name, const char *target, bool many)
{
    (void)target;
    printf("    TYPED_%s_ROW(%s, %s),\n", many ? "MANY" : "ONE", model, name);
}

static size_t links_found;

static void link_count(const char *model, const char *name, const char *target, bool many)
{
    (void)model, (void)name, (void)target, (void)many;
    links_found++;
}

static bool has_links(const json_t *schema, const json_t *model)
{
    links_found = 0;
    each_link(schema, model, link_count);
    return links_found > 0;
}

static void relationships(const json_t *schema, const json_t *model)
{
    json_t *described;
    size_t i;
    if (has_links(schema, model)) {
        each_link(schema, model, link_access);
        printf("static const struct typed_link %s_links[] = {\n", name_of(model));
        each_link(schema, model, link_row);
        printf("};\n");
    }
    if (json_array_size(json_object_get(model, "relationships")) == 0)
        return;
    printf("static const orm_relationship %s_relationships[] = {\n", name_of(model));
    json_array_foreach (json_object_get(model, "relationships"), i, described)
        relationship(schema, model, described);
    printf("};\n");
}

/* Foreign keys of several columns. */
static void foreign_keys(const json_t *schema, const json_t *described)
{
    json_t *several, *name;
    size_t i, k;
    char whole[256];
    if (json_array_size(json_object_get(described, "foreign_keys")) == 0)
        return;
    printf("static const orm_foreign_key %s_foreign_keys[] = {\n", name_of(described));
    json_array_foreach (json_object_get(described, "foreign_keys"), i, several) {
        printf("    { .columns = { ");
        json_array_foreach (json_object_get(several, "columns"), k, name)
            printf("%s", k > 0 ? ", " : ""), literal(json_string_value(name));
        printf(" }, .to = { ");
        json_array_foreach (json_object_get(several, "to"), k, name) {
            snprintf(whole, sizeof whole, "%s.%s", text_of(several, "table"), json_string_value(name));
            printf("%s", k > 0 ? ", " : ""), key(schema, whole);
        }
        printf(" }");
        action(several, "on_delete");
        action(several, "on_update");
        printf(" },\n");
    }
    printf("};\n");
}

static void end_model(const json_t *described)
{
    printf(", .columns = ORM_ARRAY(%s_columns)", name_of(described));
    if (json_array_size(json_object_get(described, "foreign_keys")) > 0)
        printf(", .foreign_keys = ORM_ARRAY(%s_foreign_keys)", name_of(described));
    if (json_array_size(json_object_get(described, "relationships")) > 0)
        printf(", .relationships = ORM_ARRAY(%s_relationships)", name_of(described));
    if (json_array_size(json_object_get(described, "unique")) > 0)
        printf(", .uniques = ORM_ARRAY(%s_uniques)", name_of(described));
}

static void structure(const json_t *schema, const json_t *described)
{
    json_t *column;
    size_t i;
    printf("\nstruct %s {\n    orm_object orm;\n", name_of(described));
    json_array_foreach (json_object_get(described, "columns"), i, column)
        member(column);
    each_link(schema, described, link_member);
    printf("};\n");
}

static void model(const json_t *schema, const json_t *described)
{
    const char *name = name_of(described), *repr = text_of(described, "repr"), *table = text_of(described, "table");
    const json_t *columns = json_object_get(described, "columns");
    json_t *column;
    size_t i;
    putchar('\n');
    json_array_foreach (columns, i, column)
        printf("TYPED_MEMBER(%s, %s)\n", name, name_of(column));
    printf("static const struct typed_member %s_members[] = {\n", name);
    json_array_foreach (columns, i, column)
        printf("    TYPED_ROW(%s, %s, %s),\n", name, name_of(column),
               is_required(column) && (is(column, "primary_key") || text_of(column, "foreign_key") != NULL) &&
                       strcmp(text_of(column, "type"), "integer") == 0
                   ? "true" : "false");
    printf("};\n");
    relationships(schema, described);
    foreign_keys(schema, described);
    printf("static const orm_column %s_columns[] = {\n", name);
    json_array_foreach (columns, i, column) {
        printf("    ORM_COLUMN(%s, %s", name, name_of(column));
        column_options(schema, column);
        printf("),\n");
    }
    printf("};\n");
    uniques(described);
    if (repr != NULL)
        printf("static int %s_repr(const void *object, char *buffer, size_t size)\n{\n    const %s *o = object;\n"
               "    return typed_repr(\"%s\", TYPED_GET(o->%s), buffer, size);\n}\n", name, name, name, repr);
    printf("ORM_MODEL(%s", name);
    if (table != NULL)
        printf(", .table = "), literal(table);
    end_model(described);
    printf("%s%s%s);\n", repr != NULL ? ", .repr = " : "", repr != NULL ? name : "", repr != NULL ? "_repr" : "");
}

static void table(const json_t *schema, const json_t *described)
{
    json_t *column;
    size_t i;
    printf("\nstatic const orm_column %s_columns[] = {\n", name_of(described));
    json_array_foreach (json_object_get(described, "columns"), i, column) {
        printf("    ORM_TABLE_COLUMN(");
        literal(text_of(column, "name"));
        printf(", %s", types[type_of(column)].value);
        column_options(schema, column);
        printf("),\n");
    }
    printf("};\n");
    uniques(described);
    foreign_keys(schema, described);
    printf("ORM_TABLE(%s", name_of(described));
    end_model(described);
    printf(");\n");
}

static void schema_source(const json_t *schema)
{
    const char *name = name_of(schema);
    const json_t *models = json_object_get(schema, "models"), *tables = json_object_get(schema, "tables");
    json_t *described;
    size_t i;
    printf("/* The schema %s as compiled-in models. */\n#include \"typed.h\"\n\n", name);
    /* Two schemas may have a model of one name: the structs are this file's alone, but the models are not. */
    json_array_foreach (models, i, described)
        printf("#define %s_model %s__%s_model\n", name_of(described), name, name_of(described));
    json_array_foreach (tables, i, described)
        printf("#define %s_model %s__%s_model\n", name_of(described), name, name_of(described));
    json_array_foreach (models, i, described)
        printf("ORM_DECLARE(%s);\n", name_of(described));
    json_array_foreach (models, i, described)
        structure(schema, described);
    json_array_foreach (tables, i, described)
        printf("extern const orm_model %s_model;\n", name_of(described));
    json_array_foreach (models, i, described)
        model(schema, described);
    json_array_foreach (tables, i, described)
        table(schema, described);
    printf("\nORM_SCHEMA(%s__models", name);
    json_array_foreach (models, i, described)
        printf(", &%s_model", name_of(described));
    json_array_foreach (tables, i, described)
        printf(", &%s_model", name_of(described));
    printf(");\nstatic const struct typed_model typed[] = {\n");
    json_array_foreach (models, i, described) {
        const char *model_name = name_of(described);
        printf("    { &%s_model, %s_members, sizeof %s_members / sizeof %s_members[0], ", model_name, model_name, model_name, model_name);
        if (has_links(schema, described))
            printf("%s_links, sizeof %s_links / sizeof %s_links[0] },\n", model_name, model_name, model_name);
        else
            printf("NULL, 0 },\n");
    }
    printf("};\nextern const struct typed_schema %s__typed;\n"
           "const struct typed_schema %s__typed = { \"%s@%s\", &%s__models, typed, sizeof typed / sizeof typed[0] };\n",
           name, name, name, text_of(schema, "sha256"), name);
}

static void index_source(const json_t *schemas)
{
    json_t *schema;
    size_t i;
    printf("/* All schemas that are compiled in. */\n#include \"typed.h\"\n\n");
    json_array_foreach (schemas, i, schema)
        printf("extern const struct typed_schema %s__typed;\n", name_of(schema));
    printf("const struct typed_schema *const typed_schemas[] = {\n");
    json_array_foreach (schemas, i, schema)
        printf("    &%s__typed,\n", name_of(schema));
    printf("    NULL,\n};\n");
}

int main(int argc, char **argv)
{
    json_error_t where;
    json_t *schemas = json_loadf(stdin, 0, &where), *schema, *found = NULL;
    size_t i;
    if (argc != 2 || !json_is_array(schemas))
        die(argc != 2 ? "usage: generate SCHEMA|--index <schemas.json" : "standard input: %s", where.text);
    json_array_foreach (schemas, i, schema)
        if (strcmp(name_of(schema), argv[1]) == 0)
            found = schema;
    if (strcmp(argv[1], "--index") == 0)
        index_source(schemas);
    else if (found != NULL)
        schema_source(found);
    else
        die("no schema %s", argv[1]);
    json_decref(schemas);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
