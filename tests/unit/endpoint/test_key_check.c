/* SPDX-License-Identifier: Apache-2.0 */
/* What a right key is told of itself, and that a wrong one is told what the token endpoint tells it. */
#include "endpoint/key_check.h"

#include "bed.h"

static struct exchange *ask(struct bed *bed, const char *headers, const char *body)
{
    return loopback_ask(bed->loopback, &(struct loopback_request){.method = "POST",
                                                                  .target = "/oauth2/key-check",
                                                                  .headers = headers == NULL ? bed->basic : headers,
                                                                  .body = slice_of(body)});
}

/* Asks with the right secret and looks at a member of the answer. */
static void expect(struct bed *bed, const char *name, const char *member, const char *want)
{
    bed_tell_client(bed);
    struct exchange *exchange = ask(bed, NULL, "a=b");
    check(name, exchange_status(exchange) == 200);
    json_t *body = bed_json(exchange);
    check_slice(name, slice_of(bed_string(body, member)), slice_of(want));
    bool may = strcmp(bed_string(body, "state"), "active") == 0;
    check(name, may || strcmp(bed_string(body, "effective_scope"), "") == 0);
    json_decref(body);
    exchange_end(exchange);
}

static void a_right_key_is_told_what_it_may(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    struct exchange *exchange = ask(bed, NULL, "a=b");
    assert_int_equal(exchange_status(exchange), 200);
    check_slice("storing", exchange_header(exchange, "cache-control"), SLICE("no-store"));
    json_t *body = bed_json(exchange);
    assert_string_equal(bed_string(body, "client_id"), bed->client_id);
    assert_string_equal(bed_string(body, "account"), "acc_00000007");
    assert_string_equal(bed_string(json_object_get(body, "application"), "id"), "app_00000000005");
    assert_string_equal(bed_string(body, "state"), "active");
    assert_string_equal(bed_string(body, "scope"), "customers:read customers:write history:read");
    assert_string_equal(bed_string(body, "effective_scope"), "customers:read customers:write");
    const json_t *reduced = json_object_get(body, "reduced");
    assert_int_equal(json_array_size(reduced), 1);
    assert_string_equal(bed_string(json_array_get(reduced, 0), "layer"), "holder");
    assert_string_equal(bed_string(json_array_get(reduced, 0), "missing"), "history:read");
    assert_null(json_object_get(body, "expires_at"));
    assert_null(json_object_get(body, "not_before"));
    json_decref(body);
    exchange_end(exchange);
    bed->client.expires_us = "1900000000000000";
    expect(bed, "ends", "expires_at", "2030-03-17T17:46:40.000000Z");
}

static void the_secret_may_come_in_the_body(void **state)
{
    struct bed *bed = *state;
    char body[256];
    bed_tell_client(bed);
    snprintf(body, sizeof(body), "client_id=%s&client_secret=%s", bed->client_id, bed->secrets[0]);
    struct exchange *exchange = ask(bed, BED_FORM, body);
    assert_int_equal(exchange_status(exchange), 200);
    exchange_end(exchange);
}

static void a_right_secret_is_told_why_it_may_nothing(void **state)
{
    struct bed *bed = *state;
    const struct bed_client usual = bed->client;
    bed->client.client_active = "f";
    bed->client.api_access = "f";
    expect(bed, "the key's own comes first", "state", "disabled");
    bed->client.is_waiting = true;
    expect(bed, "waiting is not switched off", "state", "waiting");
    bed->client = usual;
    bed->client.application_active = "f";
    expect(bed, "application", "state", "application_disabled");
    bed->client = usual;
    bed->client.account_active = "f";
    expect(bed, "account", "state", "account_closed");
    bed->client = usual;
    bed->client.api_access = "f";
    expect(bed, "access", "state", "api_access_off");
    bed->client.shut = "plan missing";
    expect(bed, "plan", "state", "plan_missing");
    bed->client.shut = "requested";
    expect(bed, "grant", "state", "access_not_granted");
    bed->client = usual;
    bed->client.not_before_us = "1800000000000001";
    expect(bed, "early", "state", "not_yet");
    bed->client = usual;
    bed->client.expires_us = "1800000000000000";
    expect(bed, "late", "state", "expired");
    bed->client = usual;
    const struct revocation_row revocation = {SLICE("client"), slice_of(bed->client_id), 7, INT64_MAX};
    bed->policy.revocations = &revocation;
    bed->policy.revocation_count = 1;
    bed_build_policy(bed);
    expect(bed, "revoked", "state", "revoked");
    assert_int_equal(bed->worker->counters.authentication_failed, 10); /* as at the token endpoint */
}

