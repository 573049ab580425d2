/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that an application got for a person: who is read, who is remembered, and what ends them. The application is
 * known to all accounts; the person 55 is a member of account 9. */
#include "base/clock.h"
#include "gateway_case.h"

#define RECORD  "/api2/public/customers/12"
#define PERSON  INT64_C(55)
#define ACCOUNT INT64_C(9)

static h2o_iovec_t person_token(struct gateway_case *c)
{
    return gateway_case_token(
        c, &(struct case_token){.client_id = c->app_client_id, .account_id = ACCOUNT, .user_id = PERSON});
}

static void tell_application(struct gateway_case *c, const struct case_client *given)
{
    struct case_client client = given == NULL ? (struct case_client){0} : *given;
    client.application = true;
    member_book_clear(c->worker->members);
    gateway_case_client(c, &client);
}

/* "f" makes a column false; no generation is that of the token. */
struct case_member {
    const char *permissions, *active, *account_active, *api_access, *generation;
};
static const struct case_member usual = {"customers:read customers:write", "t", "t", "t", NULL};

static void expect_member(struct gateway_case *c, const struct case_member *member)
{
    fake_db_expect(c->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "55"));
    if (member != NULL)
        fake_db_row(c->db,
                    FAKE_TEXTS("9", "55", "Ada Lovelace", member->permissions, member->active, member->account_active,
                               member->api_access, "", member->generation == NULL ? "0" : member->generation));
}

static void get(struct gateway_case *c, h2o_iovec_t token, int status, const char *code)
{
    gateway_case_expect(
        c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = gateway_case_headers(c, token, "")},
        status, code);
}

static void get_accepted(struct gateway_case *c, h2o_iovec_t token)
{
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("9", "1", "12"));
    fake_db_row(c->db, FAKE_TEXTS("3", "{\"Id\": 12}"));
    get(c, token, 200, NULL);
}

/* --- who may ----------------------------------------------------------------------------------------------------- */

static void every_state_of_a_person_is_refused_by_its_name(void **state)
{
    static const struct {
        const char *name;
        struct case_member member;
        int status;
        const char *code;
    } cases[] = {
        {"left or disabled", {"customers:read", "f", "t", "t", NULL}, 401, "invalid_token"},
        {"the account is closed", {"customers:read", "t", "f", "t", NULL}, 401, "invalid_token"},
        {"API access is off", {"customers:read", "t", "t", "f", NULL}, 403, "api_access_off"},
        {"no permission", {"", "t", "t", "t", NULL}, 403, "person_right_missing"},
        {"another password", {"customers:read", "t", "t", "t", "1"}, 401, "invalid_token"},
        {"another permission", {"customers:write", "t", "t", "t", NULL}, 403, "person_right_missing"},
    };
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        tell_application(c, NULL);
        expect_member(c, &cases[i].member);
        get(c, person_token(c), cases[i].status, cases[i].code);
    }
    tell_application(c, NULL);
    expect_member(c, NULL);
    get(c, person_token(c), 401, "invalid_token"); /* never a member */
    tell_application(c, &(struct case_client){.scopes = "customers:write"});
    expect_member(c, &usual);
    get(c, person_token(c), 403, "application_right_missing");
    tell_application(c, &(struct case_client){.disabled = true});
    expect_member(c, &usual);
    get(c, person_token(c), 401, "invalid_token");
}

/* Item 72 of the checklist, and its reverse. */
static void an_application_without_a_person_opens_nothing(void **state)
{
    struct gateway_case *c = *state;
    tell_application(c, NULL);
    get(c, gateway_case_token(c, &(struct case_token){.client_id = c->app_client_id, .account_id = ACCOUNT}), 401,
        "invalid_token");
    get(c, gateway_case_token(c, &(struct case_token){.client_id = c->app_client_id, .subject = "usr_0000000000t"}),
        401, "invalid_token"); /* a person by name alone: without a grant */
}

static void a_key_acts_for_nobody(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    fake_db_expect(c->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("7", "55"));
    fake_db_row(c->db, FAKE_TEXTS("7", "55", "Ada", usual.permissions, "t", "t", "t", "", "0"));
    get(c, gateway_case_token(c, &(struct case_token){.user_id = PERSON}), 401, "invalid_token");
    get(c, gateway_case_token(c, &(struct case_token){.subject = "somebody"}), 401, "invalid_token");
}

/* --- what is remembered ------------------------------------------------------------------------------------------ */

static void a_member_is_read_once_and_forgotten_with_their_change(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = person_token(c);
    tell_application(c, NULL);
    expect_member(c, &usual);
    for (int i = 0; i < 3; ++i)
        get_accepted(c, token);
    assert_int_equal(c->worker->counters.member_cache_misses, 1);
    member_book_apply(c->worker->members, &(struct policy_change){1, POLICY_MEMBER, ACCOUNT, SLICE("55")});
    expect_member(c, &(struct case_member){"customers:read", "f", "t", "t", NULL});
    get(c, token, 401, "invalid_token");
}

