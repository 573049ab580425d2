/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of a request when it is over: one JSON line, and the counters for /metrics. */
#ifndef HALLMARK_HTTP_REQUEST_LOG_H
#define HALLMARK_HTTP_REQUEST_LOG_H

#include "http/call.h"

/* Writes
 * {"ts","level","event":"request","request_id","method","route","status","dur_ms","client","account","code","detail","address"};
 * what is not known is left out. The route is the pattern, never the path that was sent. Allocates nothing: it runs
 * while the request's pool is given back. */
void request_log_write(const struct call *call);

#endif
