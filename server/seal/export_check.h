/* SPDX-License-Identifier: Apache-2.0 */
/* Checks an export line by line, as server/seal/export-format.md says, from the export and the verifier keys alone. */
#ifndef HALLMARK_SEAL_EXPORT_CHECK_H
#define HALLMARK_SEAL_EXPORT_CHECK_H

#include "seal/cosignature.h"
#include "seal/export_erasure.h"
#include "seal/export_gap.h"
#include "seal/growth.h"
#include "seal/merkle.h"
#include "seal/note.h"

#define EXPORT_VERIFIERS_MAX 8
#define EXPORT_MONTH_BYTES   8 /* 2026-01 */
#define EXPORT_WITNESSES_MAX 12

struct export_check {
    struct note_verifier verifiers[EXPORT_VERIFIERS_MAX];
    size_t verifier_count;
    struct note_verifier witnesses[EXPORT_WITNESSES_MAX]; /* one of them has to have cosigned, when there are any */
    size_t witness_count;
    const struct checkpoint *kept; /* from before or after, with the growth between it and the export's; NULL: none */
    const struct growth *growth;
    h2o_iovec_t nonce; /* borrowed: the last change has to tell it; SLICE_NONE: none is asked for */
    /* the rest begins as zeros */
    int64_t cosigned_s[EXPORT_WITNESSES_MAX]; /* when each has; 0: not */
    bool has_begun, has_ended, is_complete;
    bool is_closed;  /* by the last change so far */
    bool is_archive; /* of all accounts: account_id is that of the change before, has_account says if any */
    bool has_account;
    char month[EXPORT_MONTH_BYTES]; /* the rest of an archive: its name, where it begins and ends, what lies between */
    int64_t from_us, to_us;
    uint64_t month_changes;
    int64_t account_id;
    uint64_t last_seq, size, next_index; /* the least index that the next change may have */
    struct merkle_hash root, leaf;       /* leaf: of the change before */
    uint64_t seq, changes;
    uint64_t line; /* counted from 1: the last one, or where what is wrong stands */
    struct export_erasures erasures;
    struct export_gaps gaps;
};

/* Takes the next line, without its newline. False with a sentence (in the pool), and with line and seq (of the change
 * before) where it is. */
__attribute__((warn_unused_result)) bool export_check_line(struct export_check *check, h2o_mem_pool_t *pool,
                                                           h2o_iovec_t line, h2o_iovec_t *wrong_out);

/* At the end of the file: false with a sentence when the export was cut off. */
__attribute__((warn_unused_result)) bool export_check_end(const struct export_check *check, h2o_iovec_t *wrong_out);

void export_check_free(struct export_check *check);

#endif
