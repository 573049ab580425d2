/* SPDX-License-Identifier: Apache-2.0 */
/* Whole requests to the token endpoint, through the real router. Items are those of the security checklist. */
#include "endpoint/token.h"

#include "bed.h"

/* --- refused before anybody is looked up: the database of these cases expects no call ---------------------------- */

static const struct {
    const char *name, *headers, *body;
    int status;
    const char *code;
    bool challenge;
} refused_unseen[] = {
    {"item 36: no base64", "authorization: Basic !\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"item 36: no colon", "authorization: Basic bm9jb2xvbg==\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"item 36: loose base64", "authorization: Basic aG1r Og==\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"item 36: bad escape", "authorization: Basic YSVaOmI=\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"item 36: not ours", "authorization: Basic aWQ6c2VjcmV0\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"another scheme", "authorization: Bearer x\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"a key raw in the header", "authorization: hms_x\r\n" BED_FORM, BED_GRANT, 401, "invalid_client", true},
    {"nothing", BED_FORM, BED_GRANT, 400, "invalid_client", false},
    {"an empty body", BED_FORM, "", 400, "invalid_client", false},
    {"a client that is not ours", BED_FORM, "client_id=x&client_secret=y&" BED_GRANT, 400, "invalid_client", false},
    {"secret alone", BED_FORM, "client_secret=y&" BED_GRANT, 400, "invalid_client", false},
    {"item 38: assertion", BED_FORM, "client_assertion=x&client_assertion_type=y&" BED_GRANT, 400, "invalid_client",
     false},
    {"item 35: header and body", "authorization: Basic aWQ6c2VjcmV0\r\n" BED_FORM, "client_secret=secret&" BED_GRANT,
     400, "invalid_request", false},
    {"item 35: header and assertion", "authorization: Basic aWQ6c2VjcmV0\r\n" BED_FORM, "client_assertion=x", 400,
     "invalid_request", false},
    {"a parameter twice", BED_FORM, BED_GRANT "&" BED_GRANT, 400, "invalid_request", false},
    {"an unknown parameter twice", BED_FORM, BED_GRANT "&x=1&x=2", 400, "invalid_request", false},
    {"with and without value", BED_FORM, BED_GRANT "&scope=&scope=a", 400, "invalid_request", false},
    {"bad escape", BED_FORM, "grant_type=client%credentials", 400, "invalid_request", false},
    {"NUL", BED_FORM, "grant_type=client%00", 400, "invalid_request", false},
    {"no UTF-8", BED_FORM, "grant_type=%ff", 400, "invalid_request", false},
    {"item 63: JSON", "content-type: application/json\r\n", "{}", 400, "invalid_request", false},
    {"item 63: plain text", "content-type: text/plain\r\n", BED_GRANT, 400, "invalid_request", false},
    {"item 63: no media type", "", BED_GRANT, 400, "invalid_request", false},
};

static void refused_before_any_look_up(void **state)
{
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(refused_unseen); ++i) {
        const char *name = refused_unseen[i].name;
        struct exchange *exchange = bed_ask_token(bed, refused_unseen[i].headers, refused_unseen[i].body);
        /* RFC 6749 section 5.2, protocol facts 4 and 14 */
        h2o_iovec_t challenge = exchange_header(exchange, "www-authenticate");
        check_slice(name, challenge, refused_unseen[i].challenge ? SLICE("Basic realm=\"hallmark\"") : SLICE_NONE);
        bed_check_refusal(name, exchange, refused_unseen[i].status, refused_unseen[i].code);
    }
}

/* At the edge, as no acceptable request at all: which of the two would a proxy in front have looked at? */
static void item_35_two_headers_are_refused(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_ask_token(
        bed, "authorization: Basic aWQ6c2VjcmV0\r\nauthorization: Basic aWQ6c2VjcmV0\r\n" BED_FORM, BED_GRANT);
    assert_int_equal(exchange_status(exchange), 400);
    assert_true(exchange_closes(exchange));
    exchange_end(exchange);
}

static void item_37_a_secret_in_the_url_is_refused(void **state)
{
    struct bed *bed = *state;
    char target[256];
    snprintf(target, sizeof(target), "/oauth2/token?client_id=%s&client_secret=%s", bed->client_id, bed->secrets[0]);
    const char *const targets[] = {target, "/oauth2/token?client_secret=x", "/oauth2/token?%63lient_secret=x"};
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        struct exchange *exchange =
            loopback_ask(bed->loopback,
                         &(struct loopback_request){
                             .method = "POST", .target = targets[i], .headers = bed->basic, .body = SLICE(BED_GRANT)});
        bed_check_refusal(targets[i], exchange, 400, "invalid_request");
    }
}

