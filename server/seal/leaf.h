/* SPDX-License-Identifier: Apache-2.0 */
/* A change's place in the log: what of it the tree commits to.
 *
 *   leaf = SHA-256(0x00, 0x01, index, account, account's sequence, account's previous leaf, digest of the frozen bytes)
 *
 * 0x00 marks a leaf (RFC 9162), 0x01 is the version of this form; index, account and sequence are eight bytes each, big
 * endian; previous leaf and digest 32 bytes each. The sequence is 1 for an account's first change, whose previous leaf
 * is 32 zeros. What the frozen bytes are stands in schema/migrations/0009_history.sql. */
#ifndef HALLMARK_SEAL_LEAF_H
#define HALLMARK_SEAL_LEAF_H

#include "seal/merkle.h"

struct leaf {
    uint64_t index;
    int64_t account_id;
    uint64_t account_seq;
    struct merkle_hash previous;
    uint8_t frozen_digest[DIGEST_BYTES];
};

#define LEAF_ENTRY_BYTES (1 + 3 * 8 + 2 * DIGEST_BYTES)

/* What stands behind 0x00. */
void leaf_entry(const struct leaf *leaf, uint8_t out[static LEAF_ENTRY_BYTES]);

struct merkle_hash leaf_hash(const struct leaf *leaf);

#endif
