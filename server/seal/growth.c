/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/growth.h"

#include "base/codec.h"

#include <string.h>

#define HASH_TEXT_LEN ((DIGEST_BYTES + 2) / 3 * 4)

static bool read_size(h2o_iovec_t line, h2o_iovec_t word, uint64_t *out)
{
    return slice_starts_with(line, word) && slice_to_u64(slice_from(line, word.len), INT64_MAX, out) && *out > 0;
}

static bool read_hash(h2o_iovec_t line, struct merkle_proof *proof)
{
    uint8_t bytes[HASH_TEXT_LEN];
    size_t len;
    if (proof->count == MERKLE_PROOF_MAX || line.len != HASH_TEXT_LEN || !codec_base64_decode(bytes, &len, line) ||
        len != DIGEST_BYTES)
        return false;
    memcpy(proof->hashes[proof->count++].bytes, bytes, DIGEST_BYTES);
    return true;
}

bool growth_parse(h2o_iovec_t text, struct growth *out)
{
    h2o_iovec_t rest = text;
    out->proof.count = 0;
    if (!slice_equal(slice_cut(&rest, '\n'), SLICE("hallmark.consistency@v1")) ||
        !read_size(slice_cut(&rest, '\n'), SLICE("from "), &out->from) ||
        !read_size(slice_cut(&rest, '\n'), SLICE("to "), &out->to) || out->from > out->to)
        return false;
    while (rest.base != NULL) {
        h2o_iovec_t line = slice_cut(&rest, '\n');
        if (line.len == 0)
            return rest.base != NULL; /* the empty line */
        if (!read_hash(line, &out->proof))
            return false;
    }
    return false;
}

bool growth_joins(const struct growth *growth, const struct checkpoint *one, const struct checkpoint *other)
{
    const struct checkpoint *old = one->size <= other->size ? one : other, *grown = old == one ? other : one;
    return slice_equal(old->origin, grown->origin) && growth->from == old->size && growth->to == grown->size &&
           merkle_consistent(old->size, &old->root, grown->size, &grown->root, &growth->proof);
}
