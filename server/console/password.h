/* SPDX-License-Identifier: Apache-2.0 */
/* GET /password?link=LINK and POST /password: a person sets a password by a one-time link. Looking at the page spends
 * nothing (mail programs look at links, too); the one statement that sets the password does. */
#ifndef HALLMARK_CONSOLE_PASSWORD_H
#define HALLMARK_CONSOLE_PASSWORD_H

#include "http/call.h"

void password_start(struct call *call);

#endif
