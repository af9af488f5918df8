/* What the loader makes of a good specification. */
#include "world.h"

#include <criterion/criterion.h>

static const char chapter[] =
    "chapter: Reading\n"
    "behaviours:\n"
    "  - id: read.get\n"
    "    level: must\n"
    "    rule: Reads.\n"
    "    source: seed\n"
    "    needs: [not_found]\n"
    "    was: [read.old]\n"
    "    catalogue: [crud.read.01, \"x 2\"]\n"
    "    cases:\n"
    "      - name: table\n"
    "        schema: blog\n"
    "        rows: <rows>\n"
    "        needs: [<cap>, uow]\n"
    "        when: <when>\n"
    "        steps:\n"
    "          - new: {model: User, values: {name: <name>, bio: <bio>}}\n"
    "            as: u\n"
    "          - add_all: {objs: [u, <obj>]}\n"
    "            when: {fact: keys, is: \"on\"}\n"
    "          - query: {model: User, q: [[filter, [eq, name, <name>]], [limit, <limit>]], end: [get_or_404, <name>]}\n"
    "            expect: {a: <value>, b: {$: json, v: <value>}, c: \"<value>\", d: <bio>}\n"
    "          - commit: {}\n"
    "            error: <kind>\n"
    "        table:\n"
    "          - [row,   rows, cap,     when,       name, bio,       obj,      limit,     value,            kind]\n"
    "          - [true,  two,  core,    sqlite,     zoe,  null,      u,        1,         1.50,             data]\n"
    "          - [2,     two,  refresh, postgresql, '',   {~: omit}, {~: omit}, null,     [1, {x: 2}],      [data, "
    "not_found]]\n"
    "  - id: read.none\n"
    "    level: may\n"
    "    rule: Nothing.\n"
    "    source: seed\n"
    "  - id: read.untested\n"
    "    level: should\n"
    "    rule: Nothing.\n"
    "    source: seed\n"
    "    untested: It cannot be seen.\n";

