/* SPDX-License-Identifier: Apache-2.0 */
#include "token/seal.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define SEAL_VERSION 1
#define NONCE_BYTES  12
#define TAG_BYTES    16
#define BYTES_BEFORE (1 + NONCE_BYTES) /* the ciphertext */
#define BYTES_AROUND (BYTES_BEFORE + TAG_BYTES)
#define PLAIN_MAX    (INT_MAX - BYTES_AROUND) /* OpenSSL counts in int */
#define SEAL_PURPOSE "hallmark seal v1"

enum direction { DIRECTION_OPEN = 0, DIRECTION_CLOSE = 1 }; /* as EVP_CipherInit_ex wants them */

/* Nonces are random: with 96 bits, a repetition under one key is out of sight below 2^32 seals. */
static EVP_CIPHER_CTX *cipher_start(enum direction direction, const uint8_t master[static DIGEST_BYTES],
                                    const uint8_t nonce[static NONCE_BYTES], h2o_iovec_t associated)
{
    assert(associated.len <= INT_MAX);
    uint8_t key[DIGEST_BYTES];
    int len;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    secret_derive(key, master, SEAL_PURPOSE);
    bool started = cipher != NULL &&
                   EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce, (int)direction) == 1 &&
                   EVP_CipherUpdate(cipher, NULL, &len, (const uint8_t *)associated.base, (int)associated.len) == 1;
    secret_wipe(key, sizeof(key));
    if (started)
        return cipher;
    EVP_CIPHER_CTX_free(cipher);
    return NULL;
}

static bool cipher_run(EVP_CIPHER_CTX *cipher, const void *from, size_t len, void *to)
{
    int written = 0;
    return len == 0 || (EVP_CipherUpdate(cipher, to, &written, from, (int)len) == 1 && (size_t)written == len);
}

static bool cipher_finish(EVP_CIPHER_CTX *cipher)
{
    uint8_t nothing[EVP_MAX_BLOCK_LENGTH]; /* GCM keeps no bytes back */
    int written = 0;
    return EVP_CipherFinal_ex(cipher, nothing, &written) == 1 && written == 0;
}

bool seal_close(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES], h2o_iovec_t associated,
                h2o_iovec_t plain, h2o_iovec_t *sealed_out)
{
    assert(plain.len <= PLAIN_MAX);
    h2o_iovec_t sealed = {h2o_mem_alloc_pool(pool, plain.len + BYTES_AROUND), plain.len + BYTES_AROUND};
    uint8_t *at = (uint8_t *)sealed.base;
    at[0] = SEAL_VERSION;
    secret_random(at + 1, NONCE_BYTES);
    EVP_CIPHER_CTX *cipher = cipher_start(DIRECTION_CLOSE, master, at + 1, associated);
    bool done = cipher != NULL && cipher_run(cipher, plain.base, plain.len, at + BYTES_BEFORE) &&
                cipher_finish(cipher) &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, at + BYTES_BEFORE + plain.len) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (done)
        *sealed_out = sealed;
    else
        ERR_clear_error();
    return done;
}

static bool is_sealed(h2o_iovec_t sealed)
{
    return sealed.len >= BYTES_AROUND && sealed.len <= INT_MAX && sealed.base[0] == SEAL_VERSION;
}

bool seal_open(const uint8_t master[static DIGEST_BYTES], h2o_iovec_t associated, h2o_iovec_t sealed,
               struct secret *plain_out)
{
    if (!is_sealed(sealed))
        return false;
    uint8_t *at = (uint8_t *)sealed.base;
    struct secret plain = {h2o_mem_alloc(sealed.len), sealed.len - BYTES_AROUND};
    EVP_CIPHER_CTX *cipher = cipher_start(DIRECTION_OPEN, master, at + 1, associated);
    bool done = cipher != NULL && cipher_run(cipher, at + BYTES_BEFORE, plain.len, plain.base) &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, at + BYTES_BEFORE + plain.len) == 1 &&
                cipher_finish(cipher);
    EVP_CIPHER_CTX_free(cipher);
    if (done) {
        *plain_out = plain;
        return true;
    }
    ERR_clear_error();
    secret_wipe(plain.base, plain.len); /* what was deciphered before the tag was found wrong */
    free(plain.base);
    return false;
}
