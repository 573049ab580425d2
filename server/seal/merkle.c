/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/merkle.h"

#include <assert.h>
#include <string.h>

#define LEAF_PREFIX 0x00 /* RFC 9162 section 2.1.1: a node can never be taken for a leaf */
#define NODE_PREFIX 0x01

#define LEAF_ENTRY_BYTES_MAX 512

/* --- hashes ------------------------------------------------------------------------------------------------------ */

struct merkle_hash merkle_leaf(h2o_iovec_t entry)
{
    struct merkle_hash hash;
    uint8_t bytes[1 + LEAF_ENTRY_BYTES_MAX] = {LEAF_PREFIX};
    assert(entry.len <= LEAF_ENTRY_BYTES_MAX);
    if (entry.len > 0)
        memcpy(bytes + 1, entry.base, entry.len);
    secret_digest(hash.bytes, (h2o_iovec_t){(char *)bytes, 1 + entry.len});
    return hash;
}

struct merkle_hash merkle_node(const struct merkle_hash *left, const struct merkle_hash *right)
{
    struct merkle_hash hash;
    uint8_t bytes[1 + 2 * DIGEST_BYTES] = {NODE_PREFIX};
    memcpy(bytes + 1, left->bytes, DIGEST_BYTES);
    memcpy(bytes + 1 + DIGEST_BYTES, right->bytes, DIGEST_BYTES);
    secret_digest(hash.bytes, (h2o_iovec_t){(char *)bytes, sizeof(bytes)});
    return hash;
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
    return secret_equal(a->bytes, b->bytes, DIGEST_BYTES);
}

static struct merkle_hash root_of_nothing(void)
{
    struct merkle_hash hash;
    secret_digest(hash.bytes, SLICE(""));
    return hash;
}

/* --- a tree that grows ------------------------------------------------------------------------------------------- */

unsigned merkle_range_count(uint64_t size)
{
    return (unsigned)__builtin_popcountll(size);
}

/* Two subtrees of one size become one, as a carry goes through the bits of the size. */
void merkle_append(struct merkle_range *range, const struct merkle_hash *leaf, merkle_completed_cb *completed,
                   void *cookie)
{
    unsigned count = merkle_range_count(range->size), level = 0;
    struct merkle_hash hash = *leaf;
    for (uint64_t bits = range->size; (bits & 1) != 0; bits >>= 1) {
        hash = merkle_node(&range->roots[--count], &hash);
        ++level;
        if (completed != NULL && level % MERKLE_TILE_LEVELS == 0)
            completed(level / MERKLE_TILE_LEVELS, range->size >> level, &hash, cookie);
    }
    range->roots[count] = hash;
    ++range->size;
}

struct merkle_hash merkle_root(const struct merkle_range *range)
{
    unsigned count = merkle_range_count(range->size);
    if (count == 0)
        return root_of_nothing();
    struct merkle_hash root = range->roots[--count];
    while (count > 0)
        root = merkle_node(&range->roots[--count], &root);
    return root;
}

/* --- what proofs are made of ------------------------------------------------------------------------------------- */

struct log {
    merkle_read *read;
    void *cookie;
};

static size_t add_tile(uint64_t at, unsigned level, uint64_t count, struct merkle_span *out)
{
    uint64_t from = at / MERKLE_TILE_WIDTH * MERKLE_TILE_WIDTH;
    uint64_t to = from + MERKLE_TILE_WIDTH < count ? from + MERKLE_TILE_WIDTH : count;
    *out = (struct merkle_span){level, from, to};
    return from < to ? 1 : 0;
}

/* In each level the tile above the leaf, and the last one: what ends there is no perfect subtree, and is made of them.
 */
size_t merkle_spans(uint64_t at, uint64_t size, struct merkle_span out[static MERKLE_SPANS_MAX])
{
    size_t spans = 0;
    for (unsigned level = 0; size > 0; ++level, at /= MERKLE_TILE_WIDTH, size /= MERKLE_TILE_WIDTH) {
        uint64_t last = size - 1;
        spans += add_tile(at, level, size, &out[spans]);
        if (last / MERKLE_TILE_WIDTH != at / MERKLE_TILE_WIDTH)
            spans += add_tile(last, level, size, &out[spans]);
    }
    return spans;
}

/* The perfect subtree of 2^level leaves that begins at leaf number * 2^level: kept, or made of at most 128 that are. */
static bool read_subtree(const struct log *log, unsigned level, uint64_t number, struct merkle_hash *out)
{
    struct merkle_hash left, right;
    if (level % MERKLE_TILE_LEVELS == 0)
        return log->read(level / MERKLE_TILE_LEVELS, number, out, log->cookie);
    if (!read_subtree(log, level - 1, 2 * number, &left) || !read_subtree(log, level - 1, 2 * number + 1, &right))
        return false;
    *out = merkle_node(&left, &right);
    return true;
}