static void whoever_is_not_let_in_hears_what_the_token_endpoint_says(void **state)
{
    struct bed *bed = *state;
    const char *headers[] = {bed_basic(bed->client_id, bed->wrong_secret), NULL};
    char wrong[256], unknown[256];
    snprintf(wrong, sizeof(wrong), "%s", headers[0]);
    snprintf(unknown, sizeof(unknown), "%s", bed_basic(bed->unknown_client, bed->secrets[0]));
    bed_tell_client(bed);
    bed_check_refusal("wrong", ask(bed, wrong, "a=b"), 401, "invalid_client");
    bed->client.client_active = "f"; /* and its state is not told to who does not know the secret */
    bed_tell_client(bed);
    bed_check_refusal("wrong and off", ask(bed, wrong, "a=b"), 401, "invalid_client");
    fake_db_always(bed->db, STATEMENT_CLIENT_FIND);
    bed_check_refusal("unknown", ask(bed, unknown, "a=b"), 401, "invalid_client");
    bed_check_refusal("nothing", ask(bed, BED_FORM, "a=b"), 400, "invalid_client");
    bed_check_refusal("no form", ask(bed, "content-type: application/json\r\n", "{}"), 400, "invalid_request");
}

static void guessing_is_slowed_with_the_token_endpoint(void **state)
{
    struct bed *bed = *state;
    char wrong[256];
    snprintf(wrong, sizeof(wrong), "%s", bed_basic(bed->client_id, bed->wrong_secret));
    bed_tell_client(bed);
    for (int i = 0; i <= LIMIT_FAILURES_FREE; ++i)
        exchange_end(i % 2 == 0 ? ask(bed, wrong, "a=b") : bed_ask_token(bed, wrong, BED_GRANT));
    bed_check_refusal("slowed", ask(bed, wrong, "a=b"), 429, "too_many_failures");
}

/* Who has the secret and is elsewhere hears that, and nothing of the key. */
static void from_elsewhere_nothing_is_told_of_the_key(void **state)
{
    struct bed *bed = *state;
    bed->client.addresses = "192.0.2.0/24";
    bed_tell_client(bed);
    bed_check_refusal("elsewhere", ask(bed, NULL, "a=b"), 400, "unauthorized_client");
    bed->client.client_active = "f";
    bed_tell_client(bed);
    bed_check_refusal("elsewhere and off", ask(bed, NULL, "a=b"), 401, "invalid_client");
    bed->client.addresses = "127.0.0.0/8";
    bed_tell_client(bed);
    struct exchange *exchange = ask(bed, NULL, "a=b");
    assert_int_equal(exchange_status(exchange), 200);
    exchange_end(exchange);
}

static void an_application_is_no_key(void **state)
{
    struct bed *bed = *state;
    char body[256];
    credential_make(CREDENTIAL_CLIENT_ID, 0, bed->client_id);
    bed->client.account_id = bed->client.holder_id = "0";
    bed_tell_client(bed);
    bed_check_refusal("application", ask(bed, bed_basic(bed->client_id, bed->secrets[0]), "a=b"), 400,
                      "unauthorized_client");
    bed->client.secret1_end_us = NULL;
    bed->client.is_public = true;
    bed_tell_client(bed);
    snprintf(body, sizeof(body), "client_id=%s", bed->client_id);
    bed_check_refusal("public", ask(bed, BED_FORM, body), 400, "unauthorized_client");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(a_right_key_is_told_what_it_may),
        test_on_bed(the_secret_may_come_in_the_body),
        test_on_bed(a_right_secret_is_told_why_it_may_nothing),
        test_on_bed(whoever_is_not_let_in_hears_what_the_token_endpoint_says),
        test_on_bed(guessing_is_slowed_with_the_token_endpoint),
        test_on_bed(from_elsewhere_nothing_is_told_of_the_key),
        test_on_bed(an_application_is_no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
