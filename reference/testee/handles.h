/* Numbers for objects: the same object has the same number, and no number is given twice. */
#ifndef TESTEE_HANDLES_H
#define TESTEE_HANDLES_H
#include "call.h"

struct session { /* a named one */
    struct session *next;
    struct world *world;
    orm_session *orm;
    bool begun; /* a transaction was asked for, and not ended since */
    json_t *savepoints; /* {name: number} */
    char name[];
};

struct handle {
    orm_object *object; /* NULL: forgotten */
    struct session *session;
};

struct handles {
    struct handle *at;
    size_t count, capacity;
    int64_t base;                /* number of at[0] */
    size_t *slots, slot_count;   /* by object: open addressing; 0 is free, else index + 1; a power of two */
};

int64_t handle_of(struct handles *, struct session *, orm_object *);
/* False, with the call's failure set, when the number stands for no object. */
bool handle_find(struct handles *, struct call *, int64_t number, struct handle **);
void handle_forget(struct handle *);
void handles_clear(struct handles *); /* all numbers become void */
void handles_free(struct handles *);
#endif
