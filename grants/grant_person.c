/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant_person.h"

#include "grants/grant_identity.h"
#include "token/seal.h"
#include <assert.h>
#include <stdlib.h>

#define SUCCESSOR_PURPOSE "the successor of a spent refresh token"

/* --- what the request says --------------------------------------------------------------------------------------- */

static struct record_author author_of(const struct grant_ask *ask)
{
    return (struct record_author){.application_id = ask->client->application_id,
                                  .application_name = ask->client->application_name,
                                  .client_id = ask->client->client_id,
                                  .key_name = ask->client->name,
                                  .person_name = SLICE_NONE,
                                  .token_jti = SLICE_NONE,
                                  .request_id = ask->request_id,
                                  .address = ask->address};
}

enum err grant_person_begin(struct grant_ask *ask, enum credential_kind kind, h2o_iovec_t text)
{
    struct grant_person *person = &ask->person;
    int64_t named = 0;
    if (!credential_check(kind, text, &ask->account_id))
        return ERR_INVALID_GRANT;
    enum err err = grant_named_account(ask, &named);
    if (err == ERR_NONE && named != 0 && named != ask->account_id) {
        ask->detail = SLICE("The person chose another account than the one that the request names.");
        err = ERR_INVALID_TARGET;
    }
    person->text = text;
    person->author = author_of(ask);
    person->claim = (struct grant_claim){.account_id = ask->account_id,
                                         .client_id = ask->client->client_id,
                                         .authenticated = !ask->client->is_public,
                                         .resource = ask->api != NULL ? ask->api->audience : SLICE_NONE,
                                         .redirect_uri = SLICE_NONE,
                                         .code_challenge = SLICE_NONE,
                                         .scopes = SLICE_NONE,
                                         .sealed = SLICE_NONE,
                                         .author = &person->author};
    secret_digest(person->claim.digest, text);
    return err;
}

/* The key is the old token's alone: what stands in the database (its digest) does not yield it. */
static void successor_key(h2o_iovec_t old_token, uint8_t out[static DIGEST_BYTES])
{
    static const uint8_t constant[DIGEST_BYTES] = "hallmark refresh successor v1";
    secret_mac(out, constant, old_token);
}

void grant_person_draw(struct grant_ask *ask)
{
    struct grant_person *person = &ask->person;
    uint8_t key[DIGEST_BYTES];
    size_t len = credential_make(CREDENTIAL_REFRESH_TOKEN, ask->account_id, person->fresh);
    h2o_iovec_t fresh = {person->fresh, len};
    secret_digest(person->fresh_digest, fresh);
    person->claim.fresh_digest = person->fresh_digest;
    successor_key(person->text, key);
    bool done = seal_close(ask->pool, key, SLICE(SUCCESSOR_PURPOSE), fresh, &person->claim.sealed);
    secret_wipe(key, sizeof(key));
    assert(done);
}

/* False: it was sealed with another token, which cannot be. */
static bool open_successor(struct grant_ask *ask, h2o_iovec_t sealed)
{
    uint8_t key[DIGEST_BYTES];
    struct secret plain;
    successor_key(ask->person.text, key);
    bool opened = seal_open(key, SLICE(SUCCESSOR_PURPOSE), sealed, &plain);
    secret_wipe(key, sizeof(key));
    if (!opened)
        return false;
    bool fits = plain.len < sizeof(ask->person.fresh);
    if (fits) {
        memcpy(ask->person.fresh, plain.base, plain.len);
        ask->person.fresh[plain.len] = '\0';
    }
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return fits;
}

/* --- what may be granted ----------------------------------------------------------------------------------------- */

static bool may(const struct grant_ask *ask, const struct scope_set *permissions, h2o_iovec_t scope)
{
    return scope_is_identity(scope) ||
           (scope_set_has(&ask->client->scopes, scope) && scope_set_has(permissions, scope));
}

