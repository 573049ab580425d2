/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history_query.h"

#include "base/credential.h"
#include "gateway/request.h"
#include "history/moment.h"

#define PURPOSE "history" /* of the cursor's ticket */

/* --- one parameter each ------------------------------------------------------------------------------------------ */

static bool read_application(h2o_iovec_t text, struct history_query *query)
{
    return ident_parse(IDENT_APPLICATION, text, &query->application_id);
}

static bool read_key(h2o_iovec_t text, struct history_query *query)
{
    query->client_id = text;
    return credential_check(CREDENTIAL_CLIENT_ID, text, NULL);
}

static bool read_collection(h2o_iovec_t text, struct history_query *query)
{
    query->collection = text;
    return true;
}

static bool read_record(h2o_iovec_t text, struct history_query *query)
{
    uint64_t id = 0;
    if (!slice_to_u64(text, INT64_MAX, &id))
        return false;
    query->record_id = (int64_t)id;
    return id != 0;
}

static bool read_user(h2o_iovec_t text, struct history_query *query)
{
    return ident_parse(IDENT_USER, text, &query->user_id);
}

static bool read_from(h2o_iovec_t text, struct history_query *query)
{
    return moment_parse(text, &query->from_us);
}

static bool read_to(h2o_iovec_t text, struct history_query *query)
{
    return moment_parse(text, &query->to_us);
}

static const struct {
    h2o_iovec_t name;
    bool (*read)(h2o_iovec_t text, struct history_query *query);
    const char *form; /* what it has to be */
    bool is_of_path;  /* stands in the path of a record's history, and is not taken there */
} filters[] = {
    {SLICE("application"), read_application, "the id of an application, app_...", false},
    {SLICE("key"), read_key, "the client_id of a key, hmk_...", false},
    {SLICE("collection"), read_collection, "the name of a collection", true},
    {SLICE("record"), read_record, "the Id of a record", true},
    {SLICE("user"), read_user, "the id of a user, usr_...", false},
    {SLICE("from"), read_from, "a date or a time such as 2026-11-21T22:16:09Z", false},
    {SLICE("to"), read_to, "a date or a time such as 2026-11-21T22:16:09Z", false},
};
#define FILTERS (sizeof(filters) / sizeof(filters[0]))

/* --- in order ---------------------------------------------------------------------------------------------------- */

static bool is_taken(const struct ask *ask, h2o_iovec_t name)
{
    bool of_record = ask->target.collection != NULL;
    for (size_t i = 0; i < FILTERS; ++i)
        if (slice_equal(filters[i].name, name))
            return !(of_record && filters[i].is_of_path);
    return slice_equal(name, SLICE("page_size")) || slice_equal(name, SLICE("page_token"));
}

static enum contract_step check_names(struct ask *ask, const struct form *form)
{
    for (size_t i = 0; i < form->count; ++i)
        if (!is_taken(ask, form->fields[i].name))
            return ask_refuse(
                ask, ERR_INVALID_QUERY,
                slice_format(ask->call->pool, "There is no parameter %.*s here.", SLICE_ARGS(form->fields[i].name)));
    return CONTRACT_PASSED;
}

static enum contract_step read_filters(struct ask *ask, const struct form *form, struct history_request *request)
{
    for (size_t i = 0; i < FILTERS; ++i) {
        h2o_iovec_t text = form_get(form, filters[i].name);
        if (text.base == NULL)
            continue;
        request->narrowed = true;
        if (!filters[i].read(text, &request->query))
            return ask_refuse(
                ask, ERR_INVALID_QUERY,
                slice_format(ask->call->pool, "%.*s has to be %s.", SLICE_ARGS(filters[i].name), filters[i].form));
    }
    return CONTRACT_PASSED;
}

static enum contract_step read_page_size(struct ask *ask, const struct form *form, struct history_request *request)
{
    enum contract_step step = request_number(ask, form, SLICE("page_size"), LIMIT_PAGE_MAX, &request->page_size);
    if (step == CONTRACT_PASSED && request->page_size == 0)
        return ask_refuse(ask, ERR_INVALID_QUERY, SLICE("page_size has to be 1 or more."));
    request->query.limit = request->page_size + 1; /* the row more tells whether there is a next page */
    return step;
}

/* A cursor belongs to its filters and its path. */
static h2o_iovec_t bound_of(const struct ask *ask, const struct form *form)
{
    h2o_iovec_t parts[FILTERS + 1];
    for (size_t i = 0; i < FILTERS; ++i)
        parts[i] = form_get(form, filters[i].name);
    parts[FILTERS] = ask->call->path;
    return page_bound(ask->call->pool, parts, FILTERS + 1);
}

static enum contract_step read_cursor(struct ask *ask, const struct form *form, struct history_request *request)
{
    struct page_cursor cursor;
    h2o_iovec_t token = form_get(form, SLICE("page_token"));
    request->bound = bound_of(ask, form);
    if (token.base == NULL)
        return CONTRACT_PASSED;
    if (!page_cursor_open(ask->call, PURPOSE, token, request->query.account_id, request->bound, &cursor))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("page_token is used as it was given, with the same filters, within a day."));
    request->narrowed = true;
    request->query.before_id = cursor.id;
    return CONTRACT_PASSED;
}

static struct history_request *make_request(struct ask *ask)
{
    const struct principal *principal = &ask->principal;
    const struct collection *collection = ask->target.collection;
    struct history_request *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    *request = (struct history_request){.page_size = LIMIT_PAGE_DEFAULT, .of_record = collection != NULL};
    request->query = (struct history_query){.account_id = principal->claims->account_id, .to_us = INT64_MAX};
    request->readable = right_scopes(ask->call->pool, principal);
    if (collection != NULL) {
        request->query.collection = collection->name;
        request->query.record_id = ask->target.record_id;
    }
    ask->request = request;
    return request;
}

enum contract_step history_query_read(struct ask *ask)
{
    static enum contract_step (*const steps[])(struct ask *, const struct form *,
                                               struct history_request *) = {read_filters, read_page_size, read_cursor};
    struct history_request *request = make_request(ask);
    struct form form;
    enum contract_step step = request_query(ask, &form);
    if (step == CONTRACT_PASSED)
        step = check_names(ask, &form);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && step == CONTRACT_PASSED; ++i)
        step = steps[i](ask, &form, request);
    return step;
}

h2o_iovec_t history_query_cursor(const struct call *call, const struct history_request *request, int64_t last_id)
{
    struct page_cursor cursor = {.account_id = request->query.account_id, .bound = request->bound, .id = last_id};
    return page_cursor_text(call, PURPOSE, &cursor);
}