/* A typing error is told before anybody is looked up, and is not counted as a guess. */
static void a_mistyped_key_or_secret_is_told_as_such(void **state)
{
    struct bed *bed = *state;
    struct address loopback;
    assert_true(address_parse(SLICE("127.0.0.1"), &loopback));
    for (int i = 0; i < 2 * LIMIT_FAILURES_FREE; ++i) {
        char id[CREDENTIAL_BYTES_MAX], secret[CREDENTIAL_BYTES_MAX];
        strcpy(id, bed->client_id);
        strcpy(secret, bed->secrets[0]);
        char *mistyped = i % 2 == 0 ? id : secret;
        mistyped[20] = mistyped[20] == 'x' ? 'y' : 'x';
        struct exchange *exchange = bed_ask_token(bed, bed_basic(id, secret), BED_GRANT);
        h2o_iovec_t body = exchange_body(exchange);
        assert_non_null(memmem(body.base, body.len, "mistyped", 8));
        bed_check_refusal("mistyped", exchange, 401, "invalid_client");
    }
    assert_int_equal(penalty_wait_s(bed->worker->penalties, slice_of(bed->client_id), &loopback, BED_NOW_US / 1000000),
                     0);
    assert_int_equal(bed->worker->counters.authentication_failed, 2 * LIMIT_FAILURES_FREE);
}

static void item_63_other_methods_and_large_bodies_are_refused(void **state)
{
    struct bed *bed = *state;
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "PATCH"};
    for (size_t i = 0; i < COUNT_OF(methods); ++i) {
        struct exchange *exchange =
            loopback_ask(bed->loopback, &(struct loopback_request){.method = methods[i], .target = "/oauth2/token"});
        assert_int_equal(exchange_status(exchange), 405);
        check_slice(methods[i], exchange_header(exchange, "allow"), SLICE("POST, OPTIONS"));
        exchange_end(exchange);
    }
    static char large[LIMIT_FORM_BYTES_MAX + 2];
    memset(large, 'x', sizeof(large) - 1);
    struct exchange *exchange = bed_ask_token(bed, NULL, large);
    assert_int_equal(exchange_status(exchange), 413);
    exchange_end(exchange);
}

/* --- who is not let in ------------------------------------------------------------------------------------------- */

static h2o_iovec_t copy_body(const struct exchange *exchange)
{
    h2o_iovec_t body = exchange_body(exchange);
    return (h2o_iovec_t){memcpy(h2o_mem_alloc(body.len), body.base, body.len), body.len};
}

/* Item 45 with 32 and 47: unknown, wrong, ended and switched off are one answer, byte for byte. */
static void item_45_whoever_is_not_let_in_hears_the_same(void **state)
{
    static const struct {
        const char *name;
        struct bed_client changed;
    } cases[] = {
        {"wrong secret", {.client_active = NULL}},
        {"unknown", {.client_active = NULL}},
        {"client disabled", {.client_active = "f"}},
        {"application disabled", {.application_active = "f"}},
        {"account closed", {.account_active = "f"}},
        {"api access off", {.api_access = "f"}},
        {"not yet", {.not_before_us = "1800000000000001"}},
        {"expired", {.expires_us = "1800000000000000"}},
        {"item 47: the secret has ended", {.secret1_end_us = "1800000000000000"}},
    };
    struct bed *bed = *state;
    h2o_iovec_t first = SLICE_NONE;
    const struct bed_client usual = bed->client;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const struct bed_client *changed = &cases[i].changed;
        bed->client = usual;
        if (changed->client_active != NULL)
            bed->client.client_active = changed->client_active;
        if (changed->application_active != NULL)
            bed->client.application_active = changed->application_active;
        if (changed->account_active != NULL)
            bed->client.account_active = changed->account_active;
        if (changed->api_access != NULL)
            bed->client.api_access = changed->api_access;
        if (changed->not_before_us != NULL)
            bed->client.not_before_us = changed->not_before_us;
        if (changed->expires_us != NULL)
            bed->client.expires_us = changed->expires_us;
        if (changed->secret1_end_us != NULL)
            bed->client.secret1_end_us = changed->secret1_end_us;
        bed_tell_client(bed);
        if (i == 1)
            fake_db_always(bed->db, STATEMENT_CLIENT_FIND); /* no row */
        const char *headers = i == 0   ? bed_basic(bed->client_id, bed->wrong_secret)
                              : i == 1 ? bed_basic(bed->unknown_client, bed->secrets[0])
                                       : bed->basic;
        struct exchange *exchange = bed_ask_token(bed, headers, BED_GRANT);
        h2o_iovec_t body = copy_body(exchange);
        if (i == 0)
            first = body;
        check_slice(cases[i].name, body, first);
        if (i > 0)
            free(body.base);
        check_slice(cases[i].name, exchange_header(exchange, "www-authenticate"), SLICE("Basic realm=\"hallmark\""));
        bed_check_refusal(cases[i].name, exchange, 401, "invalid_client");
    }
    free(first.base);
}

