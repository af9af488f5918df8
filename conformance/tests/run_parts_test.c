/* The parts of a run that can be looked at alone: options, known failures, the choice of cases, the scratch folder. */
#include "run/arguments.h"
#include "run/known.h"
#include "run/scratch.h"
#include "run/select.h"
#include "world.h"

#include <criterion/criterion.h>
#include <signal.h>

/* ---- options ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *words[6];
    const char *problem; /* NULL: taken */
} lines[] = {
    {{"--text", "a", "--flag", "--list=b", "other"}, NULL},
    {{"--list", "a", "--list", "b", "--number", "1.5"}, NULL},
    {{"--", "--flag"}, NULL},
    {{"-"}, NULL},
    {{"--text="}, NULL},
    {{"--nonsense"}, "unknown option --nonsense"},
    {{"--nonsense=3"}, "unknown option --nonsense"},
    {{"-x"}, "unknown option -x"},
    {{"--tex", "a"}, "unknown option --tex"},
    {{"--text"}, "--text needs a value: WORD"},
    {{"--text", "a", "--text", "b"}, "--text is given twice"},
    {{"--flag=yes"}, "--flag takes no value"},
    {{"--number", "many"}, "--number many: that is no number that it can take"},
    {{"--number", "-1"}, "--number -1: that is no number that it can take"},
    {{"--number", "NaN"}, "--number NaN: that is no number that it can take"},
};

Test(run_parts, options)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const char *text = NULL;
        bool flag = false, given = false;
        double number = 0;
        struct strings list = {0}, others = {0};
        const struct argument table[] = {
            {"--text", ARGUMENT_TEXT, &text, NULL, "WORD", "a word"},
            {"--flag", ARGUMENT_FLAG, &flag, NULL, NULL, "a flag"},
            {"--list", ARGUMENT_LIST, &list, NULL, "WORD", "words"},
            {"--number", ARGUMENT_NUMBER, &number, &given, "N", "a number"},
            {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
        };
        char *problem = NULL, *words[6];
        int count = 0;
        for (; count < 6 && lines[i].words[count] != NULL; count++) {
            words[count] = memory_copy(lines[i].words[count]);
        }
        bool good = arguments_parse(table, count, words, &others, &problem);
        cr_expect_eq(good, lines[i].problem == NULL, "row %zu: %s", i, problem == NULL ? "" : problem);
        cr_expect(good || strcmp(problem, lines[i].problem) == 0, "row %zu: %s", i, problem);
        if (i == 0) {
            cr_expect(strcmp(text, "a") == 0 && flag && !given && list.count == 1 && strcmp(list.items[0], "b") == 0);
            cr_expect(others.count == 1 && strcmp(others.items[0], "other") == 0);
        } else if (i == 1) {
            cr_expect(list.count == 2 && list.items[2] == NULL && given && number > 1.4 && number < 1.6);
        } else if (i == 2) {
            cr_expect(others.count == 1 && !flag);
        } else if (i == 4) {
            cr_expect_str_eq(text, "");
        }
        free(problem);
        strings_free(&list);
        strings_free(&others);
        for (int j = 0; j < count; j++) {
            free(words[j]);
        }
    }
}

