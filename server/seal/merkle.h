/* SPDX-License-Identifier: Apache-2.0 */
/* The Merkle tree of RFC 9162 section 2.1: hashes, a tree that grows (as its compact range), and proofs. Pure. */
#ifndef HALLMARK_SEAL_MERKLE_H
#define HALLMARK_SEAL_MERKLE_H

#include "base/secret.h"

#define MERKLE_LEVELS_MAX  64 /* of a tree of 2^64 leaves */
#define MERKLE_PROOF_MAX   (2 * MERKLE_LEVELS_MAX)
#define MERKLE_TILE_LEVELS 8 /* a tile holds the hashes of so many levels: C2SP's tlog-tiles */
#define MERKLE_TILE_WIDTH  256

struct merkle_hash {
    uint8_t bytes[DIGEST_BYTES];
};

/* SHA-256(0x00, entry) and SHA-256(0x01, left, right). */
struct merkle_hash merkle_leaf(h2o_iovec_t entry);
struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);

/* A tree of `size` leaves, as the roots of its perfect subtrees, the largest first: one for each bit of the size. Zeros
 * are the empty tree. */
struct merkle_range {
    uint64_t size;
    struct merkle_hash roots[MERKLE_LEVELS_MAX];
};

/* Told of each perfect subtree of 256^level leaves (level 1 and up) that a leaf completes: the `number`-th of its
 * level. These are what a log keeps beside its leaves. */
typedef void merkle_completed_cb(unsigned level, uint64_t number, const struct merkle_hash *hash, void *cookie);

void merkle_append(struct merkle_range *range, const struct merkle_hash *leaf, merkle_completed_cb *completed,
                   void *cookie);
unsigned merkle_range_count(uint64_t size); /* how many roots */
struct merkle_hash merkle_root(const struct merkle_range *range);

/* What a log keeps: level 0 its leaves, above them the subtrees of 256^level leaves. False when it is not there. */
typedef bool merkle_read(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie);

/* Which of them a proof about the leaf `at` in a tree of `size` reads: spans of numbers, `to` excluded. At most
 * MERKLE_SPANS_MAX; returns how many. */
struct merkle_span {
    unsigned level;
    uint64_t from, to;
};
#define MERKLE_SPANS_MAX (2 * MERKLE_LEVELS_MAX / MERKLE_TILE_LEVELS)
size_t merkle_spans(uint64_t at, uint64_t size, struct merkle_span out[static MERKLE_SPANS_MAX]);

/* The root that the tree had when it had `size` leaves (0 too), and proofs in the order of RFC 9162 sections 2.1.3.1
 * and 2.1.4.1. False when something could not be read; index < size and 0 < old <= size are asserted. The spans of a
 * consistency proof are those of old - 1. */
__attribute__((warn_unused_result)) bool merkle_root_at(uint64_t size, merkle_read *read, void *cookie,
                                                        struct merkle_hash *out);
struct merkle_proof {
    size_t count;
    struct merkle_hash hashes[MERKLE_PROOF_MAX];
};
__attribute__((warn_unused_result)) bool merkle_inclusion(uint64_t index, uint64_t size, merkle_read *read,
                                                          void *cookie, struct merkle_proof *out);
__attribute__((warn_unused_result)) bool merkle_consistency(uint64_t old, uint64_t size, merkle_read *read,
                                                            void *cookie, struct merkle_proof *out);

/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. */
__attribute__((warn_unused_result)) bool merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
                                                         const struct merkle_proof *proof,
                                                         const struct merkle_hash *root);
__attribute__((warn_unused_result)) bool merkle_consistent(uint64_t old, const struct merkle_hash *old_root,
                                                           uint64_t size, const struct merkle_hash *root,
                                                           const struct merkle_proof *proof);

#endif
