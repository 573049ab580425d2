/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what proofs are made of over one blocking connection, a tile at a time, and keeps the last ones: for many
 * proofs about one tree. */
#ifndef HALLMARK_SEAL_TILE_READER_H
#define HALLMARK_SEAL_TILE_READER_H

#include "seal/merkle.h"
#include "store/db_sync.h"

#define TILE_READER_TILES 32 /* two for each level of any log: the one above a leaf, and the last one */

struct tile {
    bool is_used;
    unsigned level;
    uint64_t number;
    size_t count;
    struct merkle_hash hashes[MERKLE_TILE_WIDTH];
};

struct tile_reader {
    struct db_sync *db;
    uint64_t size; /* of the tree */
    size_t next;   /* which one goes next */
    struct tile tiles[TILE_READER_TILES];
};

void tile_reader_start(struct tile_reader *reader, struct db_sync *db, uint64_t size);

/* A merkle_read; the cookie is the reader. */
bool tile_reader_read(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie);

#endif
