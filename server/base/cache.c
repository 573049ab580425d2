/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cache.h"

#include "base/secret.h"
#include "base/siphash.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_MIN           64
#define SLOTS_PER_ENTRY_MAX 3  /* the table doubles at three quarters full: it is never emptier while it grows */
#define KEY_INSIDE_MAX      40 /* digests have 32 bytes, identifiers a few more */
#define KEY_LEN_MAX         INT32_MAX
#define ALLOCATION_OVERHEAD 16 /* what malloc keeps beside a block */
#define CACHE_LINE          64

/* All that a look-up needs stands in one line of the processor's cache: in a large table, each line that has to be
 * fetched costs more than the hash. */
struct slot {
    void *value; /* NULL: free */
    size_t cost; /* bytes of the value and of what the map needs for it */
    uint32_t hash;
    uint32_t used : 1; /* since the hand came by */
    uint32_t key_len : 31;
    union {
        char inside[KEY_INSIDE_MAX];
        char *outside; /* a longer key; malloc, owned */
    } key;
};

_Static_assert(sizeof(struct slot) == CACHE_LINE, "one slot, one line");

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
    struct slot *slots = aligned_alloc(CACHE_LINE, count * sizeof(*slots));
    if (slots == NULL)
        h2o_fatal("no memory");
    memset(slots, 0, count * sizeof(*slots));
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

/* --- slots --- */

static inline uint32_t hash_of(const struct cache *cache, h2o_iovec_t key)
{
    return (uint32_t)siphash(cache->hash_key, key);
}

static inline h2o_iovec_t key_of(struct slot *slot)
{
    return (h2o_iovec_t){slot->key_len <= KEY_INSIDE_MAX ? slot->key.inside : slot->key.outside, slot->key_len};
}

/* The slot of the key, or the free one where it would go. */
static inline size_t probe(const struct cache *cache, uint32_t hash, h2o_iovec_t key)
{
    for (size_t at = hash & cache->slot_mask;; at = (at + 1) & cache->slot_mask) {
        struct slot *slot = &cache->slots[at];
        if (slot->value == NULL || (slot->hash == hash && slice_equal(key_of(slot), key)))
            return at;
    }
}

static size_t probe_free(const struct cache *cache, uint32_t hash)
{
    size_t at = hash & cache->slot_mask;
    while (cache->slots[at].value != NULL)
        at = (at + 1) & cache->slot_mask;
    return at;
}

/* Moves those behind a freed slot up whose way from their own slot led over it. */
static void close_gap(struct cache *cache, size_t gap)
{
    for (size_t at = (gap + 1) & cache->slot_mask; cache->slots[at].value != NULL; at = (at + 1) & cache->slot_mask) {
        size_t from_home = (at - cache->slots[at].hash) & cache->slot_mask;
        size_t from_gap = (at - gap) & cache->slot_mask;
        if (from_home < from_gap)
            continue;
        cache->slots[gap] = cache->slots[at];
        gap = at;
    }
    cache->slots[gap] = (struct slot){.value = NULL};
}

static void grow(struct cache *cache)
{
    struct slot *old = cache->slots;
    size_t old_count = cache->slot_mask + 1;
    cache->slots = allocate_slots(2 * old_count);
    cache->slot_mask = 2 * old_count - 1;
    cache->hand = 0;
    for (size_t i = 0; i < old_count; ++i)
        if (old[i].value != NULL)
            cache->slots[probe_free(cache, old[i].hash)] = old[i];
    free(old);
}

/* --- leaving --- */

static void dispose_of(struct cache *cache, void *value)
{
    cache->is_disposing = true;
    cache->dispose(value);
    cache->is_disposing = false;
}

/* Leaves a whole table behind; the value is the caller's again. */
static void *take_out(struct cache *cache, size_t at)
{
    struct slot *slot = &cache->slots[at];
    void *value = slot->value;
    --cache->count;
    cache->bytes -= slot->cost;
    if (slot->key_len > KEY_INSIDE_MAX)
        free(slot->key.outside);
    close_gap(cache, at);
    return value;
}

static void remove_at(struct cache *cache, size_t at)
{
    dispose_of(cache, take_out(cache, at));
}

/* Until `needed` bytes are free. What was used since the last round is spared once, so the hand ends within two. */
static void evict_for(struct cache *cache, size_t needed)
{
    while (cache->bytes_max - cache->bytes < needed) {
        struct slot *slot = &cache->slots[cache->hand];
        if (slot->value != NULL && !slot->used) {
            remove_at(cache, cache->hand); /* another one may stand here now: the hand stays */
            continue;
        }
        slot->used = 0;
        cache->hand = (cache->hand + 1) & cache->slot_mask;
    }
}

/* --- what callers see --- */

void *cache_find(struct cache *cache, h2o_iovec_t key)
{
    struct slot *slot = &cache->slots[probe(cache, hash_of(cache, key), key)];
    if (slot->value != NULL && !slot->used)
        slot->used = 1;
    return slot->value;
}

/* SIZE_MAX when it cannot be counted. */
static size_t cost_of(h2o_iovec_t key, size_t bytes)
{
    static const size_t slots = SLOTS_PER_ENTRY_MAX * sizeof(struct slot);
    size_t outside = key.len > KEY_INSIDE_MAX ? key.len + ALLOCATION_OVERHEAD : 0, cost;
    return __builtin_add_overflow(bytes, slots + outside, &cost) ? SIZE_MAX : cost;
}

static void copy_key(struct slot *slot, h2o_iovec_t key)
{
    slot->key_len = (uint32_t)key.len & KEY_LEN_MAX;
    char *to = slot->key.inside;
    if (key.len > KEY_INSIDE_MAX)
        to = slot->key.outside = h2o_mem_alloc(key.len);
    if (key.len > 0)
        memcpy(to, key.base, key.len);
}

static void place(struct cache *cache, struct slot slot)
{
    if ((cache->count + 1) * 4 > (cache->slot_mask + 1) * 3)
        grow(cache);
    cache->slots[probe_free(cache, slot.hash)] = slot;
    ++cache->count;
    cache->bytes += slot.cost;
}

/* The key is copied before any value goes, since it may be part of one. */
bool cache_put(struct cache *cache, h2o_iovec_t key, void *value, size_t bytes)
{
    assert(!cache->is_disposing);
    assert(value != NULL);
    assert(key.len <= KEY_LEN_MAX);
    uint32_t hash = hash_of(cache, key);
    size_t at = probe(cache, hash, key);
    void *old = cache->slots[at].value == NULL ? NULL : take_out(cache, at);
    assert(old != value);

    size_t cost = cost_of(key, bytes);
    bool fits = cost <= cache->bytes_max;
    if (fits) {
        struct slot slot = {.value = value, .cost = cost, .hash = hash};
        copy_key(&slot, key);
        evict_for(cache, cost);
        place(cache, slot);
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
    if (cache->slots[at].value != NULL)
        remove_at(cache, at);
}

/* What a removal moves up comes from behind, or, at the end of the table, from slots that were looked at already:
 * nothing is missed. */
size_t cache_remove_if(struct cache *cache, bool (*matches)(const void *value, const void *cookie), const void *cookie)
{
    assert(!cache->is_disposing);
    size_t removed = 0;
    for (size_t at = 0; at <= cache->slot_mask;) {
        const void *value = cache->slots[at].value;
        if (value == NULL || !matches(value, cookie)) {
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