/* ---- known failures ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *version, *operator, * wanted;
    bool holds;
} versions[] = {
    {"2.2.2", "<", "2.3", true},  {"2.10", "<", "2.9", false},   {"2.3", "<", "2.3", false},
    {"2.3", "<=", "2.3", true},   {"2.3.0", "==", "2.3", true},  {"2.3.1", ">", "2.3", true},
    {"2.0rc1", "<", "2.0", true}, {"2.0", ">=", "2.0rc1", true}, {"2.0rc2", ">", "2.0rc1", true},
    {"1.4", "!=", "2.0", true},   {"1.4", "!=", "1.4", false},   {"3", ">=", "10", false},
    {"", "==", "", true},
};

Test(run_parts, versions_are_compared_by_their_numbers)
{
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        cr_expect_eq(known_version_holds(versions[i].version, versions[i].operator, versions[i].wanted),
                     versions[i].holds, "%s %s %s", versions[i].version, versions[i].operator, versions[i].wanted);
    }
}

static const struct world_refusal refusals[] = {
    {"{}", "1:1: known failures are a list, not a map"},
    {"- 1", "1:3: a known failure must be a map, not an integer"},
    {"- {case: a.b/c}", "1:3: a known failure needs `reason`"},
    {"- {case: a.b/c, reason: r, colour: red}", "1:28: unknown key `colour` in a known failure"},
    {"- {case: 1, reason: r}", "1:10: `case` must be text"},
    {"- {case: a.b/c, reason: \"\"}", "1:25: `reason` must be text"},
    {"- {case: a.b/c, reason: r, database: oracle}", "1:38: there is no database 'oracle'"},
    {"- {case: a.b/c, reason: r, expires: soon}", "1:37: `expires` is a date such as 2026-12-31, not 'soon'"},
    {"- {case: a.b/c, reason: r, versions: x}",
     "1:38: `versions` has the form 'name < 1.2, name >= 1.0' with < <= > >= == !="},
    {"- {case: a.b/c, reason: r, versions: x < 1 or 2}",
     "1:38: `versions` has the form 'name < 1.2, name >= 1.0' with < <= > >= == !="},
    {"- {case: a.b/c, reason: r, versions: 'x < 1,'}",
     "1:38: `versions` has the form 'name < 1.2, name >= 1.0' with < <= > >= == !="},
};

Test(run_parts, known_failures_that_are_refused)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct world world = world_make();
        world_write(&world, "known.yaml", refusals[i].text);
        char *path = path_join(world.root, "known.yaml");
        struct known known;
        cr_expect_not(known_read(&known, path, world_told, &world), "%s", refusals[i].text);
        const char *told = text_get(&world.told);
        cr_expect(strncmp(told, path, strlen(path)) == 0 && strstr(told, refusals[i].told) != NULL, "%s: %s",
                  refusals[i].text, told);
        known_free(&known);
        free(path);
        world_free(&world);
    }
}

static bool apply(struct world *world, struct known *known, const char *text, const char *hello, const char *today)
{
    char *path = path_join(world->root, "known.yaml");
    world_write(world, "known.yaml", text);
    text_clear(&world->told);
    cr_assert(known_read(known, path, world_told, world), "%s", text_get(&world->told));
    json_t *named = json_loads(hello, 0, NULL);
    bool good = known_apply(known, named, today, world_told, world);
    json_decref(named);
    free(path);
    return good;
}

Test(run_parts, known_failures_hold_under_their_conditions)
{
    struct world world = world_make();
    struct known known;
    cr_assert(apply(
        &world, &known,
        "- {case: 'a.*/c', database: sqlite, reason: one}\n- {case: a.x/*, reason: two, versions: 'w < 2.3, w >= 1'}\n"
        "- {case: b.b/c, reason: three, expires: 2026-01-31, url: \"https://example.org\"}\n",
        "{\"w\":\"2.2\"}", "2026-01-31"));
    cr_expect_str_eq(known_find(&known, "a.b/c", SPEC_SQLITE)->reason, "one");
    cr_expect_null(known_find(&known, "a.b/c", SPEC_POSTGRESQL));
    cr_expect_str_eq(known_find(&known, "a.x/d/row", SPEC_POSTGRESQL)->reason, "two");
    cr_expect_str_eq(known_find(&known, "b.b/c", SPEC_SQLITE)->url, "https://example.org");
    static const char *const all[] = {"a.b/c", "a.x/d/row", "b.b/c", NULL}, *const some[] = {"a.b/c", "b.b/c", NULL};
    cr_expect(known_match(&known, all, world_told, &world));
    cr_expect_not(known_match(&known, some, world_told, &world));
    cr_expect(strstr(text_get(&world.told), "known.yaml:2:3: the known failure 'a.x/*' matches no case") != NULL, "%s",
              text_get(&world.told));
    known_free(&known);
    cr_assert(apply(&world, &known, "- {case: b.b/c, reason: r, expires: 2026-01-31}\n", "{}", "2026-02-01"));
    cr_expect(known_find(&known, "b.b/c", SPEC_SQLITE)->expired, "its last day is over");
    known_free(&known);
    cr_assert(apply(&world, &known,
                    "- {case: b.b/c, reason: old, expires: 2026-01-31}\n- {case: b.*/c, reason: renewed, expires: "
                    "2026-03-31}\n",
                    "{}", "2026-02-01"));
    cr_expect_str_eq(known_find(&known, "b.b/c", SPEC_SQLITE)->reason, "renewed", "one that is not expired comes first");
    known_free(&known);
    cr_assert(
        apply(&world, &known, "- {case: b.b/c, reason: r, versions: w < 2.3}\n", "{\"w\":\"2.3\"}", "2026-02-01"));
    cr_expect_null(known_find(&known, "b.b/c", SPEC_SQLITE), "the version is another one");
    known_free(&known);
    cr_expect_not(apply(&world, &known, "- {case: b.b/c, reason: r, versions: werkzueg < 2.3}\n", "{\"w\":\"2.3\"}",
                        "2026-02-01"));
    cr_expect(strstr(text_get(&world.told), "names no version of 'werkzueg'") != NULL, "%s", text_get(&world.told));
    known_free(&known);
    world_free(&world);
}

