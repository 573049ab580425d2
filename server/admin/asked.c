/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/asked.h"

#include "admin/key_work.h"
#include "gateway/page.h"
#include "gateway/request.h"
#include "http/reply.h"

#include <assert.h>

#define PAGE_PURPOSE "admin-page"

/* --- the body ---------------------------------------------------------------------------------------------------- */

static bool is_of_body(enum operand_kind kind)
{
    return kind >= OPERAND_TEXT && kind <= OPERAND_OBJECT;
}

static bool is_of_query(enum operand_kind kind)
{
    return kind >= OPERAND_QUERY_IDENT && kind <= OPERAND_QUERY_IS;
}

const struct json_member *asked_member(const struct asked *asked, const char *name)
{
    const struct json_member *member = json_find(&asked->body, slice_of(name));
    return member == NULL || member->type == JSON_TYPE_NULL ? NULL : member;
}

enum contract_step asked_refuse(struct ask *ask, const char *name, const char *what)
{
    h2o_mem_pool_t *pool = ask->call->pool;
    return ask_refuse_where(ask, ERR_INVALID_MEMBER, slice_format(pool, "%s %s.", name, what),
                            slice_format(pool, "/%s", name));
}

static bool knows_member(const struct operation *operation, h2o_iovec_t name)
{
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (is_of_body(operand->kind) && slice_equal(slice_of(operand->name), name))
            return true;
    }
    return false;
}

static enum contract_step check_members(struct ask *ask, const struct asked *asked)
{
    for (size_t i = 0; i < asked->body.count; ++i) {
        h2o_iovec_t name = asked->body.members[i].name;
        if (knows_member(asked->path.operation, name))
            continue;
        return ask_refuse(ask, ERR_INVALID_MEMBER,
                          slice_format(ask->call->pool,
                                       "There is no member %.*s here; /openapi.json lists those that are.",
                                       SLICE_ARGS(name)));
    }
    return CONTRACT_PASSED;
}

static enum contract_step read_body(struct ask *ask, struct asked *asked)
{
    struct json_fault fault;
    h2o_mem_pool_t *pool = ask->call->pool;
    enum method method = asked->path.operation->method;
    if (method != METHOD_POST && method != METHOD_PUT)
        return CONTRACT_PASSED;
    if (!request_media_is(ask->call, SLICE("application/json")))
        return ask_refuse(ask, ERR_WRONG_MEDIA_TYPE, SLICE_NONE);
    if (!json_scan_object(pool, ask->call->body, &asked->body, &fault))
        return ask_refuse_where(ask, ERR_INVALID_JSON, slice_format(pool, "%.*s.", SLICE_ARGS(fault.what)),
                                fault.where);
    return check_members(ask, asked);
}

/* --- the query --------------------------------------------------------------------------------------------------- */

static bool knows_parameter(const struct operation *operation, h2o_iovec_t name)
{
    bool is_page = slice_equal(name, SLICE("cursor")) || slice_equal(name, SLICE("page_size"));
    if (is_page && (operation->flags & OPERATION_LIST) && !(operation->flags & OPERATION_ROWS))
        return true;
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        h2o_iovec_t known = slice_of(operand->name);
        if (is_of_query(operand->kind) && slice_equal(slice_cut(&known, '='), name))
            return true;
    }
    return false;
}

static enum contract_step check_parameters(struct ask *ask, const struct asked *asked)
{
    for (size_t i = 0; i < asked->query.count; ++i) {
        h2o_iovec_t name = asked->query.fields[i].name;
        if (!knows_parameter(asked->path.operation, name))
            return ask_refuse(ask, ERR_INVALID_QUERY,
                              slice_format(ask->call->pool, "There is no parameter %.*s here.", SLICE_ARGS(name)));
    }
    return CONTRACT_PASSED;
}

/* A cursor is good for the path that it came from. */
static h2o_iovec_t page_is_of(struct ask *ask)
{
    return page_bound(ask->call->pool, &ask->call->path, 1);
}

h2o_iovec_t asked_cursor(struct ask *ask, h2o_iovec_t place)
{
    const struct asked *asked = ask->request;
    struct page_cursor cursor = {.account_id = asked->account_id, .bound = page_is_of(ask), .values = place};
    return page_cursor_text(ask->call, PAGE_PURPOSE, &cursor);
}

static enum contract_step read_page(struct ask *ask, struct asked *asked)
{
    struct page_cursor cursor;
    h2o_iovec_t text = form_get(&asked->query, SLICE("cursor"));
    enum contract_step step = request_number(ask, &asked->query, SLICE("page_size"), LIMIT_PAGE_MAX, &asked->page_size);
    if (step == CONTRACT_PASSED && asked->page_size == 0)
        return ask_refuse(ask, ERR_INVALID_QUERY, SLICE("page_size has to be 1 or more."));
    if (step != CONTRACT_PASSED || text.base == NULL)
        return step;
    if (!page_cursor_open(ask->call, PAGE_PURPOSE, text, ask->principal.claims->account_id, page_is_of(ask), &cursor))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("The cursor is not of this list, or too old: begin without one."));
    asked->place = cursor.values;
    return CONTRACT_PASSED;
}

static enum contract_step read_query(struct ask *ask, struct asked *asked)
{
    enum contract_step step = request_query(ask, &asked->query);
    if (step == CONTRACT_PASSED)
        step = check_parameters(ask, asked);
    return step == CONTRACT_PASSED ? read_page(ask, asked) : step;
}

/* --- the head ---------------------------------------------------------------------------------------------------- */

static enum contract_step read_head(struct ask *ask, struct asked *asked)
{
    const struct operation *operation = asked->path.operation;
    if (operation->method == METHOD_GET)
        return CONTRACT_PASSED;
    enum contract_step step = request_idempotency_key(ask, &asked->idempotency_key);
    if (step == CONTRACT_PASSED)
        step = request_expected_version(ask, &asked->version);
    bool is_sent = call_header(ask->call, SLICE("if-match"), NULL).base != NULL;
    if (step != CONTRACT_PASSED || is_sent || !(operation->flags & OPERATION_VERSION))
        return step;
    reply_error(ask->call, ERR_VERSION_NEEDED, SLICE_NONE);
    return CONTRACT_LEFT;
}

/* --- all of it --------------------------------------------------------------------------------------------------- */

enum contract_step asked_read(struct ask *ask)
{
    struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    asked->page_size = LIMIT_PAGE_DEFAULT;
    enum contract_step step = read_query(ask, asked);
    if (step == CONTRACT_PASSED)
        step = read_head(ask, asked);
    if (step == CONTRACT_PASSED)
        step = read_body(ask, asked);
    db_parameters_start(&asked->parameters);
    for (const struct operand *operand = operation->operands; step == CONTRACT_PASSED && operand->kind != OPERAND_END;
         ++operand)
        step = asked_add(ask, operand);
    assert(step != CONTRACT_PASSED || asked->parameters.count + (asked->needs_key ? KEY_WORK_PARAMETERS : 0) ==
                                          statement_row(operation->statement)->parameters);
    return step;
}