static enum err refuse_nothing(struct grant_ask *ask)
{
    ask->detail = SLICE("Nothing is left of what the person granted: application and person no longer share a right.");
    return ERR_INVALID_SCOPE;
}

/* Of the scopes that were granted, those asked for, and of these what application and person both have now. */
static enum err narrow(struct grant_ask *ask, const struct grant_row *row)
{
    struct scope_set granted, permissions, asked, left;
    h2o_iovec_t wanted = ask->person.scopes_asked;
    if (scope_set_parse(ask->pool, row->scopes, &granted) != ERR_NONE ||
        scope_set_parse(ask->pool, row->permissions, &permissions) != ERR_NONE)
        return ERR_INTERNAL;
    if (wanted.base != NULL && scope_set_parse(ask->pool, wanted, &asked) != ERR_NONE)
        return ERR_INVALID_SCOPE;
    scope_set_intersect(ask->pool, &granted, wanted.base == NULL ? &granted : &asked, &left);
    h2o_iovec_t *tokens = h2o_mem_alloc_pool(ask->pool, (left.count + 1) * sizeof(*tokens));
    struct scope_set reach = {SLICE_NONE, tokens, 0};
    for (size_t i = 0; i < left.count; ++i)
        if (may(ask, &permissions, left.tokens[i]))
            tokens[reach.count++] = left.tokens[i];
    scope_set_intersect(ask->pool, &left, &reach, &ask->granted);
    if (ask->granted.count > 0)
        return ERR_NONE;
    return refuse_nothing(ask);
}

/* The api that the person was asked for; the request's own, or that of the scopes, when there was none. */
static enum err find_api(struct grant_ask *ask, h2o_iovec_t resource)
{
    if (resource.len > 0)
        ask->api = policy_api_of_audience(ask->policy, resource);
    return resource.len > 0 && ask->api == NULL ? ERR_INVALID_TARGET : grant_audience(ask, &ask->granted, false);
}

static enum err issue(struct grant_ask *ask, const struct grant_row *row, struct grant_yield *yield)
{
    struct access_token token = {.account_id = ask->account_id,
                                 .user_id = row->user_id,
                                 .grant_id = row->grant_id,
                                 .family_id = row->family_id,
                                 .generation = row->generation};
    enum err err = narrow(ask, row);
    if (err == ERR_NONE)
        err = find_api(ask, row->resource);
    if (err == ERR_NONE)
        err = grant_mint(ask, &token, yield);
    yield->scope = token.scope;
    yield->refresh_token = slice_of(ask->person.fresh); /* "" when it is kept as it was */
    return err;
}

/* --- in order of time -------------------------------------------------------------------------------------------- */

