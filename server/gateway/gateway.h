/* SPDX-License-Identifier: Apache-2.0 */
/* The resource gateway: everything under the prefix of an api. */
#ifndef HALLMARK_GATEWAY_GATEWAY_H
#define HALLMARK_GATEWAY_GATEWAY_H

#include "gateway/contract.h"
#include "http/route.h"

extern const struct route gateway_route;

/* The order of refusal there, one check a stage. */
extern contract_check *const gateway_checks[CONTRACT_STAGE__MAX];

#endif
