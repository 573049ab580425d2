/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway_case.h"

#include "base/clock.h"
#include "base/codec.h"
#include "gateway/accounts.h"
#include "gateway/gateway.h"
#include "gateway/whoami.h"
#include "history/changes.h"
#include "history/history.h"
#include "token/access_token.h"
#include "token/key_make.h"

#include <inttypes.h>
#include <stdlib.h>

#define EVERYTHING "customers:read customers:write history:read notes:read notes:write products:read products:write"
#define FAR        "9223372036854775807"

static const struct api_row apis[] = {
    {1, SLICE("erp"), SLICE("/api2/public"), SLICE("/api2/public/token"), SLICE("https://erp.example"), SLICE("ES256"),
     SLICE("bearer"), SLICE("store"), SLICE_NONE, 600},
    {2, SLICE("other"), SLICE("/other"), SLICE_NONE, SLICE("https://other.example"), SLICE("ES256"), SLICE("bearer"),
     SLICE("store"), SLICE_NONE, 600},
};

static const struct collection_row collections[] = {
    {1, 1, SLICE("customers"), SLICE("customer"), SLICE("customers"), SLICE("v1.2"), SLICE("DELETE GET POST PUT"),
     SLICE("{\"Name\":\"string\"}")},
    {2, 1, SLICE("products"), SLICE("product"), SLICE("products"), SLICE(""), SLICE("GET"), SLICE("{}")},
    {3, 1, SLICE("notes"), SLICE("note"), SLICE("notes"), SLICE(""), SLICE("DELETE GET POST PUT"), SLICE("{}")},
    {3, 2, SLICE("notes"), SLICE("note"), SLICE("notes"), SLICE(""), SLICE("DELETE GET POST PUT"), SLICE("{}")},
};

static const struct route *const rows[] = {&history_route, &changes_route, &accounts_route, &whoami_route};

void gateway_case_policy(struct gateway_case *c, enum policy_set set, const struct policy_rows *rows_of_set)
{
    const char *wrong = NULL;
    if (!policy_source_put(c->source, set, rows_of_set, &wrong))
        fail_msg("policy: %s", wrong);
    policy_release(c->worker->policy);
    c->worker->policy = policy_build(c->source, c->settings.master_key, c->settings.issuer, &wrong);
    if (c->worker->policy == NULL)
        fail_msg("policy: %s", wrong);
}

static void fill_policy(struct gateway_case *c)
{
    struct made_key made;
    const char *wrong = NULL;
    c->source = policy_source_create();
    assert_true(key_make(&c->pool, TOKEN_ES256, c->settings.master_key, &made));
    struct signing_key_row key = {slice_of(made.kid), SLICE("ES256"), SLICE("active"), made.public_der, made.sealed};
    assert_true(policy_source_put(c->source, POLICY_SET_APIS,
                                  &(struct policy_rows){.apis = apis, .count = COUNT_OF(apis)}, &wrong));
    assert_true(policy_source_put(c->source, POLICY_SET_COLLECTIONS,
                                  &(struct policy_rows){.collections = collections, .count = COUNT_OF(collections)},
                                  &wrong));
    assert_true(policy_source_put(c->source, POLICY_SET_SIGNING_KEYS,
                                  &(struct policy_rows){.signing_keys = &key, .count = 1}, &wrong));
    gateway_case_policy(c, POLICY_SET_REVOCATIONS, &(struct policy_rows){.count = 0});
}

int gateway_case_setup(void **state)
{
    static bool started;
    static struct route public_rows[COUNT_OF(rows)];
    struct gateway_case *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    if (!started)
        secret_start();
    started = true;
    for (size_t i = 0; i < COUNT_OF(rows); ++i)
        public_rows[i] = *rows[i];
    h2o_mem_init_pool(&c->pool);
    c->settings = (struct settings){.database = "", .issuer = SLICE("https://id.example"), .cache_megabytes = 1};
    memcpy(c->settings.master_key, "the master key of gateway's test", DIGEST_BYTES);
    c->routes = (struct routes){.rows = public_rows, .count = COUNT_OF(rows), .gateway = &gateway_route};
    c->loopback = loopback_create(&c->settings, &c->routes);
    c->worker = loopback_worker(c->loopback);
    c->db = c->worker->db;
    credential_make(CREDENTIAL_CLIENT_ID, CASE_ACCOUNT, c->client_id);
    credential_make(CREDENTIAL_CLIENT_ID, 0, c->app_client_id);
    fill_policy(c);
    *state = c;
    return 0;
}

int gateway_case_teardown(void **state)
{
    struct gateway_case *c = *state;
    loopback_destroy(c->loopback);
    policy_source_destroy(c->source);
    clock_set_for_test(0, 0);
    h2o_mem_clear_pool(&c->pool);
    free(c);
    return 0;
}

/* --- tokens and clients
 * ------------------------------------------------------------------------------------------------- */

