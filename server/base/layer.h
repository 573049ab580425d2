/* SPDX-License-Identifier: Apache-2.0 */
/* Which layer refused, and who can grant what is missing there: one row for each error that refuses somebody. The words
 * go out as the members `layer` and `granted_by` of a refusal (RFC 9457 section 3.2; RFC 6749 section 5.2 lets an error
 * answer have more members, too), and are public for ever.
 *
 *   layer        token       the access token: missing, not valid now, or without the scope
 *                client      the key and its own scopes, or the application's
 *                holder      the permissions of the member whom the key hangs on, or of the person who asks
 *                template    the access template of an office's link
 *                link        the link of an office's key to a client account, or the client's switch for the office
 *                activation  the account is closed, or its API access is off, not granted, or not in its plan
 *                address     the key may not be used from the caller's address
 *                limit       too many requests or failures
 *
 *   granted_by   caller                who calls, with a new token
 *                account_admin         an admin of the account that the key belongs to
 *                office_admin          an admin of the accounting office
 *                client_account_admin  an admin of the client account
 *                operator              who runs this server
 *                time                  nobody: it passes by itself, Retry-After says when */
#ifndef HALLMARK_BASE_LAYER_H
#define HALLMARK_BASE_LAYER_H

#include "base/err.h"
#include "base/text.h"

struct layer_row {
    h2o_iovec_t layer, granted_by;
};

/* NULL: no layer stands behind this error. What somebody without a valid token can cause is `token`, `client` or
 * `limit` alone. */
const struct layer_row *layer_of(enum err err);

/* Adds the members layer, missing (SLICE_NONE: left out) and granted_by; nothing when no layer stands behind it. */
void layer_add_members(struct text *out, enum err err, h2o_iovec_t missing);

/* Adds to an array what takes scopes away: {"code":"...","layer":"...","missing":"...","granted_by":"..."}. */
void layer_add_entry(struct text *out, enum err err, h2o_iovec_t missing);

#endif
