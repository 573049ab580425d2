/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/key_set.h"

static void refuses_other_names(void **state)
{
    (void)state;
    static const h2o_iovec_t names[] = {
        {"", 0},      {"none", 4},  {"None", 4},  {"HS256", 5}, {"es256", 5}, {"ES256 ", 6},  {" ES256", 6},
        {"ES384", 5}, {"ES512", 5}, {"RS384", 5}, {"RS512", 5}, {"PS384", 5}, {"PS512", 5},   {"eddsa", 5},
        {"EDDSA", 5}, {"Ed448", 5}, {"ES25", 4},  {"A", 1},     {NULL, 0},    {"ES256\0", 6}, {"ES256K", 6},
    };
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        enum token_algorithm found = TOKEN_ALGORITHM__MAX;
        check(names[i].base, !token_algorithm_parse(names[i], &found));
        check(names[i].base, found == TOKEN_ALGORITHM__MAX);
    }
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    static const char *const names[] = {"ES256", "RS256", "PS256", "EdDSA"};
    _Static_assert(COUNT_OF(names) == TOKEN_ALGORITHM__MAX, "each algorithm is tried");
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        enum token_algorithm found = TOKEN_ALGORITHM__MAX;
        check_slice(names[i], token_algorithm_name((enum token_algorithm)i), slice_of(names[i]));
        check(names[i], token_algorithm_parse(slice_of(names[i]), &found) && found == (enum token_algorithm)i);
    }
}

static void knows_the_name_of_rfc_9864(void **state)
{
    (void)state;
    enum token_algorithm found = TOKEN_ALGORITHM__MAX;
    assert_true(token_algorithm_parse(SLICE("Ed25519"), &found));
    assert_int_equal(found, TOKEN_EDDSA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_other_names),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(knows_the_name_of_rfc_9864),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
