/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include "admin/answer.h"
#include "admin/key_work.h"
#include "gateway/read_note.h"
#include "http/reply.h"
#include "http/settle.h"

#include <stdlib.h>

/* --- which operation --------------------------------------------------------------------------------------------- */

/* HEAD is GET: whoever answers leaves the body out. */
static enum contract_step find_path(struct ask *ask)
{
    struct asked *asked = ask->request;
    const struct call *call = ask->call;
    enum method method = call->method == METHOD_HEAD ? METHOD_GET : call->method;
    ask->target = (struct target){.shape = TARGET_HISTORY, .api = call->worker->policy->management};
    operation_find(method, slice_from(call->path, sizeof(OPERATION_PREFIX) - 1), &asked->path, &asked->methods);
    return asked->methods != 0 ? CONTRACT_PASSED : ask_refuse(ask, ERR_NOT_FOUND, SLICE_NONE);
}

static enum contract_step find_operation(struct ask *ask)
{
    const struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    if (ask->call->method == METHOD_OPTIONS) {
        contract_options(ask->call, asked->methods);
        return CONTRACT_LEFT;
    }
    if (operation == NULL) {
        ask_refuse(ask, ERR_METHOD_NOT_ALLOWED, SLICE_NONE);
        ask->refusal.allow = asked->methods;
        return CONTRACT_REFUSED;
    }
    ask->call->log_route = slice_of(operation->path);
    return CONTRACT_PASSED;
}

/* --- the right --------------------------------------------------------------------------------------------------- */

static enum contract_step check_scope(struct ask *ask, h2o_iovec_t scope)
{
    enum err err = right_of_scope(&ask->principal, scope);
    if (err == ERR_NONE)
        return CONTRACT_PASSED;
    ask_refuse(ask, err,
               slice_format(ask->call->pool, "%.*s What is missing: %.*s.", SLICE_ARGS(err_row(err)->text),
                            SLICE_ARGS(scope)));
    ask->refusal.scope = scope;
    ask->refusal.missing = scope;
    return CONTRACT_REFUSED;
}

/* Another account is there for an operator alone; for others it is not there. */
static enum contract_step check_account(struct ask *ask)
{
    const struct asked *asked = ask->request;
    int64_t account_id = asked->path.account_id;
    if (account_id == 0 || asked->is_operator || account_id == ask->principal.claims->account_id)
        return CONTRACT_PASSED;
    reply_error(ask->call, ERR_NO_SUCH, SLICE_NONE);
    return CONTRACT_LEFT;
}

static enum contract_step check_right(struct ask *ask)
{
    struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    bool is_read = operation->method == METHOD_GET;
    enum err account = right_to_account(&ask->principal);
    if (account != ERR_NONE)
        return ask_refuse(ask, account, SLICE_NONE);
    asked->account_id = ask->principal.claims->account_id;
    asked->rights = right_scopes(ask->call->pool, &ask->principal);
    asked->is_operator =
        scope_set_has(&asked->rights, is_read ? SLICE("all-accounts:read") : SLICE("all-accounts:write"));
    enum contract_step step = check_scope(ask, slice_of(operation->scope));
    return step == CONTRACT_PASSED ? check_account(ask) : step;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static void settled(void *cookie)
{
    struct ask *ask = cookie;
    ask->settling = NULL;
    answer_send(ask);
}

/* --- the statement ----------------------------------------------------------------------------------------------- */

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie);

static void start_statement(struct ask *ask)
{
    const struct asked *asked = ask->request;
    ask->db_call =
        db_call_start(ask->call->worker->db, asked->path.operation->statement, &asked->parameters, answered, ask);
}

static enum contract_step run(struct ask *ask)
{
    const struct asked *asked = ask->request;
    if (asked->needs_key)
        key_work_start(ask, start_statement);
    else
        start_statement(ask);
    return CONTRACT_LEFT;
}

