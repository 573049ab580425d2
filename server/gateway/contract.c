/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/contract.h"

#include "base/clock.h"
#include "gateway/ask.h"

#include <assert.h>
#include <stdlib.h>

struct refusal_row {
    int status;
    unsigned stages; /* bits: where a request may be refused so */
};

#define AT(stage) (1u << CONTRACT_##stage)
#define ANYWHERE  ((1u << CONTRACT_STAGE__MAX) - 1)

static const struct refusal_row refusals[ERR__MAX] = {
    [ERR_NOT_FOUND] = {404, AT(COLLECTION)},
    [ERR_METHOD_NOT_ALLOWED] = {405, AT(METHOD)},

    [ERR_RATE_LIMITED] = {429, AT(CREDENTIAL)}, /* admission: before anything that the caller may is looked at */
    [ERR_TWO_CREDENTIALS] = {400, AT(CREDENTIAL)},
    [ERR_TOKEN_MISSING] = {401, AT(CREDENTIAL)},
    [ERR_INVALID_TOKEN] = {401, AT(CREDENTIAL)},

    [ERR_ADDRESS_NOT_ALLOWED] = {403, AT(CREDENTIAL)}, /* before admission: a stranger uses no limit up */

    [ERR_API_ACCESS_OFF] = {403, AT(RIGHT)},
    [ERR_ACCESS_NOT_GRANTED] = {403, AT(RIGHT)},
    [ERR_PLAN_MISSING] = {403, AT(RIGHT)},
    [ERR_ACCOUNT_NEEDED] = {403, AT(RIGHT)},
    [ERR_LINK_MISSING] = {403, AT(RIGHT)},
    [ERR_LINK_ENDED] = {403, AT(RIGHT)},
    [ERR_OFFICE_OFF] = {403, AT(RIGHT)},
    [ERR_TEMPLATE_RIGHT_MISSING] = {403, AT(RIGHT)},
    [ERR_INSUFFICIENT_SCOPE] = {403, AT(RIGHT)},
    [ERR_KEY_RIGHT_MISSING] = {403, AT(RIGHT)},
    [ERR_HOLDER_RIGHT_MISSING] = {403, AT(RIGHT)},
    [ERR_APPLICATION_RIGHT_MISSING] = {403, AT(RIGHT)},
    [ERR_PERSON_RIGHT_MISSING] = {403, AT(RIGHT)},

    [ERR_INVALID_HEADER] = {400, AT(REQUEST)},
    [ERR_INVALID_QUERY] = {400, AT(REQUEST) | AT(RECORD)}, /* RECORD: a page whose cursor would not fit into a link */
    [ERR_WRONG_MEDIA_TYPE] = {400, AT(REQUEST)},
    [ERR_RECORD_TOO_LARGE] = {400, AT(REQUEST)},
    [ERR_INVALID_JSON] = {400, AT(REQUEST) | AT(RECORD)}, /* RECORD: what the database cannot hold */
    [ERR_INVALID_MEMBER] = {400, AT(REQUEST)},

    [ERR_RECORD_NOT_FOUND] = {404, AT(RECORD)},
    [ERR_ARCHIVED] = {404, AT(RECORD)},
    [ERR_VERSION_MISMATCH] = {400, AT(RECORD)},
    [ERR_REFERENCE_TAKEN] = {400, AT(RECORD)},
    [ERR_IDEMPOTENCY_KEY_REUSED] = {400, AT(RECORD)},

    [ERR_OVERLOADED] = {503, AT(CREDENTIAL) | AT(RECORD)}, /* CREDENTIAL: the client could not be read */
    [ERR_OUTCOME_UNKNOWN] = {503, AT(RECORD)},
    [ERR_POLICY_STALE] = {503, AT(CREDENTIAL)}, /* lost while the client was read */
    [ERR_INTERNAL] = {500, ANYWHERE},
};

static const int successes[CONTRACT_SUCCESS__MAX] = {
    [CONTRACT_ANSWERED] = 200, [CONTRACT_CREATED] = 200,   [CONTRACT_DONE] = 204,
    [CONTRACT_OPTIONS] = 204,  [CONTRACT_UNCHANGED] = 304,
};

enum contract_step contract_judge(struct ask *ask, enum contract_stage end, enum contract_stage *stage_out)
{
    enum contract_step step = CONTRACT_PASSED;
    for (enum contract_stage stage = 0; stage < end && step == CONTRACT_PASSED; ++stage) {
        *stage_out = stage;
        step = ask->checks[stage](ask);
    }
    return step;
}

void contract_run(struct ask *ask)
{
    enum contract_stage stage = CONTRACT_COLLECTION;
    ask->now_us = clock_unix_us();
    enum contract_step step = contract_judge(ask, CONTRACT_STAGE__MAX, &stage);
    if (step == CONTRACT_REFUSED)
        contract_refuse(ask->call, stage, &ask->refusal);
    if (step == CONTRACT_PASSED)
        abort(); /* the last check leaves */
}

bool contract_allows(enum err err, enum contract_stage stage)
{
    return (refusals[err].stages & (1u << stage)) != 0;
}

int contract_status_of_refusal(enum err err)
{
    return refusals[err].status;
}

int contract_status_of_success(enum contract_success success)
{
    return successes[success];
}

void contract_refuse(struct call *call, enum contract_stage stage, const struct refusal *refusal)
{
    assert(contract_allows(refusal->err, stage));
    assert(err_row(refusal->err)->status == refusals[refusal->err].status);
    reply_refusal(call, refusal);
}

void contract_succeed(struct call *call, enum contract_success success, h2o_iovec_t body)
{
    assert(success < CONTRACT_SUCCESS__MAX);
    assert(success != CONTRACT_OPTIONS);
    if (body.base == NULL)
        reply_empty(call, successes[success]);
    else
        reply_json(call, successes[success], body);
}

void contract_options(struct call *call, unsigned methods)
{
    reply_options(call, methods);
}
