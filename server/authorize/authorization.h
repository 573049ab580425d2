/* SPDX-License-Identifier: Apache-2.0 */
/* One authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2): what was asked, who asks, and
 * what the checks made of it. In the request's pool. */
#ifndef HALLMARK_AUTHORIZE_AUTHORIZATION_H
#define HALLMARK_AUTHORIZE_AUTHORIZATION_H

#include "base/form.h"
#include "base/redirect_uri.h"
#include "base/scope.h"
#include "console/visit.h"
#include "store/store_authorize.h"
#include "store/store_grant.h"

#define AUTHORIZE_PATH "/authorize"

enum prompt {
    PROMPT_NONE = 1,
    PROMPT_LOGIN = 2,
    PROMPT_CONSENT = 4,
    PROMPT_SELECT_ACCOUNT = 8,
};

#define MAX_AGE_NONE (-1)

enum acr { /* what can be demanded of a login (token/id_token.h); a login with two factors is one with a password, too
            */
           ACR_ONE = 1,
           ACR_TWO = 2,
};

struct authorization {
    struct call *call;
    struct form form;          /* the parameters that count: those that were sent, or pushed */
    h2o_iovec_t client_id;     /* well formed; set before anything is asked */
    int64_t client_account_id; /* its route */
    struct authorize_client client;

    /* a pushed request (RFC 9126) */
    h2o_iovec_t request_uri; /* SLICE_NONE: it was not pushed */
    uint8_t request_digest[DIGEST_BYTES];

    /* set by the checks */
    bool may_redirect; /* the client and its redirect URI are proven: from here on errors go there */
    h2o_iovec_t redirect_uri;
    bool redirect_sent;
    bool form_post; /* OAuth 2.0 Form Post Response Mode; else the answer is a redirect */
    h2o_iovec_t code_challenge, nonce;
    struct scope_set scopes;     /* asked for, all of them among the application's own or OpenID's */
    h2o_iovec_t resource;        /* an audience; SLICE_NONE: none was named */
    int64_t account_id;          /* that was named; 0: none */
    h2o_iovec_t id_token_claims; /* array text of those that the ID token is to have too; SLICE_NONE: none */
    unsigned prompts;            /* enum prompt */
    h2o_iovec_t hinted;          /* the subject that a hint or a claim names; SLICE_NONE: whoever it is */
    unsigned acr;                /* enum acr: what the login has to be one of; 0: any */
    int64_t max_age_s;           /* MAX_AGE_NONE: any */
    h2o_iovec_t detail;          /* beside an error: one sentence for the developer; SLICE_NONE: the table's */

    /* the person */
    struct visit *visit;        /* NULL at the endpoint for pushed requests */
    struct session_row session; /* copied; user_id 0: nobody is logged in */

    char code[CREDENTIAL_BYTES_MAX]; /* wiped at the end */

    /* under way */
    struct rows_call *reading;
    struct store_grant_call *issuing;
    void (*go_on)(struct authorization *authorization); /* once client and parameters have passed the checks */
};

/* Begins a visit of ours; what is under way ends with the request. */
struct authorization *authorization_start(struct call *call);

/* The parameters of a request, as text; then client and checks, and then `go_on`, or an answer (authorize.c). */
void authorization_begin(struct authorization *authorization, h2o_iovec_t parameters);

/* --- what was asked (parameters.c) --- */

/* Reads parameters from a query or a form. ERR_INVALID_REQUEST with a detail: one comes twice, is not well formed, or
 * there is no client_id that could be one. Sets form, client_id and its route. */
__attribute__((warn_unused_result)) enum err authorization_read(struct authorization *authorization, h2o_iovec_t text);

/* ERR_INVALID_REQUEST with a detail: authorization_again is too long to be carried through a login. */
__attribute__((warn_unused_result)) enum err authorization_fits(struct authorization *authorization);

/* The path that asks the same again: of a pushed request its request_uri, else every parameter, encoded anew. Marks of
 * our own pages are left out. */
h2o_iovec_t authorization_again(const struct authorization *authorization);

/* A mark that our own pages put behind authorization_again; SLICE_NONE when it is not there. */
h2o_iovec_t authorization_mark(const struct authorization *authorization, const char *name);
#define MARK_LOGIN_AFTER                                                                                               \
    "login_after"             /* seconds since 1970: the login that prompt or max_age wanted was sent for then */
#define MARK_ACCOUNT "picked" /* the account that the person picked, acc_... */

/* --- whether it may be asked (check_table.c) --- */

enum check_at {
    CHECK_AT_AUTHORIZE = 1,
    CHECK_AT_PUSHED = 2,
};

/* Every check in the order of the specifications, until one fails; sets may_redirect on the way. */
__attribute__((warn_unused_result)) enum err authorization_check(struct authorization *authorization, unsigned at);

/* Reads the parameter claims (OpenID Connect Core section 5.5; claims.c): adds the scopes of the claims that it asks
 * for to those of the request, and reads which person and which acr it insists on. ERR_INVALID_REQUEST with a detail;
 * ERR_UNMET_AUTHENTICATION_REQUIREMENTS: it insists on an acr that nobody can have here. */
__attribute__((warn_unused_result)) enum err authorization_read_claims(struct authorization *authorization,
                                                                       h2o_iovec_t parameter);

/* --- who answers (person.c) --- */

/* Finds who is at the browser, sends them to log in where that is wanted, and goes on to the account and the consent.
 */
void authorization_find_person(struct authorization *authorization);

/* Keeps a copy of what was found of the person at the browser; NULL: nobody. */
void authorization_take_session(struct authorization *authorization, const struct session_row *session);

/* The login that was found is not what the request insists on. */
bool authorization_falls_short(const struct authorization *authorization);

/* Where somebody else can log in for this request. */
h2o_iovec_t authorization_as_another(const struct authorization *authorization);

/* --- in which account (choice.c) --- */

/* Shows the page on which the person picks one of these. */
void choice_show(struct authorization *authorization, const struct authorize_account *accounts, size_t count);

/* --- what is answered (answer.c) --- */

/* Ends the request with an error: at the client, once it is proven, else on a page. */
void authorization_refuse(struct authorization *authorization, enum err err);
/* Ends it with a code. */
void authorization_answer(struct authorization *authorization, h2o_iovec_t code);
/* The database could not do it. */
void authorization_failed(struct authorization *authorization, enum db_outcome outcome);

/* --- the consent (consent.c) --- */

#define VISIT_CONSENT "consent form"

/* Shows the page on which the person consents; `ticked_none` after one on which nothing was ticked. */
void consent_show(struct authorization *authorization, const struct authorize_account *account, bool ticked_none);
/* Gives the code for these scopes in this account. */
void consent_issue(struct authorization *authorization, int64_t account_id, const struct scope_set *scopes);

/* Openid says no more than that the application knows whom it has before it, which nothing works without: no box. */
bool consent_is_fixed(h2o_iovec_t scope);

/* What of the scopes asked for the person can give in an account; in the pool. */
void consent_reach(const struct authorization *authorization, h2o_iovec_t permissions, struct scope_set *out);

#endif
