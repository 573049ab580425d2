/* SPDX-License-Identifier: Apache-2.0 */
/* The graceful end of one worker's connections: idle ones are closed at once, those with a request get their answer
 * first. */
#ifndef HALLMARK_HTTP_DRAIN_H
#define HALLMARK_HTTP_DRAIN_H

#include "http/worker.h"

/* On the worker's thread: stops listening and turns the loop until no connection is left, at most LIMIT_DRAIN_MS; what
 * is open then is cut. False when even that left one. */
bool drain_run(struct worker *worker);

#endif