static void person_spent(enum db_outcome outcome, const struct grant_row *row, void *cookie);
static void person_explained(enum db_outcome outcome, const struct grant_row *row, void *cookie);
static void person_told(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

void grant_person_run(struct grant_ask *ask, grant_statement *first, grant_statement *second)
{
    struct grant_person *person = &ask->person;
    client_share((struct client *)ask->client);
    policy_share((struct policy *)ask->policy);
    person->second = second;
    person->call = first(ask->db, &person->claim, person_spent, ask);
}

static void let_go(struct grant_ask *ask)
{
    struct client *client = (struct client *)ask->client;
    struct policy *policy = (struct policy *)ask->policy;
    ask->client = NULL;
    ask->policy = NULL;
    ask->api = NULL;
    client_release(client);
    policy_release(policy);
}

static void finish(struct grant_ask *ask, enum err err, struct grant_yield *yield)
{
    grant_done *done = ask->done;
    let_go(ask);
    done(err, yield, ask->cookie);
}

static enum err of_outcome(enum db_outcome outcome)
{
    return outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED;
}

static void succeed(struct grant_ask *ask, const struct grant_row *row)
{
    struct grant_person *person = &ask->person;
    person->yield = (struct grant_yield){.scope = SLICE_NONE};
    enum err err = issue(ask, row, &person->yield);
    if (err != ERR_NONE || !grant_identity_wanted(ask)) {
        finish(ask, err, &person->yield);
        return;
    }
    person->nonce = row->nonce.base == NULL ? SLICE_NONE : slice_copy(ask->pool, row->nonce);
    person->auth_time_us = row->auth_time_us;
    person->reading = store_person_find(ask->db, ask->account_id, row->family_id, person_told, ask);
}

/* The code is spent already: whoever gets no answer here has to ask the person again. No row: what was given has ended
 * since. */
static void person_told(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct grant_ask *ask = cookie;
    struct grant_yield *yield = &ask->person.yield;
    ask->person.reading = NULL;
    if (outcome != DB_DONE)
        finish(ask, of_outcome(outcome), NULL);
    else if (count == 0)
        finish(ask, ERR_INVALID_GRANT, NULL);
    else
        finish(ask, grant_identity(ask, rows, yield), yield);
}

static void person_spent(enum db_outcome outcome, const struct grant_row *row, void *cookie)
{
    struct grant_ask *ask = cookie;
    ask->person.call = NULL;
    if (outcome != DB_DONE)
        finish(ask, of_outcome(outcome), NULL);
    else if (row->result == GRANT_DONE)
        succeed(ask, row);
    else
        ask->person.call = ask->person.second(ask->db, &ask->person.claim, person_explained, ask);
}

/* Expired, unknown, used and another's are one answer (checklist item 32). An account without access to the API is a
 * target that cannot be reached, as it is to an office's key: whoever hears invalid_grant forgets the token, and it is
 * good again as soon as the access is. */
static enum err explain(struct grant_ask *ask, enum grant_result result)
{
    static const struct {
        enum err err, cause;
    } rows[GRANT__MAX] = {
        [GRANT_REFUSED] = {ERR_INVALID_GRANT, ERR_NONE},
        [GRANT_DONE] = {ERR_INTERNAL, ERR_NONE},
        [GRANT_AGAIN] = {ERR_INTERNAL, ERR_NONE},
        [GRANT_USED] = {ERR_INVALID_GRANT, ERR_NONE},
        [GRANT_SCOPE] = {ERR_INVALID_SCOPE, ERR_NONE},
        [GRANT_TARGET] = {ERR_INVALID_TARGET, ERR_NONE},
        [GRANT_NOTHING] = {ERR_INVALID_SCOPE, ERR_NONE},
        [GRANT_ACCESS_OFF] = {ERR_INVALID_TARGET, ERR_API_ACCESS_OFF},
        [GRANT_ACCESS_NOT_GRANTED] = {ERR_INVALID_TARGET, ERR_ACCESS_NOT_GRANTED},
        [GRANT_PLAN_MISSING] = {ERR_INVALID_TARGET, ERR_PLAN_MISSING},
    };
    if (result == GRANT_NOTHING)
        return refuse_nothing(ask);
    ask->cause = rows[result].cause;
    if (ask->cause != ERR_NONE)
        ask->detail = err_row(ask->cause)->text;
    return rows[result].err;
}

static void person_explained(enum db_outcome outcome, const struct grant_row *row, void *cookie)
{
    struct grant_ask *ask = cookie;
    ask->person.call = NULL;
    if (outcome != DB_DONE)
        finish(ask, of_outcome(outcome), NULL);
    else if (row->result == GRANT_AGAIN && open_successor(ask, row->sealed))
        succeed(ask, row);
    else
        finish(ask, explain(ask, row->result), NULL);
}

void grant_cancel(struct grant_ask *ask)
{
    if (ask->person.call != NULL || ask->person.reading != NULL) {
        store_grant_cancel(&ask->person.call);
        rows_call_cancel(&ask->person.reading);
        let_go(ask);
    }
    secret_wipe(ask->person.fresh, sizeof(ask->person.fresh));
}
