/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/node_set.h"

#include "base/text.h"

#include <assert.h>
#include <string.h>

static void add_array(struct db_parameters *parameters, const struct node_set *set,
                      uint64_t (*number_of)(const struct merkle_span *span))
{
    struct text array;
    text_start(&array, set->pool, 256);
    text_add_char(&array, '{');
    for (size_t i = 0; i < set->count; ++i) {
        if (i > 0)
            text_add_char(&array, ',');
        text_add_u64(&array, number_of(&set->spans[i]));
    }
    text_add_char(&array, '}');
    db_add_text(parameters, text_slice(&array));
}

static uint64_t level_of(const struct merkle_span *span)
{
    return span->level;
}

static uint64_t from_of(const struct merkle_span *span)
{
    return span->from;
}

static uint64_t to_of(const struct merkle_span *span)
{
    return span->to;
}

void node_set_plan(struct node_set *set, h2o_mem_pool_t *pool, uint64_t at, uint64_t size)
{
    *set = (struct node_set){.pool = pool};
    set->count = merkle_spans(at, size, set->spans);
    for (size_t i = 0; i < set->count; ++i) {
        size_t width = (size_t)(set->spans[i].to - set->spans[i].from);
        set->hashes[i] = h2o_mem_alloc_pool(pool, width * sizeof(**set->hashes));
        set->there[i] = h2o_mem_alloc_pool(pool, width * sizeof(**set->there));
        memset(set->there[i], 0, width * sizeof(**set->there));
    }
}

void node_set_start(struct node_set *set, h2o_mem_pool_t *pool, struct db_parameters *parameters, uint64_t at,
                    uint64_t size)
{
    node_set_plan(set, pool, at, size);
    add_array(parameters, set, level_of);
    add_array(parameters, set, from_of);
    add_array(parameters, set, to_of);
}

/* Where a number of a level is kept; false: no span has it. */
static bool find(const struct node_set *set, unsigned level, uint64_t number, size_t *span_out, size_t *place_out)
{
    for (size_t i = 0; i < set->count; ++i) {
        const struct merkle_span *span = &set->spans[i];
        if (span->level != level || number < span->from || number >= span->to)
            continue;
        *span_out = i;
        *place_out = (size_t)(number - span->from);
        return true;
    }
    return false;
}

void node_set_fill(struct node_set *set, const struct db_result *result)
{
    for (size_t row = 0; row < db_result_rows(result); ++row) {
        size_t span, place;
        if (db_result_is_null(result, row, 2))
            continue;
        h2o_iovec_t hash = db_result_bytes(result, row, 2, set->pool);
        assert(hash.len == DIGEST_BYTES);
        if (!find(set, (unsigned)db_result_i64(result, row, 0), (uint64_t)db_result_i64(result, row, 1), &span, &place))
            continue;
        memcpy(set->hashes[span][place].bytes, hash.base, DIGEST_BYTES);
        set->there[span][place] = true;
    }
}

bool node_set_read(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie)
{
    const struct node_set *set = cookie;
    size_t span, place;
    if (!find(set, level, number, &span, &place) || !set->there[span][place])
        return false;
    *out = set->hashes[span][place];
    return true;
}
