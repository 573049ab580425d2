/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_seal.h"

#include "token/seal.h"
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

static h2o_iovec_t associated_data(h2o_mem_pool_t *pool, h2o_iovec_t kid, enum token_algorithm algorithm)
{
    h2o_iovec_t name = token_algorithm_name(algorithm);
    return slice_format(pool, "signing key %.*s %.*s", SLICE_ARGS(name), SLICE_ARGS(kid));
}

/* PKCS #8; malloc'ed. */
static bool write_private(EVP_PKEY *key, struct secret *out)
{
    uint8_t *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    int len = info == NULL ? 0 : i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    PKCS8_PRIV_KEY_INFO_free(info);
    if (len <= 0)
        return false;
    *out = (struct secret){(char *)der, (size_t)len};
    return true;
}

static EVP_PKEY *read_private(const struct secret *plain)
{
    const uint8_t *at = (const uint8_t *)plain->base;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)plain->len);
    bool whole = info != NULL && at == (const uint8_t *)plain->base + plain->len;
    EVP_PKEY *key = whole ? EVP_PKCS82PKEY(info) : NULL;
    PKCS8_PRIV_KEY_INFO_free(info);
    return key;
}

bool key_seal_close(h2o_mem_pool_t *pool, h2o_iovec_t kid, enum token_algorithm algorithm, EVP_PKEY *private_key,
                    const uint8_t master[static DIGEST_BYTES], h2o_iovec_t *sealed_out)
{
    struct secret plain;
    if (!write_private(private_key, &plain)) {
        ERR_clear_error();
        return false;
    }
    h2o_iovec_t bytes = {plain.base, plain.len};
    bool done = seal_close(pool, master, associated_data(pool, kid, algorithm), bytes, sealed_out);
    OPENSSL_clear_free(plain.base, plain.len);
    return done;
}

EVP_PKEY *key_seal_open(h2o_iovec_t kid, enum token_algorithm algorithm, h2o_iovec_t sealed,
                        const uint8_t master[static DIGEST_BYTES])
{
    struct secret plain;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bool opened = seal_open(master, associated_data(&pool, kid, algorithm), sealed, &plain);
    h2o_mem_clear_pool(&pool);
    if (!opened)
        return NULL;
    EVP_PKEY *key = read_private(&plain);
    ERR_clear_error();
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return key;
}
