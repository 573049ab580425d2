/* SPDX-License-Identifier: Apache-2.0 */
/* The ID token beside an access token (OpenID Connect Core sections 3.1.3.3 and 12.2). */
#ifndef HALLMARK_GRANTS_GRANT_IDENTITY_H
#define HALLMARK_GRANTS_GRANT_IDENTITY_H

#include "grants/grant.h"
#include "store/store_person.h"

/* Whether what was granted wants one. */
bool grant_identity_wanted(const struct grant_ask *ask);

/* Adds it to the yield, which has its access token. The person is whom that speaks for; nonce and time of login stand
 * in ask->person. */
__attribute__((warn_unused_result)) enum err grant_identity(struct grant_ask *ask, const struct person_row *person,
                                                            struct grant_yield *yield);

#endif
