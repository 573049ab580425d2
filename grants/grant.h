/* SPDX-License-Identifier: Apache-2.0 */
/* A grant is a row: its name, the parameters it declares, its flags, a pure check, an optional look-up, and what it
 * issues. Client authentication has been done before any of it, once for all grants. */
#ifndef HALLMARK_GRANTS_GRANT_H
#define HALLMARK_GRANTS_GRANT_H

#include "base/credential.h"
#include "base/err.h"
#include "base/form.h"
#include "client/client_book.h"
#include "client/link_book.h"
#include "client/policy.h"
#include "store/rows_call.h"
#include "store/store_grant.h"
#include "token/access_token.h"

enum grant_flag {
    GRANT_CONFIDENTIAL_ONLY = 1, /* a public client gets unauthorized_client */
    GRANT_OF_KEYS = 2,           /* an application, which acts for persons alone, gets unauthorized_client */
    GRANT_OF_PERSONS = 4, /* likewise a key; the account is the one that the code or token names, not the client's */
};

struct grant_yield;
typedef void grant_done(enum err err, struct grant_yield *yield, void *cookie);

struct grant_yield { /* what a grant hands back */
    h2o_iovec_t access_token;
    int64_t expires_in;
    h2o_iovec_t scope;         /* SLICE_NONE when it equals what was asked (then the answer leaves it out) */
    h2o_iovec_t jti;           /* for the log */
    h2o_iovec_t refresh_token; /* empty: none, or the one that was sent stays */
    h2o_iovec_t id_token;      /* empty: none */
};

struct grant_person { /* what a grant of persons keeps between its statements (grant_person.c) */
    h2o_iovec_t text; /* the code or refresh token, as sent */
    h2o_iovec_t scopes_asked;
    struct record_author author;
    struct grant_claim claim;
    struct store_grant_call *call; /* under way */
    struct store_grant_call *(*second)(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                       void *cookie);
    struct rows_call *reading; /* of the person, for the ID token, when the rest of the yield is there */
    struct grant_yield yield;
    h2o_iovec_t nonce; /* SLICE_NONE: none */
    int64_t auth_time_us;
    char fresh[CREDENTIAL_BYTES_MAX]; /* the refresh token that is going to be told; "": none */
    uint8_t fresh_digest[DIGEST_BYTES];
};

struct grant_ask { /* what a token request wants; lives in the request's pool */
    h2o_mem_pool_t *pool;
    const struct form *form;
    const struct policy *policy;
    const struct client *client;
    struct jws_contexts *contexts;
    h2o_iovec_t issuer;
    const struct api *api; /* the audience: by `resource`, by the token path, or NULL until grant_audience */
    int64_t account_id;    /* set by grant_account: the one that the token opens; of an office key's token without a
                            * client account the office's own, which such a token does not open */
    const struct office_link *link; /* of an office key to that account; NULL: there is none */
    int64_t now_s;
    struct scope_set granted; /* set by check: what issue is going to grant */
    /* set beside an error: one sentence for the developer; the error whose layer refused (base/layer.h), ERR_NONE: that
     * of the error itself; and the scopes that are missing there, SLICE_NONE: it is not about scopes */
    h2o_iovec_t detail;
    enum err cause;
    h2o_iovec_t missing;
    /* for grants that ask the database */
    struct db *db;
    h2o_iovec_t request_id, address; /* for the history */
    grant_done *done;
    void *cookie;
    struct grant_person person;
};

struct grant {
    h2o_iovec_t name;
    unsigned flags;
    enum err (*check)(struct grant_ask *ask); /* pure: of the ask it sets what the next step needs, or detail */
    enum err (*issue)(struct grant_ask *ask, struct grant_yield *yield); /* what needs no database; or NULL, and */
    /* what does: ask->done fires once, never inside; client and policy of the ask are held until then. The ask's
     * memory ends with grant_cancel. */
    void (*start)(struct grant_ask *ask);
};

