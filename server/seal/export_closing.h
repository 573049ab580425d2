/* SPDX-License-Identifier: Apache-2.0 */
/* The change that closes an export: who is going to check it has made up a nonce, the history was told it, and the
 * export goes on to there (server/seal/export-format.md, Closing). */
#ifndef HALLMARK_SEAL_EXPORT_CLOSING_H
#define HALLMARK_SEAL_EXPORT_CLOSING_H

#include "base/slice.h"
#include <jansson.h>

#define EXPORT_NONCE_BYTES_MIN 8 /* nobody has announced it by chance; sixteen random bytes as hex are good */
#define EXPORT_NONCE_BYTES_MAX 128

/* Printable ASCII without blanks, of such a length. */
bool export_nonce_ok(h2o_iovec_t nonce);

/* Whether a change, whose facts and values are proven, tells of an export with this nonce; `line` is its JSON object.
 */
bool export_closes(const json_t *line, h2o_iovec_t nonce);

#endif
