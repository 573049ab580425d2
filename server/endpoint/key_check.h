/* SPDX-License-Identifier: Apache-2.0 */
/* POST /oauth2/key-check: is this key right, and what may it do? For integrators who have been handed one. The client
 * authenticates as at the token endpoint, with the same slow-down, and whoever is not let in there hears the same here.
 * A right secret is told more than there: of a key that may do nothing now, why.
 *
 *   {"client_id":"hmk_...","name":"...","application":{"id":"app_...","name":"..."},"account":"acc_...",
 *    "office":false,"state":"active","scope":"customers:read products:read","effective_scope":"products:read",
 *    "reduced":[{"code":"holder_right_missing","layer":"holder","missing":"customers:read",
 *                "granted_by":"account_admin"}],
 *    "not_before":"...","expires_at":"..."}
 *
 * `state` is active, waiting (then waits_for says for whom), disabled, application_disabled, account_closed,
 * api_access_off, access_not_granted, plan_missing, not_yet, expired or revoked; what is not active may do nothing.
 * not_before and expires_at are there when they are set. An office's key may in each client account at most what is
 * told here, and what the template of the link has. */
#ifndef HALLMARK_ENDPOINT_KEY_CHECK_H
#define HALLMARK_ENDPOINT_KEY_CHECK_H

#include "http/call.h"

void key_check_start(struct call *call);

#endif
