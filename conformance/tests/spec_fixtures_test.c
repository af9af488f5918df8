/* The closed lists, the schemas and the rows: what they give, and each refusal. */
#include "world.h"

#include <criterion/criterion.h>

Test(lists, refusals_of_the_suite)
{
    static const struct world_refusal rows[] = {
        {"version: 1.2\nprotocol: 1\n", "1:10: `version` must be MAJOR.MINOR.PATCH"},
        {"version: 1.2.3.4\nprotocol: 1\n", "1:10: `version` must be MAJOR.MINOR.PATCH"},
        {"version: 1.2.3\nprotocol: 2\n", "2:11: `protocol` must be 1, the version that this runner speaks"},
        {"version: 1.2.3\nprotocol: '1'\n", "2:11: `protocol` must be 1, the version that this runner speaks"},
        {"version: 1.2.3\n", "1:1: suite.yaml needs `protocol`"},
        {"version: 1.2.3\nprotocol: 1\nname: x\n", "3:1: unknown key `name` in suite.yaml (known: version, protocol)"},
    };
    WORLD_EXPECT_REFUSALS("spec/suite.yaml", rows);
}

Test(lists, refusals_of_the_capabilities)
{
    static const char profiles[] = "profiles: []\n";
    static const struct world_refusal rows[] = {
        {"capabilities: x\n", "1:15: `capabilities` must be a list, not text"},
        {"caps: []\n", "1:1: capabilities.yaml needs `capabilities`\n1:1: unknown key `caps` in capabilities.yaml "
                       "(known: capabilities)"},
        {"capabilities: [{name: core}]\n", "1:16: a capability needs `says`"},
        {"capabilities: [{name: Core, says: x}]\n", "1:23: `Core` is no name: [a-z0-9_]+, parts joined by dots"},
        {"capabilities: [{name: core., says: x}]\n", "1:23: `core.` is no name: [a-z0-9_]+, parts joined by dots"},
        {"capabilities: [{name: a, says: x}, {name: a, says: y}]\n", "1:43: capability `a` is defined twice"},
        {"capabilities: [{name: 1, says: x}]\n", "1:23: `name` must be text, not an integer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_make();
        world_write(&world, "spec/profiles.yaml", profiles);
        world_write(&world, "spec/capabilities.yaml", rows[i].text);
        cr_expect_null(world_load(&world));
        size_t lines = 0;
        for (const char *line = rows[i].told; *line != '\0'; lines++) {
            size_t length = strcspn(line, "\n");
            char *wanted = memory_format("spec/capabilities.yaml:%.*s\n", (int)length, line);
            cr_expect_not_null(strstr(text_get(&world.told), wanted), "row %zu: %s", i, text_get(&world.told));
            free(wanted);
            line += length + (line[length] == '\n');
        }
        world_free(&world);
    }
}

Test(lists, refusals_of_the_error_kinds)
{
    static const struct world_refusal rows[] = {
        {"kinds: [{name: a, says: x, sqlalchemy: y, code: z}]\n",
         "1:43: unknown key `code` in an error kind (known: name, says, sqlalchemy, sqlstate, sqlite)"},
        {"kinds: [{name: a, says: x, sqlalchemy: y, sqlstate: 23505}]\n",
         "1:53: `sqlstate` must be text, not an integer"},
        {"kinds: [{name: a.b, says: x, sqlalchemy: y}, {name: a, says: x, sqlalchemy: y}]\n",
         "1:8: error kind `a` is a leaf, yet `a.b` lies below it"},
        {"kinds: [{name: a, says: x, sqlalchemy: y}, {name: a, says: x, sqlalchemy: y}]\n",
         "1:51: error kind `a` is defined twice"},
    };
    WORLD_EXPECT_REFUSALS("spec/error-kinds.yaml", rows);
}

Test(lists, refusals_of_the_facts)
{
    static const struct world_refusal rows[] = {
        {"facts: [{name: a, default: 1, says: x}]\n", "1:9: a fact has either `type: integer` or `values`"},
        {"facts: [{name: a, type: integer, values: [x], default: x, says: x}]\n",
         "1:9: a fact has either `type: integer` or `values`"},
        {"facts: [{name: a, type: text, default: x, says: x}]\n",
         "1:25: the only type of a fact is `integer`; else list its `values`"},
        {"facts: [{name: a, type: integer, default: x, says: x}]\n",
         "1:43: the default of an integer fact must be an integer, not text"},
        {"facts: [{name: a, values: [x, y], default: z, says: x}]\n",
         "1:44: the default of a fact must be one of its `values`"},
        {"facts: [{name: a, values: [x, 1], default: x, says: x}]\n",
         "1:31: an item of `values` must be text, not an integer"},
        {"facts: [x]\n", "1:9: a fact must be a map, not text"},
        {"facts: [{name: a, type: integer, default: 1, says: x}, {name: a, type: integer, default: 1, says: x}]\n",
         "1:63: fact `a` is defined twice"},
    };
    WORLD_EXPECT_REFUSALS("spec/facts.yaml", rows);
}

Test(lists, refusals_of_the_profiles)
{
    static const struct world_refusal rows[] = {
        {"profiles: [{name: a, says: x, capabilities: [cor]}]\n",
         "1:46: unknown capability `cor` (did you mean `core`?)"},
        {"profiles: [{name: a, says: x, capabilities: [core, core]}]\n",
         "1:52: capability `core` is in this profile already"},
        {"profiles: [{name: a, says: x, includes: [b], capabilities: [core]}]\n",
         "1:42: profile `b` is not defined above"},
        {"profiles: [{name: a, says: x}]\n", "1:12: a profile needs `capabilities`"},
        {"profiles: [{name: a, says: x, capabilities: []}, {name: a, says: x, capabilities: []}]\n",
         "1:57: profile `a` is defined twice"},
    };
    WORLD_EXPECT_REFUSALS("spec/profiles.yaml", rows);
}

#define MODEL "models:\n  - name: M\n    columns:\n      - {name: id, type: integer, primary_key: true}\n"
#define COLUMN MODEL "      - "

Test(schemas, refusals_of_columns)
{
    static const struct world_refusal rows[] = {
        {COLUMN "{name: a, type: int}\n", "5:25: unknown type `int`"},
        {COLUMN "{name: a}\n", "5:9: a column needs `type`"},
        {COLUMN "x\n", "5:9: a column must be a map, not text"},
        {COLUMN "{name: a, type: text, size: 3}\n",
         "5:31: unknown key `size` in a column (known: name, type, length, primary_key, autoincrement, nullable, "
         "unique, index, default, "
         "onupdate, server_default, foreign_key, on_delete, on_update, column, version)"},
        {COLUMN "{name: a, type: text, version: true}\n", "5:40: `version` is for integers that are no primary key"},
        {COLUMN "{name: a, type: integer, version: 1}\n", "5:43: `version` must be true or false, not an integer"},
        {COLUMN "{name: a, type: string}\n", "5:9: the string `a` needs a `length`"},
        {COLUMN "{name: a, type: string, length: 0}\n", "5:41: `length` must be an integer of at least 1"},
        {COLUMN "{name: a, type: text, length: 3}\n", "5:39: only a string has a `length`, not text"},
        {COLUMN "{name: a, type: text, nullable: 1}\n", "5:41: `nullable` must be true or false, not an integer"},
        {COLUMN "{name: a, type: text, autoincrement: false}\n", "5:46: `autoincrement` is for integer primary keys"},
        {COLUMN "{name: a, type: integer, primary_key: true, nullable: true}\n", "5:63: a primary key is not nullable"},
        {COLUMN "{name: a, type: integer, default: x}\n", "5:43: `default` of a integer column must be an integer"},
        {COLUMN "{name: a, type: float, default: 1}\n",
         "5:41: `default` of a float column must be a number with a fraction or exponent (1.0)"},
        {COLUMN "{name: a, type: json, default: []}\n", "5:40: `default` of a json column must be {$: json, v: …}"},
        {COLUMN "{name: a, type: boolean, default: 0}\n", "5:43: `default` of a boolean column must be true or false"},
        {COLUMN "{name: a, type: date, default: {$: datetime, v: 2024-01-01T00:00:00}}\n",
         "5:40: `default` of a date column must be {$: date, v: …}"},
        {COLUMN "{name: a, type: datetime, default: {$: date, v: 2024-01-01}}\n",
         "5:44: `default` of a datetime column must be {$: datetime, v: …}"},
        {COLUMN "{name: a, type: text, default: {$: fn, v: utcnow}}\n",
         "5:40: `default` of a text column must be a value of its type: utcnow is for datetime and date"},
        {COLUMN "{name: a, type: datetime, onupdate: {$: fn, v: tick}}\n",
         "5:45: `onupdate` of a datetime column must be a value of its type: tick is for integer"},
        {COLUMN "{name: a, type: text, default: null}\n", "5:40: `default` of a text column must be text"},
        {COLUMN "{name: a, type: text, server_default: 1}\n", "5:47: `server_default` must be text, not an integer"},
        {COLUMN "{name: a, type: integer, on_delete: cascade}\n", "5:45: `on_delete` goes with a `foreign_key`"},
        {COLUMN "{name: a, type: integer, foreign_key: m.id, on_delete: drop}\n",
         "5:64: `on_delete` must be cascade, set null, restrict, set default or no action"},
        {COLUMN "{name: a, type: integer, foreign_key: m}\n", "5:47: `foreign_key` must be \"table.column\""},
        {COLUMN "{name: a, type: integer, foreign_key: n.id}\n",
         "5:47: the foreign key `n.id` leads to no table: there is no `n`"},
        {COLUMN "{name: a, type: integer, foreign_key: m.no}\n",
         "5:47: the foreign key `m.no` leads to no column: `m` has no `no`"},
        {COLUMN "{name: id, type: text}\n", "5:9: the column `id` is there twice"},
        {COLUMN "{name: a, type: text, column: id}\n", "5:9: two columns are `id` in the database"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

Test(schemas, refusals_of_models)
{
    static const struct world_refusal rows[] = {
        {"derive_names: true\n", "1:1: a schema needs models or tables"},
        {"models: x\n", "1:1: a schema needs models or tables\n1:9: `models` must be a list, not text"},
        {"models: [x]\n", "1:10: a model must be a map, not text"},
        {"name: x\nmodels: []\n", "1:1: unknown key `name` in a schema (known: models, tables, derive_names)"},
        {"models: [{name: M}]\n", "1:10: a model needs `columns`"},
        {"models: [{name: M, columns: []}]\n", "1:29: `columns` must be a list with columns"},
        {"models: [{name: M, columns: [{name: a, type: text}]}]\n", "1:10: the model `M` has no primary key"},
        {"models: [{name: 1M, columns: [{name: a, type: text, primary_key: true}]}]\n",
         "1:17: `1M` is no name of a model: letters, digits and _"},
        {"models: [{name: M-N, columns: [{name: a, type: text, primary_key: true}]}]\n",
         "1:17: `M-N` is no name of a model: letters, digits and _"},
        {"models: [{name: Жук, columns: [{name: a, type: text, primary_key: true}]}]\n",
         "1:17: the table's name cannot be derived from `Жук`: give `table`"},
        {MODEL "  - name: M\n    table: n\n    columns: [{name: id, type: integer, primary_key: true}]\n",
         "5:11: the model `M` is there twice"},
        {MODEL "  - name: N\n    table: m\n    columns: [{name: id, type: integer, primary_key: true}]\n",
         "5:11: the table `m` is there twice"},
        {MODEL "tables: [{name: m, columns: [{name: a, type: text}]}]\n", "5:17: the table `m` is there twice"},
        {MODEL "tables: [{name: t, repr: a, columns: [{name: a, type: text}]}]\n",
         "5:20: unknown key `repr` in a table (known: name, columns, unique, foreign_keys)"},
        {MODEL "    unique: [id]\n", "5:14: `unique` is a list of lists of columns"},
        {MODEL "    unique: [[id, no]]\n", "5:19: `unique` names the column `no`, which is not there"},
        {MODEL "    repr: no\n", "5:11: `repr` names the column `no`, which is not there"},
        {MODEL "    password: no\n", "5:15: `password` names the column `no`, which is not there"},
        {MODEL "    password: id\n", "5:15: `password` names the column `id`, which holds no text"},
        {"models:\n  - name: M\n    columns:\n      - [name, typ]\n      - [id, integer]\n",
         "4:16: unknown column option `typ` (did you mean `type`?)"},
        {"models:\n  - name: M\n    columns:\n      - [name, name]\n      - [id, integer]\n",
         "4:16: the option `name` is twice in the header"},
        {"models:\n  - name: M\n    columns:\n      - [name, type, primary_key]\n      - [id, integer]\n      - [i, "
         "integer, true]\n",
         "5:9: a line of columns must be a list of 3 cells, like its header"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

static void expect_table(const char *model, const char *table)
{
    struct world world = world_make();
    char *text =
        memory_format("models: [{name: %s, columns: [{name: id, type: integer, primary_key: true}]}]\n", model);
    world_write(&world, "fixtures/schemas/one.yaml", text);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s: %s", model, text_get(&world.told));
    const struct spec_schema *schema = spec_find_schema(spec, "one");
    const json_t *found = spec_find_model(schema, model);
    cr_expect_str_eq(json_string_value(json_object_get(found, "table")), table);
    cr_expect_eq(json_object_get(schema->tables, table), found);
    spec_free(spec);
    free(text);
    world_free(&world);
}

Test(schemas, names_of_tables_follow_the_described_rule)
{
    static const char *const names[][2] = {
        {"User", "user"},
        {"UserProfile", "user_profile"},
        {"Snake_case", "snake_case"},
        {"HTMLLayout", "html_layout"},
        {"LayoutHTML", "layout_html"},
        {"HTTP2Request", "http2_request"},
        {"PreABC", "pre_abc"},
        {"ABCPost", "abc_post"},
        {"AstV2Node", "ast_v2_node"},
        {"get2HTTPResponse123Code", "get2_http_response123_code"},
        {"LONGName4TestingCamelCase2snake_caseXYZ", "long_name4_testing_camel_case2snake_case_xyz"},
        {"A", "a"},
        {"AB", "ab"},
        {"aB", "a_b"},
        {"X1", "x1"},
        {"X1Y", "x1_y"},
        {"_Private", "private"},
        {"__Dunder", "dunder"},
        {"Foo_Bar", "foo__bar"},
        {"FooBar_", "foo_bar_"},
        {"lower", "lower"},
        {"getHTTPresponseCode", "get_htt_presponse_code"},
        {"Été", "été"},
        {"ÉtéBleu", "été_bleu"},
        {"IPv4Address", "i_pv4_address"},
        {"OAuth2Token", "o_auth2_token"},
        {"MyJSON2", "my_json2"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        expect_table(names[i][0], names[i][1]);
    }
}

Test(schemas, travel_as_the_protocol_has_them)
{
    struct world world = world_make();
    world_write(
        &world, "fixtures/schemas/named.yaml",
        "derive_names: true\nmodels:\n  - {name: OneTwo, columns: [{name: id, type: integer, primary_key: true}]}\n"
        "  - {name: B, table: Given Name, columns: [{name: id, type: integer, primary_key: true},"
        " {name: at, type: datetime, default: {$: fn, v: utcnow}}, {name: x, type: float, default: 1.5}]}\n"
        "tables:\n  - {name: t, columns: [{name: a, type: integer, foreign_key: one_two.id}]}\n");
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    const struct spec_schema *blog = spec_find_schema(spec, "blog"), *named = spec_find_schema(spec, "named");
    char *text = json_dumps(blog->json, JSON_COMPACT);
    cr_expect_str_eq(
        text, "{\"name\":\"blog\",\"sha256\":\"43aa34f8c2af94d895395c9223e4106fb66611af79e993c2257423ad6b2b0784\","
              "\"models\":["
              "{\"name\":\"User\",\"table\":\"user\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_"
              "key\":true},"
              "{\"name\":\"name\",\"type\":\"string\",\"length\":80,\"nullable\":false},{\"name\":\"bio\",\"type\":"
              "\"text\"}],\"repr\":\"name\"},"
              "{\"name\":\"BlogPost\",\"table\":\"blog_post\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\","
              "\"primary_key\":true},"
              "{\"name\":\"title\",\"type\":\"text\",\"column\":\"head_line\"},"
              "{\"name\":\"user_id\",\"type\":\"integer\",\"foreign_key\":\"user.id\",\"on_delete\":\"cascade\"}]}]}");
    free(text);
    text = json_dumps(named->json, JSON_COMPACT);
    cr_expect_not_null(strstr(text, "{\"name\":\"OneTwo\",\"columns\""));
    cr_expect_not_null(strstr(text, "{\"name\":\"B\",\"table\":\"Given Name\",\"columns\""));
    cr_expect_not_null(strstr(text, "\"default\":{\"$\":\"fn\",\"v\":\"utcnow\"}"));
    cr_expect_not_null(strstr(text, "\"default\":{\"$\":\"float\",\"v\":\"1.5\"}"));
    cr_expect_not_null(strstr(text, "\"tables\":[{\"name\":\"t\""));
    cr_expect_null(strstr(text, "derive_names"));
    free(text);
    cr_expect(named->derive_names && !blog->derive_names);
    cr_expect_not_null(json_object_get(named->tables, "one_two"));
    cr_expect_not_null(json_object_get(named->tables, "t"));
    const json_t *post = spec_find_model(blog, "BlogPost");
    cr_expect_eq(spec_find_column(post, "title"), spec_find_stored(post, "head_line"));
    cr_expect_null(spec_find_column(post, "head_line"));
    cr_expect_str_eq(spec_stored_name(spec_find_column(post, "title")), "head_line");
    cr_expect_null(spec_find_model(blog, "Nobody"));
    cr_expect_null(spec_find_schema(spec, "nothing"));
    spec_free(spec);
    world_free(&world);
}

Test(rows, refusals)
{
    static const struct world_refusal rows[] = {
        {"[]\n", "1:1: rows must be a map of tables, not a list"},
        {"{}\n", "1:1: rows must be a map of tables, not a map"},
        {"users: [[id]]\n", "1:1: the schema `blog` has no table `users`"},
        {"user: x\n", "1:7: the rows of `user` must be a list that begins with the column names"},
        {"user: [[id, nam]]\n", "1:8: rows of `user` need the column `name`, which is not nullable\n1:13: the table "
                                "`user` has no column `nam`"},
        {"user: [[name, name]]\n", "1:15: the column `name` is twice in the header"},
        {"user:\n  - [id, name]\n  - [1]\n", "3:5: a row of `user` must be a list of 2 values, like the column names"},
        {"user:\n  - [id, name]\n  - [x, y]\n",
         "3:6: the column `id` is of the type integer: its value must be an integer"},
        {"user:\n  - [id, name]\n  - [1, 2]\n", "3:9: the column `name` is of the type string: its value must be text"},
        {"user:\n  - [id, name]\n  - [null, null]\n",
         "3:6: the column `id` is not nullable\n3:12: the column `name` is not nullable"},
        {"user:\n  - [id]\n  - [1]\n", "2:5: rows of `user` need the column `name`, which is not nullable"},
        {"user:\n  - [id, name]\n  - [1, {~: any}]\n",
         "3:9: the column `name` is of the type string: its value must be text\n"
         "3:13: the operator `any` cannot stand in a fixture"},
        {"blog_post:\n  - [id, title]\n  - [1, x]\n", "2:10: the table `blog_post` has no column `title`"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/rows/blog/bad.yaml", rows);
}

Test(rows, of_a_schema_with_a_fault_are_not_told_of_too)
{
    struct world world = world_make();
    world_write(
        &world, "fixtures/schemas/blog.yaml",
        "models: [{name: User, columns: [{name: id, type: integer, primary_key: true}, {name: 1, type: text}]}]\n");
    cr_expect_null(world_load(&world));
    cr_expect_str_eq(text_get(&world.told), "fixtures/schemas/blog.yaml:1:86: `name` must be text, not an integer\n");
    world_free(&world);
}

Test(rows, lie_in_a_folder_of_their_schema)
{
    struct world world = world_make();
    world_write(&world, "fixtures/rows/nothing/a.yaml", "x: [[a]]\n");
    world_write(&world, "fixtures/rows/stray.yaml", "x: [[a]]\n");
    world_write(&world, "fixtures/rows/blog/old.yml", "x: [[a]]\n");
    world_write(&world, "fixtures/rows/blog/README.md", "text\n");
    world_write(&world, "fixtures/schemas/a b.yaml", "models: []\n");
    world_write(&world, "fixtures/schemas/old.yml", "models: []\n");
    cr_expect_null(world_load(&world));
    cr_expect_str_eq(
        text_get(&world.told),
        "fixtures/schemas/a b.yaml:1:1: `a b` is no name of a schema: [A-Za-z0-9_-]+\n"
        "fixtures/rows/blog/old.yml:1:1: this file would not be read: its name must end in .yaml\n"
        "fixtures/schemas/old.yml:1:1: this file would not be read: its name must end in .yaml\n"
        "fixtures/rows/nothing:1:1: rows for a schema that is not there: `nothing`\n"
        "fixtures/rows/stray.yaml:1:1: rows lie in a folder named for their schema: fixtures/rows/SCHEMA/stray.yaml\n");
    world_free(&world);
}
