/* SPDX-License-Identifier: Apache-2.0 */
/* Token requests that wait for the database, are slowed down, or end before their answer; and what is left of secrets.
 */
#include "endpoint/token.h"

#include "bed.h"

#define ASKERS 40

static struct exchange *start(struct bed *bed, const char *headers, const char *peer)
{
    return loopback_start(
        bed->loopback,
        &(struct loopback_request){
            .method = "POST", .target = "/oauth2/token", .headers = headers, .body = SLICE(BED_GRANT), .peer = peer});
}

static int wait_and_end(struct exchange *exchange)
{
    assert_true(exchange_wait(exchange));
    int status = exchange_status(exchange);
    exchange_end(exchange);
    return status;
}

/* --- the database ------------------------------------------------------------------------------------------------ */

static void a_database_that_does_not_answer_is_503(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        bed_expect_client(bed);
        fake_db_fail(bed->db, outcomes[i]);
        struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
        check_slice("retry", exchange_header(exchange, "retry-after"), SLICE("1"));
        bed_check_refusal("no answer", exchange, 503, "overloaded");
    }
    assert_int_equal(bed->worker->counters.authentication_failed, 0); /* nobody was judged */
}

static void a_database_that_refuses_is_our_fault(void **state)
{
    struct bed *bed = *state;
    bed_expect_client(bed);
    fake_db_refuse(bed->db, "42703");
    bed_check_refusal("refused", bed_ask_token(bed, NULL, BED_GRANT), 500, "server_error");
}

/* No revocation can be seen any more: the request is refused rather than judged by what was known before. */
static void a_policy_that_goes_while_a_request_waits_is_503(void **state)
{
    struct bed *bed = *state;
    bed_expect_client(bed);
    fake_db_hold(bed->db);
    struct exchange *exchange = start(bed, bed->basic, NULL);
    policy_release(bed->worker->policy);
    bed->worker->policy = NULL;
    fake_db_release(bed->db);
    assert_true(exchange_wait(exchange));
    bed_check_refusal("blind", exchange, 503, "policy_stale");
}

/* The change came while the client was read: the policy of the answer's moment counts. */
static void a_revocation_that_comes_while_a_request_waits_counts(void **state)
{
    struct bed *bed = *state;
    const struct revocation_row revocation = {SLICE("account"), SLICE("7"), 7, INT64_MAX};
    bed_expect_client(bed);
    fake_db_hold(bed->db);
    struct exchange *exchange = start(bed, bed->basic, NULL);
    bed->policy.revocations = &revocation;
    bed->policy.revocation_count = 1;
    bed_build_policy(bed);
    fake_db_release(bed->db);
    assert_true(exchange_wait(exchange));
    bed_check_refusal("revoked", exchange, 401, "invalid_client");
}

/* By its token path a client asked for that api: it gets no token for another one. */
static void an_api_that_goes_while_a_request_waits_is_no_target(void **state)
{
    struct bed *bed = *state;
    bed_expect_client(bed);
    fake_db_hold(bed->db);
    struct exchange *exchange = loopback_start(bed->loopback, &(struct loopback_request){.method = "POST",
                                                                                         .target = "/api2/public/token",
                                                                                         .headers = bed->basic,
                                                                                         .body = SLICE(BED_GRANT)});
    bed->policy.apis[0].token_path = SLICE_NONE;
    bed_build_policy(bed);
    fake_db_release(bed->db);
    assert_true(exchange_wait(exchange));
    bed_check_refusal("gone", exchange, 400, "invalid_target");
}

/* What was spent was spent: a refusal would make the client ask again with what is used up. The gateway judges the
 * token once it sees again. */
static void a_policy_that_goes_while_a_refresh_token_is_used_takes_no_token_away(void **state)
{
    static const char *const targets[] = {"/oauth2/token", "/api2/public/token"};
    struct bed *bed = *state;
    char refresh_token[CREDENTIAL_BYTES_MAX], body[256];
    credential_make(CREDENTIAL_CLIENT_ID, 0, bed->client_id);
    credential_make(CREDENTIAL_REFRESH_TOKEN, 9, refresh_token);
    snprintf(bed->basic, sizeof(bed->basic), "%s", bed_basic(bed->client_id, bed->secrets[0]));
    snprintf(body, sizeof(body), "grant_type=refresh_token&refresh_token=%s", refresh_token);
    bed->client.account_id = bed->client.holder_id = "0";
    bed_tell_client(bed);
    exchange_end(bed_ask_token(bed, NULL, BED_GRANT)); /* now the client is known */
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        fake_db_expect(bed->db, STATEMENT_REFRESH_KEEP, NULL);
        fake_db_row(bed->db, FAKE_TEXTS("done", "55", "70", "80", "customers:read", "customers:read", "", NULL,
                                        "1799999000000000", "0", NULL));
        fake_db_hold(bed->db);
        struct exchange *exchange = loopback_start(
            bed->loopback, &(struct loopback_request){
                               .method = "POST", .target = targets[i], .headers = bed->basic, .body = slice_of(body)});
        assert_int_equal(fake_db_waiting(bed->db), 1);
        policy_release(bed->worker->policy);
        bed->worker->policy = NULL;
        fake_db_release(bed->db);
        assert_true(exchange_wait(exchange));
        check(targets[i], exchange_status(exchange) == 200);
        json_t *answer = bed_json(exchange);
        check(targets[i], bed_string(answer, "access_token") != NULL);
        check(targets[i], (json_object_get(answer, "expires") != NULL) == (i == 1)); /* as Comarch ERP XT has it */
        json_decref(answer);
        exchange_end(exchange);
        bed_build_policy(bed);
    }
}