static void from_an_address_that_is_not_allowed_the_refusal_says_so(void **state)
{
    struct bed *bed = *state;
    char wrong[512];
    bed->client.addresses = "192.0.2.0/24,2001:db8::/32";
    bed_tell_client(bed);
    for (int i = 0; i < 2 * LIMIT_FAILURES_FREE; ++i) { /* no guess, so it is not slowed */
        struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
        json_t *body = bed_json(exchange);
        assert_string_equal(bed_string(body, "layer"), "address");
        assert_string_equal(bed_string(body, "granted_by"), "account_admin");
        assert_non_null(strstr(bed_string(body, "error_description"), "127.0.0.1"));
        json_decref(body);
        bed_check_refusal("elsewhere", exchange, 400, "unauthorized_client");
    }
    assert_int_equal(bed->worker->counters.tokens_issued, 0);
    snprintf(wrong, sizeof(wrong), "%s", bed_basic(bed->client_id, bed->wrong_secret));
    bed_check_refusal("a wrong secret learns nothing", bed_ask_token(bed, wrong, BED_GRANT), 401, "invalid_client");
    bed->client.client_active = "f";
    bed_tell_client(bed);
    bed_check_refusal("item 45: switched off comes first", bed_ask_token(bed, NULL, BED_GRANT), 401, "invalid_client");
    bed->client.client_active = "t";
    bed->client.addresses = "192.0.2.0/24,127.0.0.1/32";
    bed_tell_client(bed);
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
    assert_int_equal(exchange_status(exchange), 200);
    exchange_end(exchange);
}

static void revoked_clients_applications_and_accounts_are_not_let_in(void **state)
{
    struct bed *bed = *state;
    const struct revocation_row revocations[] = {{SLICE("client"), slice_of(bed->client_id), 7, INT64_MAX},
                                                 {SLICE("application"), SLICE("5"), 0, INT64_MAX},
                                                 {SLICE("account"), SLICE("7"), 7, INT64_MAX}};
    bed_tell_client(bed);
    for (size_t i = 0; i < COUNT_OF(revocations); ++i) {
        bed->policy.revocations = &revocations[i];
        bed->policy.revocation_count = 1;
        bed_build_policy(bed);
        bed_check_refusal("revoked", bed_ask_token(bed, NULL, BED_GRANT), 401, "invalid_client");
    }
}

/* Item 38: a client that has a secret must show it. */
static void item_38_a_client_with_a_secret_that_shows_none_is_refused(void **state)
{
    struct bed *bed = *state;
    char body[256];
    bed_tell_client(bed);
    snprintf(body, sizeof(body), "client_id=%s&" BED_GRANT, bed->client_id);
    bed_check_refusal("no secret", bed_ask_token(bed, BED_FORM, body), 400, "invalid_client");
    bed->client.secret1_end_us = NULL; /* a key whose secrets have ended is no public client */
    bed_tell_client(bed);
    bed_check_refusal("no secret left", bed_ask_token(bed, BED_FORM, body), 400, "invalid_client");
}

