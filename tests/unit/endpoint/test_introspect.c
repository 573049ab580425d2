/* SPDX-License-Identifier: Apache-2.0 */
/* What an introspection says at the edges of time, when the database or the policy goes, and when nothing can be
 * signed. What is told to whom, over two nodes, is tests/e2e/test_introspection.py. */
#include "endpoint/introspect.h"

#include "bed.h"
#include "client/policy_revocations.h"
#include "token/access_token.h"

#define INACTIVE      "{\"active\":false}"
#define ACCEPT_SIGNED "accept: application/token-introspection+jwt\r\n"
#define LIFE_S        600
#define US_PER_SECOND 1000000

static struct exchange *start(struct bed *bed, h2o_iovec_t token, const char *more)
{
    static char headers[512], body[LIMIT_TOKEN_BYTES_MAX + 64];
    snprintf(headers, sizeof(headers), "%s%s", bed->basic, more);
    snprintf(body, sizeof(body), "token=%.*s", SLICE_ARGS(token));
    return loopback_start(bed->loopback,
                          &(struct loopback_request){
                              .method = "POST", .target = INTROSPECT_PATH, .headers = headers, .body = slice_of(body)});
}

static struct exchange *ask(struct bed *bed, h2o_iovec_t token, const char *more)
{
    struct exchange *exchange = start(bed, token, more);
    assert_true(exchange_wait(exchange));
    return exchange;
}

/* The client is known by then, so that what waits is the call that the test has stated last. */
static struct exchange *start_and_wait(struct bed *bed, h2o_iovec_t token)
{
    assert_non_null(client_book_find(bed->worker->clients, slice_of(bed->client_id)));
    struct exchange *exchange = start(bed, token, "");
    assert_int_equal(fake_db_waiting(bed->db), 1);
    return exchange;
}

static void know_client(struct bed *bed)
{
    exchange_end(ask(bed, SLICE("x"), ""));
}

static void check_inactive(const char *name, struct exchange *exchange)
{
    check(name, exchange_status(exchange) == 200);
    check_slice(name, exchange_body(exchange), SLICE(INACTIVE));
    exchange_end(exchange);
}

static void expect_inactive(struct bed *bed, const char *name, h2o_iovec_t token)
{
    check_inactive(name, ask(bed, token, ""));
}

/* Ends the exchange after a look at the scope (NULL: there is none). */
static void check_active(const char *name, struct exchange *exchange, const char *scope)
{
    check(name, exchange_status(exchange) == 200);
    json_t *body = bed_json(exchange);
    check(name, json_is_true(json_object_get(body, "active")));
    const char *told = bed_string(body, "scope");
    check(name, scope == NULL ? told == NULL : told != NULL && strcmp(told, scope) == 0);
    json_decref(body);
    exchange_end(exchange);
}

static h2o_iovec_t mint(struct bed *bed, h2o_mem_pool_t *pool, struct access_token token)
{
    const struct signing_key *key = key_set_active(bed->worker->policy->keys, TOKEN_ES256);
    h2o_iovec_t text;
    token.issuer = bed->settings.issuer;
    token.audience = SLICE("https://id.example/api2/public");
    token.client_id = slice_of(bed->client_id);
    token.subject = token.client_id;
    token.application_id = 5;
    token.generation = 4;
    token.scope = SLICE("customers:read history:read");
    token.issued_at = clock_unix_s();
    token.expires_at = token.issued_at + LIFE_S;
    assert_true(access_token_mint(bed->worker->jws, pool, key, &token, &text));
    return text;
}

static h2o_iovec_t token_of_key(struct bed *bed, h2o_mem_pool_t *pool)
{
    return mint(bed, pool, (struct access_token){.account_id = BED_ACCOUNT});
}

static h2o_iovec_t mint_for_person(struct bed *bed, h2o_mem_pool_t *pool)
{
    return mint(bed, pool, (struct access_token){.account_id = 9, .user_id = 55, .grant_id = 70, .family_id = 80});
}

/* The client becomes an application that acts for people; the token is one of user 55 in account 9. */
static h2o_iovec_t token_of_person(struct bed *bed, h2o_mem_pool_t *pool)
{
    credential_make(CREDENTIAL_CLIENT_ID, 0, bed->client_id);
    snprintf(bed->basic, sizeof(bed->basic), "%s", bed_basic(bed->client_id, bed->secrets[0]));
    bed->client.account_id = bed->client.holder_id = "0";
    bed_tell_client(bed);
    return mint_for_person(bed, pool);
}

