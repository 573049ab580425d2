/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with --wrap for malloc, aligned_alloc and free, so that what the cache allocates is seen. */
#include "check.h"

#include "base/cache.h"
#include "base/secret.h"

#include <malloc.h>

#define ROOMY (64 * 1024 * 1024)

/* --- allocations --- */

void *__real_malloc(size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *block);

static size_t allocations, bytes_allocated;

static void *count_block(void *block)
{
    ++allocations;
    bytes_allocated += malloc_usable_size(block);
    return block;
}

void *__wrap_malloc(size_t size)
{
    return count_block(__real_malloc(size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return count_block(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *block)
{
    bytes_allocated -= malloc_usable_size(block);
    __real_free(block);
}

/* --- values that count how often they left --- */

struct value {
    int number;
    int times_disposed;
};

static size_t disposed;

static void dispose(void *cookie)
{
    struct value *value = cookie;
    assert_int_equal(value->times_disposed, 0);
    ++value->times_disposed;
    ++disposed;
}

/* Short and long ones by turns, on both sides of what fits into a slot. */
static h2o_iovec_t key_of(int number)
{
    static char text[64];
    return (h2o_iovec_t){text, (size_t)sprintf(text, "%0*d", 36 + number % 10, number)};
}

/* What a key costs that does not fit into a slot: its bytes and what malloc keeps beside them. */
static size_t key_cost(h2o_iovec_t key)
{
    return key.len > 40 ? key.len + 16 : 0;
}

/* What one entry with a short key costs besides its value. */
static size_t own_cost(void)
{
    struct value value = {0, 0};
    struct cache *cache = cache_create(ROOMY, dispose);
    assert_true(cache_put(cache, SLICE("k"), &value, 0));
    size_t cost = cache_bytes(cache);
    cache_destroy(cache);
    return cost;
}

static void fill(struct cache *cache, struct value *values, int count)
{
    for (int i = 0; i < count; ++i) {
        values[i] = (struct value){i, 0};
        assert_true(cache_put(cache, key_of(i), &values[i], 100));
    }
}

/* --- what must not happen --- */

static void refuses_what_is_larger_than_the_cache(void **state)
{
    (void)state;
    struct value small = {1, 0}, other = {2, 0}, large = {3, 0}, endless = {4, 0}, exact = {5, 0};
    size_t bytes_max = 4 * own_cost();
    struct cache *cache = cache_create(bytes_max, dispose);
    assert_true(cache_put(cache, SLICE("a"), &small, 1));
    assert_true(cache_put(cache, SLICE("b"), &other, 1));

    assert_false(cache_put(cache, SLICE("a"), &large, bytes_max));
    assert_int_equal(large.times_disposed, 1);
    assert_int_equal(small.times_disposed, 1); /* it is no longer true */
    assert_null(cache_find(cache, SLICE("a")));
    assert_ptr_equal(cache_find(cache, SLICE("b")), &other);

    assert_false(cache_put(cache, SLICE("c"), &endless, SIZE_MAX));
    assert_int_equal(endless.times_disposed, 1);
    assert_ptr_equal(cache_find(cache, SLICE("b")), &other);

    assert_true(cache_put(cache, SLICE("d"), &exact, bytes_max - own_cost()));
    assert_int_equal(cache_bytes(cache), bytes_max);
    assert_int_equal(cache_count(cache), 1);
    assert_int_equal(other.times_disposed, 1);
    cache_destroy(cache);
    assert_int_equal(exact.times_disposed, 1);
    cache_destroy(NULL);
}

static struct cache *cache_under_test;

static void call_back_in(void *value)
{
    (void)value;
    cache_remove(cache_under_test, SLICE("b"));
}

static void break_the_rule(void)
{
    static int a, b;
    cache_under_test = cache_create(ROOMY, call_back_in);
    (void)cache_put(cache_under_test, SLICE("a"), &a, 1);
    (void)cache_put(cache_under_test, SLICE("b"), &b, 1);
    cache_remove(cache_under_test, SLICE("a"));
}

static void aborts_when_dispose_calls_the_cache(void **state)
{
    (void)state;
    assert_true(aborts(break_the_rule));
}

static void never_allocates_in_find(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    static struct value values[COUNT];
    struct cache *cache = cache_create(ROOMY, dispose);
    fill(cache, values, COUNT);
    disposed = 0;
    size_t before = allocations;
    for (int i = 0; i < 2 * COUNT; ++i)
        assert_ptr_equal(cache_find(cache, key_of(i)), i < COUNT ? &values[i] : NULL);
    assert_int_equal(allocations, before);
    assert_int_equal(disposed, 0);
    cache_destroy(cache);
    assert_int_equal(disposed, COUNT);
}

/* --- what must --- */

static void tells_keys_apart(void **state)
{
    (void)state;
    static char long_key[1000];
    const h2o_iovec_t keys[] = {
        {NULL, 0},   {"\0", 1},   {"\0\0", 2}, {"a", 1},        {"a\0", 2},
        {"a\0b", 3}, {"a\0c", 3}, {"A", 1},    {long_key, 999}, {long_key, 1000},
    };
    static struct value values[COUNT_OF(keys)];
    struct cache *cache = cache_create(ROOMY, dispose);
    for (size_t i = 0; i < COUNT_OF(keys); ++i)
        assert_true(cache_put(cache, keys[i], &values[i], 1));
    assert_int_equal(cache_count(cache), COUNT_OF(keys));
    for (size_t i = 0; i < COUNT_OF(keys); ++i)
        assert_ptr_equal(cache_find(cache, keys[i]), &values[i]);
    assert_ptr_equal(cache_find(cache, SLICE("")), &values[0]);
    cache_remove(cache, SLICE("a"));
    assert_null(cache_find(cache, SLICE("a")));
    cache_remove(cache, SLICE("a"));
    assert_int_equal(cache_count(cache), COUNT_OF(keys) - 1);
    cache_destroy(cache);
}

/* Among so many keys about ten pairs share their 32 bits of hash, whatever the random key is. */
static void tells_keys_of_equal_hash_apart(void **state)
{
    (void)state;
    enum { COUNT = 300000 };
    static struct value values[COUNT];
    struct cache *cache = cache_create(SIZE_MAX, dispose);
    fill(cache, values, COUNT);
    assert_int_equal(cache_count(cache), COUNT);
    for (int i = 0; i < COUNT; ++i)
        assert_ptr_equal(cache_find(cache, key_of(i)), &values[i]);
    cache_destroy(cache);
}

/* The key may lie inside the value that goes. */
struct keyed {
    char key[8];
};

static void overwrite_and_free(void *cookie)
{
    struct keyed *value = cookie;
    memset(value->key, 'x', sizeof(value->key));
    free(value);
}

static void replaces(void **state)
{
    (void)state;
    struct cache *cache = cache_create(ROOMY, overwrite_and_free);
    struct keyed *old = h2o_mem_alloc(sizeof(*old)), *new = h2o_mem_alloc(sizeof(*new));
    *old = (struct keyed){"key"};
    *new = (struct keyed){"key"};
    assert_true(cache_put(cache, slice_of(old->key), old, 5000));
    size_t bytes = cache_bytes(cache);
    assert_true(cache_put(cache, slice_of(old->key), new, 7000));
    assert_int_equal(cache_bytes(cache), bytes + 2000);
    assert_int_equal(cache_count(cache), 1);
    assert_ptr_equal(cache_find(cache, SLICE("key")), new);
    cache_destroy(cache);
}

static h2o_iovec_t short_key_of(int number)
{
    h2o_iovec_t key = key_of(number);
    return slice_from(key, key.len - 10);
}

static void put_strangers(struct cache *cache, int from, int to, int hot)
{
    static struct value strangers[20000];
    for (int i = from; i < to; ++i) {
        assert_true(cache_put(cache, short_key_of(i), &strangers[i], 100));
        for (int number = 0; number < hot; ++number)
            assert_non_null(cache_find(cache, short_key_of(number)));
    }
}

static void spares_what_was_used(void **state)
{
    (void)state;
    enum { COUNT = 1000, USED = 300, HOT = 10 };
    static struct value values[COUNT];
    struct cache *cache = cache_create(COUNT * (own_cost() + 100), dispose);
    for (int i = 0; i < COUNT; ++i)
        assert_true(cache_put(cache, short_key_of(i), &values[i], 100));
    assert_int_equal(cache_count(cache), COUNT);
    for (int i = 0; i < USED; ++i)
        assert_ptr_equal(cache_find(cache, short_key_of(i)), &values[i]);

    /* As many strangers as there are unused ones: the hand has not been round yet. */
    put_strangers(cache, COUNT, 2 * COUNT - USED, 0);
    assert_int_equal(cache_count(cache), COUNT);
    for (int i = 0; i < USED; ++i)
        assert_ptr_equal(cache_find(cache, short_key_of(i)), &values[i]);

    /* What is asked for again and again stays however many come by; what was used once goes in the end. */
    put_strangers(cache, 2 * COUNT, 12 * COUNT, HOT);
    for (int i = HOT; i < USED; ++i)
        assert_int_equal(values[i].times_disposed, 1);
    cache_destroy(cache);
}

static bool is_divisible(const void *cookie, const void *divisor)
{
    const struct value *value = cookie;
    return value->number % *(const int *)divisor == 0;
}

/* Many small tables: each has other clusters, and in some of them one goes over the end of the table. */
static void removes_what_matches(void **state)
{
    (void)state;
    static struct value values[200];
    for (int round = 0; round < 500; ++round) {
        int count = 1 + round % 190, divisor = 1 + round % 7;
        size_t matching = (size_t)((count + divisor - 1) / divisor);
        struct cache *cache = cache_create(ROOMY, dispose);
        fill(cache, values, count);
        assert_int_equal(cache_remove_if(cache, is_divisible, &divisor), matching);
        assert_int_equal(cache_count(cache), (size_t)count - matching);
        for (int i = 0; i < count; ++i) {
            assert_ptr_equal(cache_find(cache, key_of(i)), i % divisor == 0 ? NULL : &values[i]);
            assert_int_equal(values[i].times_disposed, i % divisor == 0);
        }
        assert_int_equal(cache_remove_if(cache, is_divisible, &divisor), 0);
        cache_clear(cache);
        assert_int_equal(cache_count(cache), 0);
        assert_int_equal(cache_bytes(cache), 0);
        for (int i = 0; i < count; ++i)
            assert_int_equal(values[i].times_disposed, 1);
        cache_destroy(cache);
    }
}

/* What it says it costs is what it takes from the system, or more. */
static void charges_what_it_allocates(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static struct value values[COUNT];
    size_t before = bytes_allocated;
    struct cache *cache = cache_create(ROOMY, dispose);
    size_t empty = bytes_allocated - before;
    for (int i = 0; i < COUNT; ++i) {
        values[i] = (struct value){i, 0};
        assert_true(cache_put(cache, key_of(i), &values[i], 0));
        assert_true(bytes_allocated - before <= cache_bytes(cache) + empty);
    }
    cache_destroy(cache);
    assert_int_equal(bytes_allocated, before);
}

/* --- against a simple model --- */

#define MODEL_KEYS       700
#define MODEL_OPERATIONS 300000
#define MODEL_VALUE_MAX  2000

struct model_value {
    int key;
    size_t bytes;
};

static struct model_value *model[MODEL_KEYS]; /* what is in the cache */
static struct model_value *incoming;          /* not in it yet */
static size_t model_count, model_bytes;

static void leave_model(void *cookie)
{
    struct model_value *value = cookie;
    if (value == incoming) {
        incoming = NULL;
    } else {
        assert_ptr_equal(model[value->key], value);
        model[value->key] = NULL;
        --model_count;
        model_bytes -= value->bytes + key_cost(key_of(value->key));
    }
    free(value);
}

static void put_into_both(struct cache *cache, int key, size_t bytes)
{
    struct model_value *value = h2o_mem_alloc(sizeof(*value));
    *value = (struct model_value){key, bytes};
    incoming = value;
    bool is_in = cache_put(cache, key_of(key), value, bytes);
    assert_true(is_in == (incoming == value));
    incoming = NULL;
    assert_null(model[key]);
    if (!is_in)
        return;
    model[key] = value;
    ++model_count;
    model_bytes += bytes + key_cost(key_of(key));
}

static bool has_key_in(const void *cookie, const void *keys)
{
    const struct model_value *value = cookie;
    const int *range = keys;
    return value->key >= range[0] && value->key < range[1];
}

static void remove_range(struct cache *cache, int first)
{
    int range[] = {first, first + 20};
    size_t matching = 0;
    for (int key = first; key < first + 20 && key < MODEL_KEYS; ++key)
        matching += model[key] != NULL;
    assert_int_equal(cache_remove_if(cache, has_key_in, range), matching);
}

static void do_something(struct cache *cache, uint64_t random)
{
    int key = (int)(random % MODEL_KEYS);
    uint64_t act = random >> 32 & 1023;
    if (act < 500)
        assert_ptr_equal(cache_find(cache, key_of(key)), model[key]);
    else if (act < 900)
        put_into_both(cache, key, random >> 20 & (MODEL_VALUE_MAX - 1));
    else if (act < 903)
        put_into_both(cache, key, 1000 * MODEL_VALUE_MAX);
    else if (act < 1010)
        cache_remove(cache, key_of(key));
    else if (act < 1023)
        remove_range(cache, key);
    else if (random >> 60 == 0)
        cache_clear(cache);
}

static void agrees_with_a_model(void **state)
{
    (void)state;
    uint64_t seed = UINT64_C(0x6361636865);
    size_t own = own_cost(), bytes_max = 300 * 1000, seen_full = 0;
    struct cache *cache = cache_create(bytes_max, leave_model);
    for (int i = 0; i < MODEL_OPERATIONS; ++i) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        do_something(cache, seed);
        assert_int_equal(cache_count(cache), model_count);
        assert_int_equal(cache_bytes(cache), model_bytes + model_count * own);
        assert_true(cache_bytes(cache) <= bytes_max);
        seen_full += cache_bytes(cache) > bytes_max - MODEL_VALUE_MAX;
    }
    for (int key = 0; key < MODEL_KEYS; ++key)
        assert_ptr_equal(cache_find(cache, key_of(key)), model[key]);
    assert_true(seen_full > MODEL_OPERATIONS / 10); /* it had to throw out often */
    cache_destroy(cache);
    assert_int_equal(model_count, 0);
}

static int start(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_larger_than_the_cache),
        cmocka_unit_test(aborts_when_dispose_calls_the_cache),
        cmocka_unit_test(never_allocates_in_find),
        cmocka_unit_test(tells_keys_apart),
        cmocka_unit_test(tells_keys_of_equal_hash_apart),
        cmocka_unit_test(replaces),
        cmocka_unit_test(spares_what_was_used),
        cmocka_unit_test(removes_what_matches),
        cmocka_unit_test(charges_what_it_allocates),
        cmocka_unit_test(agrees_with_a_model),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
