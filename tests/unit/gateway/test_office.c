/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of an office's key at the gateway: what is read, what is remembered, and what may happen meanwhile. The key is
 * account 7's, the client account is 9. */
#include "gateway/accounts.h"

#include "gateway_case.h"

#define RECORD   "/api2/public/customers/12"
#define ACCOUNTS "/oauth2/accounts"

static h2o_iovec_t client_token(struct gateway_case *c)
{
    return gateway_case_token(c, &(struct case_token){.account_id = 9});
}

static void tell_office(struct gateway_case *c)
{
    link_book_clear(c->worker->links);
    gateway_case_client(c, &(struct case_client){.office = true});
}

/* The link as the database says it; `word` "f" makes that column false. */
struct case_link {
    const char *active, *allowed, *open, *api_access, *scopes, *generation;
};

static void expect_link(struct gateway_case *c, const struct case_link *link)
{
    fake_db_expect(c->db, STATEMENT_LINK_FIND, FAKE_TEXTS("9", "7", c->client_id));
    if (link != NULL)
        fake_db_row(c->db, FAKE_TEXTS("9", "7", c->client_id, link->active, link->allowed, link->open, link->api_access,
                                      "Bookkeeping", link->scopes, "", link->generation));
}

static void get(struct gateway_case *c, h2o_iovec_t token, int status, const char *code)
{
    gateway_case_expect(
        c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = gateway_case_headers(c, token, "")},
        status, code);
}

static void expect_record(struct gateway_case *c)
{
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("9", "1", "12")); /* of the client account */
    fake_db_row(c->db, FAKE_TEXTS("3", "{\"Id\": 12}"));
}

static const struct case_link usual = {"t", "t", "t", "t", "customers:read", "0"};

/* --- cases ------------------------------------------------------------------------------------------------------- */

static void every_layer_refuses_by_its_name(void **state)
{
    static const struct {
        const char *name;
        struct case_link link;
        int status;
        const char *code;
    } cases[] = {
        {"ended", {"f", "t", "t", "t", "customers:read", "0"}, 403, "link_ended"},
        {"switched off", {"t", "f", "t", "t", "customers:read", "0"}, 403, "office_off"},
        {"closed", {"t", "t", "f", "t", "customers:read", "0"}, 401, "invalid_token"},
        {"closed, and opened again since", {"t", "t", "t", "t", "customers:read", "1"}, 401, "invalid_token"},
        {"no API access", {"t", "t", "t", "f", "customers:read", "0"}, 403, "api_access_off"},
        {"another template", {"t", "t", "t", "t", "customers:write", "0"}, 403, "template_right_missing"},
        {"an empty template", {"t", "t", "t", "t", "", "0"}, 403, "template_right_missing"},
    };
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        tell_office(c);
        expect_link(c, &cases[i].link);
        get(c, client_token(c), cases[i].status, cases[i].code);
    }
    tell_office(c);
    expect_link(c, NULL);
    get(c, client_token(c), 403, "link_missing");
    tell_office(c);
    get(c, gateway_case_token(c, NULL), 403, "account_needed"); /* nothing is read of a link */
}

static void a_key_that_is_no_office_opens_no_other_account(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    get(c, client_token(c), 401, "invalid_token");
}

static void a_link_is_read_once_and_forgotten_with_its_change(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = client_token(c);
    tell_office(c);
    expect_link(c, &usual);
    for (int i = 0; i < 3; ++i) {
        expect_record(c);
        get(c, token, 200, NULL);
    }
    link_book_apply(c->worker->links, &(struct policy_change){1, POLICY_CLIENT, CASE_ACCOUNT, slice_of(c->client_id)});
    expect_link(c, &(struct case_link){"f", "t", "t", "t", "customers:read", "0"});
    get(c, token, 403, "link_ended");
}

static struct exchange *start_waiting(struct gateway_case *c, h2o_iovec_t token, enum db_outcome outcome)
{
    tell_office(c);
    expect_link(c, &usual);
    if (outcome != DB_DONE)
        fake_db_fail(c->db, outcome);
    fake_db_hold(c->db);
    const char *with_token = gateway_case_headers(c, token, "");
    struct exchange *exchange = loopback_start(
        c->loopback, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = with_token});
    fake_db_turn(c->db); /* the client has come */
    assert_false(exchange_is_answered(exchange));
    return exchange;
}

static void a_link_that_cannot_be_read_is_no_verdict(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct exchange *exchange = start_waiting(c, client_token(c), outcomes[i]);
        fake_db_release(c->db);
        assert_true(exchange_wait(exchange));
        assert_int_equal(exchange_status(exchange), 503);
        exchange_end(exchange);
    }
}