static char *dump(const json_t *json)
{
    return json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void expect_json(const json_t *json, const char *text)
{
    char *got = dump(json);
    cr_expect_str_eq(got, text, "got %s, not %s", got, text);
    free(got);
}

static void expect_names(const char **names, const char *joined)
{
    struct text text = {0};
    for (; *names != NULL; names++) {
        text_format(&text, "%s%s", text.length ? " " : "", *names);
    }
    cr_expect_str_eq(text_get(&text), joined);
    text_free(&text);
}

Test(load, a_chapter_with_a_table)
{
    struct world world = world_make();
    world_write(&world, "spec/reading.yaml", chapter);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    cr_assert_eq(spec->chapter_count, 1);
    cr_expect_str_eq(spec->chapters[0].name, "reading");
    cr_expect_str_eq(spec->chapters[0].title, "Reading");
    cr_assert_eq(spec->chapters[0].behaviour_count, 3);
    const struct spec_behaviour *get = &spec->chapters[0].behaviours[0], *none = get + 1, *untested = get + 2;
    cr_expect_str_eq(get->id, "read.get");
    cr_expect_str_eq(get->rule, "Reads.");
    cr_expect_str_eq(get->source, "seed");
    cr_expect_eq(get->level, SPEC_MUST);
    cr_expect_eq(get->chapter, &spec->chapters[0]);
    cr_expect_eq(get->place.line, 3);
    expect_names(get->was, "read.old");
    expect_names(get->catalogue, "crud.read.01 x 2");
    expect_names(get->needs, "not_found");
    cr_expect_eq(none->case_count, 0);
    cr_expect_eq(none->level, SPEC_MAY);
    cr_expect_null(none->untested);
    expect_names(none->was, "");
    cr_expect_str_eq(untested->untested, "It cannot be seen.");
    cr_expect_eq(untested->level, SPEC_SHOULD);
    cr_assert_eq(get->case_count, 2);

    const struct spec_case *first = &get->cases[0], *second = &get->cases[1];
    cr_expect_str_eq(first->id, "read.get/table/true");
    cr_expect_str_eq(second->id, "read.get/table/2");
    cr_expect_eq(first->behaviour, get);
    cr_expect_eq(first->schema, spec_find_schema(spec, "blog"));
    cr_expect_eq(first->rows, spec->rows[0].json);
    cr_expect_eq(first->place.line, 27);
    cr_expect_not(first->fresh);
    expect_names(first->needs, "not_found core uow filter tx");
    expect_names(second->needs, "not_found refresh uow core filter tx");
    expect_json(first->when, "\"sqlite\"");
    expect_json(second->when, "\"postgresql\"");
    expect_json(first->rows, "{\"user\":[[\"id\",\"name\"],[1,\"zoe\"],[2,\"abe\"]]}");

    cr_assert_eq(first->step_count, 4);
    cr_expect_str_eq(first->steps[0].operation->name, "new");
    cr_expect_str_eq(first->steps[0].bind, "u");
    cr_expect_eq(first->steps[0].place.line, 17);
    cr_expect_eq(first->steps[0].place.column, 13);
    expect_json(first->steps[0].params, "{\"model\":\"User\",\"values\":{\"name\":\"zoe\",\"bio\":null}}");
    expect_json(second->steps[0].params, "{\"model\":\"User\",\"values\":{\"name\":\"\"}}");
    expect_json(first->steps[1].params, "{\"objs\":[{\"$\":\"var\",\"v\":\"u\"},{\"$\":\"var\",\"v\":\"u\"}]}");
    expect_json(second->steps[1].params, "{\"objs\":[{\"$\":\"var\",\"v\":\"u\"}]}");
    expect_json(first->steps[1].when, "{\"fact\":\"keys\",\"is\":\"on\"}");
    expect_json(first->steps[2].params,
                "{\"model\":\"User\",\"q\":[[\"filter\",[\"eq\",\"name\",\"zoe\"]],[\"limit\",1]],"
                "\"end\":[\"get_or_404\",\"zoe\"]}");
    expect_json(
        first->steps[2].expect,
        "{\"a\":{\"$\":\"float\",\"v\":\"1.50\"},\"b\":{\"$\":\"json\",\"v\":1.5},\"c\":\"<value>\",\"d\":null}");
    expect_json(second->steps[2].expect,
                "{\"a\":[1,{\"x\":2}],\"b\":{\"$\":\"json\",\"v\":[1,{\"x\":2}]},\"c\":\"<value>\"}");
    expect_json(first->steps[3].error, "\"data\"");
    expect_json(second->steps[3].error, "[\"data\",\"not_found\"]");
    cr_expect_null(first->steps[3].expect);
    cr_expect_null(first->steps[3].bind);
    spec_free(spec);
    world_free(&world);
}

Test(load, the_lists)
{
    struct world world = world_make();
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    cr_expect_str_eq(spec->version, "1.2.3");
    cr_expect_eq(strlen(spec->sha256), 64);
    cr_expect_eq(spec->chapter_count, 0);
    expect_names(spec->capabilities, "core url ddl table_names filter not_found uow tx repr stats refresh");
    cr_expect_str_eq(spec->capability_says[1], "URLs.");
    cr_expect_eq(spec->capability_places[1].line, 3);
    cr_expect(spec_has_capability(spec, "core") && !spec_has_capability(spec, "cor"));
    expect_names(spec->kinds, "integrity.unique integrity.check data not_found");
    cr_expect(spec_has_kind(spec, "integrity.unique", false) && spec_has_kind(spec, "integrity.unique", true));
    cr_expect(!spec_has_kind(spec, "integrity", false) && spec_has_kind(spec, "integrity", true));
    cr_expect(!spec_has_kind(spec, "integ", true) && !spec_has_kind(spec, "integrity.", true));
    expect_json(spec_find_fact(spec, "digits")->fallback, "6");
    cr_expect_null(spec_find_fact(spec, "digits")->values);
    expect_json(spec_find_fact(spec, "keys")->fallback, "\"on\"");
    expect_json(spec_find_fact(spec, "keys")->values, "[\"on\",\"off\"]");
    cr_expect_null(spec_find_fact(spec, "none"));
    expect_names(spec_find_profile(spec, "session")->capabilities, "core ddl uow tx");
    cr_expect_null(spec_find_profile(spec, "seed"));
    spec_free(spec);
    spec_free(NULL);
    world_free(&world);
}

Test(load, the_hash_is_over_what_was_read)
{
    struct world world = world_make();
    struct spec *one = world_load(&world), *two = world_load(&world);
    cr_expect_str_eq(one->sha256, two->sha256);
    world_write(&world, "fixtures/rows/blog/two.yaml", "user:\n  - [id, name]\n  - [1, other]\n");
    struct spec *three = world_load(&world);
    cr_expect_str_neq(one->sha256, three->sha256);
    spec_free(one);
    spec_free(two);
    spec_free(three);
    world_free(&world);
}

static char *one_behaviour(const char *id)
{
    return memory_format("chapter: C\nbehaviours:\n  - {id: %s, level: may, rule: r, source: s}\n", id);
}

Test(load, extra_chapters_add_and_replace)
{
    struct world world = world_make();
    static const char *const files[][2] = {{"spec/a.yaml", "a.a"},
                                           {"spec/b.yaml", "b.b"},
                                           {"more/b.yaml", "b.new"},
                                           {"more/c.yaml", "c.c"},
                                           {"single.yaml", "d.d"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *text = one_behaviour(files[i][1]);
        world_write(&world, files[i][0], text);
        free(text);
    }
    char *folder = path_join(world.root, "more"), *single = path_join(world.root, "single.yaml");
    struct spec *spec = spec_load(world.root, (const char *const[]){folder, single, NULL}, world_told, &world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    static const char *const ids[] = {"a.a", "b.new", "c.c", "d.d"};
    cr_assert_eq(spec->chapter_count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_str_eq(spec->chapters[i].behaviours[0].id, ids[i]);
    }
    cr_expect_str_eq(spec->chapters[3].name, "single");
    cr_expect_str_eq(spec->chapters[3].behaviours[0].place.file, single);
    spec_free(spec);

    char *empty = path_join(world.root, "empty"), *missing = path_join(world.root, "none.yaml");
    world_write(&world, "empty/x", "");
    char *file = path_join(world.root, "empty/x");
    remove(file);
    cr_expect_null(spec_load(world.root, (const char *const[]){empty, missing, NULL}, world_told, &world));
    char *told =
        memory_format("%s:1:1: no chapter (*.yaml) in this folder\n%s:1:1: cannot be read: No such file or directory\n",
                      empty, missing);
    cr_expect_str_eq(text_get(&world.told), told);
    free(told);
    free(file);
    free(missing);
    free(empty);
    free(single);
    free(folder);
    world_free(&world);
}

Test(load, refuses_what_lies_about)
{
    struct world world = world_make();
    world_write(&world, "spec/notes.yaml", "notes: x\n");
    world_write(&world, "spec/old.yml", "chapter: x\n");
    world_write(&world, "spec/text.md", "no chapter\n");
    cr_expect_null(world_load(&world));
    cr_expect_str_eq(text_get(&world.told),
                     "spec/notes.yaml:1:1: not a chapter: its first key must be `chapter`\n"
                     "spec/old.yml:1:1: this file would not be read: its name must end in .yaml\n");
    world_free(&world);

    struct world nothing = {.root = memory_copy("/no/such/root")};
    cr_expect_null(world_load(&nothing));
    cr_expect_not_null(
        strstr(text_get(&nothing.told), "spec/suite.yaml:1:1: cannot be read: No such file or directory\n"));
    text_free(&nothing.told);
    free(nothing.root);
}

Test(load, an_id_is_taken_over_all_chapters)
{
    struct world world = world_make();
    char *text = one_behaviour("a.a");
    world_write(&world, "spec/a.yaml", text);
    world_write(&world, "spec/b.yaml", text);
    cr_expect_null(world_load(&world));
    cr_expect_str_eq(text_get(&world.told), "spec/b.yaml:3:10: the id `a.a` is taken already: spec/a.yaml:3\n");
    free(text);
    world_free(&world);
}

/* One step of a case in a small chapter, and what becomes of its params or its expectation. */
static void expect_step(const char *step, const char *params, const char *expect, const char *needs)
{
    struct world world = world_make();
    char *text =
        memory_format("chapter: C\nbehaviours:\n  - id: a.b\n    level: may\n    rule: r\n    source: s\n    cases:\n"
                      "      - {name: c, schema: blog, steps: [{%s}]}\n",
                      step);
    world_write(&world, "spec/c.yaml", text);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s: %s", step, text_get(&world.told));
    const struct spec_case *one = &spec->chapters[0].behaviours[0].cases[0];
    cr_expect_str_eq(one->id, "a.b/c");
    expect_json(one->steps[0].params, params);
    if (expect != NULL) {
        expect_json(one->steps[0].expect, expect);
    }
    expect_names(one->needs, needs);
    spec_free(spec);
    free(text);
    world_free(&world);
}

Test(load, values_are_typed)
{
    static const char *const rows[][2] = {
        {"[null, true, -0, 9007199254740991]", "[null,true,0,9007199254740991]"},
        {"[9007199254740992, -9007199254740993]",
         "[{\"$\":\"int\",\"v\":\"9007199254740992\"},{\"$\":\"int\",\"v\":\"-9007199254740993\"}]"},
        {"123456789012345678901234567890", "{\"$\":\"int\",\"v\":\"123456789012345678901234567890\"}"},
        {"[1.0, 1e5, -0.0]",
         "[{\"$\":\"float\",\"v\":\"1.0\"},{\"$\":\"float\",\"v\":\"1e5\"},{\"$\":\"float\",\"v\":\"-0.0\"}]"},
        {"{$: float, v: NaN}", "{\"$\":\"float\",\"v\":\"NaN\"}"},
        {"{$: json, v: {a: [1, 1.5, null, {~: any}, {$: x}], b: 9007199254740993}}",
         "{\"$\":\"json\",\"v\":{\"a\":[1,1.5,null,{\"~\":\"any\"},{\"$\":\"x\"}],\"b\":9007199254740993}}"},
        {"{$: bytes, v: //79}", "{\"$\":\"bytes\",\"v\":\"//79\"}"},
        {"\"a\\0b\"", "\"a\\u0000b\""},
        {"{$: datetime, v: 2024-01-02T03:04:05}", "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05\"}"},
        {"no", "\"no\""},
        {"{~: db, sqlite: 1, postgresql: {~: not, v: 2.5}}",
         "{\"~\":\"db\",\"sqlite\":1,\"postgresql\":{\"~\":\"not\",\"v\":{\"$\":\"float\",\"v\":\"2.5\"}}}"},
        {"{~: near, v: {$: var, v: t}, s: 0.5}",
         "{\"~\":\"near\",\"v\":{\"$\":\"var\",\"v\":\"t\"},\"s\":{\"$\":\"float\",\"v\":\"0.5\"}}"},
        {"{~: fact, name: digits, cases: {3: a, 6: b}}",
         "{\"~\":\"fact\",\"name\":\"digits\",\"cases\":{\"3\":\"a\",\"6\":\"b\"}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *step = memory_format("files: {}, expect: %s", rows[i][0]);
        expect_step(step, "{}", rows[i][1], "");
        free(step);
    }
}

Test(load, short_forms_are_expanded)
{
    expect_step("add: {obj: u}", "{\"obj\":{\"$\":\"var\",\"v\":\"u\"}}", NULL, "uow");
    expect_step("add: {obj: {$: var, v: u}}", "{\"obj\":{\"$\":\"var\",\"v\":\"u\"}}", NULL, "uow");
    expect_step(
        "add: {obj: {~: db, sqlite: u, postgresql: w}}",
        "{\"obj\":{\"~\":\"db\",\"sqlite\":{\"$\":\"var\",\"v\":\"u\"},\"postgresql\":{\"$\":\"var\",\"v\":\"w\"}}}",
        NULL, "uow");
    expect_step("add: {obj: {~: fact, name: keys, cases: {on: u, off: w}}}",
                "{\"obj\":{\"~\":\"fact\",\"name\":\"keys\",\"cases\":{\"on\":{\"$\":\"var\",\"v\":\"u\"},\"off\":{\"$"
                "\":\"var\",\"v\":\"w\"}}}}",
                NULL, "uow");
    expect_step("store: {objs: [u, {$: var, v: w}]}",
                "{\"objs\":[{\"$\":\"var\",\"v\":\"u\"},{\"$\":\"var\",\"v\":\"w\"}]}", NULL, "core");
    expect_step("store: {objs: {$: var, v: all}}", "{\"objs\":{\"$\":\"var\",\"v\":\"all\"}}", NULL, "core");
    expect_step("set: {obj: u, values: {name: obj}}",
                "{\"obj\":{\"$\":\"var\",\"v\":\"u\"},\"values\":{\"name\":\"obj\"}}", NULL, "core");
}

Test(load, needs_follow_the_protocol)
{
    expect_step("ping: {}", "{}", NULL, "url");
    expect_step("open: {url: x}", "{\"url\":\"x\"}", NULL, "core url");
    expect_step("open: {url: null}", "{\"url\":null}", NULL, "core url");
    expect_step("open: {dialect: sqlite, path: x}", "{\"dialect\":\"sqlite\",\"path\":\"x\"}", NULL, "core");
    expect_step("query: {model: User, end: first}", "{\"model\":\"User\",\"end\":\"first\"}", NULL, "core");
    expect_step("query: {model: User, q: [{~: db, sqlite: [distinct], postgresql: [limit, 1]}], end: first_or_404}",
                "{\"model\":\"User\",\"q\":[{\"~\":\"db\",\"sqlite\":[\"distinct\"],\"postgresql\":[\"limit\",1]}],"
                "\"end\":\"first_or_404\"}",
                NULL, "core filter not_found");
    expect_step("migrate: {do: upgrade, dir: d}", "{\"do\":\"upgrade\",\"dir\":\"d\"}", NULL, "migrate");
    expect_step("migrate: {do: stamp, dir: d, sql: true}", "{\"do\":\"stamp\",\"dir\":\"d\",\"sql\":true}", NULL,
                "migrate migrate.script");
    expect_step("migrate: {do: check, dir: d}", "{\"do\":\"check\",\"dir\":\"d\"}", NULL,
                "migrate migrate.autogenerate");
    expect_step("migrate: {do: revision, dir: d, upgrade: [SELECT 1, [drop_index, t, i]]}",
                "{\"do\":\"revision\",\"dir\":\"d\",\"upgrade\":[\"SELECT 1\",[\"drop_index\",\"t\",\"i\"]]}", NULL,
                "migrate migrate.alter");
    expect_step("stored: {table: user, columns: id}", "{\"table\":\"user\",\"columns\":\"id\"}", NULL, "");
}

static json_t *editor_schema(void)
{
    const char *root = getenv("ORMSPEC_ROOT");
    char *path = path_join(root != NULL ? root : ".", "spec/chapter.schema.json");
    json_error_t error;
    json_t *schema = json_load_file(path, 0, &error);
    cr_assert_not_null(schema, "%s: %s", path, error.text);
    free(path);
    return schema;
}

Test(load, the_schema_for_editors_knows_the_same_operations)
{
    static const char *const kinds[] = {
        [SPEC_PARAM_ANY] = "value",     [SPEC_PARAM_TEXT] = "text",       [SPEC_PARAM_BOOLEAN] = "boolean",
        [SPEC_PARAM_OBJECT] = "object", [SPEC_PARAM_OBJECTS] = "objects", [SPEC_PARAM_MAP] = "map",
        [SPEC_PARAM_LIST] = "list",     [SPEC_PARAM_CONTENT] = "content"};
    json_t *schema = editor_schema(), *step = json_object_get(json_object_get(schema, "$defs"), "step");
    json_t *properties = json_object_get(step, "properties");
    size_t count, visible = 0;
    const struct spec_operation *operations = spec_operations(&count);
    for (size_t i = 0; i < count; i++) {
        const struct spec_operation *operation = &operations[i];
        json_t *known = json_object_get(properties, operation->name), *params = json_object_get(known, "properties");
        cr_expect_eq(known == NULL, operation->hidden, "%s", operation->name);
        if (operation->hidden) {
            continue;
        }
        visible++;
        size_t param_count = 0, required = 0;
        for (const struct spec_param *param = operation->params; param->name != NULL; param++) {
            char *reference = memory_format("#/$defs/%s", kinds[param->kind]);
            const char *got = json_string_value(json_object_get(json_object_get(params, param->name), "$ref"));
            cr_expect(got != NULL && strcmp(got, reference) == 0, "%s.%s", operation->name, param->name);
            free(reference);
            param_count++;
            required += param->required;
        }
        cr_expect_eq(json_object_size(params), param_count, "%s", operation->name);
        cr_expect_eq(json_array_size(json_object_get(known, "required")), required, "%s", operation->name);
        cr_expect(json_is_false(json_object_get(known, "additionalProperties")));
    }
    cr_expect_eq(json_object_size(properties), visible + 4, "as, expect, error, when, and the operations");
    cr_expect_eq(json_array_size(json_object_get(step, "oneOf")), visible);
    json_decref(schema);
}
