/* SPDX-License-Identifier: Apache-2.0 */
/* A person as an application may know them: by the family of tokens that they gave it. */
#ifndef HALLMARK_STORE_STORE_PERSON_H
#define HALLMARK_STORE_STORE_PERSON_H

#include "store/rows_call.h"

struct person_row { /* texts are borrowed and valid inside the callback only */
    int64_t user_id;
    h2o_iovec_t name, email;
    bool email_verified;         /* they have shown that they read what is sent there */
    int64_t profile_at_us;       /* when one of these was changed last */
    h2o_iovec_t subject_salt;    /* of an application that has subjects of its own (token/subject.h); else SLICE_NONE */
    h2o_iovec_t id_token_alg;    /* how the application's ID tokens are signed: "RS256", ... */
    h2o_iovec_t userinfo_alg;    /* likewise what userinfo answers; SLICE_NONE: it is not signed */
    h2o_iovec_t methods;         /* how the person logged in (RFC 8176), one space between two; may be empty */
    h2o_iovec_t id_token_claims; /* what the request wanted in the ID token, likewise */
    int64_t session_id;          /* the login that it was given in; 0: none */
};

/* One person_row, or none: the family has ended, or the person is not active. */
struct rows_call *store_person_find(struct db *db, int64_t account_id, int64_t family_id, rows_cb *callback,
                                    void *cookie);

#endif
