/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures of Standard Webhooks 1.0.0. What is signed is ID.TIMESTAMP.BODY; a secret is 32 bytes, the key of
 * HMAC-SHA-256 (v1) or the seed of an Ed25519 key (v1a). */
#ifndef HALLMARK_WEBHOOK_SIGNATURE_H
#define HALLMARK_WEBHOOK_SIGNATURE_H

#include "base/secret.h"
#include "base/text.h"

#define SIGNATURE_SECRET_BYTES 32
#define SIGNATURE_SHOWN_BYTES  64 /* whsec_ or whpk_, base64, and a NUL */

enum signature_kind { SIGNATURE_HMAC, SIGNATURE_ED25519 };

/* "hmac" or "ed25519". */
__attribute__((warn_unused_result)) bool signature_kind_parse(h2o_iovec_t word, enum signature_kind *out);
h2o_iovec_t signature_kind_word(enum signature_kind signing);

/* What the receiver needs: whsec_ and the secret, or whpk_ and the public key. */
void signature_secret_shown(enum signature_kind signing, const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                            char out[static SIGNATURE_SHOWN_BYTES]);

/* Under the master key, bound to its webhook: it opens in no other's place. */
__attribute__((warn_unused_result)) bool signature_secret_close(h2o_mem_pool_t *pool,
                                                                const uint8_t master[static DIGEST_BYTES],
                                                                int64_t account_id, int64_t webhook_id,
                                                                const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                                                                h2o_iovec_t *sealed_out);
__attribute__((warn_unused_result)) bool signature_secret_open(const uint8_t master[static DIGEST_BYTES],
                                                               int64_t account_id, int64_t webhook_id,
                                                               h2o_iovec_t sealed,
                                                               uint8_t secret_out[static SIGNATURE_SECRET_BYTES]);

/* From one master key to another; SLICE_NONE stays SLICE_NONE. False when it does not open. */
__attribute__((warn_unused_result)) bool signature_secret_reseal(h2o_mem_pool_t *pool, int64_t account_id,
                                                                 int64_t webhook_id, h2o_iovec_t sealed,
                                                                 const uint8_t old_master[static DIGEST_BYTES],
                                                                 const uint8_t new_master[static DIGEST_BYTES],
                                                                 h2o_iovec_t *sealed_out);

/* Adds one signature to the value of webhook-signature, behind a blank when there is one already. */
void signature_add(struct text *value, enum signature_kind signing, const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                   h2o_iovec_t id, int64_t timestamp, h2o_iovec_t body);

#endif
