/* SPDX-License-Identifier: Apache-2.0 */
/* Verifier keys of checkpoints, as words of the command line. */
#ifndef HALLMARK_APP_VERIFIER_WORDS_H
#define HALLMARK_APP_VERIFIER_WORDS_H

#include "seal/note.h"

/* Adds keys with a comma between two; false, after having said why, when one is none or there are more than `max`.
 * `flag` is the option's name. */
__attribute__((warn_unused_result)) bool
verifier_words_read(const char *flag, const char *words, struct note_verifier *verifiers, size_t max, size_t *count);

/* The same for keys of witnesses, of --witness. */
__attribute__((warn_unused_result)) bool
verifier_words_read_witnesses(const char *words, struct note_verifier *witnesses, size_t max, size_t *count);

#endif
