/* SPDX-License-Identifier: Apache-2.0 */
/* What an application may be told of a person, claim by claim, and by which scope (OpenID Connect Core sections 5.1 and
 * 5.4). Whoever asks for a claim by name (section 5.5) asks for its scope: the person consents to scopes alone, so
 * nothing is told that no scope of theirs covers. Pure. */
#ifndef HALLMARK_CLIENT_PERSON_CLAIMS_H
#define HALLMARK_CLIENT_PERSON_CLAIMS_H

#include "base/scope.h"
#include "base/text.h"
#include "store/store_person.h"

/* The scope that covers a claim; SLICE_NONE: it is none of ours. */
h2o_iovec_t person_claim_scope(h2o_iovec_t claim);

/* The names of all of them, one space between two. */
h2o_iovec_t person_claim_names(h2o_mem_pool_t *pool);

/* Adds as members the claims that the scopes cover, of these the ones named in `wanted` (one space between two;
 * SLICE_NONE: all). */
void person_claims_add(struct text *out, const struct person_row *person, const struct scope_set *scopes,
                       h2o_iovec_t wanted);

#endif
