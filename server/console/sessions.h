/* SPDX-License-Identifier: Apache-2.0 */
/* Where a person is logged in: GET /sessions lists it, POST /sessions ends one, POST /logout this one, or with the
 * field `everywhere` all of them; the ticket of its form may say where the browser goes then. */
#ifndef HALLMARK_CONSOLE_SESSIONS_H
#define HALLMARK_CONSOLE_SESSIONS_H

#include "console/visit.h"

#define SESSION_CLAIM_TO "to" /* of a form's ticket: where to go after logging out */

void sessions_start(struct call *call);
void logout_start(struct call *call);

/* Ends this session and everything that hangs on it, takes the browser's cookie, and sends the browser on. */
void sessions_log_out(struct visit *visit, const struct session_row *session, h2o_iovec_t target);

#endif
