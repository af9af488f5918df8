/* The list of known failures after a run. */
#include "run/known_write.h"
#include "world.h"

#include <criterion/criterion.h>

static const char *const ids[] = {"a.x/one", "a.x/two", "a.x/three", "b.y/row/r", "schema/blog/shape", NULL};

/* "a.x/one sqlite known" */
struct said {
    const char *id, *database, *verdict, *message;
};

static struct known_news news_of(const struct said *said)
{
    struct known_news news = {.id = said->id, .message = said->message};
    news.database = strcmp(said->database, "sqlite") == 0 ? SPEC_SQLITE : SPEC_POSTGRESQL;
    while (strcmp(judge_verdict_name(news.verdict), said->verdict) != 0) {
        news.verdict++;
    }
    return news;
}

static const struct {
    const char *name, *before; /* NULL: there is no file */
    bool both;                 /* databases ran; else SQLite alone */
    struct said said[5];
    const char *after;
    size_t added, removed, narrowed;
} rows[] = {
    {"nothing to do",
     "# About the file.\n- case: a.x/one # why not\n  reason: \"so\"\n\n# About two.\n- {case: a.x/two, reason: so}\n",
     true,
     {{"a.x/one", "sqlite", "known", NULL}, {"a.x/one", "postgresql", "known", NULL}},
     "# About the file.\n- case: a.x/one # why not\n  reason: \"so\"\n\n# About two.\n- {case: a.x/two, reason: so}\n",
     0,
     0,
     0},
    {"a new list",
     NULL,
     true,
     {{"a.x/one", "sqlite", "fail", "it raised \"data\""},
      {"a.x/one", "postgresql", "error", "other"},
      {"a.x/two", "postgresql", "fail", NULL},
      {"testee/hello", "sqlite", "error", "no"}},
     "- case: a.x/one\n  reason: \"Not looked into yet: it raised \\\"data\\\"\"\n"
     "- case: a.x/two\n  database: postgresql\n  reason: \"Not looked into yet: it fails\"\n",
     2,
     0,
     0},
    {"one that passes goes with its comment, the comment on the file stays",
     "# About the file.\n- case: a.x/one\n  reason: \"so\"\n# About two.\n- case: a.x/two\n  reason: so\n"
     "# About three.\n- case: a.x/three\n  reason: so\n",
     true,
     {{"a.x/one", "sqlite", "stale", NULL},
      {"a.x/one", "postgresql", "stale", NULL},
      {"a.x/two", "sqlite", "stale", NULL},
      {"a.x/two", "postgresql", "stale", NULL}},
     "# About the file.\n# About three.\n- case: a.x/three\n  reason: so\n",
     0,
     2,
     0},
    {"all go",
     "# About the file.\n- case: a.x/one\n  database: sqlite\n  reason: \"so\"\n",
     false,
     {{"a.x/one", "sqlite", "stale", NULL}},
     "# About the file.\n[]\n",
     0,
     1,
     0},
    {"an empty list gets its first",
     "# About the file.\n[]\n",
     false,
     {{"a.x/one", "sqlite", "fail", "m"}},
     "# About the file.\n- case: a.x/one\n  database: sqlite\n  reason: \"Not looked into yet: m\"\n",
     1,
     0,
     0},
    {"a database is left",
     "# Here.\n- case: a.x/* # both\n  # inside\n  reason: \"so\"\n  url: \"https://example.org\"\n",
     true,
     {{"a.x/one", "sqlite", "stale", NULL},
      {"a.x/two", "sqlite", "stale", NULL},
      {"a.x/three", "sqlite", "stale", NULL},
      {"a.x/one", "postgresql", "known", NULL}},
     "# Here.\n- case: \"a.x/*\" # both\n  database: postgresql\n  # inside\n  reason: \"so\"\n  url: \"https://example.org\"\n",
     0,
     0,
     1},
    {"of a pattern the rest is left, each by its name",
     "- case: \"a.x/*\"\n  reason: \"so\"\n  expires: 2099-01-31\n  # inside\n",
     false,
     {{"a.x/two", "sqlite", "stale", NULL}, {"a.x/one", "sqlite", "known", NULL}},
     "- case: a.x/one\n  reason: \"so\"\n  expires: 2099-01-31\n  # inside\n"
     "- case: a.x/two\n  database: postgresql\n  reason: \"so\"\n  expires: \"2099-01-31\"\n"
     "- case: a.x/three\n  reason: \"so\"\n  expires: \"2099-01-31\"\n",
     0,
     0,
     1},
    {"one in braces is written anew",
     "- {case: a.x/one, reason: \"so\", versions: t < 3}\n",
     true,
     {{"a.x/one", "sqlite", "stale", NULL}, {"a.x/one", "postgresql", "known", NULL}},
     "- case: a.x/one\n  database: postgresql\n  versions: \"t < 3\"\n  reason: \"so\"\n",
     0,
     0,
     1},
    {"what was not run stays",
     "- case: a.x/one\n  reason: \"so\"\n- case: b.y/row/r\n  reason: \"so\"",
     false,
     {{"a.x/one", "sqlite", "skipped", NULL}, {"b.y/row/r", "sqlite", "stale", NULL}, {"a.x/two", "sqlite", "fail", "m"}},
     "- case: a.x/one\n  reason: \"so\"\n- case: b.y/row/r\n  database: postgresql\n  reason: \"so\"\n"
     "- case: a.x/two\n  database: sqlite\n  reason: \"Not looked into yet: m\"\n",
     1,
     0,
     1},
};

