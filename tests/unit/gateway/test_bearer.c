/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/bearer.h"

#include "base/clock.h"
#include "gateway/ask.h"
#include "gateway_case.h"
#include "token/key_make.h"

#define RECORD "/api2/public/customers/12"

static void expect_record(struct gateway_case *c)
{
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("7", "1", "12"));
    fake_db_row(c->db, FAKE_TEXTS("3", "{\"Id\": 12}"));
}

static void get(struct gateway_case *c, const char *headers, int status, const char *code)
{
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = headers}, status,
                        code);
}

static void get_refused(struct gateway_case *c, h2o_iovec_t token)
{
    get(c, gateway_case_headers(c, token, ""), 401, "invalid_token");
}

static void get_accepted(struct gateway_case *c, h2o_iovec_t token)
{
    expect_record(c);
    get(c, gateway_case_headers(c, token, ""), 200, NULL);
}

/* --- the header
 * ------------------------------------------------------------------------------------------------------------- */

static const char challenge_plain[] =
    "Bearer realm=\"hallmark\", "
    "resource_metadata=\"https://id.example/.well-known/oauth-protected-resource/api2/public\"";

static const struct {
    const char *name, *headers, *code;
    int status;
} headers[] = {
    {"none", "", "token_missing", 401},
    {"another scheme", "authorization: Basic aG1rX3g6eQ==\r\n", "token_missing", 401},
    {"a token without scheme", "authorization: eyJhbGciOiJub25lIn0.e30.\r\n", "token_missing", 401},
    {"a scheme that only begins so", "authorization: Bearerx y\r\n", "token_missing", 401},
    {"scheme alone", "authorization: Bearer\r\n", "invalid_token", 401},
    {"scheme and blanks", "authorization: Bearer   \r\n", "invalid_token", 401},
    {"nonsense", "authorization: Bearer nonsense\r\n", "invalid_token", 401},
    {"alg none", "authorization: Bearer eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.\r\n", "invalid_token", 401},
    {"two tokens in one", "authorization: Bearer a b\r\n", "invalid_token", 401},
    {"two headers", "authorization: Bearer a\r\nauthorization: Bearer b\r\n", "malformed_http",
     400}, /* the edge's word */
};

static void headers_are_judged(void **state)
{
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(headers); ++i)
        get(c, headers[i].headers, headers[i].status, headers[i].code);
}

static void challenges_say_what_was_wrong(void **state)
{
    struct gateway_case *c = *state;
    struct loopback_request request = {.method = "GET", .target = RECORD, .headers = ""};
    struct exchange *exchange = gateway_case_ask(c, &request, 401, "token_missing");
    check_slice("nothing sent", exchange_header(exchange, "www-authenticate"), slice_of(challenge_plain));
    exchange_end(exchange);
    request.headers = "authorization: Bearer x\r\n";
    exchange = gateway_case_ask(c, &request, 401, "invalid_token");
    h2o_iovec_t with_error = slice_format(&c->pool, "%s, error=\"invalid_token\"", challenge_plain);
    check_slice("wrong token", exchange_header(exchange, "www-authenticate"), with_error);
    exchange_end(exchange);
}

static void tokens_elsewhere_are_refused(void **state)
{
    struct gateway_case *c = *state;
    const char *good = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    const char *form =
        gateway_case_headers(c, gateway_case_token(c, NULL), "content-type: application/x-www-form-urlencoded\r\n");
    const struct loopback_request requests[] = {
        {.method = "GET", .target = RECORD "?access_token=x", .headers = good},
        {.method = "GET", .target = RECORD "?access_token=x", .headers = ""},
        {.method = "GET", .target = RECORD "?a=%zz&acc%65ss_token", .headers = good},
        {.method = "PUT", .target = RECORD, .headers = form, .body = SLICE("a=1&access_token=x")},
        {.method = "POST",
         .target = "/api2/public/customers",
         .headers = "content-type: application/x-www-form-urlencoded\r\n",
         .body = SLICE("access_token=x")},
    };
    for (size_t i = 0; i < COUNT_OF(requests); ++i)
        gateway_case_expect(c, &requests[i], 400, "two_credentials");
}

/* The edge does not let such a request in; the gateway does not rely on it. */
static void two_headers_are_two_credentials(void **state)
{
    struct gateway_case *c = *state;
    h2o_req_t req = {.headers = {NULL}};
    struct call call = {.req = &req, .pool = &c->pool, .worker = c->worker};
    struct ask ask = {.call = &call};
    for (size_t i = 0; i < 2; ++i)
        h2o_add_header(&c->pool, &req.headers, H2O_TOKEN_AUTHORIZATION, NULL, H2O_STRLIT("Bearer x"));
    assert_int_equal(bearer_check(&ask), CONTRACT_REFUSED);
    assert_int_equal(ask.refusal.err, ERR_TWO_CREDENTIALS);
}

