/* SPDX-License-Identifier: Apache-2.0 */
/* From the Authorization header to the principal behind it (http/principal_search.h). */
#ifndef HALLMARK_GATEWAY_BEARER_H
#define HALLMARK_GATEWAY_BEARER_H

#include "gateway/contract.h"

/* Stage CREDENTIAL: fills ask->principal, or refuses, or leaves to read the client, the link or the member and then
 * runs the contract from the start again, since the policy may have changed meanwhile. A switched-off account passes
 * here, and so does a link that opens nothing: their refusal is one of rights. */
contract_check bearer_check;

#endif
