/* SPDX-License-Identifier: Apache-2.0 */
/* People who log in, and their sessions: calls of rows (store/rows_call.h). */
#ifndef HALLMARK_STORE_STORE_LOGIN_H
#define HALLMARK_STORE_STORE_LOGIN_H

#include "base/secret.h"
#include "store/rows_call.h"

struct login_row { /* who logs in */
    int64_t user_id;
    h2o_iovec_t name, email;
    h2o_iovec_t password_hash;             /* SLICE_NONE: has none, and cannot log in */
    uint8_t password_digest[DIGEST_BYTES]; /* of that hash: what a login was begun with */
    bool active;
    h2o_iovec_t totp_sealed; /* SLICE_NONE: no second factor */
};

struct session_row { /* whose cookie it is */
    int64_t user_id, id;
    h2o_iovec_t name, email;
    int64_t created_us, seen_us; /* the login; the last use that was written down */
    h2o_iovec_t methods;         /* RFC 8176, such as "pwd otp mfa" */
    bool has_second;             /* the person has a second factor now, whatever the login was */
};

struct session_place { /* one line of "where you are logged in" */
    int64_t id, created_us, seen_us;
    h2o_iovec_t address, program;
};

struct password_link_row { /* who sets their password */
    int64_t user_id;
    h2o_iovec_t name, email;
};

/* What a finished login leaves behind. */
struct session_new {
    int64_t user_id;
    const uint8_t *password_digest; /* as login_row told it */
    int64_t step;                   /* of the TOTP code that was right; 0: none */
    const uint8_t *recovery_digest; /* of a recovery code; NULL: none */
    const uint8_t *digest;          /* of the new cookie */
    h2o_iovec_t methods;            /* as PostgreSQL spells an array: {pwd,otp} */
    h2o_iovec_t address, program;   /* at most 45 and LIMIT_PROGRAM_BYTES_MAX bytes of UTF-8 */
    const uint8_t *old_digest;      /* of the cookie that the browser had; NULL: none */
    h2o_iovec_t actor;              /* store_actor_text */
};

/* Each function says what its rows are, or what their number means. */

struct rows_call *store_login_find(struct db *db, h2o_iovec_t email, rows_cb *callback, void *cookie); /* login_row */
struct rows_call *store_login_find_second(struct db *db, int64_t user_id, rows_cb *callback,
                                          void *cookie); /* login_row */
/* count 1: it is there. 0: the person may not log in (any more), or the code was used before. */
struct rows_call *store_session_begin(struct db *db, const struct session_new *session, rows_cb *callback,
                                      void *cookie);
struct rows_call *store_session_find(struct db *db, const uint8_t digest[static DIGEST_BYTES], rows_cb *callback,
                                     void *cookie); /* session_row */
struct rows_call *store_session_list(struct db *db, int64_t user_id, rows_cb *callback,
                                     void *cookie); /* session_place */
/* One session; or (id 0) all of the person, and with them whatever was issued in their name. count 0: there was none.
 */
struct rows_call *store_session_end(struct db *db, int64_t user_id, int64_t id, h2o_iovec_t actor, rows_cb *callback,
                                    void *cookie);

struct rows_call *store_password_link_find(struct db *db, const uint8_t digest[static DIGEST_BYTES], rows_cb *callback,
                                           void *cookie); /* password_link_row */
/* count 1: the link is spent and the password set; 0: it was spent before, or has ended. `actor`: store_actor_text. */
struct rows_call *store_password_link_use(struct db *db, const uint8_t digest[static DIGEST_BYTES],
                                          h2o_iovec_t password_hash, h2o_iovec_t actor, rows_cb *callback,
                                          void *cookie);

/* Another password, from a person who knows the one that they have, in a login that is fresh. */
struct password_new {
    int64_t user_id, session_id;
    const uint8_t *old_digest; /* of the hash that was right, as login_row told it */
    h2o_iovec_t password_hash;
    const uint8_t *digest; /* of the cookie with which the login goes on */
};
/* count 1: it is set, all other logins have ended, and this one has another cookie; 0: the login is no fresh one, or
 * the password is another one by now. `actor`: store_actor_text. */
struct rows_call *store_password_change(struct db *db, const struct password_new *password, h2o_iovec_t actor,
                                        rows_cb *callback, void *cookie);

/* A second factor that a person switches on, in a login that is fresh. */
struct factor_new {
    int64_t user_id, session_id;
    h2o_iovec_t sealed;
    int64_t step;                 /* of the code that proved it */
    h2o_iovec_t recovery_digests; /* as PostgreSQL spells an array */
};

/* count 1: done; 0: the login is no fresh one, or things are not so (any more). `actor`: store_actor_text. */
struct rows_call *store_totp_begin(struct db *db, const struct factor_new *factor, h2o_iovec_t actor, rows_cb *callback,
                                   void *cookie);
struct rows_call *store_totp_end(struct db *db, int64_t user_id, int64_t session_id, h2o_iovec_t actor,
                                 rows_cb *callback, void *cookie);
struct rows_call *store_recovery_renew(struct db *db, int64_t user_id, int64_t session_id, h2o_iovec_t recovery_digests,
                                       rows_cb *callback, void *cookie);

/* Asks for a link by mail; kind and language as hallmark.link_request has them. */
struct rows_call *store_link_request_make(struct db *db, h2o_iovec_t kind, h2o_iovec_t email, h2o_iovec_t language,
                                          rows_cb *callback, void *cookie);

/* Nobody waits for these two: what fails is tried again at the next use, or the next login. */
void store_session_touch(struct db *db, int64_t user_id, int64_t id);
void store_login_rehash(struct db *db, int64_t user_id, h2o_iovec_t old_hash, h2o_iovec_t new_hash);

#endif
