/* SPDX-License-Identifier: Apache-2.0 */
/* GET /password?link=LINK and POST /password: a person sets a password by a one-time link. Looking at the page spends
 * nothing (mail programs look at links, too); the one statement that sets the password does. */
#ifndef HALLMARK_CONSOLE_PASSWORD_H
#define HALLMARK_CONSOLE_PASSWORD_H

#include "console/visit.h"

void password_start(struct call *call);

/* What is wrong with the new password that was typed twice, in the fields password and again. */
enum password_fault {
    PASSWORD_FITS,
    PASSWORD_UNFIT,     /* no password of ours (client/password.h) */
    PASSWORD_DIFFERENT, /* the two are not the same */
};
enum password_fault password_fault_of(const struct visit *visit);

#endif
