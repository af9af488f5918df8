/* One test body for both databases: BOTH(name) { … place … } is the tests sqlite::name and postgresql::name. */
#ifndef ORM_TESTS_BOTH_H
#define ORM_TESTS_BOTH_H
#include "dialect/dialect.h"
#include "support.h"
#include <criterion/criterion.h>

typedef struct db_place {
    const orm__dialect *dialect;
    const char *url;
    bool sqlite;
} db_place;

#define BOTH(name) \
    static void both_##name(const db_place *place); \
    Test(sqlite, name, .fini = directory_done) \
    { \
        const struct db_place here = { &orm__sqlite, "sqlite://", true }; \
        both_##name(&here); \
    } \
    Test(postgresql, name, .fini = postgres_done) \
    { \
        const struct db_place here = { &orm__postgresql, postgres_url(), false }; \
        if (here.url == NULL) cr_skip("ORMSPEC_POSTGRES_URL names no server"); \
        both_##name(&here); \
    } \
    static void both_##name(const db_place *place)

/* Taken apart and completed by its dialect; orm__url_free it. */
orm__url resolved_url(const char *text, const orm_options *);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#endif
