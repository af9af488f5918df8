/* What the benchmark measures, by liborm and by hand, on one table of one database. */
#ifndef BENCH_H
#define BENCH_H
#include <orm.h>
#include <stdbool.h>
#include <stddef.h>

ORM_DECLARE(BenchItem);
struct BenchItem {
    orm_object   orm;
    int64_t      id;
    const char  *title;
    int64_t      views;
    double       score;
    orm_datetime created_at;
};
extern const orm_schema bench_schema;

enum { PAGE_SIZE = 20, MOST_PAGES = 200 };

/* By hand, over the database's own library: each does one thing for `rows` rows, and answers how many it did; 0 is a
 * failure, which it has told on standard error. */
typedef struct by_hand {
    const char *name;
    void *(*open)(const char *where); /* NULL: a failure */
    void (*close)(void *);
    size_t (*insert)(void *, size_t rows);        /* a prepared INSERT again and again, in one transaction */
    size_t (*insert_with_keys)(void *, size_t rows); /* the same, asking each row's key */
    size_t (*read)(void *);                       /* all rows, each into a struct of its own */
    size_t (*pages)(void *, size_t rows);         /* pages one after another, each counted */
} by_hand;
extern const by_hand sqlite_by_hand, postgresql_by_hand;

/* The same rows for everybody. */
const char *bench_title(size_t row, char buffer[40]);
BenchItem *bench_copy(int64_t id, const char *title, int64_t views, double score, const char *created_at);
void bench_free(BenchItem *);
#endif
