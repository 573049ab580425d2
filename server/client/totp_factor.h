/* SPDX-License-Identifier: Apache-2.0 */
/* A second factor as it is made: the secret for the authenticator and the recovery codes. Seen once; the caller wipes
 * it. */
#ifndef HALLMARK_CLIENT_TOTP_FACTOR_H
#define HALLMARK_CLIENT_TOTP_FACTOR_H

#include "client/totp.h"

struct totp_factor {
    uint8_t secret[TOTP_SECRET_BYTES];
    char codes[TOTP_RECOVERY_CODES][TOTP_RECOVERY_BYTES];
};

void totp_factor_make(struct totp_factor *out);

/* The digests of its recovery codes, as PostgreSQL spells an array of bytea; in the pool. */
h2o_iovec_t totp_factor_digests(h2o_mem_pool_t *pool, const struct totp_factor *factor);

#endif
