/* SPDX-License-Identifier: Apache-2.0 */
/* What people gave to applications: codes and refresh tokens. Each is spent by one statement that also keeps what it
 * yields, so that of any number of requests at the same moment one wins; a second statement, after it, says why the
 * others did not. */
#ifndef HALLMARK_STORE_STORE_GRANT_H
#define HALLMARK_STORE_STORE_GRANT_H

#include "base/secret.h"
#include "store/store_record.h"

enum grant_result {
    GRANT_REFUSED, /* unknown, over, another's, revoked, or not what the request says of it: nobody is told which */
    GRANT_DONE,
    GRANT_AGAIN,  /* a refresh token that was spent a moment ago: `sealed` has its successor */
    GRANT_USED,   /* it was used before: what it gave has been revoked */
    GRANT_SCOPE,  /* all fits but the scopes that were asked for */
    GRANT_TARGET, /* likewise the resource */
    /* a refresh token that can be given nothing now, and stays for when it can: */
    GRANT_NOTHING,            /* person and application share no right that it was given for */
    GRANT_ACCESS_OFF,         /* the account's access to the API is shut (client/access.h) */
    GRANT_ACCESS_NOT_GRANTED, /* likewise */
    GRANT_PLAN_MISSING,       /* likewise */
    GRANT__MAX,
};

struct grant_row {            /* texts are borrowed and valid inside the callback only */
    enum grant_result result; /* the rest is filled for GRANT_DONE and GRANT_AGAIN */
    int64_t user_id, grant_id, family_id;
    h2o_iovec_t scopes;      /* of the code or the family, canonical text */
    h2o_iovec_t permissions; /* of the member now */
    h2o_iovec_t resource;    /* the audience that was asked for; empty: none */
    h2o_iovec_t nonce;       /* SLICE_NONE: none */
    int64_t auth_time_us;    /* when the person logged in */
    int64_t generation;      /* of person and account (store_member.h) */
    h2o_iovec_t sealed;
};

/* `row` is NULL unless outcome is DB_DONE. */
typedef void store_grant_cb(enum db_outcome outcome, const struct grant_row *row, void *cookie);
struct store_grant_call; /* owned by the store; ends with its callback or its cancellation */

/* What a token request says of a code or refresh token. Texts are borrowed until the start function returns. */
struct grant_claim {
    int64_t account_id;                 /* its route */
    uint8_t digest[DIGEST_BYTES];       /* of its text */
    h2o_iovec_t client_id;              /* who asks */
    bool authenticated;                 /* by a secret */
    h2o_iovec_t resource;               /* the audience asked for; SLICE_NONE: none */
    h2o_iovec_t redirect_uri;           /* codes: as sent; SLICE_NONE: not sent */
    h2o_iovec_t code_challenge;         /* codes: of the verifier that was sent; SLICE_NONE: none was */
    h2o_iovec_t scopes;                 /* refresh: array text {a,b} of those asked for; SLICE_NONE: all */
    const uint8_t *fresh_digest;        /* of the refresh token that it yields; NULL: none */
    h2o_iovec_t sealed;                 /* that token, sealed */
    const struct record_author *author; /* who the history says has done it */
};

struct store_grant_call *store_code_redeem(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                           void *cookie);
struct store_grant_call *store_code_again(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                          void *cookie);
struct store_grant_call *store_refresh_keep(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                            void *cookie);
struct store_grant_call *store_refresh_rotate(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                              void *cookie);
struct store_grant_call *store_refresh_again(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                             void *cookie);

/* Ends the family of a refresh token of this client: claim has account, digest, client and author. GRANT_REFUSED: there
 * is none that lives. */
struct store_grant_call *store_refresh_revoke(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                              void *cookie);
/* Revokes one access token of claim->account_id until that moment. */
struct store_grant_call *store_access_revoke(struct db *db, const struct grant_claim *claim, h2o_iovec_t jti,
                                             int64_t until_us, store_grant_cb *callback, void *cookie);
void store_grant_cancel(struct store_grant_call **call); /* NULL is a no-op */

/* What a person has just consented to, and the code that hands it over. Texts are borrowed until the function returns.
 */
struct code_issue {
    int64_t account_id, user_id, application_id, client_account_id;
    h2o_iovec_t client_id;
    int64_t grant_id, family_id;  /* drawn: the grant's is used when the person has given none to the application yet */
    uint8_t digest[DIGEST_BYTES]; /* of the code */
    h2o_iovec_t redirect_uri;
    bool redirect_sent;               /* then it has to be sent again */
    h2o_iovec_t code_challenge;       /* S256; SLICE_NONE: none */
    h2o_iovec_t scopes;               /* array text {a,b} */
    h2o_iovec_t resource;             /* audience; SLICE_NONE: none was asked for */
    h2o_iovec_t nonce;                /* SLICE_NONE: none */
    int64_t auth_time_us, session_id; /* session 0: none */
    h2o_iovec_t methods;              /* array text of how the person logged in (RFC 8176); SLICE_NONE: not known */
    h2o_iovec_t id_token_claims;      /* array text of claims that the ID token is to have too; SLICE_NONE: none */
    const uint8_t *request_digest;    /* of the pushed request that this spends; NULL: there was none */
    const struct record_author *author;
};

/* grant_id 0 with DB_DONE: nothing was kept, since person, account or application may not, a scope is not theirs, or
 * the pushed request was spent before. */
typedef void store_code_issue_cb(enum db_outcome outcome, int64_t grant_id, void *cookie);
struct store_grant_call *store_code_issue(struct db *db, const struct code_issue *issue, store_code_issue_cb *callback,
                                          void *cookie);

#endif
