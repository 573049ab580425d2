/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/batch.h"

static struct batch_change change_of(int64_t account_id, int64_t history_id)
{
    return (struct batch_change){.account_id = account_id, .history_id = history_id, .at_us = -history_id};
}

static void accounts_are_numbered_each(void **state)
{
    struct batch batch;
    struct merkle_range range = {.size = 0};
    struct batch_change changes[] = {change_of(7, 1), change_of(8, 2), change_of(7, 3), change_of(-1, 4),
                                     change_of(7, 5)};
    changes[1].last_seq = 41;
    batch_start(&batch, pool_of(state), &range, COUNT_OF(changes));
    for (size_t i = 0; i < COUNT_OF(changes); ++i)
        batch_place(&batch, &changes[i]);
    batch_end(&batch);
    check_slice("accounts", text_slice(&batch.account_ids), SLICE("{7,8,7,-1,7}"));
    check_slice("numbers", text_slice(&batch.account_seqs), SLICE("{1,42,2,1,3}"));
    check_slice("changes", text_slice(&batch.history_ids), SLICE("{1,2,3,4,5}"));
    check_slice("moments", text_slice(&batch.ats_us), SLICE("{-1,-2,-3,-4,-5}"));
    check_slice("nodes", text_slice(&batch.node_levels), SLICE("{}"));
    assert_int_equal(batch.range.size, COUNT_OF(changes));
}

/* The account's leaf before is in the leaf, from the last batch and from this one. */
static void leaves_are_chained(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct merkle_range range = {.size = 0}, wanted = {.size = 0};
    struct batch_change first = change_of(7, 1), second = change_of(7, 2);
    struct batch batch;
    first.last_seq = 3;
    first.last_leaf.bytes[0] = 9;
    batch_start(&batch, pool, &range, 2);
    batch_place(&batch, &first);
    batch_place(&batch, &second); /* what it was read with is older by now */
    struct leaf leaf = {.index = 0, .account_id = 7, .account_seq = 4, .previous = {{9}}};
    struct merkle_hash hash = leaf_hash(&leaf);
    merkle_append(&wanted, &hash, NULL, NULL);
    leaf = (struct leaf){.index = 1, .account_id = 7, .account_seq = 5, .previous = hash};
    hash = leaf_hash(&leaf);
    merkle_append(&wanted, &hash, NULL, NULL);
    struct merkle_hash root = merkle_root(&batch.range), wanted_root = merkle_root(&wanted);
    assert_true(merkle_equal(&root, &wanted_root));
}

static void nodes_are_told_when_they_are_complete(void **state)
{
    struct batch batch;
    struct merkle_range range = {.size = 0};
    batch_start(&batch, pool_of(state), &range, 600);
    for (int64_t i = 0; i < 600; ++i) {
        struct batch_change change = change_of(i % 17, i);
        batch_place(&batch, &change);
    }
    batch_end(&batch);
    check_slice("levels", text_slice(&batch.node_levels), SLICE("{1,1}"));
    check_slice("numbers", text_slice(&batch.node_numbers), SLICE("{0,1}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(accounts_are_numbered_each),
        test_with_pool(leaves_are_chained),
        test_with_pool(nodes_are_told_when_they_are_complete),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
