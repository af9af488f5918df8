/* What the unit tests share. */
#ifndef ORM_TESTS_SUPPORT_H
#define ORM_TESTS_SUPPORT_H
#include <orm.h>
#include <stdbool.h>
#include <stddef.h>

/* An allocator that counts, checks the sizes that it is told, and fails on demand. */
void faults_start(size_t fail_at,
                  bool rest); /* the fail_at-th allocation fails (0: none), and with `rest` all after it */
size_t faults_stop(void);     /* malloc is back; how many allocations were asked for */
size_t faults_live(void);     /* blocks of the counting allocator that are still held */

/* Runs `scenario` with every one of its allocations failing in turn, alone and with all that follow. It answers whether
 * it came through or ran out of memory, and asserts the rest itself. Nothing may be left allocated. */
typedef orm_status scenario_fn(void *context);
void faults_sweep(scenario_fn *scenario, void *context);

/* A URL of the PostgreSQL server that ORMSPEC_POSTGRES_URL names, with an empty schema of this process as its search
 * path; NULL when there is no server. postgres_done drops the schema. */
const char *postgres_url(void);
void postgres_done(void);

/* A new empty directory, removed with its files by directory_done. */
const char *directory(void);
void directory_done(void);
#endif
