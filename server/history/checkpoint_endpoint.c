/* SPDX-License-Identifier: Apache-2.0 */
#include "history/checkpoint_endpoint.h"

#include "base/form.h"
#include "http/reply.h"
#include "store/store_proof.h"

#define WITNESSES_MAX 12 /* as many cosignatures are told at most: schema/migrations/0033_witnesses.sql */

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
        reply_error(call, ERR_NOT_FOUND,
                    SLICE("Nothing of the history was sealed yet, or not so many witnesses have cosigned."));
    else
        reply_text(call, 200, SLICE("text/plain; charset=utf-8"), slice_copy(call->pool, note));
}

/* No query at all, or one number. */
static bool read_query(struct call *call, uint64_t *witnesses_out)
{
    struct form query;
    *witnesses_out = 0;
    if (call->query.len == 0)
        return true;
    if (form_parse(call->pool, call->query, NULL, &query) != ERR_NONE || query.count != 1)
        return false;
    h2o_iovec_t value = form_get(&query, SLICE("witnesses"));
    return value.base != NULL && slice_to_u64(value, WITNESSES_MAX, witnesses_out);
}

static void start(struct call *call)
{
    uint64_t witnesses;
    if (!read_query(call, &witnesses)) {
        reply_error(call, ERR_INVALID_QUERY, SLICE("The one parameter is witnesses, how many have to have cosigned."));
        return;
    }
    struct asking *asking = h2o_mem_alloc_pool(call->pool, sizeof(*asking));
    *asking = (struct asking){.call = call};
    call_on_gone(call, gone, asking);
    asking->under_way = store_proof_checkpoint(call->worker->db, witnesses, checkpoint_found, asking);
}

const struct route checkpoint_route = {.path = SLICE("/history/checkpoint"),
                                       .methods = METHOD_BIT(METHOD_GET),
                                       .style = ROUTE_PROBLEM,
                                       .media = ROUTE_MEDIA_NONE,
                                       .flags = ROUTE_CORS,
                                       .start = start};