h2o_iovec_t gateway_case_token(struct gateway_case *c, const struct case_token *given)
{
    static const struct case_token usual = {.scope = NULL};
    const struct case_token *t = given == NULL ? &usual : given;
    int64_t now = clock_unix_s();
    h2o_iovec_t client_id = slice_of(t->client_id == NULL ? c->client_id : t->client_id), text;
    struct access_token token = {.issuer = c->settings.issuer,
                                 .audience = slice_of(t->audience == NULL ? "https://erp.example" : t->audience),
                                 .subject = t->subject == NULL ? client_id : slice_of(t->subject),
                                 .user_id = t->user_id,
                                 .grant_id = t->user_id == 0 ? 0 : CASE_GRANT,
                                 .family_id = t->user_id == 0 ? 0 : CASE_FAMILY,
                                 .client_id = client_id,
                                 .scope = slice_of(t->scope == NULL ? EVERYTHING : t->scope),
                                 .account_id = t->account_id == 0 ? CASE_ACCOUNT : t->account_id,
                                 .application_id = t->application_id == 0 ? CASE_APPLICATION : t->application_id,
                                 .generation = t->generation == 0 ? 5 : t->generation,
                                 .expires_at = t->expires_at == 0 ? now + 3600 : t->expires_at};
    token.issued_at = (token.expires_at < now ? token.expires_at : now) - 1;
    const struct signing_key *key = key_set_active(c->worker->policy->keys, TOKEN_ES256);
    assert_true(access_token_mint(c->worker->jws, &c->pool, key, &token, &text));
    return text;
}

h2o_iovec_t gateway_case_jti(struct gateway_case *c, h2o_iovec_t text)
{
    size_t len;
    slice_cut(&text, '.');
    h2o_iovec_t payload = slice_cut(&text, '.');
    uint8_t *json = h2o_mem_alloc_pool(&c->pool, payload.len);
    assert_true(codec_base64url_decode(json, &len, payload));
    json_t *claims = json_loadb((const char *)json, len, 0, NULL);
    h2o_iovec_t jti = slice_copy(&c->pool, slice_of(json_string_value(json_object_get(claims, "jti"))));
    json_decref(claims);
    return jti;
}

void gateway_case_client(struct gateway_case *c, const struct case_client *given)
{
    static const struct case_client usual = {.scopes = NULL};
    const struct case_client *client = given == NULL ? &usual : given;
    client_book_clear(c->worker->clients);
    const char *account = client->application ? "0" : "7";
    const char *client_id = client->application ? c->app_client_id : c->client_id;
    fake_db_expect(c->db, STATEMENT_CLIENT_FIND, FAKE_TEXTS(account, client_id));
    if (client->missing)
        return;
    fake_db_row(c->db,
                FAKE_TEXTS(account, client_id, "Production", "33", "Invoice importer", client->application ? "0" : "44",
                           client->application ? "" : "Anna Berg", client->scopes == NULL ? EVERYTHING : client->scopes,
                           client->permissions == NULL ? EVERYTHING : client->permissions,
                           client->generation == NULL ? "5" : client->generation, "0", FAR,
                           client->disabled ? "f" : "t", "t", "t", client->off ? "f" : "t",
                           client->application ? "f" : "t", client->office ? "t" : "f", NULL, NULL, NULL, NULL, "12",
                           client->requests == NULL ? "-1" : client->requests, "60",
                           client->application_requests == NULL ? "-1" : client->application_requests, "60", NULL, NULL,
                           client->addresses == NULL ? "" : client->addresses, client->shut == NULL ? "" : client->shut,
                           "f", "0", "f"));
}

/* --- asking
 * ----------------------------------------------------------------------------------------------------------------- */

const char *gateway_case_headers(struct gateway_case *c, h2o_iovec_t token, const char *more)
{
    return slice_format(&c->pool, "authorization: Bearer %.*s\r\n%s", SLICE_ARGS(token), more).base;
}

static void check_problem(const struct loopback_request *request, const struct exchange *exchange, int status,
                          const char *code)
{
    h2o_iovec_t body = exchange_body(exchange);
    check_slice(request->target, exchange_header(exchange, "content-type"), SLICE("application/problem+json"));
    if (strcmp(request->method, "HEAD") == 0) {
        assert_int_equal(body.len, 0);
        return;
    }
    json_t *problem = json_loadb(body.base, body.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(problem);
    if (strcmp(json_string_value(json_object_get(problem, "code")), code) != 0)
        fail_msg("%s %s: %.*s, want %s", request->method, request->target, SLICE_ARGS(body), code);
    assert_int_equal(json_integer_value(json_object_get(problem, "status")), status);
    assert_string_equal(json_string_value(json_object_get(problem, "Message")),
                        json_string_value(json_object_get(problem, "detail")));
    json_decref(problem);
}

struct exchange *gateway_case_ask(struct gateway_case *c, const struct loopback_request *request, int status,
                                  const char *code)
{
    struct exchange *exchange = loopback_ask(c->loopback, request);
    if (exchange_status(exchange) != status)
        fail_msg("%s %s: %d %.*s, want %d", request->method, request->target, exchange_status(exchange),
                 SLICE_ARGS(exchange_body(exchange)), status);
    if (code != NULL)
        check_problem(request, exchange, status, code);
    return exchange;
}

void gateway_case_expect(struct gateway_case *c, const struct loopback_request *request, int status, const char *code)
{
    exchange_end(gateway_case_ask(c, request, status, code));
}
