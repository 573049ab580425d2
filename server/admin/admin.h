/* SPDX-License-Identifier: Apache-2.0 */
/* The management API, /admin/v1: every operation of the table goes the gateway's order of refusals (path, method,
 * token, right, request), runs its one statement, and answers a change when every thread of this node has applied it.
 */
#ifndef HALLMARK_ADMIN_ADMIN_H
#define HALLMARK_ADMIN_ADMIN_H

#include "http/route.h"

extern const struct route admin_route;

#endif