static void the_policy_may_be_lost_while_a_link_is_read(void **state)
{
    struct gateway_case *c = *state;
    struct policy *policy = c->worker->policy;
    struct exchange *exchange = start_waiting(c, client_token(c), DB_DONE);
    c->worker->policy = NULL;
    fake_db_release(c->db);
    assert_true(exchange_wait(exchange));
    c->worker->policy = policy;
    assert_int_equal(exchange_status(exchange), 503);
    exchange_end(exchange);
}

static void who_asked_may_vanish_while_a_link_is_read(void **state)
{
    struct gateway_case *c = *state;
    struct exchange *exchange = start_waiting(c, client_token(c), DB_DONE);
    exchange_end(exchange);
    fake_db_release(c->db);
    fake_db_turn(c->db);
}

/* --- the list of accounts ---------------------------------------------------------------------------------------- */

static struct exchange *list(struct gateway_case *c, h2o_iovec_t token, const char *target, int status,
                             const char *code)
{
    return gateway_case_ask(
        c, &(struct loopback_request){.method = "GET", .target = target, .headers = gateway_case_headers(c, token, "")},
        status, code);
}

static void accounts_are_listed_by_pages(void **state)
{
    struct gateway_case *c = *state;
    tell_office(c);
    fake_db_expect(c->db, STATEMENT_LINK_ACCOUNTS, FAKE_TEXTS("7", c->client_id, "0", "0", "2"));
    fake_db_row(c->db, FAKE_TEXTS("9", "B\"ak", "active", "5", "Books", "2", "a:read"));
    fake_db_row(c->db, FAKE_TEXTS("11", "C", "ended", "5", "Books", "1", ""));
    struct exchange *exchange = list(c, gateway_case_token(c, NULL), ACCOUNTS "?page_size=1", 200, NULL);
    h2o_iovec_t body = exchange_body(exchange),
                want = SLICE("{\"accounts\":[{\"account\":\"acc_00000009\",\"name\":\"B\\\"ak\",\"state\":\"active\","
                             "\"template\":{\"id\":\"tpl_00000000005\",\"name\":\"Books\",\"version\":2},"
                             "\"scopes\":\"a:read\"}],\"next_page_token\":\"");
    check_slice("page", (h2o_iovec_t){body.base, want.len}, want);
    h2o_iovec_t token = slice_from(body, want.len);
    token = slice_copy(&c->pool, slice_cut(&token, '"'));
    exchange_end(exchange);

    fake_db_expect(c->db, STATEMENT_LINK_ACCOUNTS, FAKE_TEXTS("7", c->client_id, "0", "9", "101"));
    exchange = list(c, gateway_case_token(c, NULL),
                    slice_format(&c->pool, ACCOUNTS "?page_token=%.*s", SLICE_ARGS(token)).base, 200, NULL);
    check_slice("last", exchange_body(exchange), SLICE("{\"accounts\":[]}"));
    exchange_end(exchange);
}

static void a_token_for_one_account_lists_that_one(void **state)
{
    struct gateway_case *c = *state;
    tell_office(c);
    expect_link(c, &(struct case_link){"f", "t", "t", "t", "", "0"}); /* whatever it opens */
    fake_db_expect(c->db, STATEMENT_LINK_ACCOUNTS, FAKE_TEXTS("7", c->client_id, "9", "0", "101"));
    exchange_end(list(c, client_token(c), ACCOUNTS, 200, NULL));
}

static void what_is_wrong_with_a_list_is_told(void **state)
{
    static const char *const queries[] = {"?page_size=0", "?page_size=1001", "?page_size=x", "?page_token=x", "?a=%ff"};
    struct gateway_case *c = *state;
    tell_office(c);
    for (size_t i = 0; i < COUNT_OF(queries); ++i)
        exchange_end(list(c, gateway_case_token(c, NULL), slice_format(&c->pool, ACCOUNTS "%s", queries[i]).base, 400,
                          "invalid_query"));
    gateway_case_client(c, &(struct case_client){.office = true, .off = true});
    exchange_end(list(c, gateway_case_token(c, NULL), ACCOUNTS, 403, "api_access_off"));
    gateway_case_client(c, &(struct case_client){.office = true});
    fake_db_expect(c->db, STATEMENT_LINK_ACCOUNTS, NULL);
    fake_db_fail(c->db, DB_LOST);
    exchange_end(list(c, gateway_case_token(c, NULL), ACCOUNTS, 503, "overloaded"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(every_layer_refuses_by_its_name),
        test_with_gateway(a_key_that_is_no_office_opens_no_other_account),
        test_with_gateway(a_link_is_read_once_and_forgotten_with_its_change),
        test_with_gateway(a_link_that_cannot_be_read_is_no_verdict),
        test_with_gateway(the_policy_may_be_lost_while_a_link_is_read),
        test_with_gateway(who_asked_may_vanish_while_a_link_is_read),
        test_with_gateway(accounts_are_listed_by_pages),
        test_with_gateway(a_token_for_one_account_lists_that_one),
        test_with_gateway(what_is_wrong_with_a_list_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
