/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history.h"

#include "gateway/bearer.h"
#include "gateway/right.h"
#include "history/history_page.h"
#include "history/history_query.h"

const struct action history_of_account_action = {RIGHT_HISTORY, history_query_read, history_page_start};

/* The router has matched path and method already; what is left is the gateway's order. */
static enum contract_step name_target(struct ask *ask)
{
    ask->target = (struct target){.shape = TARGET_HISTORY};
    return CONTRACT_PASSED;
}

static enum contract_step name_action(struct ask *ask)
{
    ask->action = &history_of_account_action;
    return CONTRACT_PASSED;
}

static contract_check *const checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = name_target,     [CONTRACT_METHOD] = name_action,
    [CONTRACT_CREDENTIAL] = bearer_check,    [CONTRACT_RIGHT] = right_check,
    [CONTRACT_REQUEST] = history_query_read, [CONTRACT_RECORD] = history_page_start,
};

static void history_start(struct call *call)
{
    contract_run(ask_create(call, checks));
}

const struct route history_route = {.path = SLICE("/history"),
                                    .methods = METHOD_BIT(METHOD_GET),
                                    .style = ROUTE_PROBLEM,
                                    .media = ROUTE_MEDIA_ANY,
                                    .flags = ROUTE_CORS,
                                    .body_max = LIMIT_FORM_BYTES_MAX,
                                    .start = history_start};
