/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include "base/secret.h"
#include "base/siphash.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_MIN           64
#define ALLOCATION_OVERHEAD 16 /* what malloc keeps beside a block */
#define SLOTS_PER_ENTRY_MAX                                                                                            \
    3 /* the table doubles at three quarters full, so it is never emptier than that while it grows */

struct entry {
    void *value;
    size_t cost; /* bytes of the value and of what the map needs for it */
    size_t key_len;
    char key[];
};

/* The hash stands beside the pointer, so that a look-up touches no entry but the right one. */
struct slot {
    struct entry *entry; /* NULL: free */
    uint32_t hash;
    bool used; /* since the hand came by */
};

/* Open addressing with linear probing; removal closes the gap, so there are no tombstones. The clock's hand goes over
 * the slots themselves: their order is random, which is as good an order as any. */
struct cache {
    struct slot *slots;
    size_t slot_mask; /* number of slots, a power of two, less one */
    size_t hand;
    size_t count;
    size_t bytes, bytes_max;
    void (*dispose)(void *value);
    bool is_disposing; /* dispose must not come back into the cache */
    uint8_t hash_key[SIPHASH_KEY_BYTES];
};

static struct slot *allocate_slots(size_t count)
{
    struct slot *slots = calloc(count, sizeof(*slots));
    if (slots == NULL)
        h2o_fatal("no memory");
    return slots;
}

struct cache *cache_create(size_t bytes_max, void (*dispose)(void *value))
{
    assert(dispose != NULL);
    struct cache *cache = h2o_mem_alloc(sizeof(*cache));
    *cache = (struct cache){
        .slots = allocate_slots(SLOTS_MIN), .slot_mask = SLOTS_MIN - 1, .bytes_max = bytes_max, .dispose = dispose};
    secret_random(cache->hash_key, sizeof(cache->hash_key));
    return cache;
}

void cache_destroy(struct cache *cache)
{
    if (cache == NULL)
        return;
    cache_clear(cache);
    free(cache->slots);
    free(cache);
}

/* --- slots
 * ------------------------------------------------------------------------------------------------------------ */

static inline bool is_entry_of(const struct slot *slot, uint32_t hash, h2o_iovec_t key)
{
    return slot->hash == hash && slice_equal((h2o_iovec_t){slot->entry->key, slot->entry->key_len}, key);
}

/* The slot of the key, or the free one where it would go. */
static inline size_t probe(const struct cache *cache, uint32_t hash, h2o_iovec_t key)
{
    size_t at = hash & cache->slot_mask;
    while (cache->slots[at].entry != NULL && !is_entry_of(&cache->slots[at], hash, key))
        at = (at + 1) & cache->slot_mask;
    return at;
}

static inline uint32_t hash_of(const struct cache *cache, h2o_iovec_t key)
{
    return (uint32_t)siphash(cache->hash_key, key);
}

/* Moves those behind a freed slot up whose way from their own slot led over it. */
static void close_gap(struct cache *cache, size_t gap)
{
    for (size_t at = (gap + 1) & cache->slot_mask; cache->slots[at].entry != NULL; at = (at + 1) & cache->slot_mask) {
        size_t from_home = (at - cache->slots[at].hash) & cache->slot_mask;
        size_t from_gap = (at - gap) & cache->slot_mask;
        if (from_home < from_gap)
            continue;
        cache->slots[gap] = cache->slots[at];
        gap = at;
    }
    cache->slots[gap] = (struct slot){.entry = NULL};
}

static void grow(struct cache *cache)
{
    struct slot *old = cache->slots;
    size_t old_count = cache->slot_mask + 1;
    cache->slots = allocate_slots(2 * old_count);
    cache->slot_mask = 2 * old_count - 1;
    cache->hand = 0;
    for (size_t i = 0; i < old_count; ++i) {
        if (old[i].entry == NULL)
            continue;
        size_t at = old[i].hash & cache->slot_mask;
        while (cache->slots[at].entry != NULL)
            at = (at + 1) & cache->slot_mask;
        cache->slots[at] = old[i];
    }
    free(old);
}

/* --- leaving
 * ---------------------------------------------------------------------------------------------------------- */

static void dispose_of(struct cache *cache, void *value)
{
    cache->is_disposing = true;
    cache->dispose(value);
    cache->is_disposing = false;
}