static void schemes_have_no_case(void **state)
{
    static const char *const schemes[] = {"Bearer", "bearer", "BEARER", "bEaReR"};
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(schemes); ++i) {
        expect_record(c);
        get(c, slice_format(&c->pool, "authorization: %s  %.*s \r\n", schemes[i], SLICE_ARGS(token)).base, 200, NULL);
    }
}

/* --- the token
 * -------------------------------------------------------------------------------------------------------------- */

static void a_checked_token_is_known_by_its_digest(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < 3; ++i)
        get_accepted(c, token);
    assert_int_equal(c->worker->counters.token_cache_misses, 1);
    assert_int_equal(c->worker->counters.token_cache_hits,
                     3); /* the first request asked again when the client had come */
    assert_int_equal(c->worker->counters.client_cache_misses, 1);
    assert_int_equal(c->worker->counters.client_cache_hits, 2);
    assert_int_equal(cache_count(c->worker->tokens), 1);
}

static void a_known_token_expires(void **state)
{
    struct gateway_case *c = *state;
    int64_t now_us = clock_unix_us();
    h2o_iovec_t token = gateway_case_token(c, &(struct case_token){.expires_at = now_us / 1000000 + 100});
    gateway_case_client(c, NULL);
    get_accepted(c, token);
    clock_set_for_test((now_us / 1000000 + 100) * 1000000 - 1, 0);
    get_accepted(c, token);
    clock_set_for_test((now_us / 1000000 + 100) * 1000000, 0);
    get_refused(c, token);
    clock_set_for_test(0, 0);
    get_refused(c, gateway_case_token(c, &(struct case_token){.expires_at = now_us / 1000000 - 1}));
}

static void a_token_is_for_one_api(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t other = gateway_case_token(c, &(struct case_token){.audience = "https://other.example"});
    get_refused(c, other);
    gateway_case_client(c, NULL);
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("7", "3", "5"));
    fake_db_row(c->db, FAKE_TEXTS("1", "{\"Id\": 5}"));
    const char *with_other = gateway_case_headers(c, other, "");
    gateway_case_expect(
        c, &(struct loopback_request){.method = "GET", .target = "/other/notes/5", .headers = with_other}, 200, NULL);
    get_refused(c, other); /* known by now, and still not for this one */
    get_refused(c, gateway_case_token(c, &(struct case_token){.audience = "https://erp.example/"}));
}

static void what_the_token_says_fits_the_client(void **state)
{
    static const struct case_token tokens[] = {
        {.generation = 4}, {.generation = 6}, {.application_id = 34}, {.account_id = 8}, {.client_id = "hmk_nonsense"}};
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    get_accepted(c, gateway_case_token(c, NULL));
    for (size_t i = 0; i < COUNT_OF(tokens); ++i)
        get_refused(c, gateway_case_token(c, &tokens[i]));
}

static void a_new_generation_ends_old_tokens(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    get_accepted(c, token);
    gateway_case_client(c, &(struct case_client){.generation = "6"});
    get_refused(c, token);
    get_accepted(c, gateway_case_token(c, &(struct case_token){.generation = 6}));
}

/* --- revocation
 * -------------------------------------------------------------------------------------------------------------- */

static void put_revocation(struct gateway_case *c, const char *kind, h2o_iovec_t subject, int64_t until_us)
{
    struct revocation_row row = {slice_of(kind), subject, CASE_ACCOUNT, until_us};
    gateway_case_policy(c, POLICY_SET_REVOCATIONS,
                        &(struct policy_rows){.revocations = &row, .count = kind == NULL ? 0 : 1});
}

static void revocations_end_known_tokens(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    const struct {
        const char *kind;
        h2o_iovec_t subject;
    } cases[] = {{"jti", gateway_case_jti(c, token)},
                 {"client", slice_of(c->client_id)},
                 {"application", SLICE("33")},
                 {"account", SLICE("7")}};
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        get_accepted(c, token);
        put_revocation(c, cases[i].kind, cases[i].subject, INT64_MAX);
        get_refused(c, token);
        put_revocation(c, cases[i].kind, cases[i].subject, clock_unix_us() - 1); /* no longer matters */
        get_accepted(c, token);
        put_revocation(c, cases[i].kind, SLICE("another"), INT64_MAX);
    }
    get_accepted(c, token);
}

static void a_withdrawn_key_ends_known_tokens(void **state)
{
    struct gateway_case *c = *state;
    struct made_key made;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    get_accepted(c, token);
    assert_true(key_make(&c->pool, TOKEN_ES256, c->settings.master_key, &made));
    struct signing_key_row key = {slice_of(made.kid), SLICE("ES256"), SLICE("active"), made.public_der, made.sealed};
    gateway_case_policy(c, POLICY_SET_SIGNING_KEYS, &(struct policy_rows){.signing_keys = &key, .count = 1});
    get_refused(c, token);
    get_accepted(c, gateway_case_token(c, NULL));
}

