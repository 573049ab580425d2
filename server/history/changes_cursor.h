/* SPDX-License-Identifier: Apache-2.0 */
/* A place in the sealed changes of an account, as its reader keeps it: chg_, eight characters for the account, eleven
 * for the place, six of checksum. It says nothing that its owner does not know, so it is good for ever and on every
 * node. */
#ifndef HALLMARK_HISTORY_CHANGES_CURSOR_H
#define HALLMARK_HISTORY_CHANGES_CURSOR_H

#include "base/slice.h"

#define CHANGES_CURSOR_BYTES 30 /* and a NUL */

/* `out` is NUL-terminated. */
void changes_cursor_text(int64_t account_id, int64_t place, char out[static CHANGES_CURSOR_BYTES]);

/* False when the text is mistyped, or of another account. */
__attribute__((warn_unused_result)) bool changes_cursor_parse(h2o_iovec_t text, int64_t account_id, int64_t *place_out);

#endif