/* ---- the choice -------------------------------------------------------------------------------------------------- */

static const char chapter[] =
    "chapter: C\nbehaviours:\n"
    "  - {id: c.one, level: must, rule: R., source: s, cases: [\n"
    "      {name: a, schema: blog, steps: [{query: {model: User, end: count}, expect: 0}]},\n"
    "      {name: f, schema: blog, fresh: true, steps: [{create_all: {}}, {query: {model: User, end: count}, expect: "
    "0}]},\n"
    "      {name: b, schema: blog, steps: [{query: {model: User, end: count}, expect: 0}]}]}\n"
    "  - {id: c.two, level: may, rule: R., source: s, cases: [\n"
    "      {name: n, fresh: true, steps: [{open: {url: x}, error: data}]},\n"
    "      {name: a, schema: blog, steps: [{query: {model: User, end: count}, expect: 0}]}]}\n";

static struct spec *load_chapter(struct world *world)
{
    world_write(world, "spec/c.yaml", chapter);
    struct spec *spec = world_load(world);
    cr_assert_not_null(spec, "%s", text_get(&world->told));
    return spec;
}

static char *chosen(const struct spec *spec, const char *only, const char *skip, const enum spec_level *level,
                    bool shuffle, unsigned long long seed)
{
    struct strings wanted = {0}, unwanted = {0};
    if (only != NULL) {
        strings_add(&wanted, only);
    }
    if (skip != NULL) {
        strings_add(&unwanted, skip);
    }
    struct selection selection;
    char *problem = NULL;
    struct text out = {0};
    if (select_cases(spec, &wanted, &unwanted, level, shuffle, seed, &selection, &problem)) {
        for (size_t i = 0; i < selection.count; i++) {
            text_format(&out, "%s%s%s%s", i > 0 ? " " : "", selection.items[i].test->id,
                        selection.items[i].reason != NULL ? "!" : "",
                        selection.items[i].reason != NULL ? selection.items[i].reason : "");
        }
    } else {
        text_format(&out, "refused: %s", problem);
    }
    free(problem);
    selection_free(&selection);
    strings_free(&wanted);
    strings_free(&unwanted);
    return text_take(&out);
}

Test(run_parts, choice)
{
    static const struct {
        const char *only, *skip;
        int level; /* -1: none */
        const char *wanted;
    } rows[] = {
        {NULL, NULL, -1, "c.one/a c.one/b c.two/a c.one/f c.two/n"},
        {"c.one", NULL, -1, "c.one/a c.one/b c.one/f"},
        {"c.*/a", NULL, -1, "c.one/a c.two/a"},
        {"*/n", NULL, -1, "c.two/n"},
        {NULL, "*/a", -1, "c.one/a!--skip '*/a' c.one/b c.two/a!--skip '*/a' c.one/f c.two/n"},
        {NULL, NULL, SPEC_MUST,
         "c.one/a c.one/b c.two/a!its level is may, below --level must c.one/f c.two/n!its level is may, below --level "
         "must"},
        {NULL, NULL, SPEC_MAY, "c.one/a c.one/b c.two/a c.one/f c.two/n"},
        {"c.three", NULL, -1, "refused: --only 'c.three' matches no case (try: list)"},
        {NULL, "c.one/z", -1, "refused: --skip 'c.one/z' matches no case (try: list)"},
    };
    struct world world = world_make();
    struct spec *spec = load_chapter(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum spec_level level = rows[i].level < 0 ? SPEC_MAY : (enum spec_level)rows[i].level;
        char *found = chosen(spec, rows[i].only, rows[i].skip, rows[i].level < 0 ? NULL : &level, false, 0);
        cr_expect_str_eq(found, rows[i].wanted, "row %zu: %s", i, found);
        free(found);
    }
    spec_free(spec);
    world_free(&world);
}

