/* SPDX-License-Identifier: Apache-2.0 */
/* What was revoked before its time, each with the moment until which that matters: an immutable hash set, shared by the
 * snapshots that were made while it did not change. The count of references is atomic. */
#ifndef HALLMARK_CLIENT_POLICY_REVOCATIONS_H
#define HALLMARK_CLIENT_POLICY_REVOCATIONS_H

#include "store/store_policy.h"

struct policy_revocations;

/* Copies the rows. Subjects are unique in the whole deployment, so the account (which spreads the table) is not looked
 * at. */
struct policy_revocations *policy_revocations_create(const struct revocation_row *rows, size_t count);
struct policy_revocations *policy_revocations_share(struct policy_revocations *revocations);
void policy_revocations_release(struct policy_revocations *revocations); /* NULL is a no-op */

size_t policy_revocations_count(const struct policy_revocations *revocations);
bool policy_revocations_has(const struct policy_revocations *revocations, h2o_iovec_t kind, h2o_iovec_t subject,
                            int64_t now_us);

#endif
