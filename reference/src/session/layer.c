/* What a rollback takes back, level by level: level 0 is the transaction, each open savepoint is one more. The newest
 * level at which a flush touched an object is in its state itself, older ones hang below it. */
#include "session/session.h"
#include <string.h>

enum { KEPT_MARKS = ORM__BEGUN | ORM__MADE };

static size_t marks_size(const orm__state *state)
{
    return state->mapper->count;
}

bool orm__layer_open(orm__state *state)
{
    const size_t level = state->session->savepoint_count;
    if (state->touched && state->level < level) {
        orm__layer *layer = orm__alloc(sizeof *layer + marks_size(state));
        if (layer == NULL) {
            return false;
        }
        *layer = (orm__layer){.below = state->below, .level = state->level, .inserted = state->inserted, .begun = state->begun};
        for (size_t i = 0; i < state->mapper->count; i++) {
            layer->marks[i] = state->marks[i] & KEPT_MARKS;
            state->marks[i] &= (unsigned char)~KEPT_MARKS;
        }
        state->below = layer;
        state->begun = NULL;
        state->inserted = false;
    }
    state->level = level;
    return true;
}

bool orm__inserted_since(const orm__state *state, size_t level)
{
    if (!state->touched || state->level < level) {
        return false;
    }
    bool inserted = state->inserted;
    for (const orm__layer *at = state->below; at != NULL && at->level >= level; at = at->below) {
        inserted = inserted || at->inserted;
    }
    return inserted;
}

static bool has_key(const orm__mapper *mapper, const unsigned char *marks)
{
    for (size_t i = 0; i < mapper->key_count; i++) {
        if (marks[mapper->key[i]] & ORM__BEGUN) {
            return true;
        }
    }
    return false;
}

bool orm__rekeyed_since(const orm__state *state, size_t level)
{
    if (!state->touched || state->level < level) {
        return false;
    }
    bool rekeyed = has_key(state->mapper, state->marks);
    for (const orm__layer *at = state->below; at != NULL && at->level >= level; at = at->below) {
        rekeyed = rekeyed || has_key(state->mapper, at->marks);
    }
    return rekeyed;
}

static void forget_newest(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->count; i++) {
        if (state->begun != NULL && state->marks[i] & ORM__BEGUN) {
            orm__disown(&state->begun[i]);
        }
        state->marks[i] &= (unsigned char)~KEPT_MARKS;
    }
    state->inserted = false;
}

/* The level below becomes the newest. False: there is none, and nothing is left to take back. */
static bool uncover(orm__state *state)
{
    orm__layer *below = state->below;
    if (below == NULL) {
        state->touched = false;
        return false;
    }
    orm__free(state->begun);
    state->begun = below->begun;
    state->inserted = below->inserted;
    state->level = below->level;
    state->below = below->below;
    for (size_t i = 0; i < state->mapper->count; i++) {
        state->marks[i] |= below->marks[i];
    }
    orm__free(below);
    return true;
}

void orm__layers_forget(orm__state *state)
{
    if (!state->touched) {
        return;
    }
    do {
        forget_newest(state);
    } while (uncover(state));
}

void orm__layers_restore(orm__state *state, size_t level)
{
    while (state->touched && state->level >= level) {
        for (size_t i = 0; i < state->mapper->count; i++) {
            if (state->marks[i] & ORM__BEGUN) {
                orm__state_restore(state, i);
            }
        }
        forget_newest(state);
        (void)uncover(state);
    }
}

/* What the level below kept is older, and wins. Takes no memory. */
static void merge_below(orm__state *state)
{
    orm__layer *below = state->below;
    if (state->begun == NULL) {
        state->begun = below->begun;
    } else if (below->begun != NULL) {
        for (size_t i = 0; i < state->mapper->count; i++) {
            if (!(below->marks[i] & ORM__BEGUN)) {
                continue;
            }
            if (state->marks[i] & ORM__BEGUN) {
                orm__disown(&state->begun[i]);
            }
            state->begun[i] = below->begun[i];
        }
        orm__free(below->begun);
    }
    for (size_t i = 0; i < state->mapper->count; i++) {
        state->marks[i] |= below->marks[i];
    }
    state->inserted = state->inserted || below->inserted;
    state->level = below->level;
    state->below = below->below;
    orm__free(below);
}

void orm__layers_fold(orm__state *state, size_t level)
{
    while (state->touched && state->level > level) {
        if (state->below == NULL || state->below->level < level) {
            state->level = level;
        } else {
            merge_below(state);
        }
    }
}