static void tell_member(struct bed *bed, const char *permissions, const char *active)
{
    member_book_clear(bed->worker->members);
    fake_db_expect(bed->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "55"));
    fake_db_row(bed->db, FAKE_TEXTS("9", "55", "Ada Lovelace", permissions, active, "t", "t", "", "0"));
}

static h2o_iovec_t refresh_token(void)
{
    static char text[CREDENTIAL_BYTES_MAX];
    return (h2o_iovec_t){text, credential_make(CREDENTIAL_REFRESH_TOKEN, 9, text)};
}

static void expect_refresh(struct bed *bed)
{
    fake_db_expect(bed->db, STATEMENT_REFRESH_FIND, FAKE_TEXTS("9", FAKE_ANY, bed->client_id));
}

static void tell_refresh(struct bed *bed, const char *resource, const char *ends_us)
{
    expect_refresh(bed);
    fake_db_row(bed->db,
                FAKE_TEXTS("55", "70", "80", "customers:read openid", resource, "1799999000000000", ends_us, "0"));
}

static void tell_revoked(struct bed *bed, const char *kind, const char *subject, int64_t until_us)
{
    const struct revocation_row revocation = {slice_of(kind), slice_of(subject), 0, until_us};
    bed->policy.revocations = &revocation;
    bed->policy.revocation_count = 1;
    bed_build_policy(bed);
}

/* --- moments ------------------------------------------------------------------------------------------------------ */

static void a_token_is_active_until_its_second(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bed_tell_client(bed);
    h2o_iovec_t token = token_of_key(bed, &pool);
    clock_set_for_test(BED_NOW_US + LIFE_S * INT64_C(1000000) - 1, 0);
    check_active("last moment", ask(bed, token, ""), "customers:read");
    clock_set_for_test(BED_NOW_US + LIFE_S * INT64_C(1000000), 0);
    expect_inactive(bed, "a moment later", token);
    cache_clear(bed->worker->tokens);
    expect_inactive(bed, "and from the text", token);
    clock_set_for_test(BED_NOW_US - (LIMIT_CLOCK_SKEW_SECONDS + 1) * INT64_C(1000000), 0);
    expect_inactive(bed, "not yet", token);
    h2o_mem_clear_pool(&pool);
}

/* A policy is built with keys of its own, so each has tokens of its own. */
static void everything_that_a_token_hangs_on_ends_it(void **state)
{
    static const struct {
        const char *kind, *subject;
    } cases[] = {{"family", "80"}, {"grant", "70"}, {"account", "9"}};
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    tell_member(bed, "customers:read", "t");
    check_active("before", ask(bed, token, ""), "customers:read");
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        tell_revoked(bed, cases[i].kind, cases[i].subject, INT64_MAX);
        expect_inactive(bed, cases[i].kind, mint_for_person(bed, &pool));
        tell_refresh(bed, "", "1900000000000000");
        expect_inactive(bed, cases[i].kind, refresh_token());
        tell_revoked(bed, cases[i].kind, cases[i].subject, clock_unix_us());
        check_active("no longer matters", ask(bed, mint_for_person(bed, &pool), ""), "customers:read");
        tell_refresh(bed, "", "1900000000000000");
        check_active("nor here", ask(bed, refresh_token(), ""), "customers:read openid");
    }
    h2o_mem_clear_pool(&pool);
}

static void a_revoked_token_ends_alone_and_a_withdrawn_key_ends_all(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    json_t *claims;
    h2o_mem_init_pool(&pool);
    bed_tell_client(bed);
    h2o_iovec_t token = token_of_key(bed, &pool), other = token_of_key(bed, &pool);
    assert_int_equal(jws_verify(bed->worker->jws, bed->worker->policy->keys, SLICE("at+jwt"), token, &claims), JWS_OK);
    struct policy_revocations *before = bed->worker->policy->revocations;
    struct revocation_row revocation = {SLICE("jti"), slice_of(bed_string(claims, "jti")), BED_ACCOUNT, INT64_MAX};
    bed->worker->policy->revocations = policy_revocations_create(&revocation, 1);
    expect_inactive(bed, "revoked", token);
    check_active("another", ask(bed, other, ""), "customers:read");
    policy_revocations_release(bed->worker->policy->revocations);
    bed->worker->policy->revocations = before;
    check_active("no longer", ask(bed, token, ""), "customers:read");
    bed_build_policy(bed); /* with another key */
    expect_inactive(bed, "withdrawn", token);
    json_decref(claims);
    h2o_mem_clear_pool(&pool);
}