/* Leaves a whole table behind; the value is the caller's again. */
static void *take_out(struct cache *cache, size_t at)
{
    struct entry *entry = cache->slots[at].entry;
    void *value = entry->value;
    close_gap(cache, at);
    --cache->count;
    cache->bytes -= entry->cost;
    free(entry);
    return value;
}

static void remove_at(struct cache *cache, size_t at)
{
    dispose_of(cache, take_out(cache, at));
}

/* Until `needed` bytes are free. Each entry that was used since the last round is spared once, so the hand ends within
 * two. */
static void evict_for(struct cache *cache, size_t needed)
{
    while (cache->bytes_max - cache->bytes < needed) {
        struct slot *slot = &cache->slots[cache->hand];
        if (slot->entry != NULL && !slot->used) {
            remove_at(cache, cache->hand); /* another entry may stand here now: the hand stays */
            continue;
        }
        slot->used = false;
        cache->hand = (cache->hand + 1) & cache->slot_mask;
    }
}

/* --- what callers see
 * ------------------------------------------------------------------------------------------------- */

void *cache_find(struct cache *cache, h2o_iovec_t key)
{
    struct slot *slot = &cache->slots[probe(cache, hash_of(cache, key), key)];
    if (slot->entry == NULL)
        return NULL;
    if (!slot->used)
        slot->used = true;
    return slot->entry->value;
}

static struct entry *entry_create(h2o_iovec_t key, void *value, size_t cost)
{
    struct entry *entry = h2o_mem_alloc(sizeof(*entry) + key.len);
    *entry = (struct entry){value, cost, key.len};
    if (key.len > 0)
        memcpy(entry->key, key.base, key.len);
    return entry;
}

static void insert(struct cache *cache, uint32_t hash, struct entry *entry)
{
    if ((cache->count + 1) * 4 > (cache->slot_mask + 1) * 3)
        grow(cache);
    size_t at = probe(cache, hash, (h2o_iovec_t){entry->key, entry->key_len});
    assert(cache->slots[at].entry == NULL);
    cache->slots[at] = (struct slot){entry, hash, false};
    ++cache->count;
    cache->bytes += entry->cost;
}

/* The old value goes last: the key may be part of it. */
bool cache_put(struct cache *cache, h2o_iovec_t key, void *value, size_t bytes)
{
    static const size_t own = sizeof(struct entry) + ALLOCATION_OVERHEAD + SLOTS_PER_ENTRY_MAX * sizeof(struct slot);
    assert(!cache->is_disposing);
    assert(value != NULL);
    uint32_t hash = hash_of(cache, key);
    size_t at = probe(cache, hash, key);
    void *old = cache->slots[at].entry == NULL ? NULL : take_out(cache, at);
    assert(old != value);

    size_t cost;
    bool fits = !__builtin_add_overflow(bytes, own + key.len, &cost) && cost <= cache->bytes_max;
    if (fits) {
        struct entry *entry = entry_create(key, value, cost);
        evict_for(cache, cost);
        insert(cache, hash, entry);
    } else {
        dispose_of(cache, value);
    }
    if (old != NULL)
        dispose_of(cache, old);
    return fits;
}

void cache_remove(struct cache *cache, h2o_iovec_t key)
{
    assert(!cache->is_disposing);
    size_t at = probe(cache, hash_of(cache, key), key);
    if (cache->slots[at].entry != NULL)
        remove_at(cache, at);
}

/* What a removal moves up comes from behind, or, at the end of the table, from slots that were looked at already:
 * nothing is missed. */
size_t cache_remove_if(struct cache *cache, bool (*matches)(const void *value, const void *cookie), const void *cookie)
{
    assert(!cache->is_disposing);
    size_t removed = 0;
    for (size_t at = 0; at <= cache->slot_mask;) {
        const struct entry *entry = cache->slots[at].entry;
        if (entry == NULL || !matches(entry->value, cookie)) {
            ++at;
            continue;
        }
        remove_at(cache, at);
        ++removed;
    }
    return removed;
}

static bool matches_all(const void *value, const void *cookie)
{
    (void)value;
    (void)cookie;
    return true;
}

void cache_clear(struct cache *cache)
{
    cache_remove_if(cache, matches_all, NULL);
    assert(cache->count == 0);
    assert(cache->bytes == 0);
}

size_t cache_count(const struct cache *cache)
{
    return cache->count;
}

size_t cache_bytes(const struct cache *cache)
{
    return cache->bytes;
}
