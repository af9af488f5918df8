#include "support.h"
#include <criterion/criterion.h>
#include <stdlib.h>

typedef union header {
    size_t size;
    max_align_t align;
} header;

static struct {
    size_t count, fail_at, live;
    bool rest;
} faults;

static void *allocate(void *context, void *old, size_t old_size, size_t new_size)
{
    (void)context;
    header *before = old == NULL ? NULL : (header *)old - 1;
    size_t known = before == NULL ? 0 : before->size;
    cr_assert_eq(known, old_size, "the allocator is told an old size of %zu, and it is %zu", old_size, known);
    if (new_size == 0) {
        faults.live -= before != NULL;
        free(before);
        return NULL;
    }
    faults.count++;
    if (faults.count == faults.fail_at || (faults.rest && faults.fail_at != 0 && faults.count > faults.fail_at))
        return NULL;
    header *after = realloc(before, sizeof(header) + new_size);
    cr_assert_not_null(after);
    after->size = new_size;
    faults.live += before == NULL;
    return after + 1;
}

void faults_start(size_t fail_at, bool rest)
{
    faults = (__typeof__(faults)){ .fail_at = fail_at, .rest = rest };
    orm_set_allocator(allocate, NULL);
}

size_t faults_stop(void)
{
    orm_set_allocator(NULL, NULL);
    return faults.count;
}

size_t faults_live(void)
{
    return faults.live;
}

void faults_sweep(scenario_fn *scenario, void *context)
{
    faults_start(0, false);
    orm_status rc = scenario(context);
    size_t count = faults_stop();
    cr_assert_eq(rc, ORM_OK, "without a fault the scenario ends with %s", orm_status_text(rc));
    cr_assert_eq(faults_live(), 0, "without a fault %zu blocks are left", faults_live());
    cr_assert_gt(count, 0, "the scenario allocates nothing");
    /* Under valgrind a sweep of every allocation takes minutes; there FAULTS says how many are enough. */
    const char *most = getenv("FAULTS");
    const size_t enough = most != NULL ? (size_t)strtoul(most, NULL, 10) : count;
    const size_t stride = enough > 0 && enough < count ? count / enough : 1;
    for (size_t k = 1; k <= count; k += stride) {
        for (int rest = 0; rest <= 1; rest++) {
            faults_start(k, rest);
            rc = scenario(context);
            faults_stop();
            cr_assert(rc == ORM_NOMEM || rc == ORM_OK, "allocation %zu of %zu fails%s: %s", k, count,
                      rest ? ", and all after it" : "", orm_status_text(rc));
            cr_assert_eq(faults_live(), 0, "allocation %zu of %zu fails: %zu blocks are left", k, count, faults_live());
        }
    }
}
