/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of leaked secrets: what is taken for one, that the answer is the same whatever comes of it, and that nobody
 * may guess. */
#include "endpoint/leaks.h"

#include "base/codec.h"
#include "base/secret.h"
#include "bed.h"

#define JSON "content-type: application/json; charset=utf-8\r\n"

static struct exchange *report(struct bed *bed, const char *headers, const char *body)
{
    return loopback_ask(bed->loopback,
                        &(struct loopback_request){
                            .method = "POST", .target = "/oauth2/leaks", .headers = headers, .body = slice_of(body)});
}

/* The next call of the database, for this secret. */
static void expect_end(struct bed *bed, const char *secret)
{
    static char digest_text[2 + CODEC_HEX_LEN(DIGEST_BYTES) + 1];
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, slice_of(secret));
    size_t len = 2 + codec_hex_encode(digest_text + 2, digest, sizeof(digest));
    memcpy(digest_text, "\\x", 2);
    digest_text[len] = '\0';
    fake_db_expect(bed->db, STATEMENT_LEAK_END, FAKE_TEXTS("7", digest_text, FAKE_ANY));
}

static void expect_accepted(const char *name, struct exchange *exchange)
{
    check(name, exchange_status(exchange) == 202);
    check_slice(name, exchange_body(exchange), SLICE("{\"accepted\":true}"));
    check_slice(name, exchange_header(exchange, "cache-control"), SLICE("no-store"));
    exchange_end(exchange);
}

static void a_secret_that_there_is_ends(void **state)
{
    struct bed *bed = *state;
    char body[512];
    expect_end(bed, bed->secrets[0]);
    fake_db_row(bed->db, FAKE_TEXTS(bed->client_id, "Production", "1", "5"));
    fake_db_expect(bed->db, STATEMENT_POLICY_CHANGE_LAST, FAKE_NONE);
    fake_db_row(bed->db, FAKE_TEXTS("9"));
    snprintf(body, sizeof(body), "secret=%s&url=https://paste.example/1&note=seen+today", bed->secrets[0]);
    expect_accepted("form", report(bed, BED_FORM, body));

    expect_end(bed, bed->secrets[0]);
    fake_db_row(bed->db, FAKE_TEXTS(bed->client_id, "Production", "1", "5"));
    fake_db_expect(bed->db, STATEMENT_POLICY_CHANGE_LAST, FAKE_NONE);
    snprintf(body, sizeof(body), "{\"secret\":\"%s\",\"note\":\"\\\"%s\\\"\"}", bed->secrets[0], bed->secrets[0]);
    expect_accepted("json", report(bed, JSON, body));
}

static void a_secret_that_there_is_not_is_answered_alike(void **state)
{
    struct bed *bed = *state;
    char body[256];
    expect_end(bed, bed->wrong_secret);
    snprintf(body, sizeof(body), "secret=%s", bed->wrong_secret);
    expect_accepted("unknown", report(bed, BED_FORM, body));
}

static void what_is_no_report_is_refused_before_any_look_up(void **state)
{
    struct bed *bed = *state;
    static char long_note[1100 + 100];
    char mistyped[128], client_id[128], twice[300];
    snprintf(mistyped, sizeof(mistyped), "secret=%s", bed->secrets[0]);
    mistyped[20] = mistyped[20] == 'a' ? 'b' : 'a';
    snprintf(client_id, sizeof(client_id), "secret=%s", bed->client_id);
    snprintf(twice, sizeof(twice), "secret=%s&secret=%s", bed->secrets[0], bed->secrets[0]);
    size_t len = (size_t)snprintf(long_note, sizeof(long_note), "secret=%s&note=", bed->secrets[0]);
    memset(long_note + len, 'x', 1025);
    const struct {
        const char *name, *headers, *body;
    } cases[] = {
        {"nothing", BED_FORM, "a=b"},
        {"empty", BED_FORM, "secret="},
        {"no secret of ours", BED_FORM, "secret=hunter2"},
        {"mistyped", BED_FORM, mistyped},
        {"a client id", BED_FORM, client_id},
        {"twice", BED_FORM, twice},
        {"a long note", BED_FORM, long_note},
        {"no JSON", JSON, "secret=x"},
        {"an array", JSON, "[]"},
        {"a number", JSON, "{\"secret\":1}"},
        {"null", JSON, "{\"secret\":null}"},
        {"another type", "content-type: text/plain\r\n", "secret=x"},
        {"no type", "", "secret=x"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        bed_check_refusal(cases[i].name, report(bed, cases[i].headers, cases[i].body), 400, "invalid_request");
}

static void a_database_that_does_not_answer_is_no_acceptance(void **state)
{
    struct bed *bed = *state;
    char body[256];
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    snprintf(body, sizeof(body), "secret=%s", bed->secrets[0]);
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        expect_end(bed, bed->secrets[0]);
        fake_db_fail(bed->db, outcomes[i]);
        bed_check_refusal("no answer", report(bed, BED_FORM, body), 503, "overloaded");
    }
    expect_end(bed, bed->secrets[0]);
    fake_db_refuse(bed->db, "42703");
    bed_check_refusal("refused", report(bed, BED_FORM, body), 500, "server_error");
}

static void guessing_is_slowed(void **state)
{
    struct bed *bed = *state;
    char body[256];
    snprintf(body, sizeof(body), "secret=%s", bed->wrong_secret);
    fake_db_always(bed->db, STATEMENT_LEAK_END);
    for (int i = 0; i <= LIMIT_FAILURES_FREE; ++i)
        expect_accepted("unknown", report(bed, BED_FORM, body));
    struct exchange *exchange = report(bed, BED_FORM, body);
    assert_non_null(exchange_header(exchange, "retry-after").base);
    bed_check_refusal("slowed", exchange, 429, "too_many_failures");
    bed_tell_client(bed);
    exchange = bed_ask_token(bed, NULL, BED_GRANT);
    assert_int_equal(exchange_status(exchange), 200); /* who asks for tokens there is not slowed by it */
    exchange_end(exchange);
}

static void who_reports_may_vanish(void **state)
{
    struct bed *bed = *state;
    char body[256];
    snprintf(body, sizeof(body), "secret=%s", bed->secrets[0]);
    expect_end(bed, bed->secrets[0]);
    fake_db_expect_cancel(bed->db);
    struct exchange *exchange = loopback_start(
        bed->loopback, &(struct loopback_request){
                           .method = "POST", .target = "/oauth2/leaks", .headers = BED_FORM, .body = slice_of(body)});
    exchange_end(exchange);
    fake_db_turn(bed->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(a_secret_that_there_is_ends),
        test_on_bed(a_secret_that_there_is_not_is_answered_alike),
        test_on_bed(what_is_no_report_is_refused_before_any_look_up),
        test_on_bed(a_database_that_does_not_answer_is_no_acceptance),
        test_on_bed(guessing_is_slowed),
        test_on_bed(who_reports_may_vanish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
