/* SPDX-License-Identifier: Apache-2.0 */
/* GET and POST /second-factor: a person switches the codes of an authenticator on and off, and gets recovery codes.
 * All of it wants a login of the last minutes. The secret is shown as text, for the authenticator to be typed or pasted
 * into, and counts once a code of it was entered; recovery codes are shown in the answer that makes them, and never
 * again. */
#ifndef HALLMARK_CONSOLE_SECOND_FACTOR_H
#define HALLMARK_CONSOLE_SECOND_FACTOR_H

#include "http/call.h"

void second_factor_start(struct call *call);

#endif
