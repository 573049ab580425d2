/* SPDX-License-Identifier: Apache-2.0 */
/* GET /oauth2/key-format: what our credentials look like, for secret scanners; the same that scripts/secret-pattern.txt
 * says. Public, and for ever: a new kind of credential is a new row. */
#ifndef HALLMARK_ENDPOINT_KEY_FORMAT_H
#define HALLMARK_ENDPOINT_KEY_FORMAT_H

#include "http/call.h"

#define KEY_FORMAT_PATH "/oauth2/key-format"

void key_format_start(struct call *call);

#endif
