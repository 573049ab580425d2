/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded map from short byte strings to values, for one thread: no lock, a size in bytes, and what was not used goes
 * first (a clock hand over the entries). Keys are hashed with SipHash under a random key of the process, so that nobody
 * can aim at one bucket. */
#ifndef HALLMARK_BASE_CACHE_H
#define HALLMARK_BASE_CACHE_H

#include "base/slice.h"

struct cache; /* opaque */

/* `dispose` is called once for each value when it leaves (by removal, eviction, replacement or destruction), never
 * inside cache_find. It must not call the cache. */
struct cache *cache_create(size_t bytes_max, void (*dispose)(void *value));
void cache_destroy(struct cache *cache);

/* The value, or NULL (no value is NULL); marks it as used. The pointer is valid until the next cache_put,
 * cache_remove*, or cache_clear. */
void *cache_find(struct cache *cache, h2o_iovec_t key);

/* Takes the value over, also when the key stands already (the old one is disposed of). `bytes` is what the value costs
 * in memory; the map adds its own. Returns false, and disposes of the value, when it alone is larger than the cache;
 * the old one is gone then too, since it is no longer true. */
bool cache_put(struct cache *cache, h2o_iovec_t key, void *value, size_t bytes);

void cache_remove(struct cache *cache, h2o_iovec_t key);

/* Removes each entry for which `matches` is true; returns how many. */
size_t cache_remove_if(struct cache *cache, bool (*matches)(const void *value, const void *cookie), const void *cookie);

void cache_clear(struct cache *cache);
size_t cache_count(const struct cache *cache);
size_t cache_bytes(const struct cache *cache);

#endif