static void a_holder_who_is_no_member_ends_a_key_and_one_without_rights_does_not(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_key(bed, &pool);
    bed->client.permissions = "";
    bed_tell_client(bed);
    check_active("nothing is left", ask(bed, token, ""), NULL);
    bed->client.holder_active = "f";
    bed_tell_client(bed);
    expect_inactive(bed, "left", token);
    h2o_mem_clear_pool(&pool);
}

static void a_person_who_is_no_member_ends_both_tokens(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    tell_member(bed, "", "f");
    expect_inactive(bed, "access", token);
    tell_member(bed, "", "t");
    check_active("without rights", ask(bed, token, ""), NULL);
    fake_db_expect(bed->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "55")); /* never was one */
    member_book_clear(bed->worker->members);
    expect_inactive(bed, "stranger", token);
    h2o_mem_clear_pool(&pool);
}

/* --- refresh tokens ----------------------------------------------------------------------------------------------- */

static void a_refresh_token_is_read_each_time(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    (void)token_of_person(bed, &pool);
    tell_refresh(bed, "", "1900000000000000");
    fake_db_expect(bed->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "55"));
    fake_db_row(bed->db, FAKE_TEXTS("9", "55", "Ada Lovelace", "customers:read", "t", "t", "t", "", "0"));
    check_active("first", ask(bed, refresh_token(), ""), "customers:read openid");
    tell_refresh(bed, "urn:example:crm", "1900000000000000");
    check_active("second", ask(bed, refresh_token(), ""), "customers:read openid");
    tell_refresh(bed, "urn:example:gone", "1900000000000000"); /* no token is given for it any more */
    expect_inactive(bed, "an api that is gone", refresh_token());
    tell_refresh(bed, "", "1800000000999999");
    expect_inactive(bed, "ends in this second", refresh_token());
    expect_refresh(bed);
    expect_inactive(bed, "unknown, spent or another's", refresh_token());
    h2o_mem_clear_pool(&pool);
}

/* --- what does not come ------------------------------------------------------------------------------------------- */

/* "Inactive" would be a lie that an api believes: a storage error is told as one (RFC 7009's lesson, checklist 115). */
static void what_could_not_be_read_is_never_inactive(void **state)
{
    static const struct {
        enum statement statement;
        enum db_outcome outcome;
        int status;
        const char *code;
    } cases[] = {
        {STATEMENT_MEMBER_FIND, DB_LOST, 503, "overloaded"},
        {STATEMENT_MEMBER_FIND, DB_BUSY, 503, "overloaded"},
        {STATEMENT_MEMBER_FIND, DB_REFUSED, 500, "server_error"},
        {STATEMENT_REFRESH_FIND, DB_LOST, 503, "overloaded"},
        {STATEMENT_REFRESH_FIND, DB_BUSY, 503, "overloaded"},
        {STATEMENT_REFRESH_FIND, DB_REFUSED, 500, "server_error"},
    };
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        bool is_refresh = cases[i].statement == STATEMENT_REFRESH_FIND;
        fake_db_expect(bed->db, cases[i].statement, NULL);
        if (cases[i].outcome == DB_REFUSED)
            fake_db_refuse(bed->db, "42703");
        else
            fake_db_fail(bed->db, cases[i].outcome);
        bed_check_refusal("not read", ask(bed, is_refresh ? refresh_token() : token, ""), cases[i].status,
                          cases[i].code);
    }
    h2o_mem_clear_pool(&pool);
}

static void sight_that_is_lost_while_it_waits_is_503(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    know_client(bed);
    for (int i = 0; i < 2; ++i) {
        fake_db_expect(bed->db, i == 0 ? STATEMENT_MEMBER_FIND : STATEMENT_REFRESH_FIND, NULL);
        fake_db_hold(bed->db);
        struct exchange *exchange = start_and_wait(bed, i == 0 ? token : refresh_token());
        policy_release(bed->worker->policy);
        bed->worker->policy = NULL;
        fake_db_release(bed->db);
        assert_true(exchange_wait(exchange));
        bed_check_refusal("blind", exchange, 503, "policy_stale");
        bed_build_policy(bed);
    }
    h2o_mem_clear_pool(&pool);
}

