/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of tiles (C2SP tlog-tiles), behind "tile/": LEVEL/NUMBER, and of a partial one LEVEL/NUMBER.p/WIDTH. A
 * number is told three digits a segment, all but the last with an x before: 1234067 is x001/x234/067. One tile has one
 * path: whatever is not canonical is none. */
#ifndef HALLMARK_SEAL_TILE_PATH_H
#define HALLMARK_SEAL_TILE_PATH_H

#include "seal/merkle.h"

struct tile_name {
    unsigned level; /* in tiles: level 1 has the roots of 256 leaves */
    uint64_t number;
    unsigned width; /* how many hashes: MERKLE_TILE_WIDTH, or less of a partial one */
};

/* False for what is no path, and for tiles beyond a log of 2^62 leaves, which nobody has. */
__attribute__((warn_unused_result)) bool tile_path_parse(h2o_iovec_t path, struct tile_name *out);

/* What stands in it: numbers of its level, `to` excluded. */
struct merkle_span tile_path_span(const struct tile_name *name);

/* The sizes of logs that have it, from *least_out to *most_out: a full one is had from some size on, a partial one only
 * while it is the last of its level and exactly so wide. */
void tile_path_sizes(const struct tile_name *name, uint64_t *least_out, uint64_t *most_out);

#endif
