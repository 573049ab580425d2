/* SPDX-License-Identifier: Apache-2.0 */
/* What the two grants of persons, authorization_code and refresh_token, have in common: what the request says of its
 * code or token, one statement that spends it, another that says why it could not be, and the tokens at the end. */
#ifndef HALLMARK_GRANTS_GRANT_PERSON_H
#define HALLMARK_GRANTS_GRANT_PERSON_H

#include "grants/grant.h"

/* Begins a call about the code or token `text` (well formed; its route is account_id): fills claim but for what is the
 * grant's own. ERR_INVALID_TARGET when the request names another account than the text's own. */
__attribute__((warn_unused_result)) enum err grant_person_begin(struct grant_ask *ask, enum credential_kind kind,
                                                                h2o_iovec_t text);

/* Draws the refresh token that the statement is to keep, into ask->person. */
void grant_person_draw(struct grant_ask *ask);

typedef struct store_grant_call *grant_statement(struct db *db, const struct grant_claim *claim,
                                                 store_grant_cb *callback, void *cookie);

/* Runs `first`; when nothing came of it, `second`. Holds client and policy meanwhile. Ends with grant_done. */
void grant_person_run(struct grant_ask *ask, grant_statement *first, grant_statement *second);

#endif
