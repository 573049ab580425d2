/* SPDX-License-Identifier: Apache-2.0 */
/* What a token's holder is told of himself, and of calls that he has not made. */
#include "gateway/whoami.h"

#include "gateway_case.h"

#include <jansson.h>

#define AS "/whoami?as="

static json_t *ask(struct gateway_case *c, h2o_iovec_t token, const char *target)
{
    struct exchange *exchange = gateway_case_ask(
        c, &(struct loopback_request){.method = "GET", .target = target, .headers = gateway_case_headers(c, token, "")},
        200, NULL);
    h2o_iovec_t body = exchange_body(exchange);
    json_t *object = json_loadb(body.base, body.len, JSON_REJECT_DUPLICATES, NULL);
    assert_true(json_is_object(object));
    check_slice("storing", exchange_header(exchange, "cache-control"), SLICE("no-store"));
    exchange_end(exchange);
    return object;
}

static void has(const char *name, const json_t *object, const char *member, const char *want)
{
    check_slice(name, slice_of(json_string_value(json_object_get(object, member))), slice_of(want));
}

/* --- who ------------------------------------------------------------------------------------------------------------
 */

static void a_key_is_told_who_it_is(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    json_t *told = ask(c, gateway_case_token(c, &(struct case_token){.scope = "customers:read notes:read"}), "/whoami");
    has("who", told, "client_id", c->client_id);
    has("who", told, "account", "acc_00000007");
    has("who", json_object_get(told, "application"), "id", "app_0000000000X");
    has("who", told, "scope", "customers:read notes:read");
    has("who", told, "effective_scope", "customers:read notes:read");
    assert_null(json_object_get(told, "office"));
    assert_null(json_object_get(told, "as"));
    assert_int_equal(json_array_size(json_object_get(told, "reduced")), 0);
    assert_int_equal(strlen(json_string_value(json_object_get(told, "expires_at"))), 27);
    json_decref(told);
}

static void what_takes_scopes_away_is_told_by_layer(void **state)
{
    static const struct {
        const char *code, *layer, *missing, *granted_by;
    } wants[] = {{"key_right_missing", "client", "products:read", "account_admin"},
                 {"holder_right_missing", "holder", "customers:write notes:read", "account_admin"}};
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.scopes = "customers:read customers:write notes:read",
                                                 .permissions = "customers:read products:read"});
    const char *scope = "customers:read customers:write notes:read products:read";
    json_t *told = ask(c, gateway_case_token(c, &(struct case_token){.scope = scope}), "/whoami");
    has("reduced", told, "scope", scope);
    has("reduced", told, "effective_scope", "customers:read");
    const json_t *reduced = json_object_get(told, "reduced");
    assert_int_equal(json_array_size(reduced), COUNT_OF(wants));
    for (size_t i = 0; i < COUNT_OF(wants); ++i) {
        const json_t *entry = json_array_get(reduced, i);
        has(wants[i].code, entry, "code", wants[i].code);
        has(wants[i].code, entry, "layer", wants[i].layer);
        has(wants[i].code, entry, "missing", wants[i].missing);
        has(wants[i].code, entry, "granted_by", wants[i].granted_by);
    }
    json_decref(told);
}

static void without_API_access_nothing_is_left(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.off = true});
    json_t *told = ask(c, gateway_case_token(c, &(struct case_token){.scope = "customers:read"}), "/whoami");
    has("off", told, "effective_scope", "");
    const json_t *entry = json_array_get(json_object_get(told, "reduced"), 0);
    has("off", entry, "layer", "activation");
    has("off", entry, "missing", "customers:read");
    json_decref(told);
}

static void an_office_is_told_which_account_is_open(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.office = true});
    json_t *told = ask(c, gateway_case_token(c, NULL), "/whoami");
    has("no account", told, "office", "acc_00000007");
    assert_null(json_object_get(told, "account"));
    has("no account", json_array_get(json_object_get(told, "reduced"), 0), "code", "account_needed");
    json_decref(told);

    fake_db_expect(c->db, STATEMENT_LINK_FIND, FAKE_TEXTS("9", "7", c->client_id));
    fake_db_row(c->db,
                FAKE_TEXTS("9", "7", c->client_id, "t", "t", "t", "t", "Bookkeeping", "customers:read", "", "0"));
    struct case_token of_client = {.account_id = 9, .scope = "customers:read products:read"};
    told = ask(c, gateway_case_token(c, &of_client), AS "GET%20/api2/public/products");
    has("client", told, "account", "acc_00000009");
    has("client", told, "template", "Bookkeeping");
    has("client", told, "effective_scope", "customers:read");
    has("client", json_array_get(json_object_get(told, "reduced"), 0), "layer", "template");
    has("client", json_object_get(told, "as"), "code", "template_right_missing");
    json_decref(told);
}