/* The root of the leaves from `begin` up to `end`; begin is a multiple of the largest power of two in their number. */
static bool root_between(const struct log *log, uint64_t begin, uint64_t end, struct merkle_hash *out)
{
    bool is_first = true;
    struct merkle_hash subtree;
    while (end > begin) { /* from the right: the smallest perfect subtree each */
        unsigned level = (unsigned)__builtin_ctzll(end - begin);
        end -= UINT64_C(1) << level;
        if (!read_subtree(log, level, end >> level, &subtree))
            return false;
        *out = is_first ? subtree : merkle_node(&subtree, out);
        is_first = false;
    }
    return true;
}

bool merkle_root_at(uint64_t size, merkle_read *read, void *cookie, struct merkle_hash *out)
{
    struct log log = {read, cookie};
    if (size > 0)
        return root_between(&log, 0, size, out);
    *out = root_of_nothing();
    return true;
}

/* The largest power of two below n > 1. */
static uint64_t split_of(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

static void turn_round(struct merkle_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; ++i) {
        struct merkle_hash kept = proof->hashes[i];
        proof->hashes[i] = proof->hashes[proof->count - 1 - i];
        proof->hashes[proof->count - 1 - i] = kept;
    }
}

/* Both proofs go down from the root and note the sibling each time; they are told from the leaf up. */
bool merkle_inclusion(uint64_t index, uint64_t size, merkle_read *read, void *cookie, struct merkle_proof *out)
{
    struct log log = {read, cookie};
    uint64_t begin = 0, end = size;
    assert(index < size);
    out->count = 0;
    while (end - begin > 1) {
        uint64_t middle = begin + split_of(end - begin);
        bool goes_left = index < middle;
        if (!root_between(&log, goes_left ? middle : begin, goes_left ? end : middle, &out->hashes[out->count++]))
            return false;
        if (goes_left)
            end = middle;
        else
            begin = middle;
    }
    turn_round(out);
    return true;
}

bool merkle_consistency(uint64_t old, uint64_t size, merkle_read *read, void *cookie, struct merkle_proof *out)
{
    struct log log = {read, cookie};
    uint64_t begin = 0, end = size;
    assert(old > 0);
    assert(old <= size);
    out->count = 0;
    while (end > old) {
        uint64_t middle = begin + split_of(end - begin);
        bool goes_left = old <= middle;
        if (!root_between(&log, goes_left ? middle : begin, goes_left ? end : middle, &out->hashes[out->count++]))
            return false;
        if (goes_left)
            end = middle;
        else
            begin = middle;
    }
    /* What is left is the old tree's last perfect subtree; when it is the whole old tree, its root is known. */
    if (begin > 0 && !root_between(&log, begin, end, &out->hashes[out->count++]))
        return false;
    turn_round(out);
    return true;
}

/* --- checking ---------------------------------------------------------------------------------------------------- */

bool merkle_included(const struct merkle_hash *leaf, uint64_t index, uint64_t size, const struct merkle_proof *proof,
                     const struct merkle_hash *root)
{
    struct merkle_hash hash = *leaf;
    if (index >= size)
        return false;
    uint64_t at = index, last = size - 1;
    for (size_t i = 0; i < proof->count; ++i) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            hash = merkle_node(&proof->hashes[i], &hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            hash = merkle_node(&hash, &proof->hashes[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&hash, root);
}

static bool consistent_above(uint64_t old, const struct merkle_hash *old_root, uint64_t size,
                             const struct merkle_hash *root, const struct merkle_hash *first,
                             const struct merkle_hash *rest, size_t count)
{
    struct merkle_hash old_hash = *first, hash = *first;
    uint64_t at = old - 1, last = size - 1;
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;
    for (size_t i = 0; i < count; ++i) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            old_hash = merkle_node(&rest[i], &old_hash);
            hash = merkle_node(&rest[i], &hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            hash = merkle_node(&hash, &rest[i]);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && merkle_equal(&old_hash, old_root) && merkle_equal(&hash, root);
}

bool merkle_consistent(uint64_t old, const struct merkle_hash *old_root, uint64_t size, const struct merkle_hash *root,
                       const struct merkle_proof *proof)
{
    if (old == 0 || old > size)
        return false;
    if (old == size)
        return proof->count == 0 && merkle_equal(old_root, root);
    if ((old & (old - 1)) == 0) /* the old tree is a subtree of the new one: its root begins the proof */
        return consistent_above(old, old_root, size, root, old_root, proof->hashes, proof->count);
    return proof->count > 0 &&
           consistent_above(old, old_root, size, root, &proof->hashes[0], proof->hashes + 1, proof->count - 1);
}
