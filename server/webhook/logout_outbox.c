/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/logout_outbox.h"

#include "base/clock.h"
#include "base/credential.h"
#include "store/store_logout_token.h"
#include "token/logout_token.h"
#include "token/subject.h"

#define TOKEN_SECONDS  120 /* section 2.4: at most two minutes, so that none can be played again later */
#define ATTEMPTS_MAX   4   /* over more than half an hour: an application that was away for longer has its own hours */
#define ASKED_S_MAX    600 /* whatever Retry-After says: all attempts are over within an hour */
#define STATUS_REFUSED 400 /* section 2.8: the application understood, and cannot */
#define IDENTITY_BYTES 192

static const h2o_iovec_t headers[] = {
    {(char *)"Content-Type: application/x-www-form-urlencoded", 47},
};

/* --- the keys ----------------------------------------------------------------------------------------------------- */

/* Read each time: logins end seldom, and a key that was withdrawn signs nothing more. */
static struct key_set *read_keys(struct db_sync *db, const struct settings *settings, h2o_mem_pool_t *pool)
{
    const struct signing_key_row *rows;
    const char *wrong = "the database did not tell them";
    h2o_iovec_t kid = SLICE("");
    struct key_set *keys = NULL;
    size_t count;
    if (store_logout_keys(db, pool, &rows, &count)) {
        struct key_material *material = h2o_mem_alloc_pool(pool, (count + 1) * sizeof(*material));
        for (size_t i = 0; i < count; ++i)
            material[i] = (struct key_material){rows[i].kid, rows[i].algorithm, rows[i].state, rows[i].public_der,
                                                rows[i].sealed};
        keys = key_set_create(material, count, settings->master_key, &wrong, &kid);
    }
    if (keys == NULL)
        log_event(LOG_LEVEL_ERROR, "logout_tokens_without_keys", "\"reason\":\"%s\",\"kid\":\"%.*s\"", wrong,
                  SLICE_ARGS(kid));
    return keys;
}

/* --- a delivery --------------------------------------------------------------------------------------------------- */

struct signer {           /* of one lease */
    struct key_set *keys; /* NULL: none can be used */
    struct jws_contexts *contexts;
    h2o_iovec_t issuer;
};

static h2o_iovec_t identity_of(h2o_mem_pool_t *pool, const struct logout_row *row)
{
    struct text members;
    text_start(&members, pool, IDENTITY_BYTES);
    text_add_format(&members, "\"client_account_id\":%lld,\"user_id\":%lld,\"session_id\":%lld",
                    (long long)row->client_account_id, (long long)row->user_id, (long long)row->session_id);
    text_add_string_member(&members, SLICE("client_id"), row->client_id);
    return text_slice(&members);
}

static bool mint(const struct signer *signer, h2o_mem_pool_t *pool, const struct logout_row *row, h2o_iovec_t *text_out)
{
    enum token_algorithm algorithm;
    const struct signing_key *key = NULL;
    if (signer->keys != NULL && token_algorithm_parse(row->id_token_alg, &algorithm))
        key = key_set_active(signer->keys, algorithm);
    if (key == NULL)
        return false;
    int64_t now = clock_unix_s();
    struct logout_token token = {.issuer = signer->issuer,
                                 .subject = subject_text(pool, row->user_id, row->subject_salt),
                                 .audience = row->client_id,
                                 .session = subject_session(pool, row->session_id, row->subject_salt),
                                 .id = row->jti,
                                 .issued_at = now,
                                 .expires_at = now + TOKEN_SECONDS};
    return logout_token_mint(signer->contexts, pool, key, &token, text_out);
}

static struct delivery delivery_of(const struct signer *signer, h2o_mem_pool_t *pool, const struct logout_row *row)
{
    struct delivery delivery = {.identity = identity_of(pool, row),
                                .attempt = row->attempt,
                                .url = row->url,
                                .body = SLICE(""),
                                .headers = headers,
                                .header_count = sizeof(headers) / sizeof(headers[0])};
    h2o_iovec_t token;
    if (mint(signer, pool, row, &token)) /* none of its characters is escaped in a form */
        delivery.body = slice_format(pool, "logout_token=%.*s", SLICE_ARGS(token));
    else
        delivery.fault = "there is no key to sign it with";
    return delivery;
}

/* --- the outbox --------------------------------------------------------------------------------------------------- */

static bool lease(struct db_sync *db, const struct settings *settings, const struct outbox_lease *lease,
                  h2o_mem_pool_t *pool, const struct delivery **deliveries_out, size_t *count_out)
{
    struct logout_row *rows;
    if (!store_logout_lease(db, lease->number, lease->seconds, lease->most, lease->each, pool, &rows, count_out))
        return false;
    if (*count_out == 0)
        return true;
    struct signer signer = {
        .keys = read_keys(db, settings, pool), .contexts = jws_contexts_create(), .issuer = settings->issuer};
    struct delivery *deliveries = h2o_mem_alloc_pool(pool, *count_out * sizeof(*deliveries));
    for (size_t i = 0; i < *count_out; ++i)
        deliveries[i] = delivery_of(&signer, pool, &rows[i]);
    *deliveries_out = deliveries;
    jws_contexts_destroy(signer.contexts);
    key_set_release(signer.keys);
    return true;
}

static void tell_lost(const struct logout_lost *lost)
{
    char session[IDENT_BYTES_MAX], detail[256];
    ident_text(IDENT_SESSION, lost->session_id, session);
    log_event(LOG_LEVEL_WARN, "logout_not_delivered",
              "\"client\":\"%.*s\",\"session\":\"%s\",\"attempts\":%lld,\"status\":%lld,\"reason\":%s",
              SLICE_ARGS(lost->client_id), session, (long long)lost->attempt, (long long)lost->status,
              log_quote(detail, sizeof(detail), lost->detail));
}

static bool record(struct db_sync *db, int64_t lease_number, h2o_iovec_t results, h2o_mem_pool_t *pool)
{
    const struct logout_lost *lost;
    size_t count;
    if (!store_logout_record(db, lease_number, results, pool, &lost, &count))
        return false;
    for (size_t i = 0; i < count; ++i)
        tell_lost(&lost[i]);
    return true;
}

const struct outbox logout_outbox = {
    .name = "logout tokens",
    .counter = "hallmark_logout_deliveries_total",
    .gauge = "hallmark_logout_transfers",
    .transfers_max = LIMIT_LOGOUT_TRANSFERS_MAX,
    .rules = {.attempts_max = ATTEMPTS_MAX, .asked_s_max = ASKED_S_MAX, .refused = STATUS_REFUSED},
    .lease = lease,
    .record = record,
    .release = store_logout_release,
};
