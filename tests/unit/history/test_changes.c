/* SPDX-License-Identifier: Apache-2.0 */
/* The feed of sealed changes, above a database that answers what the test says. */
#include "history/changes.h"

#include "gateway_case.h"
#include "history/changes_cursor.h"

#define BYTES "8388608" /* LIMIT_LIST_BYTES_MAX */

static const char *headers_of(struct gateway_case *c, const char *scope)
{
    gateway_case_client(c, NULL);
    return gateway_case_headers(c, gateway_case_token(c, &(struct case_token){.scope = scope}), "");
}

static struct exchange *ask(struct gateway_case *c, const char *target, const char *headers, int status,
                            const char *code)
{
    return gateway_case_ask(c, &(struct loopback_request){.method = "GET", .target = target, .headers = headers},
                            status, code);
}

static void expect_list(struct gateway_case *c, const char *after, const char *collection, const char *most,
                        const char *scan_most)
{
    fake_db_expect(c->db, STATEMENT_CHANGES_LIST, FAKE_TEXTS("7", after, collection, most, scan_most, BYTES));
}

static void add_change(struct gateway_case *c, const char *sequence, const char *collection, const char *next,
                       const char *more)
{
    fake_db_row(c->db, FAKE_TEXTS("99", "1795299369000123", "33", "44", "0", "12", "3", "Invoice importer",
                                  c->client_id, "Production", "jti", "POST", collection, "{}",
                                  "0198c0de-0000-7000-8000-000000000000", NULL, "{\"Name\":\"Ada\"}", NULL, "192.0.2.1",
                                  "\\xab01000000000000000000000000000000000000000000000000000000000000", "0", NULL,
                                  sequence, next, more, NULL, "0"));
}

/* The row that is there when no change is. */
static void add_nothing(struct gateway_case *c, const char *next)
{
    fake_db_row(c->db,
                FAKE_TEXTS("0", "0", "0", "0", "0", "0", "0", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                           NULL, NULL, NULL, "\\xab01000000000000000000000000000000000000000000000000000000000000", "0",
                           NULL, "0", next, "f", NULL, "0"));
}

/* The row that is there when what comes next was archived. */
static void add_archived(struct gateway_case *c, const char *told, const char *resumes)
{
    fake_db_row(c->db,
                FAKE_TEXTS("0", "0", "0", "0", "0", "0", "0", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                           NULL, NULL, NULL, "\\xab01000000000000000000000000000000000000000000000000000000000000", "0",
                           NULL, "0", "0", "f", told, resumes));
}

static const char *target_of(struct gateway_case *c, int64_t account_id, int64_t place, const char *more)
{
    char cursor[CHANGES_CURSOR_BYTES];
    changes_cursor_text(account_id, place, cursor);
    return slice_format(&c->pool, "/changes?since=%s%s", cursor, more).base;
}

static void check_next(struct exchange *exchange, int64_t place, bool more)
{
    char cursor[CHANGES_CURSOR_BYTES], end[128];
    h2o_iovec_t body = exchange_body(exchange);
    changes_cursor_text(CASE_ACCOUNT, place, cursor);
    snprintf(end, sizeof(end), "],\"next\":\"%s\",\"more\":%s}", cursor, more ? "true" : "false");
    check(end, body.len > strlen(end));
    check_slice("end", slice_from(body, body.len - strlen(end)), slice_of(end));
}

static bool says(const struct exchange *exchange, const char *text)
{
    h2o_iovec_t body = exchange_body(exchange);
    return memmem(body.base, body.len, text, strlen(text)) != NULL;
}

static void wrong_questions_are_refused(void **state)
{
    struct gateway_case *c = *state;
    static const char *const wrong[] = {"/changes?since=x",       "/changes?wait=31",        "/changes?wait=x",
                                        "/changes?page_size=0",   "/changes?page_size=1001", "/changes?from=2026-01-01",
                                        "/changes?wait=1&wait=2", "/changes?collection=%zz"};
    exchange_end(ask(c, "/changes", "", 401, "token_missing"));
    exchange_end(ask(c, "/changes", headers_of(c, "customers:read"), 403, "insufficient_scope"));
    const char *headers = headers_of(c, NULL);
    for (size_t i = 0; i < COUNT_OF(wrong); ++i)
        exchange_end(ask(c, wrong[i], headers, 400, "invalid_query"));
    exchange_end(ask(c, target_of(c, CASE_ACCOUNT + 1, 5, ""), headers, 400, "invalid_query"));
}

