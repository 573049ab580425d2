/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/batch.h"

#include "base/codec.h"

#include <assert.h>
#include <string.h>

#define SLOTS_MIN 64

struct batch_account {
    bool is_used;
    int64_t id;
    uint64_t last_seq;
    struct merkle_hash last_leaf;
};

/* --- arrays as SQL reads them ------------------------------------------------------------------------------------ */

#define ARRAYS 8

static void list_arrays(struct batch *batch, struct text *out[static ARRAYS])
{
    struct text *arrays[ARRAYS] = {&batch->account_ids,  &batch->account_seqs, &batch->history_ids,
                                   &batch->ats_us,       &batch->leaves,       &batch->node_levels,
                                   &batch->node_numbers, &batch->node_hashes};
    memcpy(out, arrays, sizeof(arrays));
}

static void add_comma(struct text *array)
{
    if (array->len > 1)
        text_add_char(array, ',');
}

static void add_number(struct text *array, int64_t number)
{
    add_comma(array);
    text_add_i64(array, number);
}

static void add_hash(struct text *array, const struct merkle_hash *hash)
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    add_comma(array);
    text_add(array, SLICE("\"\\\\x"));
    text_add(array, (h2o_iovec_t){hex, codec_hex_encode(hex, hash->bytes, DIGEST_BYTES)});
    text_add_char(array, '"');
}

/* --- accounts ---------------------------------------------------------------------------------------------------- */

/* Finds the account, as the batch has left it so far. There are twice as many slots as changes. */
static struct batch_account *account_of(struct batch *batch, const struct batch_change *change)
{
    size_t at =
        (size_t)((uint64_t)change->account_id * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (batch->account_slots - 1);
    while (batch->accounts[at].is_used && batch->accounts[at].id != change->account_id)
        at = (at + 1) & (batch->account_slots - 1);
    struct batch_account *account = &batch->accounts[at];
    if (!account->is_used)
        *account = (struct batch_account){true, change->account_id, change->last_seq, change->last_leaf};
    return account;
}

/* --- in order ---------------------------------------------------------------------------------------------------- */

void batch_start(struct batch *batch, h2o_mem_pool_t *pool, const struct merkle_range *range, size_t changes_max)
{
    struct text *arrays[ARRAYS];
    *batch = (struct batch){.range = *range, .account_slots = SLOTS_MIN};
    while (batch->account_slots < 2 * changes_max)
        batch->account_slots *= 2;
    batch->accounts = h2o_mem_alloc_pool(pool, batch->account_slots * sizeof(*batch->accounts));
    memset(batch->accounts, 0, batch->account_slots * sizeof(*batch->accounts));
    list_arrays(batch, arrays);
    for (size_t i = 0; i < ARRAYS; ++i) {
        text_start(arrays[i], pool, changes_max * 8);
        text_add_char(arrays[i], '{');
    }
}

static void note_node(unsigned level, uint64_t number, const struct merkle_hash *hash, void *cookie)
{
    struct batch *batch = cookie;
    add_number(&batch->node_levels, level);
    add_number(&batch->node_numbers, (int64_t)number);
    add_hash(&batch->node_hashes, hash);
}

void batch_place(struct batch *batch, const struct batch_change *change)
{
    struct batch_account *account = account_of(batch, change);
    struct leaf leaf = {.index = batch->range.size,
                        .account_id = change->account_id,
                        .account_seq = account->last_seq + 1,
                        .previous = account->last_leaf};
    memcpy(leaf.frozen_digest, change->frozen_digest, DIGEST_BYTES);
    account->last_leaf = leaf_hash(&leaf);
    account->last_seq = leaf.account_seq;
    merkle_append(&batch->range, &account->last_leaf, note_node, batch);
    add_number(&batch->account_ids, change->account_id);
    add_number(&batch->account_seqs, (int64_t)leaf.account_seq);
    add_number(&batch->history_ids, change->history_id);
    add_number(&batch->ats_us, change->at_us);
    add_hash(&batch->leaves, &account->last_leaf);
}

void batch_end(struct batch *batch)
{
    struct text *arrays[ARRAYS];
    list_arrays(batch, arrays);
    for (size_t i = 0; i < ARRAYS; ++i)
        text_add_char(arrays[i], '}');
}
