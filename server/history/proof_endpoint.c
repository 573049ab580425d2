/* SPDX-License-Identifier: Apache-2.0 */
#include "history/proof_endpoint.h"

#include "base/codec.h"
#include "base/text.h"
#include "gateway/read_note.h"
#include "gateway/request.h"
#include "history/history_ask.h"
#include "seal/leaf.h"
#include "seal/node_set.h"
#include "store/store_proof.h"

#define LOG_ID        1
#define HASH_TEXT_LEN ((DIGEST_BYTES + 2) / 3 * 4)
#define TEXT_USUAL    4096

struct proof_request {
    int64_t history_id;
    /* once its place is known, all in the pool */
    struct leaf leaf;
    struct merkle_hash hash;
    uint64_t size;
    h2o_iovec_t checkpoint;
    struct node_set nodes;
};

static enum contract_step proof_read(struct ask *ask)
{
    struct proof_request *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    struct form form;
    uint64_t id = 0;
    *request = (struct proof_request){.leaf = {.account_id = ask->principal.claims->account_id}};
    ask->request = request;
    enum contract_step step = request_query(ask, &form);
    if (step != CONTRACT_PASSED)
        return step;
    h2o_iovec_t change = form_get(&form, SLICE("change"));
    if (form.count != 1 || change.base == NULL || !slice_to_u64(change, INT64_MAX, &id))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("One parameter is needed, change: the number that a receipt begins with."));
    request->history_id = (int64_t)id;
    return CONTRACT_PASSED;
}

/* --- the text ---------------------------------------------------------------------------------------------------- */

static void add_base64_line(struct text *out, const void *bytes, size_t len)
{
    char base64[(LEAF_ENTRY_BYTES + 2) / 3 * 4];
    text_add(out, (h2o_iovec_t){base64, codec_base64_encode(base64, bytes, len)});
    text_add_char(out, '\n');
}

static h2o_iovec_t proof_text(h2o_mem_pool_t *pool, const struct proof_request *request,
                              const struct merkle_proof *proof)
{
    struct text out;
    uint8_t entry[LEAF_ENTRY_BYTES];
    leaf_entry(&request->leaf, entry);
    text_start(&out, pool, TEXT_USUAL);
    text_add(&out, SLICE("c2sp.org/tlog-proof@v1\nextra "));
    add_base64_line(&out, entry, sizeof(entry));
    text_add(&out, SLICE("index "));
    text_add_u64(&out, request->leaf.index);
    text_add_char(&out, '\n');
    for (size_t i = 0; i < proof->count; ++i)
        add_base64_line(&out, proof->hashes[i].bytes, DIGEST_BYTES);
    text_add_char(&out, '\n');
    text_add(&out, request->checkpoint);
    return text_slice(&out);
}

static void answer(struct ask *ask, const struct merkle_proof *proof)
{
    const struct proof_request *request = ask->request;
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    struct text out;
    if (!read_note(ask, (int64_t)request->leaf.account_id, 1)) {
        ask_database_failed(ask, DB_BUSY);
        return;
    }
    text_start(&out, ask->call->pool, TEXT_USUAL);
    text_add_char(&out, '{');
    text_add_u64_member(&out, SLICE("change"), (uint64_t)request->history_id);
    text_add_u64_member(&out, SLICE("index"), request->leaf.index);
    text_add_u64_member(&out, SLICE("sequence"), request->leaf.account_seq);
    text_add_string_member(&out, SLICE("leaf"),
                           (h2o_iovec_t){hex, codec_hex_encode(hex, request->hash.bytes, DIGEST_BYTES)});
    text_add_string_member(&out, SLICE("proof"), proof_text(ask->call->pool, request, proof));
    text_add_char(&out, '}');
    contract_succeed(ask->call, CONTRACT_ANSWERED, text_slice(&out));
}

/* --- in order of time -------------------------------------------------------------------------------------------- */

static void place_found(enum db_outcome outcome, const struct sealed_place *place, void *cookie);
static void nodes_found(enum db_outcome outcome, const struct db_result *nodes, void *cookie);

static enum contract_step proof_start(struct ask *ask)
{
    const struct proof_request *request = ask->request;
    ask->proof_call = store_proof_place(ask->call->worker->db, ask->principal.claims->account_id, request->history_id,
                                        place_found, ask);
    return CONTRACT_LEFT;
}

static void refuse(struct ask *ask, enum err err, h2o_iovec_t detail)
{
    struct refusal refusal = {.err = err, .detail = detail};
    contract_refuse(ask->call, CONTRACT_RECORD, &refusal);
}

static void note_place(struct ask *ask, const struct sealed_place *place)
{
    struct proof_request *request = ask->request;
    request->leaf = (struct leaf){.index = (uint64_t)place->leaf_index,
                                  .account_id = request->leaf.account_id,
                                  .account_seq = (uint64_t)place->account_seq};
    if (place->previous.base != NULL)
        memcpy(request->leaf.previous.bytes, place->previous.base, DIGEST_BYTES);
    memcpy(request->leaf.frozen_digest, place->frozen_digest.base, DIGEST_BYTES);
    memcpy(request->hash.bytes, place->leaf.base, DIGEST_BYTES);
    request->size = (uint64_t)place->checkpoint_size;
    request->checkpoint = slice_copy(ask->call->pool, place->checkpoint);
}

static void place_found(enum db_outcome outcome, const struct sealed_place *place, void *cookie)
{
    struct ask *ask = cookie;
    struct proof_request *request = ask->request;
    struct db_parameters parameters;
    ask->proof_call = NULL;
    if (outcome != DB_DONE) {
        ask_database_failed(ask, outcome);
        return;
    }
    if (place != NULL && place->archived.base != NULL) {
        refuse(ask, ERR_ARCHIVED, slice_copy(ask->call->pool, place->archived));
        return;
    }
    if (place == NULL || place->frozen_digest.base == NULL) {
        refuse(ask, ERR_RECORD_NOT_FOUND, SLICE("This account has no such change, or it has no place in the log yet."));
        return;
    }
    note_place(ask, place);
    db_parameters_start(&parameters);
    db_add_i64(&parameters, LOG_ID);
    node_set_start(&request->nodes, ask->call->pool, &parameters, request->leaf.index, request->size);
    ask->proof_call = store_proof_nodes(ask->call->worker->db, &parameters, nodes_found, ask);
}

/* A log that proves nothing is a fault of ours, and said to be one. */
static void nodes_found(enum db_outcome outcome, const struct db_result *nodes, void *cookie)
{
    struct ask *ask = cookie;
    struct proof_request *request = ask->request;
    struct merkle_proof proof;
    ask->proof_call = NULL;
    if (outcome != DB_DONE) {
        ask_database_failed(ask, outcome);
        return;
    }
    node_set_fill(&request->nodes, nodes);
    if (merkle_inclusion(request->leaf.index, request->size, node_set_read, &request->nodes, &proof))
        answer(ask, &proof);
    else
        refuse(ask, ERR_INTERNAL, SLICE_NONE);
}

/* --- the route --------------------------------------------------------------------------------------------------- */

static void start(struct call *call)
{
    static const struct action action = {RIGHT_HISTORY, proof_read, proof_start};
    history_ask_start(call, &action);
}

const struct route proof_route = {.path = SLICE("/history/proof"),
                                  .methods = METHOD_BIT(METHOD_GET),
                                  .style = ROUTE_PROBLEM,
                                  .media = ROUTE_MEDIA_ANY,
                                  .flags = ROUTE_CORS,
                                  .body_max = LIMIT_FORM_BYTES_MAX,
                                  .start = start};
