/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "client/password_link.h"

static const uint8_t master[DIGEST_BYTES] = {1}, other_master[DIGEST_BYTES] = {2};

static void opens_under_its_key_and_for_its_digest_only(void **state)
{
    (void)state;
    struct password_link link, other, opened;
    h2o_iovec_t sealed, fresh;
    h2o_mem_pool_t pool;
    secret_start();
    h2o_mem_init_pool(&pool);
    password_link_make(&link);
    password_link_make(&other);
    assert_int_equal(strlen(link.text), PASSWORD_LINK_BYTES - 1);
    assert_string_not_equal(link.text, other.text);
    assert_true(password_link_seal(&pool, master, &link, &sealed));
    assert_true(password_link_open(master, link.digest, sealed, &opened));
    assert_memory_equal(&link, &opened, sizeof(link));
    assert_false(password_link_open(other_master, link.digest, sealed, &opened));
    assert_false(password_link_open(master, other.digest, sealed, &opened));
    assert_false(password_link_open(master, link.digest, SLICE_NONE, &opened));
    assert_false(password_link_open(master, link.digest, (h2o_iovec_t){sealed.base, sealed.len - 1}, &opened));
    memcpy(other.digest, link.digest, DIGEST_BYTES); /* somebody else's link under the digest of this one */
    assert_true(password_link_seal(&pool, master, &other, &fresh));
    assert_false(password_link_open(master, link.digest, fresh, &opened));
    assert_true(password_link_reseal(&pool, link.digest, sealed, master, other_master, &fresh));
    assert_true(password_link_open(other_master, link.digest, fresh, &opened));
    assert_false(password_link_reseal(&pool, link.digest, sealed, other_master, master, &fresh));
    h2o_mem_clear_pool(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(opens_under_its_key_and_for_its_digest_only)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
