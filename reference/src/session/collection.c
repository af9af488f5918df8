/* Collections in memory: an ordered list that is shared until it changes, and the journal of one that is not loaded. */
#include "session/session.h"
#include <string.h>

enum { FIRST_CAPACITY = 4, LONG_LIST = 32 };

/* ---- Who is in it
 * --------------------------------------------------------------------------------------------------------- */

/* A hash table by object; one that left keeps its place with a count of 0. It only saves time: where there is no memory
 * for it, the list is searched instead. */
typedef struct orm__members {
    size_t size, used; /* a power of two; places that are not free */
    struct member {
        const orm_object *object;
        size_t count;
    } at[];
} orm__members;

static size_t place_of(const orm__members *members, const orm_object *object)
{
    uint64_t hash = (uint64_t)(uintptr_t)object * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 32) & (members->size - 1);
    while (members->at[i].object != NULL && members->at[i].object != object) {
        i = (i + 1) & (members->size - 1);
    }
    return i;
}

static void count_in(orm__members *members, const orm_object *object)
{
    struct member *member = &members->at[place_of(members, object)];
    members->used += member->object == NULL;
    member->object = object;
    member->count++;
}

static void make_members(orm__list *list)
{
    size_t size = 4 * LONG_LIST;
    while (size < 2 * list->count + 2) {
        size *= 2;
    }
    orm__free(list->members);
    list->members = orm__alloc(sizeof *list->members + size * sizeof(struct member));
    if (list->members == NULL) {
        return;
    }
    list->members->size = size;
    for (size_t i = 0; i < list->count; i++) {
        count_in(list->members, list->at[i]);
    }
}

bool orm__list_has(orm__list *list, const orm_object *object)
{
    if (list == NULL) {
        return false;
    }
    if (list->members == NULL && list->count >= LONG_LIST) {
        make_members(list);
    }
    if (list->members != NULL) {
        return list->members->at[place_of(list->members, object)].count > 0;
    }
    return orm__list_find(list, object) != SIZE_MAX;
}

/* ---- The list
 * --------------------------------------------------------------------------------------------------------------- */

orm__list *orm__list_make(size_t capacity)
{
    orm__list *list = orm__alloc(sizeof *list + capacity * sizeof list->room[0]);
    if (list != NULL) {
        list->shares = 1;
        list->capacity = capacity;
        list->at = list->room;
    }
    return list;
}

void orm__list_drop(orm__list *list)
{
    if (list != NULL && --list->shares == 0) {
        orm__free(list->members);
        orm__free(list);
    }
}

orm__list *orm__list_share(orm__list *list)
{
    if (list != NULL) {
        list->shares++;
    }
    return list;
}

static bool copy_list(orm__list **place, size_t capacity)
{
    orm__list *copy = orm__list_make(capacity);
    if (copy == NULL) {
        return false;
    }
    if (*place != NULL && (*place)->count > 0) {
        memcpy(copy->at, (*place)->at, (*place)->count * sizeof *copy->at);
        copy->count = (*place)->count;
    }
    orm__list_drop(*place);
    *place = copy;
    return true;
}

bool orm__list_reserve(orm__list **place)
{
    orm__list *list = *place;
    const size_t count = list != NULL ? list->count : 0;
    if (list == NULL || list->shares > 1) {
        return copy_list(place, count < FIRST_CAPACITY / 2 ? FIRST_CAPACITY : 2 * count);
    }
    const size_t gap = (size_t)(list->at - list->room);
    if (gap + count < list->capacity) {
        return true;
    }
    if (gap > count) { /* what was taken out at the front makes room at the end */
        memcpy(list->room, list->at, count * sizeof *list->at);
        list->at = list->room;
        return true;
    }
    const size_t capacity = list->capacity > 0 ? 2 * list->capacity : FIRST_CAPACITY;
    orm__list *larger = orm__realloc(list, sizeof *list + capacity * sizeof list->room[0]);
    if (larger == NULL) {
        return false;
    }
    larger->at = larger->room + gap;
    larger->capacity = capacity;
    *place = larger;
    return true;
}

void orm__list_put(orm__list *list, size_t at, orm_object *object)
{
    memmove(list->at + at + 1, list->at + at, (list->count - at) * sizeof *list->at);
    list->at[at] = object;
    list->count++;
    if (list->members == NULL) {
        return;
    }
    if (2 * (list->members->used + 1) > list->members->size) {
        make_members(list);
    } else {
        count_in(list->members, object);
    }
}

/* The shorter part moves. */
void orm__list_take(orm__list *list, size_t at)
{
    if (list->members != NULL) {
        list->members->at[place_of(list->members, list->at[at])].count--;
    }
    if (at < list->count / 2) {
        memmove(list->at + 1, list->at, at * sizeof *list->at);
        list->at++;
    } else {
        memmove(list->at + at, list->at + at + 1, (list->count - at - 1) * sizeof *list->at);
    }
    list->count--;
}

size_t orm__list_find(const orm__list *list, const orm_object *object)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->at[i] == object) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* ---- The journal
 * ------------------------------------------------------------------------------------------------------------ */

bool orm__journal_reserve(orm__journal **place)
{
    if (*place == NULL && (*place = orm__alloc(sizeof **place)) == NULL) {
        return false;
    }
    orm__journal *journal = *place;
    return journal->count < journal->capacity ||
           orm__grow(&journal->at, sizeof *journal->at, journal->count, &journal->capacity);
}

void orm__journal_put(orm__journal *journal, orm_object *object, bool out)
{
    journal->at[journal->count++] = (struct orm__entry){object, out};
}

void orm__journal_drop(orm__journal *journal)
{
    if (journal != NULL) {
        orm__free(journal->at);
        orm__free(journal);
    }
}

void orm__journal_mark(orm_session *session, const orm__journal *journal)
{
    const uint64_t stamp = ++session->stamp;
    for (size_t i = 0; journal != NULL && i < journal->count; i++) {
        orm__state *state = journal->at[i].object->state;
        const int step = journal->at[i].out ? -1 : 1;
        if (state->stamp != stamp) {
            state->stamp = stamp;
            state->mark = 0;
        }
        /* To take out what was put in, and the other way round, comes to nothing. */
        state->mark = state->mark == -step ? 0 : step;
    }
}
