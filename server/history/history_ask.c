/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history_ask.h"

static enum contract_step name_target(struct ask *ask)
{
    ask->target = (struct target){.shape = TARGET_HISTORY};
    return CONTRACT_PASSED;
}

static enum contract_step know_action(struct ask *ask)
{
    (void)ask; /* it came with the route */
    return CONTRACT_PASSED;
}

static enum contract_step read_request(struct ask *ask)
{
    return ask->action->read(ask);
}

static enum contract_step start_action(struct ask *ask)
{
    return ask->action->start(ask);
}

static contract_check *const checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = name_target, [CONTRACT_METHOD] = know_action,   [CONTRACT_CREDENTIAL] = bearer_check,
    [CONTRACT_RIGHT] = right_check,      [CONTRACT_REQUEST] = read_request, [CONTRACT_RECORD] = start_action,
};

void history_ask_start(struct call *call, const struct action *action)
{
    struct ask *ask = ask_create(call, checks);
    ask->action = action;
    contract_run(ask);
}
