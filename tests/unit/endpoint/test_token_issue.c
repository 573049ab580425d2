/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that are given out: what the answer says, in how many ways it may be asked for, and what it costs. */
#include "endpoint/token.h"

#include "base/codec.h"
#include "bed.h"
#include "token/access_token.h"

static struct access_token open_token(struct bed *bed, h2o_mem_pool_t *pool, const char *text, size_t api)
{
    struct access_token token;
    const struct policy *policy = bed->worker->policy;
    enum jws_fault fault =
        access_token_check(bed->worker->jws, policy->keys, pool, slice_of(text), bed->settings.issuer,
                           policy->apis[api].audience, BED_NOW_US / 1000000, &token);
    if (fault != JWS_OK)
        fail_msg("the token is refused: %s", jws_fault_word(fault));
    return token;
}

/* Ends the exchange; returns its scope as it stands in the answer and in the token. */
static void check_issued(struct bed *bed, const char *name, struct exchange *exchange, const char *in_answer,
                         const char *in_token)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    check(name, exchange_status(exchange) == 200);
    json_t *body = bed_json(exchange);
    struct access_token token = open_token(bed, &pool, bed_string(body, "access_token"), 0);
    check_slice(name, slice_of(bed_string(body, "scope")), slice_of(in_answer));
    check_slice(name, token.scope, slice_of(in_token));
    json_decref(body);
    h2o_mem_clear_pool(&pool);
    exchange_end(exchange);
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static void the_answer_has_these_members_and_no_others(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT "&scope=customers:read");
    assert_int_equal(exchange_status(exchange), 200); /* exactly: openid-client refuses 201 */
    json_t *body = bed_json(exchange);
    assert_int_equal(json_object_size(body),
                     3); /* neither null nor "", and no refresh_token (protocol fact 7, item 72) */
    assert_string_equal(bed_string(body, "token_type"), "Bearer");
    assert_true(json_is_integer(json_object_get(body, "expires_in")));
    assert_int_equal(json_integer_value(json_object_get(body, "expires_in")), 600);
    assert_non_null(bed_string(body, "access_token"));
    json_decref(body);
    exchange_end(exchange);
}

static void item_64_no_answer_is_stored(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
    check_slice("type", exchange_header(exchange, "content-type"), SLICE("application/json"));
    check_slice("cache", exchange_header(exchange, "cache-control"), SLICE("no-store"));
    check_slice("pragma", exchange_header(exchange, "pragma"), SLICE("no-cache"));
    assert_null(exchange_header(exchange, "www-authenticate").base);
    exchange_end(exchange);
}

static h2o_iovec_t segment(h2o_mem_pool_t *pool, const char *token, int number)
{
    h2o_iovec_t rest = slice_of(token), part = SLICE_NONE;
    for (int i = 0; i <= number; ++i)
        part = slice_cut(&rest, '.');
    h2o_iovec_t out = {h2o_mem_alloc_pool(pool, part.len + 1), 0};
    assert_true(codec_base64url_decode((uint8_t *)out.base, &out.len, part));
    return out;
}

/* RFC 9068 sections 2.1 and 2.2, and our three; item 72: the subject is the client and can be no user's. */
static void item_72_the_token_names_the_client_alone(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    int64_t no_user;
    h2o_mem_init_pool(&pool);
    bed_tell_client(bed);
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
    json_t *body = bed_json(exchange);
    const char *text = bed_string(body, "access_token");
    struct access_token token = open_token(bed, &pool, text, 0);
    check_slice("sub", token.subject, slice_of(bed->client_id));
    check_slice("client_id", token.client_id, slice_of(bed->client_id));
    assert_false(ident_parse(IDENT_USER, token.subject, &no_user));
    assert_int_equal(token.account_id, 7);
    assert_int_equal(token.application_id, 5);
    assert_int_equal(token.generation, 4);
    assert_int_equal(token.issued_at, BED_NOW_US / 1000000);
    assert_int_equal(token.expires_at, BED_NOW_US / 1000000 + 600);
    h2o_iovec_t header = segment(&pool, text, 0);
    json_t *head = json_loadb(header.base, header.len, 0, NULL);
    assert_string_equal(bed_string(head, "typ"), "at+jwt");
    assert_string_equal(bed_string(head, "alg"), "ES256");
    json_decref(head);
    h2o_iovec_t claims = segment(&pool, text, 1);
    assert_null(memmem(claims.base, claims.len, "Ada", 3)); /* nothing of a person */
    json_decref(body);
    exchange_end(exchange);
    h2o_mem_clear_pool(&pool);
}

