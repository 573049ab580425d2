/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#include "base/codec.h"
#include "http/route.h"

static void never_started(struct call *call)
{
    (void)call;
    fail_msg("the gateway was reached");
}

static const struct route gateway = {
    .path = SLICE("{gateway}"), .style = ROUTE_PROBLEM, .flags = ROUTE_EVERY_METHOD, .start = never_started};

void bed_build_policy(struct bed *bed)
{
    policy_release(bed->worker->policy);
    bed->worker->policy = policy_case_build(&bed->policy);
}

static const struct bed_client usual_client = {
    .account_id = "7",
    .application_id = "5",
    .holder_id = "3",
    .scopes = "customers:read customers:write history:read",
    .permissions = "customers:read customers:write keys:write",
    .generation = "4",
    .not_before_us = "0",
    .expires_us = "9223372036854775807",
    .client_active = "t",
    .application_active = "t",
    .account_active = "t",
    .api_access = "t",
    .holder_active = "t",
    .secret1_end_us = "9223372036854775807",
};

int bed_setup(void **state)
{
    static struct bed bed;
    memset(&bed, 0, sizeof(bed));
    secret_start();
    clock_set_for_test(BED_NOW_US, 0);
    bed.settings = (struct settings){.issuer = SLICE("https://id.example"), .database = "", .cache_megabytes = 1};
    bed.loopback = loopback_create(&bed.settings, endpoint_table(&gateway));
    bed.worker = loopback_worker(bed.loopback);
    bed.db = bed.worker->db;
    policy_case_start(&bed.policy);
    bed_build_policy(&bed);
    bed.client = usual_client;
    credential_make(CREDENTIAL_CLIENT_ID, BED_ACCOUNT, bed.client_id);
    credential_make(CREDENTIAL_CLIENT_ID, BED_ACCOUNT, bed.unknown_client);
    credential_make(CREDENTIAL_CLIENT_SECRET, BED_ACCOUNT, bed.secrets[0]);
    credential_make(CREDENTIAL_CLIENT_SECRET, BED_ACCOUNT, bed.secrets[1]);
    credential_make(CREDENTIAL_CLIENT_SECRET, BED_ACCOUNT, bed.wrong_secret);
    snprintf(bed.basic, sizeof(bed.basic), "%s", bed_basic(bed.client_id, bed.secrets[0]));
    *state = &bed;
    return 0;
}

int bed_teardown(void **state)
{
    struct bed *bed = *state;
    loopback_destroy(bed->loopback);
    clock_set_for_test(0, 0);
    return 0;
}

/* --- the client -------------------------------------------------------------------------------------------------- */

static const char *digest_text(const char *secret, char out[static 3 + CODEC_HEX_LEN(DIGEST_BYTES)])
{
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, slice_of(secret));
    memcpy(out, "\\x", 2);
    out[2 + codec_hex_encode(out + 2, digest, sizeof(digest))] = '\0';
    return out;
}

static void add_row(struct bed *bed)
{
    char digests[2][3 + CODEC_HEX_LEN(DIGEST_BYTES)];
    const struct bed_client *c = &bed->client;
    const char *first = c->secret1_end_us == NULL ? NULL : digest_text(bed->secrets[0], digests[0]);
    const char *second = c->secret2_end_us == NULL ? NULL : digest_text(bed->secrets[1], digests[1]);
    fake_db_row(bed->db,
                FAKE_TEXTS(c->account_id, bed->client_id, "Bookkeeping", c->application_id, "Books", c->holder_id,
                           "Ada", c->scopes, c->permissions, c->generation, c->not_before_us, c->expires_us,
                           c->client_active, c->application_active, c->account_active, c->api_access, c->holder_active,
                           "f", first, c->secret1_end_us, second, c->secret2_end_us, "12",
                           c->requests == NULL ? "-1" : c->requests, "60", "-1", "-1", first == NULL ? NULL : "1",
                           second == NULL ? NULL : "2", c->addresses == NULL ? "" : c->addresses,
                           c->shut == NULL ? "" : c->shut, c->is_public ? "t" : "f",
                           c->introspects == NULL ? "0" : c->introspects, c->is_waiting ? "t" : "f"));
}

void bed_tell_client(struct bed *bed)
{
    client_book_clear(bed->worker->clients);
    fake_db_always(bed->db, STATEMENT_CLIENT_FIND);
    add_row(bed);
}

void bed_expect_client(struct bed *bed)
{
    fake_db_expect(bed->db, STATEMENT_CLIENT_FIND, FAKE_TEXTS(bed->client.account_id, bed->client_id));
    add_row(bed);
}

/* --- requests ---------------------------------------------------------------------------------------------------- */

const char *bed_basic(const char *client_id, const char *secret)
{
    static char headers[512];
    char pair[256], encoded[400];
    int len = snprintf(pair, sizeof(pair), "%s:%s", client_id, secret);
    encoded[codec_base64_encode(encoded, pair, (size_t)len)] = '\0';
    snprintf(headers, sizeof(headers), "authorization: Basic %s\r\n" BED_FORM, encoded);
    return headers;
}

struct exchange *bed_ask_token(struct bed *bed, const char *headers, const char *body)
{
    return loopback_ask(bed->loopback, &(struct loopback_request){.method = "POST",
                                                                  .target = "/oauth2/token",
                                                                  .headers = headers == NULL ? bed->basic : headers,
                                                                  .body = slice_of(body)});
}

struct exchange *bed_get(struct bed *bed, const char *target)
{
    return loopback_ask(bed->loopback, &(struct loopback_request){.method = "GET", .target = target});
}

json_t *bed_json(const struct exchange *exchange)
{
    h2o_iovec_t body = exchange_body(exchange);
    json_t *object = json_loadb(body.base, body.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object))
        fail_msg("no JSON object: %.*s", SLICE_ARGS(body));
    return object;
}

const char *bed_string(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* RFC 6749 section 5.2; protocol fact 3: errors are not stored either. */
void bed_check_refusal(const char *name, struct exchange *exchange, int status, const char *code)
{
    json_t *body = bed_json(exchange);
    const char *error = bed_string(body, "error");
    if (exchange_status(exchange) != status || error == NULL || strcmp(error, code) != 0)
        fail_msg("case \"%s\": got %d %s (%s), want %d %s", name, exchange_status(exchange), error,
                 bed_string(body, "error_description"), status, code);
    check(name, bed_string(body, "error_description") != NULL);
    size_t members = 2;
    static const char *const more[] = {"layer", "missing", "granted_by"};
    for (size_t i = 0; i < COUNT_OF(more); ++i)
        members += bed_string(body, more[i]) != NULL;
    check(name, (bed_string(body, "layer") == NULL) == (bed_string(body, "granted_by") == NULL));
    check(name, json_object_size(body) == members);
    check_slice(name, exchange_header(exchange, "content-type"), SLICE("application/json"));
    check_slice(name, exchange_header(exchange, "cache-control"), SLICE("no-store"));
    check_slice(name, exchange_header(exchange, "pragma"), SLICE("no-cache"));
    json_decref(body);
    exchange_end(exchange);
}
