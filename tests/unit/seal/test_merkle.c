/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "check.h"
#include "seal/merkle.h"

#define PROVEN_MAX 64
#define LOG_MAX    70000 /* more than a tile of the second level */

/* A log as a database keeps it: leaves, and the subtrees that appending told of. */
static struct {
    uint64_t size;
    struct merkle_hash leaves[LOG_MAX], tiles[LOG_MAX / MERKLE_TILE_WIDTH + 1], top;
    const struct merkle_span *spans; /* what may be read; NULL: everything */
    size_t span_count;
} kept;

static void completed(unsigned level, uint64_t number, const struct merkle_hash *hash, void *cookie)
{
    (void)cookie;
    if (level == 1)
        kept.tiles[number] = *hash;
    else
        kept.top = *hash;
    assert_true(level == 1 || number == 0);
}

static bool is_allowed(unsigned level, uint64_t number)
{
    for (size_t i = 0; kept.spans != NULL && i < kept.span_count; ++i)
        if (kept.spans[i].level == level && number >= kept.spans[i].from && number < kept.spans[i].to)
            return true;
    return kept.spans == NULL;
}

static bool read_kept(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie)
{
    (void)cookie;
    uint64_t there = level == 0 ? kept.size : level == 1 ? kept.size / 256 : kept.size / 65536;
    if (number >= there || !is_allowed(level, number))
        return false;
    *out = level == 0 ? kept.leaves[number] : level == 1 ? kept.tiles[number] : kept.top;
    return true;
}

static struct merkle_hash make_log(uint64_t size)
{
    struct merkle_range range = {0};
    kept.size = size;
    kept.spans = NULL;
    kept.span_count = 0;
    for (uint64_t i = 0; i < size; ++i) {
        kept.leaves[i] = merkle_leaf((h2o_iovec_t){(char *)&i, sizeof(i)});
        merkle_append(&range, &kept.leaves[i], completed, NULL);
    }
    return merkle_root(&range);
}

/* --- vectors ----------------------------------------------------------------------------------------------------- */

/* The eight entries and the roots of their prefixes that implementations of RFC 6962 share. */
static const h2o_iovec_t entries[] = {
    SLICE(""),
    SLICE("\x00"),
    SLICE("\x10"),
    SLICE("\x20\x21"),
    SLICE("\x30\x31"),
    SLICE("\x40\x41\x42\x43"),
    SLICE("\x50\x51\x52\x53\x54\x55\x56\x57"),
    SLICE("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"),
};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void roots_are_those_of_the_vectors(void **state)
{
    (void)state;
    struct merkle_range range = {0};
    for (size_t size = 0; size < COUNT_OF(roots); ++size) {
        char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
        struct merkle_hash root = merkle_root(&range);
        check_slice(roots[size], (h2o_iovec_t){hex, codec_hex_encode(hex, root.bytes, DIGEST_BYTES)},
                    slice_of(roots[size]));
        if (size < COUNT_OF(entries)) {
            struct merkle_hash leaf = merkle_leaf(entries[size]);
            merkle_append(&range, &leaf, NULL, NULL);
        }
    }
}

/* --- proofs ------------------------------------------------------------------------------------------------------ */

static void spoil(struct merkle_hash *hash)
{
    hash->bytes[7] ^= 0x10;
}

/* Every hash of a proof counts, and so does how many there are. */
static void check_spoiled(uint64_t index, uint64_t size, const struct merkle_proof *proof,
                          const struct merkle_hash *root)
{
    for (size_t i = 0; i < proof->count; ++i) {
        struct merkle_proof other = *proof;
        spoil(&other.hashes[i]);
        assert_false(merkle_included(&kept.leaves[index], index, size, &other, root));
    }
    struct merkle_proof longer = *proof, shorter = *proof;
    longer.hashes[longer.count++] = *root;
    assert_false(merkle_included(&kept.leaves[index], index, size, &longer, root));
    if (shorter.count > 0) {
        --shorter.count;
        assert_false(merkle_included(&kept.leaves[index], index, size, &shorter, root));
    }
}

static void every_inclusion_is_proven(void **state)
{
    (void)state;
    struct merkle_proof proof;
    for (uint64_t size = 1; size <= PROVEN_MAX; ++size) {
        struct merkle_hash root = make_log(size), wrong = root;
        spoil(&wrong);
        for (uint64_t index = 0; index < size; ++index) {
            assert_true(merkle_inclusion(index, size, read_kept, NULL, &proof));
            assert_true(merkle_included(&kept.leaves[index], index, size, &proof, &root));
            assert_false(merkle_included(&kept.leaves[index], index, size, &proof, &wrong));
            assert_false(merkle_included(&kept.leaves[index], size, size, &proof, &root));
            for (uint64_t other = 0; other < size; ++other)
                assert_true(other == index || !merkle_included(&kept.leaves[index], other, size, &proof, &root));
            check_spoiled(index, size, &proof, &root);
        }
    }
}