static void a_request_that_ends_while_it_waits_ends_its_read(void **state)
{
    struct bed *bed = *state;
    bed_expect_client(bed);
    fake_db_expect_cancel(bed->db);
    struct exchange *exchange = start(bed, bed->basic, NULL);
    assert_false(exchange_is_answered(exchange));
    assert_int_equal(fake_db_waiting(bed->db), 1);
    exchange_end(exchange);
    assert_int_equal(fake_db_waiting(bed->db), 0);
}

static void requests_of_one_client_wait_for_one_read(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchanges[ASKERS];
    bed_expect_client(bed);
    fake_db_hold(bed->db);
    for (size_t i = 0; i < ASKERS; ++i)
        exchanges[i] = start(bed, bed->basic, NULL);
    assert_int_equal(fake_db_waiting(bed->db), 1);
    exchange_end(exchanges[7]); /* one hangs up: the others are served */
    fake_db_release(bed->db);
    for (size_t i = 0; i < ASKERS; ++i)
        if (i != 7)
            assert_int_equal(wait_and_end(exchanges[i]), 200);
}

/* --- the slow-down ----------------------------------------------------------------------------------------------- */

/* Item 48: all of them waited for one read; each is a guess all the same. */
static void item_48_guesses_in_parallel_are_slowed_like_any_others(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchanges[ASKERS];
    int refused = 0, slowed = 0;
    bed_expect_client(bed);
    fake_db_hold(bed->db);
    for (size_t i = 0; i < ASKERS; ++i)
        exchanges[i] = start(bed, bed_basic(bed->client_id, bed->wrong_secret), "192.0.2.1");
    fake_db_release(bed->db);
    for (size_t i = 0; i < ASKERS; ++i) {
        int status = wait_and_end(exchanges[i]);
        refused += status == 401;
        slowed += status == 429;
    }
    assert_int_equal(refused, LIMIT_FAILURES_FREE + 1);
    assert_int_equal(slowed, ASKERS - LIMIT_FAILURES_FREE - 1);
    assert_int_equal(bed->worker->counters.authentication_failed, refused);
    assert_int_equal(bed->worker->counters.authentication_slowed, slowed);
}

static void item_48_who_fails_too_often_waits_and_nobody_else(void **state)
{
    struct bed *bed = *state;
    bed_tell_client(bed);
    for (int i = 0; i < LIMIT_FAILURES_FREE + 3; ++i) {
        struct exchange *wrong = start(bed, bed_basic(bed->client_id, bed->wrong_secret), "192.0.2.1");
        assert_int_equal(wait_and_end(wrong), i <= LIMIT_FAILURES_FREE ? 401 : 429);
    }
    struct exchange *slowed = start(bed, bed->basic, "192.0.2.1");
    assert_true(exchange_wait(slowed));
    check_slice("retry", exchange_header(slowed, "retry-after"), SLICE("1"));
    bed_check_refusal("slowed", slowed, 429, "too_many_failures");
    assert_int_equal(wait_and_end(start(bed, bed->basic, "192.0.2.2")), 200); /* somebody else's wrong secrets */

    clock_set_for_test(BED_NOW_US + 1000000, 0);
    assert_int_equal(wait_and_end(start(bed, bed->basic, "192.0.2.1")), 200); /* and that clears the count */
    for (int i = 0; i < LIMIT_FAILURES_FREE; ++i)
        assert_int_equal(wait_and_end(start(bed, bed_basic(bed->client_id, bed->wrong_secret), "192.0.2.1")), 401);
    assert_int_equal(wait_and_end(start(bed, bed->basic, "192.0.2.1")), 200);
}

