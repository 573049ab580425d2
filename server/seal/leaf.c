/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/leaf.h"

#include <string.h>

#define LEAF_VERSION 0x01
#define NUMBER_BYTES 8
#define ENTRY_BYTES  (1 + 3 * NUMBER_BYTES + 2 * DIGEST_BYTES)

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    for (size_t i = 0; i < NUMBER_BYTES; ++i)
        at[i] = (uint8_t)(number >> (8 * (NUMBER_BYTES - 1 - i)));
    return at + NUMBER_BYTES;
}

struct merkle_hash leaf_hash(const struct leaf *leaf)
{
    uint8_t entry[ENTRY_BYTES] = {LEAF_VERSION};
    uint8_t *at = put_number(entry + 1, leaf->index);
    at = put_number(at, (uint64_t)leaf->account_id);
    at = put_number(at, leaf->account_seq);
    memcpy(at, leaf->previous.bytes, DIGEST_BYTES);
    memcpy(at + DIGEST_BYTES, leaf->frozen_digest, DIGEST_BYTES);
    return merkle_leaf((h2o_iovec_t){(char *)entry, sizeof(entry)});
}
