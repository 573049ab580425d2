/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/record.h"
#include "gateway/request.h"
#include "http/worker.h"

static enum contract_step record_get_read(struct ask *ask)
{
    (void)ask; /* there is nothing in the head that could be wrong */
    return CONTRACT_PASSED;
}

static void record_found(const struct record_read *read, void *cookie)
{
    struct ask *ask = cookie;
    struct call *call = ask->call;
    ask->record_call = NULL;
    if (read->outcome != DB_DONE) {
        ask_database_failed(ask, read->outcome);
        return;
    }
    if (!read->found) {
        struct refusal refusal = {.err = ERR_RECORD_NOT_FOUND};
        contract_refuse(call, CONTRACT_RECORD, &refusal);
        return;
    }
    reply_header(call, SLICE("etag"), request_tag(call->pool, read->version));
    if (request_has_version(call, read->version))
        contract_succeed(call, CONTRACT_UNCHANGED, SLICE_NONE);
    else
        contract_succeed(call, CONTRACT_ANSWERED, slice_copy(call->pool, read->document));
}

static enum contract_step record_get_start(struct ask *ask)
{
    ask->record_call = store_record_find(ask->call->worker->db, ask->principal.claims->account_id,
                                         ask->target.collection->id, ask->target.record_id, record_found, ask);
    return CONTRACT_LEFT;
}

const struct action record_get_action = {RIGHT_READ, record_get_read, record_get_start};