static void a_new_key_leaves_known_tokens(void **state)
{
    struct gateway_case *c = *state;
    struct made_key old, made;
    assert_true(key_make(&c->pool, TOKEN_ES256, c->settings.master_key, &old));
    assert_true(key_make(&c->pool, TOKEN_ES256, c->settings.master_key, &made));
    struct signing_key_row keys[] = {{slice_of(old.kid), SLICE("ES256"), SLICE("active"), old.public_der, old.sealed},
                                     {slice_of(made.kid), SLICE("ES256"), SLICE("next"), made.public_der, made.sealed}};
    gateway_case_policy(c, POLICY_SET_SIGNING_KEYS, &(struct policy_rows){.signing_keys = keys, .count = 1});
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    get_accepted(c, token);
    gateway_case_policy(c, POLICY_SET_SIGNING_KEYS, &(struct policy_rows){.signing_keys = keys, .count = 2});
    get_accepted(c, token);
    get_accepted(c, token);
    assert_int_equal(c->worker->counters.token_cache_misses, 1);
}

/* --- the client
 * --------------------------------------------------------------------------------------------------------------- */

static void clients_are_judged_as_they_are_now(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, &(struct case_client){.missing = true});
    get_refused(c, token);
    gateway_case_client(c, &(struct case_client){.disabled = true});
    get_refused(c, token);
    gateway_case_client(c, &(struct case_client){.off = true});
    get(c, gateway_case_headers(c, token, ""), 403, "api_access_off");
    gateway_case_client(c, &(struct case_client){.disabled = true, .off = true});
    get_refused(c, token);
    gateway_case_client(c, NULL);
    get_accepted(c, token);
}

static void a_client_that_cannot_be_read_is_no_verdict(void **state)
{
    struct gateway_case *c = *state;
    const char *with_token = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        fake_db_expect(c->db, STATEMENT_CLIENT_FIND, NULL);
        fake_db_fail(c->db, outcomes[i]);
        struct loopback_request request = {.method = "GET", .target = RECORD, .headers = with_token};
        struct exchange *exchange = gateway_case_ask(c, &request, 503, "overloaded");
        check_slice("retry", exchange_header(exchange, "retry-after"), SLICE("1"));
        exchange_end(exchange);
    }
    fake_db_expect(c->db, STATEMENT_CLIENT_FIND, NULL);
    fake_db_refuse(c->db, "42P01");
    get(c, with_token, 500, "server_error");
}

static struct exchange *start_waiting(struct gateway_case *c, h2o_iovec_t token, enum db_outcome outcome)
{
    gateway_case_client(c, NULL);
    if (outcome != DB_DONE)
        fake_db_fail(c->db, outcome);
    fake_db_hold(c->db);
    const char *with_token = gateway_case_headers(c, token, "");
    struct exchange *exchange = loopback_start(
        c->loopback, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = with_token});
    assert_false(exchange_is_answered(exchange));
    return exchange;
}

/* What was revoked while the client was being read is refused: the policy of the answer's moment counts. */
static void the_policy_may_change_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    struct exchange *exchange = start_waiting(c, token, DB_DONE);
    put_revocation(c, "jti", gateway_case_jti(c, token), INT64_MAX);
    fake_db_release(c->db);
    assert_true(exchange_wait(exchange));
    assert_int_equal(exchange_status(exchange), 401);
    exchange_end(exchange);
}

/* Sight may be lost in that time too, however the read ends. */
static void the_policy_may_be_lost_meanwhile(void **state)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_BUSY, DB_LOST};
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    struct policy *policy = c->worker->policy;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct exchange *exchange = start_waiting(c, token, outcomes[i]);
        c->worker->policy = NULL;
        fake_db_release(c->db);
        assert_true(exchange_wait(exchange));
        c->worker->policy = policy;
        assert_int_equal(exchange_status(exchange), 503);
        check_slice("retry", exchange_header(exchange, "retry-after"), SLICE("1"));
        exchange_end(exchange);
    }
}

static void a_client_may_vanish_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    struct exchange *exchange = start_waiting(c, gateway_case_token(c, NULL), DB_DONE);
    exchange_end(exchange);
    fake_db_release(c->db);
    fake_db_turn(c->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(headers_are_judged),
        test_with_gateway(challenges_say_what_was_wrong),
        test_with_gateway(tokens_elsewhere_are_refused),
        test_with_gateway(two_headers_are_two_credentials),
        test_with_gateway(schemes_have_no_case),
        test_with_gateway(a_checked_token_is_known_by_its_digest),
        test_with_gateway(a_known_token_expires),
        test_with_gateway(a_token_is_for_one_api),
        test_with_gateway(what_the_token_says_fits_the_client),
        test_with_gateway(a_new_generation_ends_old_tokens),
        test_with_gateway(revocations_end_known_tokens),
        test_with_gateway(a_withdrawn_key_ends_known_tokens),
        test_with_gateway(a_new_key_leaves_known_tokens),
        test_with_gateway(clients_are_judged_as_they_are_now),
        test_with_gateway(a_client_that_cannot_be_read_is_no_verdict),
        test_with_gateway(the_policy_may_change_meanwhile),
        test_with_gateway(the_policy_may_be_lost_meanwhile),
        test_with_gateway(a_client_may_vanish_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