/* Ends whatever is under way (done fires no more) and wipes what was drawn. For every ask of a grant with `start`. */
void grant_cancel(struct grant_ask *ask);

/* Signs an access token for ask->api with ask->granted; token has its subject or person, its account, and the
 * generation of what it hangs on beside the client, whose own is added. */
__attribute__((warn_unused_result)) enum err grant_mint(struct grant_ask *ask, struct access_token *token,
                                                        struct grant_yield *yield);

/* The key that signs with this algorithm now; NULL, with a line in the log, when there is none. */
const struct signing_key *grant_signing_key(const struct grant_ask *ask, enum token_algorithm algorithm);

const struct grant *grant_find(h2o_iovec_t name);
size_t grant_count(void);
const struct grant *grant_at(size_t index); /* for the metadata */

/* The api that a token request names (RFC 8707): each `resource` must be the audience of one api or of the management
 * API, alone or with the id of an account behind it (https://books.example/acc_..., see grant_account); two different
 * ones are ERR_INVALID_TARGET; none: the api whose token path was used, else NULL, and its scopes say what it is for.
 */
__attribute__((warn_unused_result)) enum err grant_target(const struct policy *policy, const struct form *form,
                                                          const struct api *of_token_path, const struct api **out,
                                                          h2o_iovec_t *detail_out);

/* That a token is for one audience, and has administrative scopes for the management API alone. Where the request named
 * none, scopes that are administrative alone (or with history:read, which goes with either) are for the management API;
 * everything else is for the first api. Scopes of both kinds are
 *   - ERR_INVALID_TARGET when they were asked for by name: one token cannot serve both;
 *   - when they were not, for the first api, without the administrative ones, so that a key with more rights than its
 *     application knows of goes on working.
 * The management API takes the other scopes too: whoever makes a key can give what the token has (hallmark.within).
 * Elsewhere administrative scopes are ERR_INVALID_SCOPE when asked for by name, and otherwise left out; it is
 * ERR_INVALID_SCOPE when nothing else is there. Of the ask it sets api, or detail. */
__attribute__((warn_unused_result)) enum err grant_audience(struct grant_ask *ask, struct scope_set *scopes,
                                                            bool asked);

/* What a `resource` means: the api whose audience it is, or NULL; *account_id_out is the account behind it, 0: none. */
const struct api *grant_resource(const struct policy *policy, h2o_iovec_t resource, int64_t *account_id_out);

/* The account that a token request is for: named by the parameter `account` (acc_...), by a `resource` that ends with
 * it, or by both alike; without a name the client's own. ERR_INVALID_TARGET for two different ones, for an account that
 * is not the key's own unless it is an office key, and for the office's own one with an office key: the same key cannot
 * serve the office and its clients at once. Pure: of the ask it sets account_id, or detail. */
__attribute__((warn_unused_result)) enum err grant_account(struct grant_ask *ask);

/* The account that the request names in any of these ways; 0: none. */
__attribute__((warn_unused_result)) enum err grant_named_account(struct grant_ask *ask, int64_t *named_out);

/* After grant_account: the token is for a client account of an office, so ask->link has to be looked for. Then
 * grant_judge_link says, as ERR_INVALID_TARGET with a detail and its cause, why the link opens nothing now. */
bool grant_needs_link(const struct grant_ask *ask);
__attribute__((warn_unused_result)) enum err grant_judge_link(struct grant_ask *ask);

/* Narrows: what was asked (parameter scope, SLICE_NONE: everything) against what the client may now. ERR_INVALID_SCOPE
 * names the first scope that it may not, and the layer that lacks it. Without a parameter the result is the whole
 * effective set. For a client account that is at most what the link's template has. An office key that names no client
 * account gets a token without scopes, which opens nothing but the list of its accounts; asking for some is
 * ERR_INVALID_SCOPE. */
__attribute__((warn_unused_result)) enum err grant_narrow_scope(struct grant_ask *ask, h2o_iovec_t asked,
                                                                struct scope_set *out);

#endif
