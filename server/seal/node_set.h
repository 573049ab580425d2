/* SPDX-License-Identifier: Apache-2.0 */
/* What a proof is made of, as one answer of seal_nodes.sql: the spans that are asked for, then their hashes. */
#ifndef HALLMARK_SEAL_NODE_SET_H
#define HALLMARK_SEAL_NODE_SET_H

#include "seal/merkle.h"
#include "store/db.h"

struct node_set {
    h2o_mem_pool_t *pool;
    struct merkle_span spans[MERKLE_SPANS_MAX];
    struct merkle_hash *hashes[MERKLE_SPANS_MAX]; /* of each span */
    bool *there[MERKLE_SPANS_MAX];
    size_t count;
};

/* For the leaf `at` in a tree of `size`. Adds the spans to the parameters, behind the log's id; their texts are in the
 * pool. */
void node_set_start(struct node_set *set, h2o_mem_pool_t *pool, struct db_parameters *parameters, uint64_t at,
                    uint64_t size);

/* The same for spans that the statement works out by itself (consistency_nodes.sql). */
void node_set_plan(struct node_set *set, h2o_mem_pool_t *pool, uint64_t at, uint64_t size);

/* Takes level, number and hash of each row; a row without a hash is passed over. */
void node_set_fill(struct node_set *set, const struct db_result *result);

/* A merkle_read; the cookie is the set. */
bool node_set_read(unsigned level, uint64_t number, struct merkle_hash *out, void *cookie);

#endif
