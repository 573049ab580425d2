/* SPDX-License-Identifier: Apache-2.0 */
/* The resource gateway: everything under the prefix of an api. */
#ifndef HALLMARK_GATEWAY_GATEWAY_H
#define HALLMARK_GATEWAY_GATEWAY_H

#include "http/route.h"

extern const struct route gateway_route;

#endif
