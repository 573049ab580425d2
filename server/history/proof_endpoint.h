/* SPDX-License-Identifier: Apache-2.0 */
/* GET /history/proof?change=ID: that a change of the reader's account stands in the log, against the newest checkpoint.
 * ID is what a receipt begins with. The answer is JSON:
 *
 *   {"change":7, "index":41, "sequence":12, "leaf":"...", "proof":"..."}
 *
 * `leaf` is hex; `proof` is a C2SP tlog-proof (index, audit path, checkpoint) whose `extra` line has the entry that the
 * leaf is the hash of (server/seal/leaf.h), with the receipt's digest at its end: it is checked with no help of ours.
 * 404 while the change has no place yet, which takes a second, and for changes of others. Scope history:read. */
#ifndef HALLMARK_HISTORY_PROOF_ENDPOINT_H
#define HALLMARK_HISTORY_PROOF_ENDPOINT_H

#include "http/route.h"

extern const struct route proof_route;

#endif
