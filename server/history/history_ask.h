/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of an account's history at a path of its own, beside the apis: the router has matched path and method,
 * and what is left is the gateway's order of refusals.
 *
 * A token for the management API or for any api of ours will do. An api that is shown a token, and replays it here,
 * sees no more than at <its prefix>/history, where that token is good anyhow: the same changes, and values of those
 * collections only that the token's scopes name; those of administrative changes are told to tokens for the management
 * API, since no other has such scopes. Apis that are not served from our own store are no apis of ours
 * (client/policy.h): their tokens open nothing here. */
#ifndef HALLMARK_HISTORY_HISTORY_ASK_H
#define HALLMARK_HISTORY_HISTORY_ASK_H

#include "gateway/ask.h"

/* For a route's start: takes the call through credential, right, request and record. */
void history_ask_start(struct call *call, const struct action *action);

#endif
