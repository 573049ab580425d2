/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a secret, or of a refresh token, that somebody else has, too. */
#ifndef HALLMARK_STORE_STORE_LEAK_H
#define HALLMARK_STORE_STORE_LEAK_H

#include "base/secret.h"
#include "store/rows_call.h"

struct leak_row { /* texts are valid inside the callback only */
    h2o_iovec_t client_id, name;
    int64_t secret_number, generation; /* secret_number 0: of a refresh token */
};

enum leak_kind { LEAK_CLIENT_SECRET, LEAK_REFRESH_TOKEN };

/* A leak_row, or none: there is no such secret, or it had ended. account_id is the route in the secret. `actor` is a
 * store_actor_text. */
struct rows_call *store_leak_end(struct db *db, enum leak_kind kind, int64_t account_id,
                                 const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t actor, rows_cb *callback,
                                 void *cookie);

#endif
