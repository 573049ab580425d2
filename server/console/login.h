/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in: GET and POST /login (address and password), POST /login/code (the second step, for who has one). Who was
 * sent here with a ticket (visit_login_location) goes back to where the ticket says, others to /sessions. */
#ifndef HALLMARK_CONSOLE_LOGIN_H
#define HALLMARK_CONSOLE_LOGIN_H

#include "console/cookie.h"
#include "console/guess.h"
#include "console/visit.h"

void login_start(struct call *call);
void login_code_start(struct call *call);

/* --- shared by the two steps --- */

struct login {
    struct visit *visit;
    struct guess guess;
    h2o_iovec_t email, onward; /* as typed; the ticket of where to go on, may be empty */
    int64_t user_id;
    uint8_t password_digest[DIGEST_BYTES]; /* of the hash that was right */
    h2o_iovec_t old_hash, fresh_hash; /* the password did not change, only how it is kept; SLICE_NONE: kept as it is */
    int64_t step;                     /* of the code that was right; 0: none */
    bool has_recovery;
    uint8_t recovery_digest[DIGEST_BYTES];
    char cookie[COOKIE_SECRET_BYTES]; /* of the session to come */
    void (*not_begun)(struct login *login);
};

struct login *login_of(struct visit *visit);

/* Everything was right: begins the session and sends the person on. `not_begun` answers when the database says no: the
 * password was changed meanwhile, or the code was used before. */
void login_begin_session(struct login *login, void (*not_begun)(struct login *login));

/* Before a page is sent: the answer to its form may lead to where the person is going on to. */
void login_allow_target(struct login *login);
/* Shows the page of the first step. */
void login_show(struct login *login, int status, enum page_login_refused refused, int64_t wait_s);
/* Goes on to the second step, for a person whose password was right. */
void login_ask_code(struct login *login);
void login_show_code(struct login *login, int status, enum page_code_refused refused, int64_t wait_s);

#endif
