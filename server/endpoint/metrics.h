/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the whole process as Prometheus text, for the operations listener. */
#ifndef HALLMARK_ENDPOINT_METRICS_H
#define HALLMARK_ENDPOINT_METRICS_H

#include "base/text.h"
#include "http/call.h"

void metrics_start(struct call *call);

/* Figures of a room that this one does not know: `add` writes whole families, on any worker's thread. Called at start,
 * before the first request; at most METRICS_SOURCES_MAX times. */
#define METRICS_SOURCES_MAX 8
void metrics_add_source(void (*add)(struct text *text));

#endif
