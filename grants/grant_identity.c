/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant_identity.h"

#include "client/person_claims.h"
#include "token/id_token.h"
#include "token/subject.h"

#define US_PER_SECOND    1000000
#define MORE_BYTES_USUAL 256

bool grant_identity_wanted(const struct grant_ask *ask)
{
    return scope_set_has(&ask->granted, SLICE("openid"));
}

/* What the request wanted in the ID token itself. Everything else is told by userinfo (section 5.4). */
static h2o_iovec_t more_of(const struct grant_ask *ask, const struct person_row *person)
{
    struct text more;
    text_start(&more, ask->pool, MORE_BYTES_USUAL);
    if (person->id_token_claims.len > 0)
        person_claims_add(&more, person, &ask->granted, person->id_token_claims);
    return text_slice(&more);
}

static h2o_iovec_t session_of(const struct grant_ask *ask, const struct person_row *person)
{
    if (person->session_id == 0)
        return SLICE_NONE;
    return subject_session(ask->pool, person->session_id, person->subject_salt);
}

enum err grant_identity(struct grant_ask *ask, const struct person_row *person, struct grant_yield *yield)
{
    enum token_algorithm algorithm;
    const struct signing_key *key = NULL;
    if (token_algorithm_parse(person->id_token_alg, &algorithm))
        key = grant_signing_key(ask, algorithm);
    if (key == NULL)
        return ERR_INTERNAL;
    struct id_token token = {.issuer = ask->issuer,
                             .subject = subject_text(ask->pool, person->user_id, person->subject_salt),
                             .audience = ask->client->client_id,
                             .nonce = ask->person.nonce,
                             .access_token = yield->access_token,
                             .methods = person->methods,
                             .more = more_of(ask, person),
                             .session = session_of(ask, person),
                             .auth_time = ask->person.auth_time_us / US_PER_SECOND,
                             .issued_at = ask->now_s,
                             .expires_at = ask->now_s + yield->expires_in};
    return id_token_mint(ask->contexts, ask->pool, key, &token, &yield->id_token) ? ERR_NONE : ERR_INTERNAL;
}
