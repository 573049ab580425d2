/* SPDX-License-Identifier: Apache-2.0 */
/* The management API, /admin/v1: every operation of the table goes the gateway's order of refusals (path, method,
 * token, right, request), runs its one statement, and answers a change when every thread of this node has applied it.
 * The token has to be for the management API's own audience (client/policy.h): one that was shown to an api opens
 * nothing here. */
#ifndef HALLMARK_ADMIN_ADMIN_H
#define HALLMARK_ADMIN_ADMIN_H

#include "http/route.h"

extern const struct route admin_route;

#endif
