/* SPDX-License-Identifier: Apache-2.0 */
/* Values that an export does not have: each has to be named as erased, and an erasure of its subject has to stand
 * behind it in the same export (server/seal/export-format.md, Erasures). What is kept grows with the subjects that
 * were erased, not with the changes. */
#ifndef HALLMARK_SEAL_EXPORT_ERASURE_H
#define HALLMARK_SEAL_EXPORT_ERASURE_H

#include "base/slice.h"
#include <jansson.h>

/* A person (collection_id 0, number of the user) or a record. */
struct erased_subject {
    int64_t collection_id, number;
};

struct erased_place {
    struct erased_subject subject;
    uint64_t line, seq; /* of the first change that lacks a value of it; seq: of the change before */
};

/* Begins as zeros. */
struct export_erasures {
    struct erased_place *open; /* sorted by subject: no erasure of it was seen yet */
    size_t count, room;
    uint64_t changes; /* that lack values */
};

/* Takes a change whose facts are proven; `line` is its JSON object. False with a sentence (in the pool). */
__attribute__((warn_unused_result)) bool export_erasures_take(struct export_erasures *erasures, h2o_mem_pool_t *pool,
                                                              const json_t *line, struct erased_place place,
                                                              h2o_iovec_t *wrong_out);

/* The first place that no erasure explains; NULL when there is none. Valid until the next call. */
const struct erased_place *export_erasures_unexplained(const struct export_erasures *erasures);

void export_erasures_free(struct export_erasures *erasures);

#endif
