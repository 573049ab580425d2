/* SPDX-License-Identifier: Apache-2.0 */
/* The thread that seals the history. Every node has one; the one whose connection holds the log's lock gives places to
 * what was committed and signs for it, at least every second while there is something to seal; the others watch, follow
 * what is published, and take over when that connection ends. What makes sealing unsafe stops it, with an alarm: the
 * log is never forked to get going again. */
#ifndef HALLMARK_APP_SEQUENCER_H
#define HALLMARK_APP_SEQUENCER_H

#include "app/option.h"
#include "base/text.h"
#include "seal/seal_log.h"

/* Reads the checkpoint keys and the origin. True with signer_count 0 when no key is configured: then nothing is sealed.
 * False with a sentence (malloc). */
__attribute__((warn_unused_result)) bool sequencer_identity(const struct configuration *configuration,
                                                            struct seal_identity *out, char **message_out);
void sequencer_identity_wipe(struct seal_identity *identity);

struct sequencer;
/* Settings and identity are borrowed until the stop. `head_path`: see app/published_head.h. NULL with a sentence
 * (malloc) when that file cannot be used. */
struct sequencer *sequencer_start(const struct settings *settings, const struct seal_identity *identity,
                                  const char *head_path, char **message_out);
void sequencer_stop(struct sequencer *sequencer); /* NULL is a no-op */

/* For metrics_add_source. */
void sequencer_metrics(struct text *text);

#endif
