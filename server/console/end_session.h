/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /oauth2/logout, the end_session_endpoint of OpenID Connect RP-Initiated Logout 1.0: an application asks
 * to log a person out. With an ID token of the very login that the browser has it happens at once; else the person is
 * asked (section 2). Afterwards the browser goes to an address that is registered for the application, byte for byte
 * (section 3), with the state; or reads that nobody is logged in. Whatever is wrong with a request is told on a page,
 * and nobody is logged out or sent anywhere by it.
 *
 * Without an ID token the person presses a button or a link before they are sent back, so that a link from anywhere is
 * no way to an application. logout_hint is not used: nobody is looked up by what a link says. */
#ifndef HALLMARK_CONSOLE_END_SESSION_H
#define HALLMARK_CONSOLE_END_SESSION_H

#include "http/call.h"

#define END_SESSION_PATH "/oauth2/logout"

void end_session_start(struct call *call);

#endif
