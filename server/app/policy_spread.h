/* SPDX-License-Identifier: Apache-2.0 */
/* Carries policy changes from the feed to every thread: reads the sets that changed, builds a snapshot, hands it and
 * the changes to each worker, and tells the feed once all of them have applied it. Lives on the first worker's thread.
 */
#ifndef HALLMARK_APP_POLICY_SPREAD_H
#define HALLMARK_APP_POLICY_SPREAD_H

#include "http/worker.h"

struct policy_spread;

/* On the first worker's thread, when its lanes exist. Creates the feed and sets it in every worker. */
struct policy_spread *policy_spread_start(struct worker *first);
/* On the same thread, before its lanes are destroyed: no change is spread any more. */
void policy_spread_stop(struct policy_spread *spread);
/* When every thread of the server has ended, since a delivery may still have been on its way to one. */
void policy_spread_destroy(struct policy_spread *spread);

#endif
