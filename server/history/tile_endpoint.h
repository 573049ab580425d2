/* SPDX-License-Identifier: Apache-2.0 */
/* GET /history/tile/LEVEL/NUMBER[.p/WIDTH]: the hashes of the history's tree, as C2SP tlog-tiles lays them out (the
 * prefix of that text is /history, its checkpoint /history/checkpoint): up to 256 of 32 bytes each, one behind the
 * other; level 0 has the leaves, level 1 the roots of 256 leaves each, and so on. For anybody: whoever has fetched the
 * tiles of a checkpoint has its whole tree, and makes every proof without asking for it.
 *
 * A tile that is there never changes: caches may keep it for ever. A partial tile is there for the sizes of which a
 * checkpoint was signed; it stays when the log has grown.
 *
 * Hashes only. The bundles of entries, which that text has beside them, would tell everybody which account changed
 * something when: they are not served, and a leaf's entry comes with the proof of a change to who may read it
 * (history/proof_endpoint.h) and in exports. */
#ifndef HALLMARK_HISTORY_TILE_ENDPOINT_H
#define HALLMARK_HISTORY_TILE_ENDPOINT_H

#include "http/route.h"

extern const struct route tile_route;

#endif