/* The change came while the person was read: the policy of the answer's moment counts. */
static void a_revocation_that_comes_while_it_waits_counts(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    know_client(bed);
    tell_member(bed, "customers:read", "t");
    fake_db_hold(bed->db);
    struct exchange *exchange = start_and_wait(bed, token);
    tell_revoked(bed, "grant", "70", INT64_MAX);
    fake_db_release(bed->db);
    assert_true(exchange_wait(exchange));
    check_inactive("revoked", exchange);
    h2o_mem_clear_pool(&pool);
}

static void a_request_that_ends_while_it_waits_ends_its_read(void **state)
{
    static const enum statement waits[] = {STATEMENT_MEMBER_FIND, STATEMENT_REFRESH_FIND};
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t token = token_of_person(bed, &pool);
    know_client(bed);
    for (size_t i = 0; i < COUNT_OF(waits); ++i) {
        fake_db_expect(bed->db, waits[i], NULL);
        fake_db_expect_cancel(bed->db);
        struct exchange *exchange = start_and_wait(bed, i == 0 ? token : refresh_token());
        exchange_end(exchange);
        assert_int_equal(fake_db_waiting(bed->db), 0);
    }
    h2o_mem_clear_pool(&pool);
}

/* --- signing ------------------------------------------------------------------------------------------------------ */

static void without_a_key_nothing_is_passed_off_as_signed(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    bed->policy.without_keys = true;
    bed_build_policy(bed);
    bed_check_refusal("no key", ask(bed, SLICE("x"), ACCEPT_SIGNED), 500, "server_error");
    expect_inactive(bed, "unsigned", SLICE("x"));
}

static void a_signed_answer_names_who_asked(void **state)
{
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    json_t *claims;
    h2o_mem_init_pool(&pool);
    bed->client.introspects = "11";
    h2o_iovec_t token = token_of_key(bed, &pool);
    bed_tell_client(bed);
    struct exchange *exchange = ask(bed, token, ACCEPT_SIGNED);
    check_slice("type", exchange_header(exchange, "content-type"), SLICE("application/token-introspection+jwt"));
    check_slice("pragma", exchange_header(exchange, "pragma"), SLICE("no-cache"));
    const struct key_set *keys = bed->worker->policy->keys;
    h2o_iovec_t body = exchange_body(exchange);
    assert_int_equal(jws_verify(bed->worker->jws, keys, SLICE("at+jwt"), body, &claims), JWS_TYPE);
    assert_int_equal(jws_verify(bed->worker->jws, keys, SLICE("token-introspection+jwt"), body, &claims), JWS_OK);
    assert_string_equal(bed_string(claims, "aud"), bed->client_id);
    assert_string_equal(bed_string(claims, "iss"), "https://id.example");
    assert_int_equal(json_integer_value(json_object_get(claims, "iat")), BED_NOW_US / US_PER_SECOND);
    assert_int_equal(json_object_size(claims), 4); /* no sub, no exp: RFC 9701 section 5 */
    assert_true(json_is_true(json_object_get(json_object_get(claims, "token_introspection"), "active")));
    json_decref(claims);
    exchange_end(exchange);
    h2o_mem_clear_pool(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(a_token_is_active_until_its_second),
        test_on_bed(everything_that_a_token_hangs_on_ends_it),
        test_on_bed(a_revoked_token_ends_alone_and_a_withdrawn_key_ends_all),
        test_on_bed(a_holder_who_is_no_member_ends_a_key_and_one_without_rights_does_not),
        test_on_bed(a_person_who_is_no_member_ends_both_tokens),
        test_on_bed(a_refresh_token_is_read_each_time),
        test_on_bed(what_could_not_be_read_is_never_inactive),
        test_on_bed(sight_that_is_lost_while_it_waits_is_503),
        test_on_bed(a_revocation_that_comes_while_it_waits_counts),
        test_on_bed(a_request_that_ends_while_it_waits_ends_its_read),
        test_on_bed(without_a_key_nothing_is_passed_off_as_signed),
        test_on_bed(a_signed_answer_names_who_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
