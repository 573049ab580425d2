/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/growth.h"

#define HEAD "hallmark.consistency@v1\nfrom 1\nto 2\n"
#define HASH "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "hallmark.consistency@v1",
        HEAD,
        HEAD HASH "\n",
        HEAD HASH,
        HEAD HASH "=\n\n",
        HEAD "AAAA\n\n",
        HEAD "*" HASH "\n\n",
        "hallmark.consistency@v2\nfrom 1\nto 2\n\n",
        "hallmark.consistency@v1\nto 2\nfrom 1\n\n",
        "hallmark.consistency@v1\nfrom 0\nto 2\n\n",
        "hallmark.consistency@v1\nfrom 3\nto 2\n\n",
        "hallmark.consistency@v1\nfrom 01\nto 2\n\n",
        "hallmark.consistency@v1\nfrom 1\nto 9223372036854775808\n\n",
    };
    struct growth growth;
    for (size_t i = 0; i < COUNT_OF(texts); ++i)
        check(texts[i], !growth_parse(slice_of(texts[i]), &growth));
    char many[sizeof(HEAD) + (MERKLE_PROOF_MAX + 1) * sizeof(HASH) + 2] = HEAD;
    for (size_t i = 0; i <= MERKLE_PROOF_MAX; ++i)
        strcat(many, HASH "\n");
    strcat(many, "\n");
    assert_false(growth_parse(slice_of(many), &growth));
}

static void growth_joins_the_two_that_it_is_of(void **state)
{
    (void)state;
    struct merkle_hash one = merkle_leaf(SLICE("one")), two = merkle_leaf(SLICE("two"));
    const struct checkpoint small = {.origin = SLICE("a"), .size = 1, .root = one};
    const struct checkpoint large = {.origin = SLICE("a"), .size = 2, .root = merkle_node(&one, &two)};
    const struct checkpoint stranger = {.origin = SLICE("b"), .size = 2, .root = large.root};
    const struct checkpoint altered = {.origin = SLICE("a"), .size = 1, .root = two};
    struct growth growth, none;
    assert_true(growth_parse(SLICE(HEAD HASH "\n\na\n2\n"), &growth));
    assert_int_equal(growth.from, 1);
    assert_int_equal(growth.to, 2);
    assert_int_equal(growth.proof.count, 1);
    assert_false(growth_joins(&growth, &small, &large));
    growth.proof.hashes[0] = two;
    assert_true(growth_joins(&growth, &small, &large));
    assert_true(growth_joins(&growth, &large, &small));
    assert_false(growth_joins(&growth, &small, &stranger));
    assert_false(growth_joins(&growth, &altered, &large));
    assert_false(growth_joins(&growth, &small, &small));
    assert_true(growth_parse(SLICE("hallmark.consistency@v1\nfrom 1\nto 1\n\n"), &none));
    assert_true(growth_joins(&none, &small, &small));
    assert_false(growth_joins(&none, &small, &altered));
    assert_false(growth_joins(&none, &small, &large));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(growth_joins_the_two_that_it_is_of),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
