/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/tile_reader.h"

#include "seal/seal_log.h"

#include <string.h>

void tile_reader_start(struct tile_reader *reader, struct db_sync *db, uint64_t size)
{
    memset(reader, 0, sizeof(*reader));
    reader->db = db;
    reader->size = size;
}

static struct tile *find(struct tile_reader *reader, unsigned level, uint64_t number)
{
    for (size_t i = 0; i < TILE_READER_TILES; ++i) {
        struct tile *tile = &reader->tiles[i];
        if (tile->is_used && tile->level == level && tile->number == number)
            return tile;
    }
    return NULL;
}

static void add_array(struct db_parameters *parameters, h2o_mem_pool_t *pool, uint64_t number)
{
    db_add_text(parameters, slice_format(pool, "{%llu}", (unsigned long long)number));
}

static bool ask(struct tile_reader *reader, h2o_mem_pool_t *pool, struct tile *tile, const struct db_result **out)
{
    struct db_parameters parameters;
    uint64_t from = tile->number * MERKLE_TILE_WIDTH, there = reader->size >> (MERKLE_TILE_LEVELS * tile->level);
    tile->count = (size_t)(there - from < MERKLE_TILE_WIDTH ? there - from : MERKLE_TILE_WIDTH);
    db_parameters_start(&parameters);
    db_add_i64(&parameters, SEAL_LOG_ID);
    add_array(&parameters, pool, tile->level);
    add_array(&parameters, pool, from);
    add_array(&parameters, pool, from + tile->count);
    return db_sync_run(reader->db, STATEMENT_SEAL_NODES, &parameters, out) == DB_DONE &&
           db_result_rows(*out) == tile->count;
}

static bool fill(struct tile_reader *reader, struct tile *tile)
{
    h2o_mem_pool_t pool;
    const struct db_result *result;
    h2o_mem_init_pool(&pool);
    bool done = ask(reader, &pool, tile, &result);
    for (size_t row = 0; done && row < tile->count; ++row) {
        h2o_iovec_t hash = db_result_bytes(result, row, 2, &pool);
        uint64_t place = (uint64_t)db_result_i64(result, row, 1) - tile->number * MERKLE_TILE_WIDTH;
        done = place < tile->count && hash.len == DIGEST_BYTES;
        if (done)
            memcpy(tile->hashes[place].bytes, hash.base, DIGEST_BYTES);
    }
    h2o_mem_clear_pool(&pool);
    tile->is_used = done;
    return done;
}

bool tile_reader_read(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie)
{
    struct tile_reader *reader = cookie;
    struct tile *tile = find(reader, level, number / MERKLE_TILE_WIDTH);
    if (level * MERKLE_TILE_LEVELS >= MERKLE_LEVELS_MAX || number >= reader->size >> (MERKLE_TILE_LEVELS * level))
        return false;
    if (tile == NULL) {
        tile = &reader->tiles[reader->next++ % TILE_READER_TILES];
        *tile = (struct tile){.level = level, .number = number / MERKLE_TILE_WIDTH};
        if (!fill(reader, tile))
            return false;
    }
    *out = tile->hashes[number % MERKLE_TILE_WIDTH];
    return true;
}
