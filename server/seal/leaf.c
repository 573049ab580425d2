/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/leaf.h"

#include <string.h>

#define LEAF_VERSION 0x01
#define NUMBER_BYTES 8

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    for (size_t i = 0; i < NUMBER_BYTES; ++i)
        at[i] = (uint8_t)(number >> (8 * (NUMBER_BYTES - 1 - i)));
    return at + NUMBER_BYTES;
}

void leaf_entry(const struct leaf *leaf, uint8_t out[static LEAF_ENTRY_BYTES])
{
    out[0] = LEAF_VERSION;
    uint8_t *at = put_number(out + 1, leaf->index);
    at = put_number(at, (uint64_t)leaf->account_id);
    at = put_number(at, leaf->account_seq);
    memcpy(at, leaf->previous.bytes, DIGEST_BYTES);
    memcpy(at + DIGEST_BYTES, leaf->frozen_digest, DIGEST_BYTES);
}

struct merkle_hash leaf_hash(const struct leaf *leaf)
{
    uint8_t entry[LEAF_ENTRY_BYTES];
    leaf_entry(leaf, entry);
    return merkle_leaf((h2o_iovec_t){(char *)entry, sizeof(entry)});
}
