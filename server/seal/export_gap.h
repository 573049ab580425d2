/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that a complete export does not have: an archive that stands behind them has to say that they are gone
 * (server/seal/export-format.md, Archives). */
#ifndef HALLMARK_SEAL_EXPORT_GAP_H
#define HALLMARK_SEAL_EXPORT_GAP_H

#include "base/slice.h"
#include <jansson.h>

/* Places of the account, from first up to last, that no archive has explained yet. */
struct export_gap {
    uint64_t first, last;
    uint64_t line; /* behind the gap */
};

/* Begins as zeros. */
struct export_gaps {
    struct export_gap *open; /* in rising order */
    size_t count, room;
    uint64_t changes; /* in all of the gaps */
};

void export_gaps_add(struct export_gaps *gaps, struct export_gap gap);

/* Takes the proven facts of a change: when it is an archive, what it says is gone is explained. */
void export_gaps_take(struct export_gaps *gaps, const json_t *facts);

/* The first gap that is not explained; NULL when there is none. */
const struct export_gap *export_gaps_unexplained(const struct export_gaps *gaps);

void export_gaps_free(struct export_gaps *gaps);

#endif
