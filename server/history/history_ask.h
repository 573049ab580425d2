/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of an account's history at a path of its own, beside the apis: the router has matched path and method,
 * and what is left is the gateway's order of refusals. */
#ifndef HALLMARK_HISTORY_HISTORY_ASK_H
#define HALLMARK_HISTORY_HISTORY_ASK_H

#include "gateway/ask.h"

/* For a route's start: takes the call through credential, right, request and record. */
void history_ask_start(struct call *call, const struct action *action);

#endif
