#include "engine/cache.h"
#include <string.h>

/* FNV-1a */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static void unlink_use(orm__cache *cache, orm__cached *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void link_newest(orm__cache *cache, orm__cached *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

orm__cached *orm__cache_find(orm__cache *cache, const char *sql)
{
    uint64_t hash = hash_of(sql);
    for (orm__cached *entry = cache->buckets[hash % ORM__CACHE_SIZE]; entry != NULL; entry = entry->next) {
        if (entry->hash != hash || strcmp(entry->sql, sql) != 0) continue;
        unlink_use(cache, entry);
        link_newest(cache, entry);
        return entry;
    }
    return NULL;
}

/* Out of every list; the statement is the caller's. */
static orm__statement *take_out(orm__cache *cache, orm__cached *entry)
{
    orm__cached **at = &cache->buckets[entry->hash % ORM__CACHE_SIZE];
    while (*at != entry) at = &(*at)->next;
    *at = entry->next;
    unlink_use(cache, entry);
    cache->count--;
    orm__statement *statement = entry->statement;
    orm__free(entry->sql);
    orm__free(entry);
    return statement;
}

orm__cached *orm__cache_add(orm__cache *cache, const char *sql, orm__statement *statement, orm__statement **evicted)
{
    *evicted = NULL;
    orm__cached *entry = orm__alloc(sizeof *entry);
    if (entry == NULL) return NULL;
    *entry = (orm__cached){ .hash = hash_of(sql), .sql = orm__strdup(sql), .statement = statement };
    if (entry->sql == NULL) {
        orm__free(entry);
        return NULL;
    }
    if (cache->count >= ORM__CACHE_SIZE) { /* when all are busy the cache grows by one */
        orm__cached *old = cache->oldest;
        while (old != NULL && old->busy) old = old->newer;
        if (old != NULL) *evicted = take_out(cache, old);
    }
    orm__cached **bucket = &cache->buckets[entry->hash % ORM__CACHE_SIZE];
    entry->next = *bucket;
    *bucket = entry;
    link_newest(cache, entry);
    cache->count++;
    return entry;
}

orm__statement *orm__cache_pop(orm__cache *cache)
{
    return cache->newest == NULL ? NULL : take_out(cache, cache->newest);
}
