/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/tile_path.h"

#define LEAVES_MAX     (UINT64_C(1) << 62) /* so that no size of a log comes near the end of a bigint */
#define LEVEL_MAX      6                   /* a tile of this level stands for 2^56 leaves, one of the next for 2^64 */
#define SEGMENT_DIGITS 3
#define SEGMENT_BASE   1000
#define SEGMENTS_MAX   7 /* of a number of 64 bits */
#define PARTIAL        ".p"

_Static_assert((LEVEL_MAX + 1) * MERKLE_TILE_LEVELS < 62, "one tile of the highest level fits below LEAVES_MAX");

static bool read_digits(h2o_iovec_t text, uint64_t *number)
{
    if (text.len != SEGMENT_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; ++i) {
        if (text.base[i] < '0' || text.base[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text.base[i] - '0');
    }
    return true;
}

/* The first of several segments is not 000, or a number would have more paths than one. `rest` is left behind the
 * number's last segment, whose ".p" is cut off. */
static bool read_number(h2o_iovec_t *rest, uint64_t *out, bool *is_partial_out)
{
    uint64_t number = 0;
    for (size_t i = 0; i < SEGMENTS_MAX && number < LEAVES_MAX / SEGMENT_BASE; ++i) {
        h2o_iovec_t segment = slice_cut(rest, '/');
        bool is_last = segment.len == 0 || segment.base[0] != 'x';
        *is_partial_out = segment.len == SEGMENT_DIGITS + sizeof(PARTIAL) - 1 &&
                          slice_equal(slice_from(segment, SEGMENT_DIGITS), SLICE(PARTIAL));
        if (is_last && *is_partial_out)
            segment.len = SEGMENT_DIGITS;
        if (!read_digits(is_last ? segment : slice_from(segment, 1), &number))
            return false;
        if (is_last) {
            *out = number;
            return true;
        }
        if (number == 0)
            return false;
    }
    return false;
}

static bool read_width(h2o_iovec_t rest, bool is_partial, unsigned *out)
{
    uint64_t width = MERKLE_TILE_WIDTH;
    if (is_partial != (rest.base != NULL))
        return false;
    if (is_partial && (!slice_to_u64(rest, MERKLE_TILE_WIDTH - 1, &width) || width == 0))
        return false;
    *out = (unsigned)width;
    return true;
}

bool tile_path_parse(h2o_iovec_t path, struct tile_name *out)
{
    uint64_t level, number;
    unsigned width;
    bool is_partial;
    h2o_iovec_t rest = path;
    if (!slice_to_u64(slice_cut(&rest, '/'), LEVEL_MAX, &level) || rest.base == NULL ||
        !read_number(&rest, &number, &is_partial) || !read_width(rest, is_partial, &width))
        return false;
    if (number >= LEAVES_MAX >> (MERKLE_TILE_LEVELS * (level + 1)))
        return false;
    *out = (struct tile_name){(unsigned)level, number, width};
    return true;
}

struct merkle_span tile_path_span(const struct tile_name *name)
{
    uint64_t from = name->number * MERKLE_TILE_WIDTH;
    return (struct merkle_span){name->level, from, from + name->width};
}

void tile_path_sizes(const struct tile_name *name, uint64_t *least_out, uint64_t *most_out)
{
    struct merkle_span span = tile_path_span(name);
    unsigned shift = MERKLE_TILE_LEVELS * name->level;
    *least_out = span.to << shift;
    *most_out = name->width == MERKLE_TILE_WIDTH ? INT64_MAX : ((span.to + 1) << shift) - 1;
}
