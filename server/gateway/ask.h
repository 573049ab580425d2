/* SPDX-License-Identifier: Apache-2.0 */
/* One request to the gateway on its way through the contract: what it asks for, who asks, and what it waits for. Lives
 * in the request's pool and ends with the request, in whatever way that ends. */
#ifndef HALLMARK_GATEWAY_ASK_H
#define HALLMARK_GATEWAY_ASK_H

#include "gateway/bearer.h"
#include "gateway/contract.h"
#include "gateway/right.h"
#include "gateway/target.h"
#include "http/principal_search.h"
#include "store/store_history.h"
#include "store/store_record.h"

/* What is done with a target: a row in the dispatch table of method and shape. */
struct action {
    unsigned rights;       /* RIGHT_ bits that the principal needs */
    contract_check *read;  /* stage REQUEST: reads headers, query and body into ask->request; pure */
    contract_check *start; /* stage RECORD: asks the database; never passes */
};

struct ask {
    struct call *call;
    contract_check *const *checks; /* one a stage */
    enum method method; /* of the call and its path; of what is tried, when it is not to be done (gateway/whoami.h) */
    h2o_iovec_t path;
    int64_t now_us; /* when it is judged: read anew whenever the contract runs, and for all of its stages the same */
    struct target target; /* its api and collection are the policy's: not to be used after a wait */
    const struct action *action;
    struct principal principal;
    void *request; /* what action->read made, in the pool */
    struct refusal refusal;
    /* what is under way: at most one of them */
    struct principal_search search;
    struct store_record_call *record_call;
    struct store_history_call *history_call;
    struct rows_call *accounts_call;
    struct changes_call *changes_call;
    struct changes_waiter *waiter;
    struct store_proof_call *proof_call;
    struct db_call *db_call;
    struct work *work; /* on a thread of the work pool (http/work_pool.h) */
    struct settling *settling;
    int64_t wait_until_ms; /* monotonic: of a reader who waits for changes; 0: not begun */
};

/* Makes the ask of a call and hooks on its end: what is under way is cancelled, what is held is let go. */
struct ask *ask_create(struct call *call, contract_check *const checks[static CONTRACT_STAGE__MAX]);

/* Fills ask->refusal; `detail` SLICE_NONE: the table's text. Returns CONTRACT_REFUSED. */
enum contract_step ask_refuse(struct ask *ask, enum err err, h2o_iovec_t detail);
enum contract_step ask_refuse_where(struct ask *ask, enum err err, h2o_iovec_t detail, h2o_iovec_t where);

/* Who makes a change: the key behind the token, for the history. Its texts live as long as ask and principal do. */
struct record_author ask_author(const struct ask *ask);

/* The end of an ask whose database call did not come to DB_DONE. */
void ask_database_failed(struct ask *ask, enum db_outcome outcome);

#endif
