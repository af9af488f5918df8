/* For tests: a root with small closed lists, a schema and rows, in a directory of its own. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "spec/spec.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    char *root;
    struct text told; /* what was reported, one line each */
};

static inline void world_write(struct world *world, const char *name, const char *text)
{
    char *path = path_join(world->root, name), *folder = path_folder(path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(folder, 0777);
        *slash = '/';
    }
    mkdir(folder, 0777);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    fclose(file);
    free(folder);
    free(path);
}

/* The smallest lists that a spec can have, a schema `blog` with rows `two`. */
static inline struct world world_make(void)
{
    static const char *const files[][2] = {
        {"spec/suite.yaml", "version: 1.2.3\nprotocol: 1\n"},
        {"spec/capabilities.yaml", "capabilities:\n"
                                   "  - {name: core, says: The core.}\n  - {name: url, says: URLs.}\n"
                                   "  - {name: ddl, says: Tables.}\n  - {name: table_names, says: Names.}\n"
                                   "  - {name: filter, says: Filters.}\n  - {name: not_found, says: 404.}\n"
                                   "  - {name: uow, says: Unit of work.}\n  - {name: tx, says: Transactions.}\n"
                                   "  - {name: repr, says: Text.}\n  - {name: stats, says: Counts.}\n"
                                   "  - {name: refresh, says: Again.}\n"},
        {"spec/facts.yaml", "facts:\n  - {name: digits, type: integer, default: 6, says: Digits.}\n"
                            "  - {name: keys, values: [on, off], default: on, says: Keys.}\n"},
        {"spec/error-kinds.yaml", "kinds:\n  - {name: integrity.unique, says: u, sqlalchemy: IntegrityError}\n"
                                  "  - {name: integrity.check, says: c, sqlalchemy: IntegrityError}\n"
                                  "  - {name: data, says: d, sqlalchemy: DataError}\n"
                                  "  - {name: not_found, says: n, sqlalchemy: NotFound}\n"},
        {"spec/profiles.yaml", "profiles:\n  - {name: record, says: Records., capabilities: [core, ddl]}\n"
                               "  - {name: session, says: Sessions., includes: [record], capabilities: [uow, tx]}\n"},
        {"fixtures/schemas/blog.yaml",
         "models:\n  - name: User\n    columns:\n      - [name, type, length, primary_key, nullable]\n"
         "      - [id, integer, null, true, null]\n      - [name, string, 80, null, false]\n      - [bio, text, null, "
         "null, null]\n"
         "    repr: name\n"
         "  - name: BlogPost\n    columns:\n      - {name: id, type: integer, primary_key: true}\n"
         "      - {name: title, type: text, column: head_line}\n"
         "      - {name: user_id, type: integer, foreign_key: user.id, on_delete: cascade}\n"},
        {"fixtures/rows/blog/two.yaml", "user:\n  - [id, name]\n  - [1, zoe]\n  - [2, abe]\n"},
    };
    struct world world = {0};
    const char *folder = getenv("TMPDIR");
    world.root = path_join(folder != NULL ? folder : "/tmp", "ormspec-test-XXXXXX");
    cr_assert_not_null(mkdtemp(world.root));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        world_write(&world, files[i][0], files[i][1]);
    }
    return world;
}

static inline void world_told(void *context, const struct spec_place *place, const char *message)
{
    struct world *world = context;
    text_format(&world->told, "%s:%d:%d: %s\n", place->file, place->line, place->column, message);
}

static inline struct spec *world_load(struct world *world)
{
    text_clear(&world->told);
    return spec_load(world->root, NULL, world_told, world);
}

static inline void world_remove(const char *path)
{
    char **names = path_is_folder(path) ? path_list(path) : NULL;
    for (char **name = names; name != NULL && *name != NULL; name++) {
        char *inner = path_join(path, *name);
        world_remove(inner);
        free(inner);
    }
    path_list_free(names);
    remove(path);
}

static inline void world_free(struct world *world)
{
    world_remove(world->root);
    text_free(&world->told);
    free(world->root);
}

/* One bad file and all that must be told about it, without the file's name. */
struct world_refusal {
    const char *text, *told;
};

/* Each text alone, as the file `name`, is refused with exactly the lines told. */
static inline void world_expect_refusals(const char *name, const struct world_refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct world world = world_make();
        world_write(&world, name, refusals[i].text);
        struct spec *spec = world_load(&world);
        cr_expect_null(spec, "row %zu was not refused:\n%s", i, refusals[i].text);
        spec_free(spec);
        struct text wanted = {0};
        for (const char *line = refusals[i].told; *line != '\0';) {
            size_t length = strcspn(line, "\n");
            text_format(&wanted, "%s:%.*s\n", name, (int)length, line);
            line += length + (line[length] == '\n');
        }
        cr_expect_str_eq(text_get(&world.told), text_get(&wanted), "row %zu:\n%s\nwas told:\n%s\nand not:\n%s", i,
                         refusals[i].text, text_get(&world.told), text_get(&wanted));
        text_free(&wanted);
        world_free(&world);
    }
}

#define WORLD_EXPECT_REFUSALS(name, refusals)                                                                          \
    world_expect_refusals((name), (refusals), sizeof(refusals) / sizeof *(refusals))
#endif
