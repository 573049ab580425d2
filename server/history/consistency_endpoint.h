/* SPDX-License-Identifier: Apache-2.0 */
/* GET /history/consistency?from=SIZE[&to=SIZE]: that the log has grown from one size into another and nothing of the
 * smaller one was altered. `to` is the size of any checkpoint that was signed, without it that of the newest; `from` is
 * at least 1 and at most `to`. For anybody, like the checkpoints themselves. The answer is text:
 *
 *   hallmark.consistency@v1
 *   from SIZE
 *   to SIZE
 *   base64 of 32 bytes, a line each: the proof of RFC 9162 section 2.1.4.1, in its order (none where both are one size)
 *
 *   the checkpoint of the size `to`, a signed note
 *
 * It is checked as section 2.1.4.2 says, with the root of a checkpoint that was kept and that of this one. 404 where no
 * checkpoint of this size was signed, 400 for a `from` above it. */
#ifndef HALLMARK_HISTORY_CONSISTENCY_ENDPOINT_H
#define HALLMARK_HISTORY_CONSISTENCY_ENDPOINT_H

#include "http/route.h"

extern const struct route consistency_route;

#endif