Test(run_known, rewritten)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_make();
        struct known known = {0};
        char *path = path_join(world.root, "known.yaml"), *problem = NULL;
        if (rows[i].before != NULL) {
            world_write(&world, "known.yaml", rows[i].before);
            cr_assert(known_read(&known, path, world_told, &world), "%s: %s", rows[i].name, text_get(&world.told));
            json_t *versions = json_pack("{s:s}", "t", "2");
            cr_assert(known_apply(&known, versions, "2026-01-01", world_told, &world));
            json_decref(versions);
        }
        struct known_news news[5];
        struct known_rewrite rewrite = {
            .known = &known, .text = rows[i].before, .ids = ids, .ran = {true, rows[i].both}, .news = news};
        while (rewrite.count < 5 && rows[i].said[rewrite.count].id != NULL) {
            news[rewrite.count] = news_of(&rows[i].said[rewrite.count]);
            rewrite.count++;
        }
        char *after = known_rewrite(&rewrite, &problem);
        cr_assert_not_null(after, "%s: %s", rows[i].name, problem);
        cr_expect_str_eq(after, rows[i].after, "%s:\n%s", rows[i].name, after);
        cr_expect(rewrite.added == rows[i].added && rewrite.removed == rows[i].removed &&
                      rewrite.narrowed == rows[i].narrowed,
                  "%s: %zu added, %zu removed, %zu narrowed", rows[i].name, rewrite.added, rewrite.removed,
                  rewrite.narrowed);
        world_write(&world, "known.yaml", after);
        struct known again;
        cr_expect(known_read(&again, path, world_told, &world), "%s: %s", rows[i].name, text_get(&world.told));
        known_free(&again);
        known_free(&known);
        free(after);
        free(path);
        world_free(&world);
    }
}

Test(run_known, a_layout_that_cannot_be_changed)
{
    static const char *const texts[] = {"[{case: a.x/one, reason: r}]", "[{case: a.x/one, reason: r},\n {case: a.x/two, reason: r}]\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct world world = world_make();
        struct known known;
        char *path = path_join(world.root, "known.yaml"), *problem = NULL;
        world_write(&world, "known.yaml", texts[i]);
        cr_assert(known_read(&known, path, world_told, &world));
        struct known_rewrite rewrite = {.known = &known, .text = texts[i], .ids = ids};
        cr_expect_null(known_rewrite(&rewrite, &problem));
        cr_expect(problem != NULL && strstr(problem, "each entry needs lines of its own") != NULL, "%s", problem);
        free(problem);
        known_free(&known);
        free(path);
        world_free(&world);
    }
}