static void a_token_that_speaks_for_a_person_says_whom(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.application = true});
    fake_db_expect(c->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "55"));
    fake_db_row(c->db, FAKE_TEXTS("9", "55", "Ada Lovelace", "customers:read", "t", "t", "t", "", "0"));
    struct case_token token = {
        .client_id = c->app_client_id, .account_id = 9, .user_id = 55, .scope = "customers:read customers:write"};
    json_t *told = ask(c, gateway_case_token(c, &token), AS "PUT%20/api2/public/customers/3");
    has("person", told, "user", "usr_0000000000t");
    has("person", told, "account", "acc_00000009");
    has("person", told, "effective_scope", "customers:read");
    has("person", json_array_get(json_object_get(told, "reduced"), 0), "layer", "holder");
    has("person", json_object_get(told, "as"), "code", "person_right_missing");
    json_decref(told);
}

/* --- as what --------------------------------------------------------------------------------------------------------
 */

static void a_call_that_was_not_made_is_answered_as_if_it_were(void **state)
{
    static const struct {
        const char *as, *scope;
        int status;
        const char *code, *layer, *missing;
    } cases[] = {
        {"GET%20/api2/public/customers", "customers:read", 200, NULL, NULL, NULL},
        {"HEAD%20/api2/public/customers/3", "customers:read", 200, NULL, NULL, NULL},
        {"GET%20/api2/public/customers?$top=x", "customers:read", 200, NULL, NULL, NULL}, /* the query is no right */
        {"POST%20/api2/public/v1.2/customers/", "customers:write", 200, NULL, NULL, NULL},
        {"PUT%20/api2/public/customers/3", "customers:write", 204, NULL, NULL, NULL},
        {"DELETE+/api2/public/customers/3", "customers:write", 204, NULL, NULL, NULL},
        {"PUT%20/api2/public/customers/3", "customers:read", 403, "insufficient_scope", "token", "customers:write"},
        {"GET%20/api2/public/customers/3/history", "notes:read", 403, "insufficient_scope", "token",
         "customers:read history:read"},
        {"GET%20/api2/public/history", "customers:read", 403, "insufficient_scope", "token", "history:read"},
        {"PATCH%20/api2/public/customers/3", "customers:write", 405, "method_not_allowed", NULL, NULL},
        {"get%20/api2/public/customers/3", "customers:read", 405, "method_not_allowed", NULL, NULL},
        {"DELETE%20/api2/public/products/3", "products:write", 405, "method_not_allowed", NULL, NULL},
        {"GET%20/api2/public/nothing", "customers:read", 404, "not_found", NULL, NULL},
        {"GET%20/api2/public/customers/0", "customers:read", 404, "not_found", NULL, NULL},
        {"GET%20/api2/public", "customers:read", 404, "not_found", NULL, NULL},
        {"GET%20/other/notes", "notes:read", 401, "invalid_token", "token", NULL}, /* another audience */
    };
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t token = gateway_case_token(c, &(struct case_token){.scope = cases[i].scope});
        json_t *told = ask(c, token, slice_format(&c->pool, AS "%s", cases[i].as).base);
        const json_t *as = json_object_get(told, "as");
        check(cases[i].as, json_integer_value(json_object_get(as, "status")) == cases[i].status);
        check(cases[i].as, json_is_true(json_object_get(as, "allowed")) == (cases[i].code == NULL));
        has(cases[i].as, as, "code", cases[i].code);
        has(cases[i].as, as, "layer", cases[i].layer);
        has(cases[i].as, as, "missing", cases[i].missing);
        json_decref(told);
    }
}

static void what_is_no_call_of_the_gateway_is_refused(void **state)
{
    static const char *const targets[] = {
        AS "GET",
        AS "/api2/public/customers",
        AS "%20/api2/public/customers",
        AS "GET%20",
        AS "GET%20api2/public/customers",
        AS "GET%20/",
        AS "GET%20/whoami",
        AS "GET%20/api2/publication",
        AS "POST%20/api2/public/token",
        AS "OPTIONS%20/api2/public/customers",
        AS "GET%20%20/api2/public/customers",
        AS "GET%20/api2/public/customers&as=GET%20/api2/public/customers",
        AS "%ff",
        "/whoami?a=b&a=c",
    };
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(targets); ++i)
        gateway_case_expect(
            c,
            &(struct loopback_request){.method = "GET",
                                       .target = targets[i],
                                       .headers = gateway_case_headers(c, gateway_case_token(c, NULL), "")},
            400, "invalid_query");
}

static void without_a_token_nobody_is_told_anything(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = "/whoami"}, 401, "token_missing");
    gateway_case_client(c, &(struct case_client){.disabled = true});
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = "/whoami", .headers = headers}, 401,
                        "invalid_token");
    gateway_case_expect(c, &(struct loopback_request){.method = "POST", .target = "/whoami", .headers = headers}, 405,
                        "method_not_allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(a_key_is_told_who_it_is),
        test_with_gateway(what_takes_scopes_away_is_told_by_layer),
        test_with_gateway(without_API_access_nothing_is_left),
        test_with_gateway(an_office_is_told_which_account_is_open),
        test_with_gateway(a_token_that_speaks_for_a_person_says_whom),
        test_with_gateway(a_call_that_was_not_made_is_answered_as_if_it_were),
        test_with_gateway(what_is_no_call_of_the_gateway_is_refused),
        test_with_gateway(without_a_token_nobody_is_told_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
