/* SPDX-License-Identifier: Apache-2.0 */
/* The change history of the reader's account, newest first: of everything at GET /history and at <api prefix>/history,
 * of one record at <record>/history. */
#ifndef HALLMARK_HISTORY_HISTORY_H
#define HALLMARK_HISTORY_HISTORY_H

#include "gateway/ask.h"
#include "http/route.h"

extern const struct route history_route; /* the plain path: a token for any api of ours will do */

/* What the gateway does with such a path under an api's prefix. */
extern const struct action history_of_account_action;
extern const struct action history_of_record_action; /* record_history.c */

#endif
