/* SPDX-License-Identifier: Apache-2.0 */
/* Before an answer tells something of the history: who hears how much of it, into the log of reads. */
#ifndef HALLMARK_GATEWAY_READ_NOTE_H
#define HALLMARK_GATEWAY_READ_NOTE_H

#include "gateway/ask.h"

/* account_id: whose history. False: the log has no room, and the answer must not be given: 503. */
__attribute__((warn_unused_result)) bool read_note(const struct ask *ask, int64_t account_id, size_t given);

#endif
