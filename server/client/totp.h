/* SPDX-License-Identifier: Apache-2.0 */
/* The second factor: codes of an authenticator (TOTP, RFC 6238: SHA-1, six digits, 30 s, as every app does it) and
 * one-time recovery codes. The shared secret lies sealed in the database. That no code works twice is decided there, by
 * its step (schema/queries/session_begin.sql). */
#ifndef HALLMARK_CLIENT_TOTP_H
#define HALLMARK_CLIENT_TOTP_H

#include "base/secret.h"

#define TOTP_SECRET_BYTES   20 /* as long as its MAC, RFC 4226 section 4 */
#define TOTP_RECOVERY_CODES 10
#define TOTP_RECOVERY_BYTES 20 /* xxxx-xxxx-xxxx-xxxx and a NUL: 80 bits */
#define TOTP_BASE32_BYTES   33 /* of a secret, NUL included */

void totp_secret_make(uint8_t out[static TOTP_SECRET_BYTES]);
void totp_secret_text(const uint8_t secret[static TOTP_SECRET_BYTES], char out[static TOTP_BASE32_BYTES]);

/* Sealed under the master key, bound to the person. */
__attribute__((warn_unused_result)) bool totp_seal(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES],
                                                   int64_t user_id, const uint8_t secret[static TOTP_SECRET_BYTES],
                                                   h2o_iovec_t *sealed_out);
__attribute__((warn_unused_result)) bool totp_open(const uint8_t master[static DIGEST_BYTES], int64_t user_id,
                                                   h2o_iovec_t sealed, uint8_t out[static TOTP_SECRET_BYTES]);
__attribute__((warn_unused_result)) bool totp_reseal(h2o_mem_pool_t *pool, int64_t user_id, h2o_iovec_t sealed,
                                                     const uint8_t old_master[static DIGEST_BYTES],
                                                     const uint8_t new_master[static DIGEST_BYTES],
                                                     h2o_iovec_t *sealed_out);

/* Whether these are the six digits of now, or of the 30 seconds before or behind; *step_out says which. Blanks in the
 * code do not count. The work is the same whatever the code. */
bool totp_is_right(const uint8_t secret[static TOTP_SECRET_BYTES], h2o_iovec_t code, int64_t now_s, int64_t *step_out);

void totp_recovery_make(char out[static TOTP_RECOVERY_BYTES]);
/* The digest under which a recovery code is stored; false when the text cannot be one. Blanks, hyphens and case do not
 * count. */
bool totp_recovery_digest(h2o_iovec_t code, uint8_t out[static DIGEST_BYTES]);

#endif
