#include "handles.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

static size_t slot_for(const struct handles *h, const orm_object *object)
{
    uint64_t mixed = (uint64_t)(uintptr_t)object * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(mixed >> 32) & (h->slot_count - 1);
    while (h->slots[slot] != 0 && h->at[h->slots[slot] - 1].object != object)
        slot = (slot + 1) & (h->slot_count - 1);
    return slot;
}

/* Gives every living handle its slot anew, with room for one more than there are. */
static void reslot(struct handles *h)
{
    if (h->slot_count == 0)
        h->slot_count = FIRST_SLOTS;
    while (h->slot_count < 2 * (h->count + 1))
        h->slot_count *= 2;
    free(h->slots);
    h->slots = must(calloc(h->slot_count, sizeof *h->slots));
    for (size_t i = 0; i < h->count; i++)
        if (h->at[i].object != NULL)
            h->slots[slot_for(h, h->at[i].object)] = i + 1;
}

int64_t handle_of(struct handles *h, struct session *session, orm_object *object)
{
    if (h->slot_count < 2 * (h->count + 1))
        reslot(h);
    size_t slot = slot_for(h, object);
    if (h->slots[slot] == 0) {
        if (h->count == h->capacity) {
            h->capacity = h->capacity == 0 ? FIRST_SLOTS : h->capacity * 2;
            h->at = must(realloc(h->at, h->capacity * sizeof *h->at));
        }
        h->at[h->count] = (struct handle){ .object = object, .session = session };
        h->slots[slot] = ++h->count;
    }
    return h->base + (int64_t)h->slots[slot]; /* base + index + 1 */
}

bool handle_find(struct handles *h, struct call *c, int64_t number, struct handle **out)
{
    if (number <= h->base || number - h->base > (int64_t)h->count)
        return call_bad(c, "there is no object %lld", (long long)number);
    struct handle *found = &h->at[number - h->base - 1];
    if (found->object == NULL)
        return call_bad(c, "the object %lld was released", (long long)number);
    *out = found;
    return true;
}

void handle_forget(struct handle *handle)
{
    handle->object = NULL; /* its slot stays taken until the next reslot */
}

void handles_clear(struct handles *h)
{
    h->base += (int64_t)h->count;
    h->count = 0;
    if (h->slots != NULL)
        memset(h->slots, 0, h->slot_count * sizeof *h->slots);
}

void handles_free(struct handles *h)
{
    free(h->at);
    free(h->slots);
    *h = (struct handles){ 0 };
}
