/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/ask.h"

#include "history/changes_wait.h"
#include "http/settle.h"
#include "http/work_pool.h"
#include "store/store_changes.h"
#include "store/store_proof.h"

#include <assert.h>

static void ask_gone(void *cookie)
{
    struct ask *ask = cookie;
    store_record_cancel(&ask->record_call);
    store_history_cancel(&ask->history_call);
    rows_call_cancel(&ask->accounts_call);
    store_changes_cancel(&ask->changes_call);
    changes_wait_cancel(&ask->waiter);
    store_proof_cancel(&ask->proof_call);
    db_call_cancel(&ask->db_call);
    settle_cancel(&ask->settling);
    if (ask->work != NULL)
        work_cancel(ask->work);
    principal_search_end(&ask->search);
}

struct ask *ask_create(struct call *call, contract_check *const checks[static CONTRACT_STAGE__MAX])
{
    struct ask *ask = h2o_mem_alloc_pool(call->pool, sizeof(*ask));
    *ask = (struct ask){.call = call, .checks = checks, .method = call->method, .path = call->path};
    call_on_gone(call, ask_gone, ask);
    return ask;
}

enum contract_step ask_refuse(struct ask *ask, enum err err, h2o_iovec_t detail)
{
    return ask_refuse_where(ask, err, detail, SLICE_NONE);
}

enum contract_step ask_refuse_where(struct ask *ask, enum err err, h2o_iovec_t detail, h2o_iovec_t where)
{
    ask->refusal = (struct refusal){.err = err, .detail = detail, .where = where, .api = ask->target.api};
    return CONTRACT_REFUSED;
}

void ask_database_failed(struct ask *ask, enum db_outcome outcome)
{
    struct refusal refusal = {.err = outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED};
    assert(outcome != DB_DONE);
    contract_refuse(ask->call, CONTRACT_RECORD, &refusal);
}

struct record_author ask_author(const struct ask *ask)
{
    const struct principal *principal = &ask->principal;
    const struct client *client = principal->client;
    char *address = h2o_mem_alloc_pool(ask->call->pool, LIMIT_ADDRESS_BYTES_MAX);
    size_t address_len = address_text(&ask->call->address, address);
    return (struct record_author){.application_id = client->application_id,
                                  .application_name = client->application_name,
                                  .client_id = client->client_id,
                                  .key_name = client->name,
                                  .holder_id = client->holder_id,
                                  .user_id = principal->claims->user_id,
                                  .person_name = principal->member == NULL ? SLICE_NONE : principal->member->name,
                                  .token_jti = principal->claims->jti,
                                  .request_id = slice_of(ask->call->request_id),
                                  .address = {address, address_len}};
}
