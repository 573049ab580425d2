/* SPDX-License-Identifier: Apache-2.0 */
#include "history/tile_endpoint.h"

#include "http/reply.h"
#include "seal/tile_path.h"
#include "store/store_proof.h"

#define PREFIX "/history/tile/"

struct tile_request {
    struct call *call;
    struct tile_name name;
    struct store_proof_call *under_way;
};

static void gone(void *cookie)
{
    struct tile_request *request = cookie;
    store_proof_cancel(&request->under_way);
}

/* Fewer hashes than the log's size promises are a fault of ours: nobody may take them for the tile, or keep them. */
static void tile_found(enum db_outcome outcome, h2o_iovec_t hashes, void *cookie)
{
    struct tile_request *request = cookie;
    struct call *call = request->call;
    request->under_way = NULL;
    if (outcome != DB_DONE)
        reply_error(call, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
    else if (hashes.base == NULL)
        reply_error(call, ERR_NOT_FOUND, SLICE("No checkpoint of a size that has this tile was signed."));
    else if (hashes.len != (size_t)request->name.width * DIGEST_BYTES)
        reply_error(call, ERR_INTERNAL, SLICE_NONE);
    else
        reply_immutable(call, SLICE("application/octet-stream"), slice_copy(call->pool, hashes));
}

static void start(struct call *call)
{
    struct tile_request *request = h2o_mem_alloc_pool(call->pool, sizeof(*request));
    *request = (struct tile_request){.call = call};
    h2o_iovec_t path = slice_from(call->path, sizeof(PREFIX) - 1);
    if (slice_starts_with(path, SLICE("entries/"))) {
        reply_error(call, ERR_NOT_FOUND, SLICE("Only hashes are public: an entry comes with the proof of its change."));
        return;
    }
    if (!tile_path_parse(path, &request->name)) {
        reply_error(call, ERR_NOT_FOUND,
                    SLICE("A tile's path is LEVEL/NUMBER or LEVEL/NUMBER.p/WIDTH, and the number "
                          "is told as in x001/x234/067."));
        return;
    }
    struct merkle_span span = tile_path_span(&request->name);
    struct store_tile tile = {.level = span.level, .from = span.from, .to = span.to};
    tile_path_sizes(&request->name, &tile.size_least, &tile.size_most);
    call_on_gone(call, gone, request);
    request->under_way = store_proof_tile(call->worker->db, &tile, tile_found, request);
}

const struct route tile_route = {.path = SLICE(PREFIX),
                                 .methods = METHOD_BIT(METHOD_GET),
                                 .style = ROUTE_PROBLEM,
                                 .media = ROUTE_MEDIA_NONE,
                                 .flags = ROUTE_CORS | ROUTE_PREFIX,
                                 .start = start};
