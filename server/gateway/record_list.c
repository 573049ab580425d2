/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "gateway/filter.h"
#include "gateway/order.h"
#include "gateway/page.h"
#include "gateway/record.h"
#include "gateway/request.h"
#include "http/worker.h"

#include <inttypes.h>

#define PURPOSE "page" /* of the cursor's ticket */

struct list_request {
    h2o_iovec_t collection; /* its name, in the pool: the policy may be gone when the answer comes */
    h2o_iovec_t filter;     /* jsonpath; SLICE_NONE: all */
    struct order order;
    h2o_iovec_t system, reference; /* SLICE_NONE: whatever others call them */
    int64_t account_id, skip, top;
    struct page_cursor from; /* id 0: from the start */
};

/* --- reading the query ------------------------------------------------------------------------------------------ */

/* A `$` option that we do not have would change the answer if it were passed over; other parameters are not ours. */
static enum contract_step check_options(struct ask *ask, const struct form *query)
{
    static const char *const options[] = {"$filter", "$orderby", "$skip", "$top", "$skiptoken"};
    for (size_t i = 0; i < query->count; ++i) {
        h2o_iovec_t name = query->fields[i].name;
        bool known = name.len == 0 || name.base[0] != '$';
        for (size_t o = 0; o < sizeof(options) / sizeof(options[0]); ++o)
            known = known || slice_equal(name, slice_of(options[o]));
        if (!known)
            return ask_refuse(ask, ERR_INVALID_QUERY,
                              slice_format(ask->call->pool,
                                           "%.*s is not offered here; $filter, $orderby, $skip and $top are.",
                                           SLICE_ARGS(name)));
    }
    return CONTRACT_PASSED;
}

static enum contract_step refuse_expression(struct ask *ask, const char *name, const struct filter_fault *fault)
{
    return ask_refuse(
        ask, ERR_INVALID_QUERY,
        slice_format(ask->call->pool, "%s is wrong at character %zu: %s.", name, fault->position, fault->what));
}

static enum contract_step read_expressions(struct ask *ask, const struct form *query, struct list_request *request)
{
    struct filter_fault fault;
    h2o_mem_pool_t *pool = ask->call->pool;
    h2o_iovec_t filter = form_get(query, SLICE("$filter")), order = form_get(query, SLICE("$orderby"));
    if (filter.base != NULL && !filter_read(pool, filter, &request->filter, &fault))
        return refuse_expression(ask, "$filter", &fault);
    if (order.base != NULL && !order_read(pool, order, &request->order, &fault))
        return refuse_expression(ask, "$orderby", &fault);
    return CONTRACT_PASSED;
}

/* ExternalSystem=shop: records that this system refers to; with ExternalId=A-17 the one that it calls so. (The body's
 * own ExternalReferences are no part of the document, so $filter does not reach them.) */
static enum contract_step read_reference(struct ask *ask, const struct form *query, struct list_request *request)
{
    request->system = form_get(query, SLICE("ExternalSystem"));
    request->reference = form_get(query, SLICE("ExternalId"));
    if (request->reference.base != NULL && request->system.base == NULL)
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("ExternalId says what a system calls the record: send ExternalSystem, too."));
    if (request->system.base != NULL && request->order.keys.base != NULL)
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("A list by ExternalSystem is in the order of Id; leave $orderby out."));
    return CONTRACT_PASSED;
}

static enum contract_step read_numbers(struct ask *ask, const struct form *query, struct list_request *request)
{
    enum contract_step step = request_number(ask, query, SLICE("$skip"), LIMIT_SKIP_MAX, &request->skip);
    return step != CONTRACT_PASSED ? step : request_number(ask, query, SLICE("$top"), LIMIT_PAGE_MAX, &request->top);
}

/* Made only where there is a cursor to read or to write: most lists are one page. */
static h2o_iovec_t bound_of(h2o_mem_pool_t *pool, const struct list_request *request)
{
    const h2o_iovec_t parts[] = {request->collection,       request->filter, request->order.keys,
                                 request->order.descending, request->system, request->reference};
    return page_bound(pool, parts, sizeof(parts) / sizeof(parts[0]));
}

static enum contract_step read_cursor(struct ask *ask, const struct form *query, struct list_request *request)
{
    h2o_mem_pool_t *pool = ask->call->pool;
    h2o_iovec_t token = form_get(query, SLICE("$skiptoken"));
    request->account_id = ask->principal.claims->account_id;
    request->from.passed = request->skip;
    if (token.base == NULL)
        return CONTRACT_PASSED;
    if (request->skip != 0 ||
        !page_cursor_open(ask->call, PURPOSE, token, request->account_id, bound_of(pool, request), &request->from))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("$skiptoken is used as the Link header gave it, with the same $filter and $orderby, "
                                "without $skip, within a day."));
    return CONTRACT_PASSED;
}