/* Unknown clients are slowed too: the slow-down says nothing about which there are. */
static void unknown_clients_are_slowed_alike(void **state)
{
    struct bed *bed = *state;
    fake_db_always(bed->db, STATEMENT_CLIENT_FIND);
    for (int i = 0; i < LIMIT_FAILURES_FREE + 3; ++i) {
        struct exchange *wrong = start(bed, bed_basic(bed->unknown_client, bed->secrets[0]), NULL);
        assert_int_equal(wait_and_end(wrong), i <= LIMIT_FAILURES_FREE ? 401 : 429);
    }
}

/* golang.org/x/oauth2 tries the header first and the body when that failed, for ever: two failures a token trip
 * nothing. */
static void clients_that_probe_are_not_locked_out(void **state)
{
    struct bed *bed = *state;
    char body[300];
    snprintf(body, sizeof(body), "client_id=%s&client_secret=%s&" BED_GRANT, bed->client_id, bed->secrets[0]);
    bed_tell_client(bed);
    for (int i = 0; i < 50; ++i) {
        bed_check_refusal("probe", bed_ask_token(bed, bed_basic(bed->client_id, bed->wrong_secret), BED_GRANT), 401,
                          "invalid_client");
        struct exchange *exchange = bed_ask_token(bed, BED_FORM, body);
        assert_int_equal(exchange_status(exchange), 200);
        exchange_end(exchange);
    }
}

/* --- what is left ------------------------------------------------------------------------------------------------ */

#define CHUNK_BYTES 4096 /* of h2o's pools, which hand their chunks on as they are */
#define CHUNKS      16

/* Takes the chunks of requests that have ended, as the next requests would, and looks for the text in them. */
static bool is_left(h2o_iovec_t text)
{
    h2o_mem_pool_t pools[CHUNKS];
    bool found = false;
    for (size_t i = 0; i < CHUNKS; ++i) {
        h2o_mem_init_pool(&pools[i]);
        (void)h2o_mem_alloc_pool(&pools[i], 1);
        found = found || memmem(pools[i].chunks, CHUNK_BYTES, text.base, text.len) != NULL;
    }
    for (size_t i = 0; i < CHUNKS; ++i)
        h2o_mem_clear_pool(&pools[i]);
    return found;
}

static void check_nothing_left(struct bed *bed, const char *headers, const char *body, int status)
{
    struct exchange *exchange = bed_ask_token(bed, headers, body);
    assert_int_equal(exchange_status(exchange), status);
    exchange_end(exchange);
    assert_false(is_left(slice_of(bed->secrets[0] + 8)));
}

static void no_secret_outlives_its_request(void **state)
{
    struct bed *bed = *state;
    char body[400], pair[300];
    bed_tell_client(bed);
    check_nothing_left(bed, bed->basic, BED_GRANT, 200);
    check_nothing_left(bed, bed->basic, "grant_type=x", 400);
    check_nothing_left(bed, bed->basic, "a=1&a=2", 400);
    check_nothing_left(bed, bed_basic(bed->unknown_client, bed->secrets[0]), "client_secret=x", 400);
    snprintf(pair, sizeof(pair), "%s%%5F:%%68ms%%5f%s", bed->client_id, bed->secrets[0] + 4);
    check_nothing_left(bed, bed_basic(pair, ""), BED_GRANT, 401);
    snprintf(body, sizeof(body), BED_GRANT "&client_id=%s&client_secret=%%68ms%%5f%s", bed->client_id,
             bed->secrets[0] + 4);
    check_nothing_left(bed, BED_FORM, body, 200);
    check_nothing_left(bed, bed->basic, body, 400);
    snprintf(body + strlen(body), sizeof(body) - strlen(body), "&client_id=x");
    check_nothing_left(bed, BED_FORM, body, 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(a_database_that_does_not_answer_is_503),
        test_on_bed(a_database_that_refuses_is_our_fault),
        test_on_bed(a_policy_that_goes_while_a_request_waits_is_503),
        test_on_bed(a_revocation_that_comes_while_a_request_waits_counts),
        test_on_bed(an_api_that_goes_while_a_request_waits_is_no_target),
        test_on_bed(a_policy_that_goes_while_a_refresh_token_is_used_takes_no_token_away),
        test_on_bed(a_request_that_ends_while_it_waits_ends_its_read),
        test_on_bed(requests_of_one_client_wait_for_one_read),
        test_on_bed(item_48_guesses_in_parallel_are_slowed_like_any_others),
        test_on_bed(item_48_who_fails_too_often_waits_and_nobody_else),
        test_on_bed(unknown_clients_are_slowed_alike),
        test_on_bed(clients_that_probe_are_not_locked_out),
        test_on_bed(no_secret_outlives_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
