/* SPDX-License-Identifier: Apache-2.0 */
/* Randomness, digests, comparison in constant time and wiping: everything that touches a secret goes through here. */
#ifndef HALLMARK_BASE_SECRET_H
#define HALLMARK_BASE_SECRET_H

#include "base/slice.h"

#define DIGEST_BYTES 32 /* SHA-256 */

/* A secret text in memory that is ours to wipe. Never logged, never compared but by secret_equal. */
struct secret {
    char *base;
    size_t len;
};

/* Once at start, before any thread: fetches the algorithms (a fetch per use is slow and contends). Aborts when OpenSSL
 * has no SHA-256, since nothing can work then. */
void secret_start(void);

/* Fills with bytes of OpenSSL's CSPRNG; aborts when there are none. */
void secret_random(void *out, size_t len);

void secret_digest(uint8_t out[static DIGEST_BYTES], h2o_iovec_t bytes);

/* The same for bytes that come in pieces. Ends with secret_digester_end, which frees it. */
struct secret_digester;
struct secret_digester *secret_digester_start(void);
void secret_digester_add(struct secret_digester *digester, h2o_iovec_t bytes);
void secret_digester_end(struct secret_digester *digester, uint8_t out[static DIGEST_BYTES]);

/* Keyed digest (HMAC-SHA-256). */
void secret_mac(uint8_t out[static DIGEST_BYTES], const uint8_t key[static DIGEST_BYTES], h2o_iovec_t bytes);

/* HKDF-SHA-256 (RFC 5869) without salt: one key per purpose from one master key. `purpose` is a literal. */
void secret_derive(uint8_t out[static DIGEST_BYTES], const uint8_t master[static DIGEST_BYTES], const char *purpose);

/* Equal bytes, in a time that depends on `len` alone. Only for equal lengths: compare digests. */
bool secret_equal(const void *a, const void *b, size_t len);

/* Overwrites in a way the compiler cannot leave out. It cannot reach copies that a library made. NULL is a no-op. */
void secret_wipe(void *bytes, size_t len);

#endif