/* oauthlib raises when a returned scope differs from the one asked, so it is told only when nothing was asked. */
static void scope_is_told_when_nothing_was_asked(void **state)
{
    static const struct {
        const char *body, *in_answer, *in_token;
    } cases[] = {
        {BED_GRANT, "customers:read customers:write", "customers:read customers:write"},
        {BED_GRANT "&scope=", "customers:read customers:write", "customers:read customers:write"},
        {BED_GRANT "&scope=customers:write", NULL, "customers:write"},
        {BED_GRANT "&scope=customers:write+customers:read", NULL, "customers:read customers:write"},
        {BED_GRANT "&scope=customers:read+customers:read", NULL, "customers:read"},
    };
    struct bed *bed = *state;
    bed_tell_client(bed);
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_issued(bed, cases[i].body, bed_ask_token(bed, NULL, cases[i].body), cases[i].in_answer,
                     cases[i].in_token);
}

/* Item 34: 128 random bits name each token, and the database is asked with the client's id and nothing else. */
static void item_34_names_are_random_and_the_database_hears_no_secret(void **state)
{
    enum { TOKENS = 100 };
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_iovec_t names[TOKENS];
    h2o_mem_init_pool(&pool);
    bed_expect_client(bed); /* with exactly these parameters */
    for (size_t i = 0; i < TOKENS; ++i) {
        struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
        json_t *body = bed_json(exchange);
        names[i] = open_token(bed, &pool, bed_string(body, "access_token"), 0).jti;
        assert_int_equal(names[i].len, CODEC_BASE64URL_LEN(16));
        for (size_t j = 0; j < i; ++j)
            assert_false(slice_equal(names[i], names[j]));
        json_decref(body);
        exchange_end(exchange);
    }
    h2o_mem_clear_pool(&pool);
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static const char *basic_line(const char *scheme, const char *pair, bool padded)
{
    static char line[512];
    char encoded[400];
    size_t len = codec_base64_encode(encoded, pair, strlen(pair));
    while (!padded && encoded[len - 1] == '=')
        --len;
    snprintf(line, sizeof(line), "authorization: %s %.*s\r\n" BED_FORM, scheme, (int)len, encoded);
    return line;
}

/* Some clients form-encode what they put into Basic, down to '_'; most send it raw. One leaves the padding out. */
static void every_way_to_authenticate_is_understood(void **state)
{
    struct bed *bed = *state;
    char raw[256], encoded[300], body[400];
    snprintf(raw, sizeof(raw), "%s:%s", bed->client_id, bed->secrets[0]);
    snprintf(encoded, sizeof(encoded), "hmk%%5F%s:hms%%5f%s", bed->client_id + 4, bed->secrets[0] + 4);
    snprintf(body, sizeof(body), BED_GRANT "&scope=customers:read&client_id=%s", bed->client_id);
    bed_tell_client(bed);
    const char *scope = "customers:read";
    check_issued(bed, "raw", bed_ask_token(bed, basic_line("Basic", raw, true), body), NULL, scope);
    check_issued(bed, "encoded", bed_ask_token(bed, basic_line("Basic", encoded, true), body), NULL, scope);
    check_issued(bed, "not padded", bed_ask_token(bed, basic_line("Basic", raw, false), body), NULL, scope);
    check_issued(bed, "protocol fact 13", bed_ask_token(bed, basic_line("bASIC", raw, true), body), NULL, scope);
    snprintf(body + strlen(body), sizeof(body) - strlen(body), "&client_secret=%s", bed->secrets[0]);
    check_issued(bed, "body", bed_ask_token(bed, BED_FORM, body), NULL, scope);
}

/* Protocol fact 1: empty is absent, unknown is ignored; and a media type may have parameters. */
static void what_is_not_asked_for_does_no_harm(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    const char *body = "&&audience=x&username=&password=&refresh_token=&" BED_GRANT "&scope=&resource=&client_secret=&";
    check_issued(bed, "noise", bed_ask_token(bed, NULL, body), "customers:read customers:write",
                 "customers:read customers:write");
    char headers[512];
    snprintf(headers, sizeof(headers), "%.*scontent-type: application/x-www-form-urlencoded; charset=UTF-8\r\n",
             (int)(strlen(bed->basic) - strlen(BED_FORM)), bed->basic);
    check_issued(bed, "charset", bed_ask_token(bed, headers, BED_GRANT), "customers:read customers:write",
                 "customers:read customers:write");
}

/* Item 47: while one secret replaces the other both work. */
static void item_47_either_live_secret_opens(void **state)
{
    struct bed *bed = *state;
    bed->client.secret1_end_us = "1800000000000001";
    bed->client.secret2_end_us = "9223372036854775807";
    bed_tell_client(bed);
    for (int i = 0; i < 2; ++i)
        check_issued(bed, "live",
                     bed_ask_token(bed, bed_basic(bed->client_id, bed->secrets[i]), BED_GRANT "&scope=customers:read"),
                     NULL, "customers:read");
    clock_set_for_test(BED_NOW_US + 1, 0);
    bed_check_refusal("ended", bed_ask_token(bed, bed_basic(bed->client_id, bed->secrets[0]), BED_GRANT), 401,
                      "invalid_client");
    check_issued(bed, "other",
                 bed_ask_token(bed, bed_basic(bed->client_id, bed->secrets[1]), BED_GRANT "&scope=customers:read"),
                 NULL, "customers:read");
}

/* --- for which api ----------------------------------------------------------------------------------------------- */

static void check_audience(struct bed *bed, const char *target, const char *body, size_t api)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct exchange *exchange = loopback_ask(
        bed->loopback,
        &(struct loopback_request){.method = "POST", .target = target, .headers = bed->basic, .body = slice_of(body)});
    check(body, exchange_status(exchange) == 200);
    json_t *answer = bed_json(exchange);
    struct access_token token = open_token(bed, &pool, bed_string(answer, "access_token"), api);
    check_slice(body, token.audience, bed->worker->policy->apis[api].audience);
    int64_t expires_in = json_integer_value(json_object_get(answer, "expires_in"));
    check(body, expires_in == bed->worker->policy->apis[api].token_seconds);
    json_t *expires = json_object_get(answer, "expires"); /* where an api's own clients ask */
    check(target, strncmp(target, "/oauth2/", 8) == 0 ? expires == NULL : json_integer_value(expires) == expires_in);
    json_decref(answer);
    exchange_end(exchange);
    h2o_mem_clear_pool(&pool);
}

