/* SPDX-License-Identifier: Apache-2.0 */
#include "history/checkpoint_endpoint.h"

#include "http/reply.h"
#include "store/store_proof.h"

struct asking {
    struct call *call;
    struct store_proof_call *under_way;
};

static void gone(void *cookie)
{
    struct asking *asking = cookie;
    store_proof_cancel(&asking->under_way);
}

static void checkpoint_found(enum db_outcome outcome, h2o_iovec_t note, void *cookie)
{
    struct asking *asking = cookie;
    struct call *call = asking->call;
    asking->under_way = NULL;
    if (outcome != DB_DONE)
        reply_error(call, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
    else if (note.base == NULL)
        reply_error(call, ERR_NOT_FOUND, SLICE("Nothing of the history was sealed yet."));
    else
        reply_text(call, 200, SLICE("text/plain; charset=utf-8"), slice_copy(call->pool, note));
}

static void start(struct call *call)
{
    struct asking *asking = h2o_mem_alloc_pool(call->pool, sizeof(*asking));
    *asking = (struct asking){.call = call};
    call_on_gone(call, gone, asking);
    asking->under_way = store_proof_checkpoint(call->worker->db, checkpoint_found, asking);
}

const struct route checkpoint_route = {.path = SLICE("/history/checkpoint"),
                                       .methods = METHOD_BIT(METHOD_GET),
                                       .style = ROUTE_PROBLEM,
                                       .media = ROUTE_MEDIA_NONE,
                                       .flags = ROUTE_CORS,
                                       .start = start};
