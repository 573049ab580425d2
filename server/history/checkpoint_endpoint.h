/* SPDX-License-Identifier: Apache-2.0 */
/* GET /history/checkpoint: the newest checkpoint of the history as a signed note (C2SP tlog-checkpoint), for anybody:
 * it tells how large the log is and its root, and nothing of what is in it. The cosignatures of our witnesses stand
 * under it as far as they are there; ?witnesses=N asks for the newest checkpoint that at least N have cosigned. 404 as
 * long as there is none. */
#ifndef HALLMARK_HISTORY_CHECKPOINT_ENDPOINT_H
#define HALLMARK_HISTORY_CHECKPOINT_ENDPOINT_H

#include "http/route.h"

extern const struct route checkpoint_route;

#endif
