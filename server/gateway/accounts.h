/* SPDX-License-Identifier: Apache-2.0 */
/* The client accounts that an office's key may ask tokens for: GET /oauth2/accounts.
 *
 *   {"accounts":[{"account":"acc_...","name":"...","state":"active",
 *                 "template":{"id":"tpl_...","name":"...","version":2},"scopes":"customers:read"}],
 *    "next_page_token":"..."}
 *
 * The state is "active", or what stands in the way: "ended" (the link), "closed" or "api_access_off" (the account),
 * "office_off" (its own switch for the office). A token that names no client account lists all of them; one that opens
 * a client account lists that one, since it is to open nothing else. A key that is no office's has an empty list.
 * Any scope will do, and none; the audience is that of any api. */
#ifndef HALLMARK_GATEWAY_ACCOUNTS_H
#define HALLMARK_GATEWAY_ACCOUNTS_H

#include "http/route.h"

extern const struct route accounts_route;

#endif