static void put_revocation(struct gateway_case *c, const char *kind, const char *subject, int64_t until_us)
{
    struct revocation_row row = {slice_of(kind), slice_of(subject), ACCOUNT, until_us};
    gateway_case_policy(c, POLICY_SET_REVOCATIONS, &(struct policy_rows){.revocations = &row, .count = 1});
}

static void what_a_token_hangs_on_ends_it(void **state)
{
    static const struct {
        const char *kind, *subject;
    } cases[] = {{"grant", "70"}, {"family", "80"}, {"application", "33"}, {"account", "9"}};
    struct gateway_case *c = *state;
    h2o_iovec_t token = person_token(c);
    tell_application(c, NULL);
    expect_member(c, &usual);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        get_accepted(c, token);
        put_revocation(c, cases[i].kind, cases[i].subject, INT64_MAX);
        get(c, token, 401, "invalid_token");
        put_revocation(c, cases[i].kind, cases[i].subject, clock_unix_us() - 1); /* no longer matters */
    }
    put_revocation(c, "grant", "71", INT64_MAX);
    get_accepted(c, token);
}

static void a_key_is_not_ended_by_a_person_of_number_zero(void **state)
{
    struct gateway_case *c = *state;
    put_revocation(c, "grant", "0", INT64_MAX);
    put_revocation(c, "family", "0", INT64_MAX);
    gateway_case_client(c, NULL);
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("7", "1", "12"));
    fake_db_row(c->db, FAKE_TEXTS("3", "{\"Id\": 12}"));
    get(c, gateway_case_token(c, NULL), 200, NULL);
}

/* --- meanwhile --------------------------------------------------------------------------------------------------- */

static struct exchange *start_waiting(struct gateway_case *c, h2o_iovec_t token, enum db_outcome outcome)
{
    tell_application(c, NULL);
    expect_member(c, &usual);
    if (outcome != DB_DONE)
        fake_db_fail(c->db, outcome);
    fake_db_hold(c->db);
    struct exchange *exchange = loopback_start(
        c->loopback,
        &(struct loopback_request){.method = "GET", .target = RECORD, .headers = gateway_case_headers(c, token, "")});
    fake_db_turn(c->db); /* the client has come */
    assert_false(exchange_is_answered(exchange));
    return exchange;
}

static void end_waiting(struct gateway_case *c, struct exchange *exchange, int status)
{
    fake_db_release(c->db);
    assert_true(exchange_wait(exchange));
    assert_int_equal(exchange_status(exchange), status);
    exchange_end(exchange);
}

static void a_member_who_cannot_be_read_is_no_verdict(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i)
        end_waiting(c, start_waiting(c, person_token(c), outcomes[i]), 503);
}

static void what_is_revoked_meanwhile_is_refused(void **state)
{
    struct gateway_case *c = *state;
    struct exchange *exchange = start_waiting(c, person_token(c), DB_DONE);
    put_revocation(c, "grant", "70", INT64_MAX);
    end_waiting(c, exchange, 401);
}

static void sight_may_be_lost_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    struct policy *policy = c->worker->policy;
    struct exchange *exchange = start_waiting(c, person_token(c), DB_DONE);
    c->worker->policy = NULL;
    fake_db_release(c->db);
    assert_true(exchange_wait(exchange));
    c->worker->policy = policy;
    assert_int_equal(exchange_status(exchange), 503);
    exchange_end(exchange);
}

static void a_client_may_vanish_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    exchange_end(start_waiting(c, person_token(c), DB_DONE));
    fake_db_release(c->db);
    fake_db_turn(c->db);
}

/* --- the history ------------------------------------------------------------------------------------------------- */

static void a_write_names_application_and_person(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = person_token(c);
    tell_application(c, NULL);
    expect_member(c, &usual);
    fake_db_expect(c->db, STATEMENT_RECORD_CREATE,
                   FAKE_TEXTS("9", "1", "customers", "{\"Name\":\"x\"}", NULL, NULL, NULL, "33", "Invoice importer",
                              c->app_client_id, "Production", "0", "55", "Ada Lovelace",
                              gateway_case_jti(c, token).base, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY));
    fake_db_row(c->db, FAKE_TEXTS("written", "12", "1", "9",
                                  "\\xab01000000000000000000000000000000000000000000000000000000000000"));
    gateway_case_expect(
        c,
        &(struct loopback_request){.method = "POST",
                                   .target = "/api2/public/customers",
                                   .headers = gateway_case_headers(c, token, "content-type: application/json\r\n"),
                                   .body = SLICE("{\"Name\":\"x\"}")},
        200, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(every_state_of_a_person_is_refused_by_its_name),
        test_with_gateway(an_application_without_a_person_opens_nothing),
        test_with_gateway(a_key_acts_for_nobody),
        test_with_gateway(a_member_is_read_once_and_forgotten_with_their_change),
        test_with_gateway(what_a_token_hangs_on_ends_it),
        test_with_gateway(a_key_is_not_ended_by_a_person_of_number_zero),
        test_with_gateway(a_member_who_cannot_be_read_is_no_verdict),
        test_with_gateway(what_is_revoked_meanwhile_is_refused),
        test_with_gateway(sight_may_be_lost_meanwhile),
        test_with_gateway(a_client_may_vanish_meanwhile),
        test_with_gateway(a_write_names_application_and_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
