/* SPDX-License-Identifier: Apache-2.0 */
/* Where a person is logged in: GET /sessions lists it, POST /sessions ends one, POST /logout this one, or with the
 * field `everywhere` all of them. */
#ifndef HALLMARK_CONSOLE_SESSIONS_H
#define HALLMARK_CONSOLE_SESSIONS_H

#include "http/call.h"

void sessions_start(struct call *call);
void logout_start(struct call *call);

#endif