static void every_consistency_is_proven(void **state)
{
    (void)state;
    struct merkle_proof proof;
    struct merkle_hash all[PROVEN_MAX + 1];
    make_log(PROVEN_MAX);
    for (uint64_t size = 0; size <= PROVEN_MAX; ++size)
        assert_true(merkle_root_at(size, read_kept, NULL, &all[size]));
    for (uint64_t size = 1; size <= PROVEN_MAX; ++size) {
        for (uint64_t old = 1; old <= size; ++old) {
            assert_true(merkle_consistency(old, size, read_kept, NULL, &proof));
            assert_true(merkle_consistent(old, &all[old], size, &all[size], &proof));
            assert_false(merkle_consistent(old, &all[old - 1], size, &all[size], &proof));
            assert_false(merkle_consistent(old, &all[old], size, &all[size - 1], &proof));
            for (size_t i = 0; i < proof.count; ++i) {
                struct merkle_proof other = proof;
                spoil(&other.hashes[i]);
                assert_false(merkle_consistent(old, &all[old], size, &all[size], &other));
            }
        }
    }
    assert_false(merkle_consistent(0, &all[0], 1, &all[1], &(struct merkle_proof){0}));
    assert_false(merkle_consistent(2, &all[2], 1, &all[1], &(struct merkle_proof){0}));
}

static void roots_of_old_sizes_are_found_again(void **state)
{
    (void)state;
    struct merkle_hash all[PROVEN_MAX + 1], found;
    for (uint64_t size = 0; size <= PROVEN_MAX; ++size)
        all[size] = make_log(size);
    for (uint64_t size = 0; size <= PROVEN_MAX; ++size) {
        assert_true(merkle_root_at(size, read_kept, NULL, &found));
        assert_true(merkle_equal(&found, &all[size]));
    }
}

/* --- a log with tiles -------------------------------------------------------------------------------------------- */

static void spans_are_all_that_a_proof_reads(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 255, 256, 257, 511, 512, 65535, 65536, 65537, 66000, LOG_MAX};
    static const uint64_t places[] = {0, 1, 255, 256, 300, 65279, 65280, 65535, 65536, 65999, LOG_MAX - 1};
    make_log(LOG_MAX);
    for (size_t s = 0; s < COUNT_OF(sizes); ++s) {
        struct merkle_hash root, old_root;
        struct merkle_proof proof;
        kept.spans = NULL;
        assert_true(merkle_root_at(sizes[s], read_kept, NULL, &root));
        for (size_t p = 0; p < COUNT_OF(places) && places[p] < sizes[s]; ++p) {
            struct merkle_span spans[MERKLE_SPANS_MAX];
            uint64_t old = places[p] + 1;
            kept.spans = NULL;
            assert_true(merkle_root_at(old, read_kept, NULL, &old_root));
            kept.span_count = merkle_spans(places[p], sizes[s], spans);
            kept.spans = spans;
            for (size_t i = 0; i < kept.span_count; ++i)
                assert_true(spans[i].to - spans[i].from <= MERKLE_TILE_WIDTH);
            assert_true(merkle_inclusion(places[p], sizes[s], read_kept, NULL, &proof));
            assert_true(merkle_included(&kept.leaves[places[p]], places[p], sizes[s], &proof, &root));
            assert_true(merkle_consistency(old, sizes[s], read_kept, NULL, &proof));
            assert_true(merkle_consistent(old, &old_root, sizes[s], &root, &proof));
        }
    }
}

static void what_cannot_be_read_makes_no_proof(void **state)
{
    (void)state;
    struct merkle_proof proof;
    struct merkle_hash root;
    make_log(10);
    assert_false(merkle_inclusion(3, 11, read_kept, NULL, &proof));
    assert_false(merkle_consistency(3, 12, read_kept, NULL, &proof));
    assert_false(merkle_root_at(11, read_kept, NULL, &root));
}

static void prove_behind_the_end(void)
{
    struct merkle_proof proof;
    (void)!merkle_inclusion(1, 1, read_kept, NULL, &proof);
}

static void index_behind_the_end_is_a_fault_of_ours(void **state)
{
    (void)state;
    assert_true(aborts(prove_behind_the_end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_vectors),
        cmocka_unit_test(every_inclusion_is_proven),
        cmocka_unit_test(every_consistency_is_proven),
        cmocka_unit_test(roots_of_old_sizes_are_found_again),
        cmocka_unit_test(spans_are_all_that_a_proof_reads),
        cmocka_unit_test(what_cannot_be_read_makes_no_proof),
        cmocka_unit_test(index_behind_the_end_is_a_fault_of_ours),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
