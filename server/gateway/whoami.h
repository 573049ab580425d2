/* SPDX-License-Identifier: Apache-2.0 */
/* Who the caller is, what the token says, what is left of it now, and what takes the rest away: GET /whoami. A valid
 * token is all that it needs; the audience is that of any api.
 *
 *   {"client_id":"hmk_...","name":"...","application":{"id":"app_...","name":"..."},"account":"acc_...",
 *    "scope":"customers:read products:read","effective_scope":"products:read",
 *    "reduced":[{"code":"holder_right_missing","layer":"holder","missing":"customers:read",
 *                "granted_by":"account_admin"}],
 *    "expires_at":"2026-11-27T04:10:00.000000Z"}
 *
 * An office's key has `office` (its own account) and, when the token names a client account, `account` and `template`.
 * A token that speaks for a person has `user`.
 * When nothing at all can be done in the account now, `reduced` has one entry for everything.
 *
 * With as=METHOD%20PATH there is one member more, which says what the gateway would say of such a call, up to the point
 * where it would look at the body or at a record: it goes through the very same checks.
 *
 *   "as":{"method":"PUT","path":"/api2/public/customers","allowed":false,"status":403,"code":"...","detail":"...",
 *         "layer":"holder","missing":"customers:write","granted_by":"account_admin"}
 *
 * `status` of what is allowed is that of success. The path has to lie under an api's prefix. */
#ifndef HALLMARK_GATEWAY_WHOAMI_H
#define HALLMARK_GATEWAY_WHOAMI_H

#include "http/route.h"

extern const struct route whoami_route;

#endif