static void a_page_goes_on_where_it_ended(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_list(c, "0", NULL, "100", "100");
    add_change(c, "1", "customers", "2", "f");
    add_change(c, "2", "customers", "2", "f");
    struct exchange *exchange = ask(c, "/changes", headers, 200, NULL);
    assert_true(says(exchange, "\"sequence\":1}"));
    assert_true(says(exchange, "\"new\":\"Ada\""));
    check_next(exchange, 2, false);
    exchange_end(exchange);

    expect_list(c, "2", "notes", "10", "1000");
    add_change(c, "40", "notes", "1002", "t");
    exchange = ask(c, target_of(c, CASE_ACCOUNT, 2, "&collection=notes&page_size=10"), headers, 200, NULL);
    check_next(exchange, 1002, true);
    exchange_end(exchange);

    expect_list(c, "1002", "notes", "100", "1000");
    add_nothing(c, "1500");
    exchange = ask(c, target_of(c, CASE_ACCOUNT, 1002, "&collection=notes&wait=30"), headers, 200, NULL);
    check_next(exchange, 1500, false); /* something was passed over: the answer does not wait */
    exchange_end(exchange);

    expect_list(c, "1500", NULL, "100", "100");
    add_nothing(c, "0");
    exchange = ask(c, target_of(c, CASE_ACCOUNT, 1500, ""), headers, 200, NULL);
    check_next(exchange, 1500, false);
    exchange_end(exchange);
}

static void what_was_archived_is_not_left_out_silently(void **state)
{
    struct gateway_case *c = *state;
    char cursor[CHANGES_CURSOR_BYTES];
    const char *headers = headers_of(c, NULL);
    expect_list(c, "0", NULL, "100", "100");
    add_archived(c, "It was archived on 2026-11-27: see the file old.", "41");
    struct exchange *exchange = ask(c, "/changes?wait=30", headers, 404, "archived");
    changes_cursor_text(CASE_ACCOUNT, 41, cursor);
    assert_true(says(exchange, "see the file old."));
    assert_true(says(exchange, slice_format(&c->pool, "since=%s", cursor).base));
    exchange_end(exchange);
}

static void values_are_withheld_from_who_may_not_read_them(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "history:read");
    expect_list(c, "0", NULL, "100", "100");
    add_change(c, "1", "customers", "1", "f");
    struct exchange *exchange = ask(c, "/changes", headers, 200, NULL);
    assert_true(says(exchange, "\"withheld\":true"));
    assert_false(says(exchange, "Ada"));
    exchange_end(exchange);
}

static void a_failing_database_is_told(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_list(c, "0", NULL, "100", "100");
    fake_db_fail(c->db, DB_BUSY);
    exchange_end(ask(c, "/changes?wait=5", headers, 503, "overloaded"));
}

static void who_waits_is_woken_by_a_change(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_list(c, "5", NULL, "100", "100");
    add_nothing(c, "0");
    fake_db_expect(c->db, STATEMENT_CHANGES_HEADS, FAKE_TEXTS("{7}"));
    fake_db_row(c->db, FAKE_TEXTS("7", "5"));
    fake_db_expect(c->db, STATEMENT_CHANGES_HEADS, FAKE_TEXTS("{7}"));
    fake_db_row(c->db, FAKE_TEXTS("7", "6"));
    expect_list(c, "5", NULL, "100", "100");
    add_change(c, "6", "customers", "6", "f");
    struct exchange *exchange = ask(c, target_of(c, CASE_ACCOUNT, 5, "&wait=30"), headers, 200, NULL);
    check_next(exchange, 6, false);
    exchange_end(exchange);
}

static void the_end_of_the_time_ends_the_wait(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_list(c, "5", NULL, "100", "100");
    add_nothing(c, "0");
    fake_db_always(c->db, STATEMENT_CHANGES_HEADS);
    fake_db_row(c->db, FAKE_TEXTS("7", "5"));
    expect_list(c, "5", NULL, "100", "100");
    add_nothing(c, "0");
    struct exchange *exchange = ask(c, target_of(c, CASE_ACCOUNT, 5, "&wait=1"), headers, 200, NULL);
    check_next(exchange, 5, false);
    exchange_end(exchange);
}

/* Nobody can tell any more what was revoked while it waited. The client is known, so that the list is asked for at once
 * and answered in the first turn; the wait begins with a pause. */
static void who_is_woken_by_a_node_without_sight_is_refused(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_list(c, "0", NULL, "100", "100");
    add_change(c, "5", "customers", "5", "f");
    exchange_end(ask(c, "/changes", headers, 200, NULL));
    expect_list(c, "5", NULL, "100", "100");
    add_nothing(c, "0");
    struct exchange *exchange = loopback_start(
        c->loopback, &(struct loopback_request){
                         .method = "GET", .target = target_of(c, CASE_ACCOUNT, 5, "&wait=30"), .headers = headers});
    worker_turn(c->worker);
    assert_false(exchange_is_answered(exchange));
    fake_db_expect(c->db, STATEMENT_CHANGES_HEADS, FAKE_TEXTS("{7}"));
    fake_db_row(c->db, FAKE_TEXTS("7", "6"));
    policy_release(c->worker->policy);
    c->worker->policy = NULL;
    assert_true(exchange_wait(exchange));
    assert_int_equal(exchange_status(exchange), 503);
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(wrong_questions_are_refused),
        test_with_gateway(a_page_goes_on_where_it_ended),
        test_with_gateway(what_was_archived_is_not_left_out_silently),
        test_with_gateway(values_are_withheld_from_who_may_not_read_them),
        test_with_gateway(a_failing_database_is_told),
        test_with_gateway(who_waits_is_woken_by_a_change),
        test_with_gateway(the_end_of_the_time_ends_the_wait),
        test_with_gateway(who_is_woken_by_a_node_without_sight_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
