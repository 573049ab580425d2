/* SPDX-License-Identifier: Apache-2.0 */
/* The applications that act in a person's name: GET /applications lists them, GET /applications/end asks whether one is
 * to lose its access, and POST /applications/end takes it away. */
#ifndef HALLMARK_CONSOLE_APPLICATIONS_H
#define HALLMARK_CONSOLE_APPLICATIONS_H

#include "http/call.h"

void applications_start(struct call *call);
void applications_end_start(struct call *call);

#endif
