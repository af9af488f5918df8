#include "database/hold.h"

#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct hold {
    const struct driver *driver;
    void *connection;
    pthread_t thread;
    pthread_mutex_t lock; /* over `released` */
    pthread_cond_t changed;
    bool released, timed;
    struct timespec end;
    enum database_status status; /* of the commit */
    char *problem;
};

static void commit(struct hold *hold)
{
    hold->status = hold->driver->commit_second(hold->connection, &hold->problem);
}

static void *wait_and_commit(void *context)
{
    struct hold *hold = context;
    int code = 0;
    pthread_mutex_lock(&hold->lock);
    while (!hold->released && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&hold->changed, &hold->lock, &hold->end);
    }
    pthread_mutex_unlock(&hold->lock);
    commit(hold);
    return NULL;
}

static void set_end(struct timespec *end, int milliseconds)
{
    clock_gettime(CLOCK_REALTIME, end);
    end->tv_sec += milliseconds / 1000;
    end->tv_nsec += (long)(milliseconds % 1000) * 1000000L;
    if (end->tv_nsec >= 1000000000L) {
        end->tv_sec++;
        end->tv_nsec -= 1000000000L;
    }
}

enum database_status hold_begin(struct database *database, const char *sql, int milliseconds, char **problem)
{
    enum database_status status = hold_release(database, problem);
    if (status != DATABASE_FINE) {
        return status;
    }
    struct hold *hold = memory_get(sizeof *hold);
    hold->driver = database->driver;
    status = database->driver->begin_second(database, sql, &hold->connection, problem);
    if (status != DATABASE_FINE) {
        free(hold);
        return status;
    }
    pthread_mutex_init(&hold->lock, NULL);
    pthread_cond_init(&hold->changed, NULL);
    set_end(&hold->end, milliseconds);
    database->hold = hold;
    hold->timed = milliseconds != HOLD_UNTIL_RELEASED &&
                  pthread_create(&hold->thread, NULL, wait_and_commit, hold) == 0;
    if (milliseconds != HOLD_UNTIL_RELEASED && !hold->timed) {
        status = hold_release(database, problem);
        free(*problem);
        *problem = memory_copy("no thread to wait in");
        return DATABASE_LOST;
    }
    return DATABASE_FINE;
}

enum database_status hold_release(struct database *database, char **problem)
{
    struct hold *hold = database->hold;
    if (hold == NULL) {
        return DATABASE_FINE;
    }
    database->hold = NULL;
    if (hold->timed) {
        pthread_mutex_lock(&hold->lock);
        hold->released = true;
        pthread_cond_signal(&hold->changed);
        pthread_mutex_unlock(&hold->lock);
        pthread_join(hold->thread, NULL);
    } else {
        commit(hold);
    }
    enum database_status status = hold->status;
    if (status == DATABASE_FINE) {
        free(hold->problem);
    } else {
        *problem = hold->problem;
    }
    pthread_cond_destroy(&hold->changed);
    pthread_mutex_destroy(&hold->lock);
    free(hold);
    return status;
}
