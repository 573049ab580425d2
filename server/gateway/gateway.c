/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/gateway.h"

#include "gateway/record.h"
#include "history/history.h"

static const struct action *const actions[METHOD__MAX][TARGET__MAX] = {
    [METHOD_GET] = {[TARGET_COLLECTION] = &record_list_action,
                    [TARGET_RECORD] = &record_get_action,
                    [TARGET_RECORD_HISTORY] = &history_of_record_action,
                    [TARGET_HISTORY] = &history_of_account_action},
    [METHOD_POST] = {[TARGET_COLLECTION] = &record_create_action},
    [METHOD_PUT] = {[TARGET_COLLECTION] = &record_replace_action, [TARGET_RECORD] = &record_replace_action},
    [METHOD_DELETE] = {[TARGET_RECORD] = &record_delete_action},
};

/* Histories are read, whatever else the collection offers. */
static bool is_offered(const struct target *target, enum method method)
{
    bool is_history = target->shape == TARGET_RECORD_HISTORY || target->shape == TARGET_HISTORY;
    return actions[method][target->shape] != NULL &&
           (is_history || (target->collection->methods & METHOD_BIT(method)) != 0);
}

static unsigned methods_offered(const struct target *target)
{
    unsigned methods = 0;
    for (enum method method = 0; method < METHOD__MAX; ++method)
        if (is_offered(target, method))
            methods |= METHOD_BIT(method);
    return methods;
}

static enum contract_step find_target(struct ask *ask)
{
    struct call *call = ask->call;
    if (!target_find(call->worker->policy, ask->path, &ask->target))
        return ask_refuse(ask, ERR_NOT_FOUND, SLICE_NONE);
    if (ask->target.collection != NULL)
        call->log_route = slice_copy(call->pool, ask->target.collection->name);
    return CONTRACT_PASSED;
}

/* HEAD is GET: whoever answers leaves the body out. */
static enum contract_step find_action(struct ask *ask)
{
    enum method method = ask->method == METHOD_HEAD ? METHOD_GET : ask->method;
    unsigned offered = methods_offered(&ask->target);
    if (method == METHOD_OPTIONS) {
        contract_options(ask->call, offered);
        return CONTRACT_LEFT;
    }
    if ((offered & METHOD_BIT(method)) == 0) {
        ask_refuse(ask, ERR_METHOD_NOT_ALLOWED, SLICE_NONE);
        ask->refusal.allow = offered;
        return CONTRACT_REFUSED;
    }
    ask->action = actions[method][ask->target.shape];
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

/* The order of refusal. */
contract_check *const gateway_checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = find_target, [CONTRACT_METHOD] = find_action,   [CONTRACT_CREDENTIAL] = bearer_check,
    [CONTRACT_RIGHT] = right_check,      [CONTRACT_REQUEST] = read_request, [CONTRACT_RECORD] = start_action,
};

static void gateway_start(struct call *call)
{
    contract_run(ask_create(call, gateway_checks));
}

const struct route gateway_route = {
    .path = SLICE("gateway"),
    .methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT) | METHOD_BIT(METHOD_DELETE),
    .style = ROUTE_PROBLEM,
    .media = ROUTE_MEDIA_ANY,
    .flags = ROUTE_CORS | ROUTE_EVERY_METHOD,
    .body_max = LIMIT_BODY_BYTES_MAX, /* a record above its own limit is refused by the contract */
    .start = gateway_start};
