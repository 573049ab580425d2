/* SPDX-License-Identifier: Apache-2.0 */
/* Is the process there, and may a load balancer send it requests? No authentication, no secrets, on both listeners. */
#ifndef HALLMARK_ENDPOINT_HEALTH_H
#define HALLMARK_ENDPOINT_HEALTH_H

#include "http/call.h"

void health_alive_start(struct call *call);
void health_ready_start(struct call *call);

#endif
