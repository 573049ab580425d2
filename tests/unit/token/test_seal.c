/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/seal.h"

static const uint8_t master[DIGEST_BYTES] = "a master key for this test only";
static const uint8_t other_master[DIGEST_BYTES] = "a master key of somebody else's";

#define OVERHEAD (1 + 12 + 16)

static h2o_iovec_t close_text(h2o_mem_pool_t *pool, h2o_iovec_t plain)
{
    h2o_iovec_t sealed;
    assert_true(seal_close(pool, master, SLICE("what it is"), plain, &sealed));
    assert_int_equal(sealed.len, plain.len + OVERHEAD);
    return sealed;
}

/* Also: what is out stays as it was. */
static bool opens(const uint8_t key[static DIGEST_BYTES], h2o_iovec_t associated, h2o_iovec_t sealed)
{
    struct secret plain = {NULL, 77};
    if (!seal_open(key, associated, sealed, &plain)) {
        assert_null(plain.base);
        assert_int_equal(plain.len, 77);
        return false;
    }
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return true;
}

static void each_changed_bit_is_refused(void **state)
{
    h2o_iovec_t sealed = close_text(pool_of(state), SLICE("some secret"));
    for (size_t i = 0; i < sealed.len * 8; ++i) {
        sealed.base[i / 8] = (char)(sealed.base[i / 8] ^ 1 << i % 8);
        check("changed bit", !opens(master, SLICE("what it is"), sealed));
        sealed.base[i / 8] = (char)(sealed.base[i / 8] ^ 1 << i % 8);
    }
    assert_true(opens(master, SLICE("what it is"), sealed));
}

static void each_cut_is_refused(void **state)
{
    h2o_iovec_t sealed = close_text(pool_of(state), SLICE("some secret"));
    for (size_t len = 0; len < sealed.len; ++len) {
        char *copy = malloc(len + 1);
        memcpy(copy, sealed.base, len);
        check("end cut off", !opens(master, SLICE("what it is"), (h2o_iovec_t){copy, len}));
        free(copy);
        check("start cut off", !opens(master, SLICE("what it is"), slice_from(sealed, sealed.len - len)));
    }
    h2o_iovec_t longer = slice_format(pool_of(state), "%*s", (int)sealed.len + 1, "");
    memcpy(longer.base, sealed.base, sealed.len);
    assert_false(opens(master, SLICE("what it is"), longer));
}

static void another_master_key_or_place_is_refused(void **state)
{
    h2o_iovec_t sealed = close_text(pool_of(state), SLICE("some secret"));
    static const h2o_iovec_t places[] = {
        {NULL, 0}, {"", 0}, {"what it i", 9}, {"what it is ", 11}, {"what it is\0", 11}};
    assert_false(opens(other_master, SLICE("what it is"), sealed));
    for (size_t i = 0; i < COUNT_OF(places); ++i)
        check("place", !opens(master, places[i], sealed));
    assert_false(opens(master, SLICE("what it is"), SLICE_NONE));
}

static void opens_what_it_closed(void **state)
{
    static const h2o_iovec_t plains[] = {{NULL, 0}, {"", 0}, {"x", 1}, {"\0\0\0", 3}, {"sixteen bytes...", 16}};
    for (size_t i = 0; i < COUNT_OF(plains); ++i) {
        h2o_iovec_t sealed = close_text(pool_of(state), plains[i]);
        struct secret plain;
        assert_int_equal(sealed.base[0], 1);
        assert_true(seal_open(master, SLICE("what it is"), sealed, &plain));
        check_slice("plain", (h2o_iovec_t){plain.base, plain.len}, plains[i]);
        free(plain.base);
    }
}

static void a_large_text_comes_back(void **state)
{
    enum { LARGE = 1 << 20 };
    h2o_iovec_t text = slice_format(pool_of(state), "%*s", LARGE, "end");
    h2o_iovec_t sealed = close_text(pool_of(state), text);
    struct secret plain;
    assert_true(seal_open(master, SLICE("what it is"), sealed, &plain));
    assert_true(slice_equal((h2o_iovec_t){plain.base, plain.len}, text));
    free(plain.base);
}

static void two_seals_of_one_text_differ(void **state)
{
    h2o_iovec_t a = close_text(pool_of(state), SLICE("some secret")),
                b = close_text(pool_of(state), SLICE("some secret"));
    assert_memory_not_equal(a.base + 1, b.base + 1, 12);
    assert_memory_not_equal(a.base + 13, b.base + 13, a.len - 13);
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
        test_with_pool(each_changed_bit_is_refused),
        test_with_pool(each_cut_is_refused),
        test_with_pool(another_master_key_or_place_is_refused),
        test_with_pool(opens_what_it_closed),
        test_with_pool(a_large_text_comes_back),
        test_with_pool(two_seals_of_one_text_differ),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