static enum contract_step record_list_read(struct ask *ask)
{
    static enum contract_step (*const steps[])(struct ask *, const struct form *, struct list_request *) = {
        read_expressions, read_reference, read_numbers, read_cursor};
    struct list_request *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    struct form query;
    *request = (struct list_request){.collection = slice_copy(ask->call->pool, ask->target.collection->name),
                                     .filter = SLICE_NONE,
                                     .system = SLICE_NONE,
                                     .top = LIMIT_PAGE_DEFAULT};
    ask->request = request;
    enum contract_step step = request_query(ask, &query);
    if (step == CONTRACT_PASSED)
        step = check_options(ask, &query);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && step == CONTRACT_PASSED; ++i)
        step = steps[i](ask, &query, request);
    return step;
}

/* --- answering -------------------------------------------------------------------------------------------------- */

/* How many rows the answer takes: at most the page, at most LIMIT_LIST_BYTES_MAX, but one at least. */
static size_t rows_that_fit(const struct record_page_row *rows, size_t count, size_t *bytes_out)
{
    size_t bytes = sizeof("[]"), fit = 0;
    while (fit < count && (fit == 0 || bytes + rows[fit].document.len <= LIMIT_LIST_BYTES_MAX))
        bytes += rows[fit++].document.len + 1;
    *bytes_out = bytes;
    return fit;
}

static h2o_iovec_t array_of(h2o_mem_pool_t *pool, const struct record_page_row *rows, size_t count, size_t bytes)
{
    struct text array;
    text_start(&array, pool, bytes);
    text_add_char(&array, '[');
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            text_add_char(&array, ',');
        text_add(&array, rows[i].document);
    }
    text_add_char(&array, ']');
    return text_slice(&array);
}

/* Values to order by may be too long for an address: then the next page is found by counting. SLICE_NONE: not even so.
 */
static h2o_iovec_t next_link(const struct call *call, const struct list_request *request,
                             const struct record_page_row *last, size_t shown)
{
    static const char *const dropped[] = {"$skip", "$skiptoken", NULL};
    struct page_cursor next = {request->account_id, bound_of(call->pool, request), last->id,
                               request->from.passed + (int64_t)shown,
                               request->order.keys.base == NULL ? SLICE_NONE : last->order_values};
    h2o_iovec_t token = page_cursor_text(call, PURPOSE, &next);
    h2o_iovec_t link = token.base == NULL ? SLICE_NONE : page_link(call, dropped, "$skiptoken", token);
    if (link.base == NULL && next.passed <= LIMIT_SKIP_MAX)
        link = page_link(call, dropped, "$skip", slice_format(call->pool, "%" PRId64, next.passed));
    return link;
}

static void records_listed(enum db_outcome outcome, const struct record_page_row *rows, size_t count, void *cookie)
{
    struct ask *ask = cookie;
    struct call *call = ask->call;
    const struct list_request *request = ask->request;
    size_t bytes;
    ask->record_call = NULL;
    if (outcome != DB_DONE) {
        ask_database_failed(ask, outcome);
        return;
    }
    size_t shown = rows_that_fit(rows, count < (size_t)request->top ? count : (size_t)request->top, &bytes);
    if (shown < count && shown > 0) {
        h2o_iovec_t link = next_link(call, request, &rows[shown - 1], shown);
        if (link.base == NULL) {
            struct refusal refusal = {
                .err = ERR_INVALID_QUERY,
                .detail = SLICE("The next page cannot be named: the query, or the values to order by, are too long.")};
            contract_refuse(call, CONTRACT_RECORD, &refusal);
            return;
        }
        reply_header(call, SLICE("link"), link);
    }
    contract_succeed(call, CONTRACT_ANSWERED, array_of(call->pool, rows, shown, bytes));
}

/* One row more than asked for tells whether there is a next page. */
static enum contract_step record_list_start(struct ask *ask)
{
    const struct list_request *request = ask->request;
    struct record_query query = {.account_id = request->account_id,
                                 .collection_id = ask->target.collection->id,
                                 .filter = request->filter,
                                 .order_keys = request->order.keys,
                                 .order_descending = request->order.descending,
                                 .after_values = request->from.values,
                                 .after_id = request->from.id,
                                 .system = request->system,
                                 .reference = request->reference,
                                 .skip = request->skip,
                                 .limit = request->top + 1};
    if (request->top == 0) { /* who may ask has been decided, and there is nothing to read */
        contract_succeed(ask->call, CONTRACT_ANSWERED, SLICE("[]"));
        return CONTRACT_LEFT;
    }
    ask->record_call = store_record_list(ask->call->worker->db, &query, records_listed, ask);
    return CONTRACT_LEFT;
}

const struct action record_list_action = {RIGHT_READ, record_list_read, record_list_start};
