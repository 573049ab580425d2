/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "client/password.h"
#include <argon2.h>
#include <time.h>

static const h2o_iovec_t right = {"correct horse battery staple", 28};

static void refuses_what_is_no_password(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_BYTES], cut[PASSWORD_HASH_BYTES];
    static const h2o_iovec_t wrong[] = {
        {"correct horse battery stapl", 27},
        {"correct horse battery staple ", 29},
        {"Correct horse battery staple", 28},
        {"correct horse battery staple\0", 29},
        {"", 0},
    };
    static const char *const broken[] = {"", "x", "$argon2id$", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA",
                                         "$2b$12$x"};
    assert_true(password_hash(right, hash));
    for (size_t i = 0; i < COUNT_OF(wrong); ++i)
        assert_false(password_is_right(wrong[i], hash));
    for (size_t i = 0; i < COUNT_OF(broken); ++i)
        assert_false(password_is_right(right, broken[i]));
    strcpy(cut, hash);
    cut[strlen(cut) - 1] = '\0';
    assert_false(password_is_right(right, cut));
    assert_false(password_is_right(right, NULL));
    assert_false(password_is_right(SLICE("nobody is here!!"), NULL));
}

static void knows_its_own(void **state)
{
    (void)state;
    char one[PASSWORD_HASH_BYTES], two[PASSWORD_HASH_BYTES];
    assert_true(password_hash(right, one));
    assert_true(password_hash(right, two));
    assert_string_not_equal(one, two); /* each has a salt of its own */
    assert_true(password_is_right(right, one));
    assert_true(password_is_right(right, two));
    assert_true(slice_starts_with(slice_of(one), SLICE("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(password_is_old(one));
}

static void other_parameters_are_old(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_BYTES];
    assert_int_equal(argon2id_hash_encoded(1, 64, 1, right.base, right.len, "saltsalt", 8, 16, hash, sizeof(hash)),
                     ARGON2_OK);
    assert_true(password_is_right(right, hash));
    assert_true(password_is_old(hash));
    assert_true(password_is_old(""));
    assert_true(password_is_old("$argon2id$v=19$m=19456,t=2,p=1"));
    assert_true(password_is_old("$argon2id$v=19$m=19456,t=2,p=10$x"));
}

/* Of the processor: what else the machine does is not counted. */
static int64_t used_us(void)
{
    struct timespec used;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used), 0);
    return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static int64_t microseconds_of(h2o_iovec_t password, const char *hash)
{
    int64_t best = INT64_MAX; /* of several: the least disturbed one */
    for (int round = 0; round < 5; ++round) {
        int64_t before = used_us();
        (void)password_is_right(password, hash);
        int64_t took = used_us() - before;
        best = took < best ? took : best;
    }
    return best;
}

/* Nobody's password costs what somebody's costs: an answer does not tell who is known. */
static void unknown_people_cost_the_same(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_BYTES];
    assert_true(password_hash(right, hash));
    int64_t known = microseconds_of(SLICE("wrong wrong wrong"), hash),
            unknown = microseconds_of(SLICE("wrong wrong wrong"), NULL);
    assert_true(known > 1000);
    assert_in_range(unknown, known / 2, known * 2);
}

static void says_what_is_wrong(void **state)
{
    (void)state;
    static char longest[LIMIT_PASSWORD_BYTES_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    assert_null(password_wrong(SLICE("twelve bytes")));
    assert_null(password_wrong(SLICE("\xc5\xbb\xc3\xb3\xc5\x82\xc4\x87 kot pije")));
    assert_null(password_wrong((h2o_iovec_t){longest, LIMIT_PASSWORD_BYTES_MAX}));
    assert_non_null(password_wrong((h2o_iovec_t){longest, LIMIT_PASSWORD_BYTES_MAX + 1}));
    assert_non_null(password_wrong(SLICE("eleven byte")));
    assert_non_null(password_wrong(SLICE("twelve\nbytes!")));
    assert_non_null(password_wrong(SLICE("twelve \xff bytes")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_password), cmocka_unit_test(knows_its_own),
        cmocka_unit_test(other_parameters_are_old),    cmocka_unit_test(unknown_people_cost_the_same),
        cmocka_unit_test(says_what_is_wrong),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
