/* SPDX-License-Identifier: Apache-2.0 */
/* What the person answers: the form of the consent page. Everything that was asked is checked again, and only the
 * scopes that were offered can be ticked. */
#ifndef HALLMARK_AUTHORIZE_CONSENT_H
#define HALLMARK_AUTHORIZE_CONSENT_H

#include "http/call.h"

#define CONSENT_PATH "/authorize/consent"

void consent_start(struct call *call);

#endif
