/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /password/forgotten: a person who forgot a password asks for a link by mail. Whoever is asked for, the
 * same row is written and the same page shown: who is known here is found out by the thread that sends (mail/). Asking
 * is slowed as guessing is, by the address that was typed and by where it comes from. */
#ifndef HALLMARK_CONSOLE_FORGOTTEN_H
#define HALLMARK_CONSOLE_FORGOTTEN_H

#include "http/call.h"

void forgotten_start(struct call *call);

#endif
