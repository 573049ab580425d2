/* SPDX-License-Identifier: Apache-2.0 */
/* GET /changes?since=CURSOR: the changes of the reader's account in the order in which they were sealed, each once,
 * without a gap, for ever:
 *
 *   {"changes":[{..., "sequence":7}, ...], "next":"chg_...", "more":false}
 *
 * Without `since` from the first change on. `next` is always there: whoever asks with it goes on exactly behind this
 * answer. `collection` narrows what is shown, and a page may then be empty though there is more. `wait` (seconds, at
 * most 30): when there is nothing yet, the answer comes with the next change or when the time is over. `page_size` as
 * in /history. Scope history:read; values as in /history. */
#ifndef HALLMARK_HISTORY_CHANGES_H
#define HALLMARK_HISTORY_CHANGES_H

#include "http/route.h"

extern const struct route changes_route;

#endif
