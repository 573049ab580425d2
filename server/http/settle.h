/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until every thread of this node has applied what was just committed: whoever reads "done" may rely on it at
 * the next request. */
#ifndef HALLMARK_HTTP_SETTLE_H
#define HALLMARK_HTTP_SETTLE_H

#include "http/worker.h"

struct settling; /* ends with its callback or its cancellation */

/* done(cookie) fires once, never inside, also when it takes too long: then a line in the log says so, and the node is
 * about to refuse everything anyway. */
struct settling *settle_start(struct worker *worker, void (*done)(void *cookie), void *cookie);
void settle_cancel(struct settling **settling); /* NULL inside is a no-op */

#endif