/* This request was answered before: what it made is shown again, without its secret. */
static void show_again(struct ask *ask, h2o_iovec_t subject)
{
    struct asked *asked = ask->request;
    struct operation_path shown;
    unsigned methods;
    char text[IDENT_BYTES_MAX];
    h2o_iovec_t row = slice_of(asked->path.operation->shown_at), last = row;
    while (row.base != NULL)
        last = slice_cut(&row, '/');
    enum ident_kind kind = operation_segment_kind((h2o_iovec_t){last.base + 1, last.len - 2});
    if (kind != IDENT__MAX)
        subject = (h2o_iovec_t){text, ident_text(kind, strtoll(subject.base, NULL, 10), text)};
    h2o_iovec_t path = answer_shown_at(ask->call->pool, &asked->path, subject);
    const struct operation *operation = operation_find(METHOD_GET, path, &shown, &methods);
    if (operation == NULL) {
        reply_error(ask->call, ERR_INTERNAL, SLICE_NONE);
        return;
    }
    asked->path = shown;
    asked->is_repeated = true;
    asked->needs_key = false;
    db_parameters_start(&asked->parameters);
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand)
        asked_add(ask, operand);
    run(ask);
}

static void refused(struct ask *ask, const struct db_result *result)
{
    if (slice_equal(db_result_sqlstate(result), SLICE("HK208")))
        show_again(ask, slice_copy(ask->call->pool, db_result_message(result)));
    else
        answer_refuse(ask, result);
}

/* True: the answer may be given; it was entered into the log of reads if it tells of the history. */
static bool is_noted(struct ask *ask, const struct db_result *result)
{
    const struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    size_t rows = db_result_rows(result), most = (size_t)asked->page_size;
    if (!slice_equal(slice_of(operation->scope), SLICE("history:read")))
        return true;
    return read_note(ask, asked->path.account_id, (operation->flags & OPERATION_ROWS) || rows < most ? rows : most);
}

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct ask *ask = cookie;
    struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    bool is_read = operation->method == METHOD_GET;
    ask->db_call = NULL;
    if (outcome == DB_REFUSED) {
        refused(ask, result);
    } else if (outcome != DB_DONE) {
        reply_error(ask->call, outcome == DB_LOST && !is_read ? ERR_OUTCOME_UNKNOWN : ERR_OVERLOADED, SLICE_NONE);
    } else if (db_result_rows(result) == 0 && !(is_read && (operation->flags & OPERATION_LIST))) {
        reply_error(ask->call, ERR_NO_SUCH,
                    operation->method == METHOD_POST ? SLICE("Something that the body names is not there.")
                                                     : SLICE_NONE);
    } else if (!is_noted(ask, result)) {
        reply_error(ask->call, ERR_OVERLOADED, SLICE_NONE);
    } else {
        answer_compose(ask, result);
        if (is_read)
            answer_send(ask);
        else
            ask->settling = settle_start(ask->call->worker, settled, ask);
    }
}

/* --- the route --------------------------------------------------------------------------------------------------- */

static contract_check *const checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = find_path, [CONTRACT_METHOD] = find_operation, [CONTRACT_CREDENTIAL] = bearer_check,
    [CONTRACT_RIGHT] = check_right,    [CONTRACT_REQUEST] = asked_read,    [CONTRACT_RECORD] = run,
};

static void start(struct call *call)
{
    struct ask *ask = ask_create(call, checks);
    struct asked *asked = h2o_mem_alloc_pool(call->pool, sizeof(*asked));
    *asked = (struct asked){.status = 0};
    ask->request = asked;
    contract_run(ask);
}

const struct route admin_route = {.path = SLICE(OPERATION_PREFIX),
                                  .methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT) |
                                             METHOD_BIT(METHOD_DELETE),
                                  .style = ROUTE_PROBLEM,
                                  .media = ROUTE_MEDIA_ANY,
                                  .flags = ROUTE_CORS | ROUTE_EVERY_METHOD | ROUTE_PREFIX,
                                  .body_max = LIMIT_FORM_BYTES_MAX,
                                  .start = start};
