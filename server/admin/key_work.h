/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys that the management API makes: on a thread of the work pool, since one of RSA takes long. */
#ifndef HALLMARK_ADMIN_KEY_WORK_H
#define HALLMARK_ADMIN_KEY_WORK_H

#include "gateway/ask.h"

#define KEY_WORK_PARAMETERS 3 /* kid, public half, sealed private half */

/* Makes a key of the algorithm that was asked for (admin/asked.h), adds it to the parameters, and calls `next` on the
 * loop, never inside: what it adds is borrowed for that call. When the request goes away first, nothing happens. When
 * it cannot be made, the request is answered. */
void key_work_start(struct ask *ask, void (*next)(struct ask *ask));

#endif
