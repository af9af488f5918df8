/* One object for one row: a hash table over the keys of loaded rows. The chains run through the states, so that adding
 * never fails. */
#include "session/session.h"
#include <string.h>

enum { FIRST_BUCKETS = 64 };

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t mix_value(uint64_t hash, const orm_value *value)
{
    switch (value->type) {
    case ORM_STRING:
        return mix(hash, value->u.s, value->u.size);
    case ORM_DATE:
        return mix(hash, &value->u.d.day, sizeof value->u.d.day);
    case ORM_INTEGER:
    case ORM_BOOLEAN:
    case ORM_FLOAT:
    case ORM_DATETIME:
        return mix(hash, &value->u, sizeof value->u.i);
    case ORM_NULL:
    case ORM_JSON:
        break; /* rows with these in the key are told apart by comparison alone */
    }
    return hash;
}

/* The multiplier spreads upwards only: fold the upper half back for a table of a power of two. */
static uint64_t finish(uint64_t hash)
{
    return hash ^ (hash >> 32);
}

static uint64_t start(const orm__mapper *mapper)
{
    return UINT64_C(0xcbf29ce484222325) + mapper->index;
}

/* Rows mostly come by growing key: neighbours stay neighbours in the table, and the upper bits still have a say. */
static uint64_t hash_of_integer(const orm__mapper *mapper, int64_t key)
{
    const uint64_t k = (uint64_t)key;
    return (k ^ k >> 7 ^ k >> 17 ^ k >> 37) + (mapper->index << 8);
}

static uint64_t hash_of(const orm__mapper *mapper, const orm_value *key)
{
    if (mapper->key_count == 1 && key->type == ORM_INTEGER) {
        return hash_of_integer(mapper, key->u.i);
    }
    uint64_t hash = start(mapper);
    for (size_t i = 0; i < mapper->key_count; i++) {
        hash = mix_value(hash, &key[i]);
    }
    return finish(hash);
}

static uint64_t hash_of_state(const orm__state *state)
{
    const orm__mapper *mapper = state->mapper;
    if (mapper->key_count == 1) {
        return hash_of(mapper, &state->loaded[mapper->key[0]]);
    }
    uint64_t hash = start(mapper);
    for (size_t i = 0; i < mapper->key_count; i++) {
        hash = mix_value(hash, &state->loaded[mapper->key[i]]);
    }
    return finish(hash);
}

bool orm__identity_make(orm__identity *map)
{
    map->buckets = orm__alloc(FIRST_BUCKETS * sizeof(orm__state *));
    map->bucket_count = map->buckets != NULL ? FIRST_BUCKETS : 0;
    map->count = 0;
    return map->buckets != NULL;
}

void orm__identity_free(orm__identity *map)
{
    orm__free(map->buckets);
    *map = (orm__identity){0};
}

static bool has_key(const orm__state *state, const orm__mapper *mapper, const orm_value *key)
{
    if (state->mapper != mapper) {
        return false;
    }
    for (size_t i = 0; i < mapper->key_count; i++) {
        if (!orm__value_equal(&state->loaded[mapper->key[i]], &key[i])) {
            return false;
        }
    }
    return true;
}

static bool same_key(const orm__state *a, const orm__state *b)
{
    if (a->mapper != b->mapper) {
        return false;
    }
    for (size_t i = 0; i < a->mapper->key_count; i++) {
        size_t field = a->mapper->key[i];
        if (!orm__value_equal(&a->loaded[field], &b->loaded[field])) {
            return false;
        }
    }
    return true;
}

orm__state *orm__identity_find(const orm__identity *map, const orm__mapper *mapper, const orm_value *key)
{
    uint64_t hash = hash_of(mapper, key);
    for (orm__state *state = map->buckets[hash & (map->bucket_count - 1)]; state != NULL; state = state->chain) {
        if (state->hash == hash && has_key(state, mapper, key)) {
            return state;
        }
    }
    return NULL;
}

/* More buckets if there is memory for them; without, the chains only get longer. */
static void spread(orm__identity *map)
{
    size_t count = map->bucket_count * 2;
    orm__state **buckets = orm__alloc(count * sizeof(orm__state *));
    if (buckets == NULL) {
        return;
    }
    for (size_t i = 0; i < map->bucket_count; i++) {
        for (orm__state *state = map->buckets[i], *next; state != NULL; state = next) {
            next = state->chain;
            state->chain = buckets[state->hash & (count - 1)];
            buckets[state->hash & (count - 1)] = state;
        }
    }
    orm__free(map->buckets);
    map->buckets = buckets;
    map->bucket_count = count;
}

orm__state *orm__identity_add(orm__identity *map, orm__state *state)
{
    if (state->mapped) {
        orm__identity_remove(map, state);
    }
    state->hash = hash_of_state(state);
    orm__state *former = map->buckets[state->hash & (map->bucket_count - 1)];
    while (former != NULL && !(former->hash == state->hash && same_key(former, state))) {
        former = former->chain;
    }
    if (former != NULL) {
        orm__identity_remove(map, former);
    }
    if (map->count >= map->bucket_count) {
        spread(map);
    }
    orm__state **bucket = &map->buckets[state->hash & (map->bucket_count - 1)];
    state->chain = *bucket;
    *bucket = state;
    state->mapped = true;
    map->count++;
    return former;
}

void orm__identity_remove(orm__identity *map, orm__state *state)
{
    if (!state->mapped) {
        return;
    }
    orm__state **link = &map->buckets[state->hash & (map->bucket_count - 1)];
    while (*link != state) {
        link = &(*link)->chain;
    }
    *link = state->chain;
    state->chain = NULL;
    state->mapped = false;
    map->count--;
}