/* Item 75: the audience is exactly what was requested. */
static void item_75_resource_token_path_or_the_first_api(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    check_audience(bed, "/oauth2/token", BED_GRANT, 0);
    check_audience(bed, "/api2/public/token", BED_GRANT, 0);
    check_audience(bed, "/oauth2/token", BED_GRANT "&resource=urn:example:crm", 1);
    check_audience(bed, "/oauth2/token?x=y", BED_GRANT "&resource=urn%3Aexample%3Acrm&resource=urn:example:crm", 1);
    check_audience(bed, "/oauth2/token", BED_GRANT "&resource=https://id.example/api2/public/", 0);
    bed->policy.apis[1].token_path = SLICE("/crm/token");
    bed_build_policy(bed);
    check_audience(bed, "/crm/token", BED_GRANT, 1);
    check_audience(bed, "/crm/token", BED_GRANT "&resource=https://id.example/api2/public", 0);
}

/* --- from a browser ---------------------------------------------------------------------------------------------- */

static void browsers_of_any_origin_may_ask(void **state)
{
    struct bed *bed = *state;
    char headers[512];
    static const char *const paths[] = {"/oauth2/token", "/api2/public/token"};
    for (size_t i = 0; i < COUNT_OF(paths); ++i) {
        struct exchange *preflight = loopback_ask(
            bed->loopback, &(struct loopback_request){.method = "OPTIONS",
                                                      .target = paths[i],
                                                      .headers = "origin: https://app.example\r\n"
                                                                 "access-control-request-method: POST\r\n"});
        check(paths[i], exchange_status(preflight) == 204);
        check_slice(paths[i], exchange_header(preflight, "access-control-allow-origin"), SLICE("*"));
        exchange_end(preflight);
    }
    snprintf(headers, sizeof(headers), "origin: https://app.example\r\n%s", bed->basic);
    bed_tell_client(bed);
    for (int good = 0; good < 2; ++good) {
        struct exchange *exchange =
            bed_ask_token(bed, good ? headers : "origin: https://app.example\r\n" BED_FORM, BED_GRANT);
        assert_int_equal(exchange_status(exchange), good ? 200 : 400);
        check_slice("cors", exchange_header(exchange, "access-control-allow-origin"), SLICE("*"));
        exchange_end(exchange);
    }
}

/* --- cost -------------------------------------------------------------------------------------------------------- */

/* The database expects one call, and would fail the test at a second one. */
static void with_a_warm_cache_no_request_asks_the_database(void **state)
{
    struct bed *bed = *state;
    bed_expect_client(bed);
    for (int i = 0; i < 200; ++i)
        check_issued(bed, "warm", bed_ask_token(bed, NULL, BED_GRANT "&scope=customers:read"), NULL, "customers:read");
    assert_int_equal(bed->worker->counters.client_cache_misses, 1);
    assert_int_equal(bed->worker->counters.client_cache_hits, 199);
    assert_int_equal(bed->worker->counters.tokens_issued, 200);
    assert_int_equal(bed->worker->counters.authentication_failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(the_answer_has_these_members_and_no_others),
        test_on_bed(item_64_no_answer_is_stored),
        test_on_bed(item_72_the_token_names_the_client_alone),
        test_on_bed(item_34_names_are_random_and_the_database_hears_no_secret),
        test_on_bed(scope_is_told_when_nothing_was_asked),
        test_on_bed(every_way_to_authenticate_is_understood),
        test_on_bed(what_is_not_asked_for_does_no_harm),
        test_on_bed(item_47_either_live_secret_opens),
        test_on_bed(item_75_resource_token_path_or_the_first_api),
        test_on_bed(browsers_of_any_origin_may_ask),
        test_on_bed(with_a_warm_cache_no_request_asks_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
