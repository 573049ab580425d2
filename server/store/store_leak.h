/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a secret, or of a refresh token, that somebody else has, too. */
#ifndef HALLMARK_STORE_STORE_LEAK_H
#define HALLMARK_STORE_STORE_LEAK_H

#include "base/secret.h"
#include "store/db.h"

struct leak_row { /* borrowed from the result: valid inside the callback only */
    h2o_iovec_t client_id, name;
    int64_t secret_number, generation; /* secret_number 0: of a refresh token */
};

enum leak_kind { LEAK_CLIENT_SECRET, LEAK_REFRESH_TOKEN };

/* DB_DONE with row NULL: there is no such secret, or it had ended. */
typedef void store_leak_cb(enum db_outcome outcome, const struct leak_row *row, void *cookie);

struct store_leak_call; /* owned by the store; ends with its callback or its cancellation */
/* account_id is the route in the secret. `actor` is a store_actor_text. */
struct store_leak_call *store_leak_end(struct db *db, enum leak_kind kind, int64_t account_id,
                                       const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t actor,
                                       store_leak_cb *callback, void *cookie);
void store_leak_cancel(struct store_leak_call **call); /* NULL inside is a no-op */

#endif
