/* SPDX-License-Identifier: Apache-2.0 */
#include "history/consistency_endpoint.h"

#include "base/codec.h"
#include "base/form.h"
#include "base/text.h"
#include "http/reply.h"
#include "seal/node_set.h"
#include "store/store_proof.h"

#define VERSION_LINE  "hallmark.consistency@v1\n"
#define HASH_TEXT_LEN ((DIGEST_BYTES + 2) / 3 * 4)
#define TEXT_USUAL    4096

enum column { COLUMN_LEVEL, COLUMN_NUMBER, COLUMN_HASH, COLUMN_NOTE }; /* of consistency_nodes.sql */

struct growth_request {
    struct call *call;
    uint64_t from, to; /* to: 0 until it is known */
    h2o_iovec_t note;
    struct store_proof_call *under_way;
};

static void gone(void *cookie)
{
    struct growth_request *request = cookie;
    store_proof_cancel(&request->under_way);
}

/* --- what is asked for ------------------------------------------------------------------------------------------- */

static bool read_size(const struct form *query, h2o_iovec_t name, uint64_t *out)
{
    h2o_iovec_t value = form_get(query, name);
    return value.base != NULL && slice_to_u64(value, INT64_MAX, out) && *out > 0;
}

static bool read_query(struct call *call, struct growth_request *out)
{
    struct form query;
    if (form_parse(call->pool, call->query, NULL, &query) != ERR_NONE)
        return false;
    if (!read_size(&query, SLICE("from"), &out->from))
        return false;
    return query.count == 1 || (query.count == 2 && read_size(&query, SLICE("to"), &out->to));
}

/* --- the text ---------------------------------------------------------------------------------------------------- */

static h2o_iovec_t growth_text(const struct growth_request *request, const struct merkle_proof *proof)
{
    struct text out;
    text_start(&out, request->call->pool, TEXT_USUAL);
    text_add(&out, SLICE(VERSION_LINE "from "));
    text_add_u64(&out, request->from);
    text_add(&out, SLICE("\nto "));
    text_add_u64(&out, request->to);
    text_add_char(&out, '\n');
    for (size_t i = 0; i < proof->count; ++i) {
        char base64[HASH_TEXT_LEN];
        text_add(&out, (h2o_iovec_t){base64, codec_base64_encode(base64, proof->hashes[i].bytes, DIGEST_BYTES)});
        text_add_char(&out, '\n');
    }
    text_add_char(&out, '\n');
    text_add(&out, request->note);
    return text_slice(&out);
}

/* --- in order of time -------------------------------------------------------------------------------------------- */

/* A log that does not prove its own growth is a fault of ours, and said to be one. */
static void answer(const struct growth_request *request, const struct db_result *nodes)
{
    struct call *call = request->call;
    struct node_set set;
    struct merkle_proof proof;
    node_set_plan(&set, call->pool, request->from - 1, request->to);
    node_set_fill(&set, nodes);
    if (merkle_consistency(request->from, request->to, node_set_read, &set, &proof))
        reply_text(call, 200, SLICE("text/plain; charset=utf-8"), growth_text(request, &proof));
    else
        reply_error(call, ERR_INTERNAL, SLICE_NONE);
}

static void nodes_found(enum db_outcome outcome, const struct db_result *nodes, void *cookie)
{
    struct growth_request *request = cookie;
    struct call *call = request->call;
    request->under_way = NULL;
    if (outcome != DB_DONE) {
        reply_error(call, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
        return;
    }
    if (db_result_rows(nodes) == 0) {
        reply_error(call, ERR_NOT_FOUND, SLICE("No checkpoint of this size was signed."));
        return;
    }
    request->to = (uint64_t)db_result_i64(nodes, 0, COLUMN_NUMBER);
    request->note = slice_copy(call->pool, db_result_text(nodes, 0, COLUMN_NOTE));
    if (request->from > request->to)
        reply_error(call, ERR_INVALID_QUERY, SLICE("from is above the size of the checkpoint."));
    else
        answer(request, nodes);
}

static void start(struct call *call)
{
    struct growth_request *request = h2o_mem_alloc_pool(call->pool, sizeof(*request));
    *request = (struct growth_request){.call = call};
    if (!read_query(call, request)) {
        reply_error(call, ERR_INVALID_QUERY,
                    SLICE("from is needed, the size of a log of at least 1; to is the size of a checkpoint."));
        return;
    }
    call_on_gone(call, gone, request);
    request->under_way = store_proof_growth(call->worker->db, request->from, request->to, nodes_found, request);
}

const struct route consistency_route = {.path = SLICE("/history/consistency"),
                                        .methods = METHOD_BIT(METHOD_GET),
                                        .style = ROUTE_PROBLEM,
                                        .media = ROUTE_MEDIA_NONE,
                                        .flags = ROUTE_CORS,
                                        .start = start};
