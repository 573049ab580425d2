/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "check.h"
#include "seal/leaf.h"

static const struct leaf plain = {.index = 0x0102030405060708,
                                  .account_id = 0x1112131415161718,
                                  .account_seq = 0x2122232425262728,
                                  .previous = {{1, 2, 3}},
                                  .frozen_digest = {9, 8, 7}};

/* Worked out apart, with Python's hashlib, from the form that the header tells. */
static void bytes_are_those_of_the_form(void **state)
{
    (void)state;
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    struct merkle_hash hash = leaf_hash(&plain);
    check_slice("leaf", (h2o_iovec_t){hex, codec_hex_encode(hex, hash.bytes, DIGEST_BYTES)},
                SLICE("e510cf081eb7ae82530cc9ed168c17fd1626817956c8368fbb32556be6b2ffcb"));
}

static void everything_counts(void **state)
{
    (void)state;
    struct merkle_hash hash = leaf_hash(&plain), other;
    struct leaf changed[5] = {plain, plain, plain, plain, plain};
    changed[0].index ^= 1;
    changed[1].account_id ^= 1;
    changed[2].account_seq ^= 1;
    changed[3].previous.bytes[31] ^= 1;
    changed[4].frozen_digest[31] ^= 1;
    for (size_t i = 0; i < COUNT_OF(changed); ++i) {
        other = leaf_hash(&changed[i]);
        assert_false(merkle_equal(&hash, &other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_the_form),
        cmocka_unit_test(everything_counts),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