/* "c.one/a c.two/a": what one part holds. */
static char *part(const struct spec *spec, bool shuffle, size_t index, size_t count)
{
    struct strings none = {0};
    struct selection selection;
    char *problem = NULL;
    struct text out = {0};
    cr_assert(select_cases(spec, &none, &none, NULL, shuffle, 7, &selection, &problem));
    selection_shard(&selection, index, count);
    cr_expect_eq(selection.chosen, 5);
    for (long order = 0; order < 5; order++) {
        for (size_t i = 0; i < selection.count; i++) {
            if (selection.items[i].order == order) {
                text_format(&out, "%s%s", out.length > 0 ? " " : "", selection.items[i].test->id);
            }
        }
    }
    selection_free(&selection);
    return text_take(&out);
}

Test(run_parts, shards_are_equal_parts_whatever_the_order)
{
    static const struct {
        size_t index, count;
        const char *wanted;
    } rows[] = {{1, 1, "c.one/a c.one/f c.one/b c.two/n c.two/a"},
                {1, 2, "c.one/a c.one/b c.two/a"},
                {2, 2, "c.one/f c.two/n"},
                {5, 5, "c.two/a"}};
    struct world world = world_make();
    struct spec *spec = load_chapter(&world);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *found = part(spec, false, rows[i].index, rows[i].count);
        char *shuffled = part(spec, true, rows[i].index, rows[i].count);
        cr_expect_str_eq(found, rows[i].wanted, "row %zu: %s", i, found);
        cr_expect_str_eq(shuffled, rows[i].wanted, "row %zu, shuffled: %s", i, shuffled);
        free(found);
        free(shuffled);
    }
    spec_free(spec);
    world_free(&world);
}

Test(run_parts, a_shuffled_order_is_that_of_its_seed)
{
    struct world world = world_make();
    struct spec *spec = load_chapter(&world);
    char *plain = chosen(spec, NULL, NULL, NULL, false, 0);
    size_t different = 0;
    for (unsigned long long seed = 0; seed < 20; seed++) {
        char *one = chosen(spec, NULL, NULL, NULL, true, seed), *again = chosen(spec, NULL, NULL, NULL, true, seed);
        cr_expect_str_eq(one, again);
        cr_expect_eq(strlen(one), strlen(plain), "the same cases");
        /* Those of one schema stay together, however they are shuffled. */
        const char *a = strstr(one, "c.one/a"), *b = strstr(one, "c.one/b"), *c = strstr(one, "c.two/a"),
                   *f = strstr(one, "c.one/f");
        cr_expect(f < a ? f < b && f < c : f > b && f > c, "%s", one);
        different += strcmp(one, plain) != 0;
        free(one);
        free(again);
    }
    cr_expect_gt(different, 10);
    free(plain);
    spec_free(spec);
    world_free(&world);
}

Test(run_parts, levels)
{
    enum spec_level level;
    cr_expect(level_parse("should", &level) && level == SPEC_SHOULD);
    cr_expect_not(level_parse("could", &level));
}

/* ---- the scratch folder and signals ------------------------------------------------------------------------------ */

Test(run_parts, the_scratch_folder)
{
    char *problem = NULL, *folder = scratch_make(&problem);
    cr_assert_not_null(folder, "%s", problem);
    struct world world = {.root = folder};
    world_write(&world, "b/deep/er.txt", "x");
    world_write(&world, "a.txt", "x");
    world_write(&world, ".hidden", "x");
    char *link = path_join(folder, "link");
    cr_assert_eq(symlink("/tmp", link), 0);
    json_t *list = scratch_list(folder, NULL);
    char *text = json_dumps(list, JSON_COMPACT);
    cr_expect_str_eq(text, "[\".hidden\",\"a.txt\",\"b/deep/er.txt\",\"link\"]", "%s", text);
    free(text);
    json_decref(list);
    list = scratch_list(folder, "*.txt");
    text = json_dumps(list, JSON_COMPACT);
    cr_expect_str_eq(text, "[\"a.txt\",\"b/deep/er.txt\"]", "%s", text);
    free(text);
    json_decref(list);
    scratch_remove(folder);
    cr_expect_not(path_is_folder(folder));
    cr_expect(path_is_folder("/tmp"), "a link is removed, not what it leads to");
    scratch_remove(folder);
    free(link);
    free(folder);
}

Test(run_parts, a_signal_is_noted)
{
    signals_watch();
    signals_watch();
    cr_expect_eq(signals_came(), 0);
    raise(SIGTERM);
    cr_expect_eq(signals_came(), SIGTERM);
    char byte;
    cr_expect_eq(read(signals_fd(), &byte, 1), 1);
}
