/* SPDX-License-Identifier: Apache-2.0 */
/* POST /oauth2/leaks: whoever holds a secret that has leaked reports it, and it ends. Parameters, as a form or as a
 * JSON object of strings:
 *
 *   secret   a client secret, hms_...; a refresh token, hmr_..., with which all ends that came of its code; or an
 * access token, which ends alone url      where it was found, note: anything else; both for the log of who runs this
 * server
 *
 * The answer is 202 and the same whether there was such a secret or not: {"accepted":true}. When it comes, this node
 * refuses the secret and the tokens that were issued under it. The account's history has it, by "leak report" (of a
 * secret two changes, of the key and of the secret), and the log a line `secret_leaked`. Reports that end nothing count
 * as failures of their address, with the slow-down of the token endpoint. */
#ifndef HALLMARK_ENDPOINT_LEAKS_H
#define HALLMARK_ENDPOINT_LEAKS_H

#include "http/route.h"

void leaks_start(struct call *call);

#endif
