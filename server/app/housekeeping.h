/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps the tables in order, on a thread of its own with one blocking connection, so that no loop waits for it:
 * expired rows go in small batches, partitions are made ahead, signing keys are replaced by age. Several nodes may run
 * it: each statement takes an advisory lock and does nothing when another node holds it. */
#ifndef HALLMARK_APP_HOUSEKEEPING_H
#define HALLMARK_APP_HOUSEKEEPING_H

#include "http/settings.h"

struct housekeeping;

struct housekeeping *housekeeping_start(const struct settings *settings);
/* Lets a statement that is under way end, for two seconds at most. */
void housekeeping_stop(struct housekeeping *housekeeping);

#endif
