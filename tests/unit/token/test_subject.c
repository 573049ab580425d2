/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/subject.h"

static uint8_t salt_bytes[DIGEST_BYTES];
static const h2o_iovec_t salt = {(char *)salt_bytes, DIGEST_BYTES};

/* HMAC-SHA-256 of the id under the bytes 0 to 31, worked out with Python's hmac. */
static void a_subject_of_its_own_is_a_digest_of_the_id(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    for (uint8_t i = 0; i < DIGEST_BYTES; ++i)
        salt_bytes[i] = i;
    check_slice("public", subject_text(pool, 3, SLICE_NONE), SLICE("usr_00000000003"));
    check_slice("own", subject_text(pool, 3, salt), SLICE("bKJXB68abCc9C5mUuFx6Kz1o-DfgW6lsjb0FD8hHO3Q"));
    check_slice("another", subject_text(pool, 4, salt), SLICE("OK3SLL-0uxqkRr7vRZuok65LPgiWaAnDpHbK_uHuNqo"));
    check_slice("login", subject_session(pool, 3, SLICE_NONE), SLICE("ses_00000000003"));
    check_slice("own login", subject_session(pool, 3, salt), SLICE("jo79prkGVs12duvXvTsSo-Y8T7o7DAXOJKyaze5lp-M"));
    salt_bytes[31] ^= 1;
    assert_false(slice_equal(subject_text(pool, 3, salt), SLICE("bKJXB68abCc9C5mUuFx6Kz1o-DfgW6lsjb0FD8hHO3Q")));
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        test_with_pool(a_subject_of_its_own_is_a_digest_of_the_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