/* Item 46: client credentials are for clients that have some. */
static void item_46_a_public_client_may_not_use_this_grant(void **state)
{
    struct bed *bed = *state;
    char body[256];
    credential_make(CREDENTIAL_CLIENT_ID, 0, bed->client_id);
    bed->client.account_id = bed->client.holder_id = "0";
    bed->client.secret1_end_us = NULL;
    bed->client.is_public = true;
    bed_tell_client(bed);
    snprintf(body, sizeof(body), "client_id=%s&" BED_GRANT, bed->client_id);
    bed_check_refusal("public", bed_ask_token(bed, BED_FORM, body), 400, "unauthorized_client");
    bed_check_refusal("public with a secret", bed_ask_token(bed, bed_basic(bed->client_id, bed->secrets[0]), BED_GRANT),
                      401, "invalid_client");
    bed->client.is_public = false;
    bed_tell_client(bed);
    bed_check_refusal("all secrets have ended", bed_ask_token(bed, BED_FORM, body), 400, "invalid_client");
    bed->client.is_public = true;
    bed->client.client_active = "f";
    bed_tell_client(bed);
    bed_check_refusal("public and disabled", bed_ask_token(bed, BED_FORM, body), 400, "invalid_client");
}

/* --- let in, and refused what was asked -------------------------------------------------------------------------- */

static void refused_to_a_client_that_is_known(void **state)
{
    static const struct {
        const char *name, *body, *code;
    } cases[] = {
        {"no grant", "a=b", "invalid_request"},
        {"empty grant", "grant_type=", "invalid_request"},
        {"item 65: password", "grant_type=password&username=a&password=b", "unsupported_grant_type"},
        {"item 65: implicit", "grant_type=implicit", "unsupported_grant_type"},
        {"item 65: token", "grant_type=token", "unsupported_grant_type"},
        {"unknown grant", "grant_type=urn:x", "unsupported_grant_type"},
        {"other case", "grant_type=Client_Credentials", "unsupported_grant_type"},
        {"item 72: unknown scope", BED_GRANT "&scope=admin", "invalid_scope"},
        {"item 72: of the key, not of its holder", BED_GRANT "&scope=history:read", "invalid_scope"},
        {"item 72: of the holder, not of the key", BED_GRANT "&scope=keys:write", "invalid_scope"},
        {"item 72: one good, one not", BED_GRANT "&scope=customers:read+keys:write", "invalid_scope"},
        {"malformed scope", BED_GRANT "&scope=customers:read++customers:write", "invalid_scope"},
        {"item 75: unknown resource", BED_GRANT "&resource=https://other.example", "invalid_target"},
        {"item 75: relative", BED_GRANT "&resource=/api2/public", "invalid_target"},
        {"item 75: fragment", BED_GRANT "&resource=urn:example:crm%23", "invalid_target"},
        {"item 75: two", BED_GRANT "&resource=urn:example:crm&resource=https://id.example/api2/public",
         "invalid_target"},
    };
    struct bed *bed = *state;
    bed_tell_client(bed);
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        bed_check_refusal(cases[i].name, bed_ask_token(bed, NULL, cases[i].body), 400, cases[i].code);
}

static void without_any_right_left_the_refusal_says_why(void **state)
{
    struct bed *bed = *state;
    bed->client.holder_active = "f";
    bed->client.permissions = "";
    bed_tell_client(bed);
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
    h2o_iovec_t body = exchange_body(exchange);
    assert_non_null(memmem(body.base, body.len, "no active member", 16));
    bed_check_refusal("holder left", exchange, 400, "invalid_scope");
}

static void without_a_signing_key_it_is_our_fault(void **state)
{
    struct bed *bed = *state;
    bed->policy.without_keys = true;
    bed_build_policy(bed);
    bed_tell_client(bed);
    bed_check_refusal("no key", bed_ask_token(bed, NULL, BED_GRANT), 500, "server_error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(refused_before_any_look_up),
        test_on_bed(item_35_two_headers_are_refused),
        test_on_bed(item_37_a_secret_in_the_url_is_refused),
        test_on_bed(a_mistyped_key_or_secret_is_told_as_such),
        test_on_bed(item_63_other_methods_and_large_bodies_are_refused),
        test_on_bed(item_45_whoever_is_not_let_in_hears_the_same),
        test_on_bed(from_an_address_that_is_not_allowed_the_refusal_says_so),
        test_on_bed(revoked_clients_applications_and_accounts_are_not_let_in),
        test_on_bed(item_38_a_client_with_a_secret_that_shows_none_is_refused),
        test_on_bed(item_46_a_public_client_may_not_use_this_grant),
        test_on_bed(refused_to_a_client_that_is_known),
        test_on_bed(without_any_right_left_the_refusal_says_why),
        test_on_bed(without_a_signing_key_it_is_our_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
