/* SPDX-License-Identifier: Apache-2.0 */
/* Cosignatures (C2SP tlog-cosignature): a witness has seen that a checkpoint goes on from all that it saw of this log
 * before, and says so at a time. On the note it is a signature line like others, whose bytes are the key id, eight
 * bytes of seconds since 1970, big endian, and an Ed25519 signature over
 *
 *   cosignature/v1 NEWLINE time SECONDS NEWLINE text of the note
 *
 * The key of a witness is told like that of a log, with algorithm 0x04 (note_witness_parse). */
#ifndef HALLMARK_SEAL_COSIGNATURE_H
#define HALLMARK_SEAL_COSIGNATURE_H

#include "seal/note.h"

enum cosignature_verdict { COSIGNATURE_NONE, COSIGNATURE_RIGHT, COSIGNATURE_WRONG };

struct cosignature {
    int64_t at_s;     /* by the clock of the witness */
    h2o_iovec_t line; /* with its newline; borrowed from the note */
};

/* What a witness says on the note; *out is set when it is right. The pool is for what lies in between. */
__attribute__((warn_unused_result)) enum cosignature_verdict
cosignature_find(h2o_mem_pool_t *pool, h2o_iovec_t note, const struct note_verifier *witness, struct cosignature *out);

#endif
