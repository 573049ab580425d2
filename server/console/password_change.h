/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /password/change: a person who is logged in sets another password, with the one that they have, in a
 * login of the last minutes. Guesses at the old one count as guesses at a login. Wherever else they are logged in, and
 * whatever was issued in their name, ends; this login goes on under another cookie. */
#ifndef HALLMARK_CONSOLE_PASSWORD_CHANGE_H
#define HALLMARK_CONSOLE_PASSWORD_CHANGE_H

#include "http/call.h"

void password_change_start(struct call *call);

#endif
