/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the whole process as Prometheus text, for the operations listener. */
#ifndef HALLMARK_ENDPOINT_METRICS_H
#define HALLMARK_ENDPOINT_METRICS_H

#include "http/call.h"

void metrics_start(struct call *call);

#endif
