/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_make.h"

#include "token/jwk.h"
#include "token/key_seal.h"
#include "token/public_key.h"
#include <assert.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#define RSA_BITS 2048 /* what we make; stronger keys are slower by far, and ES256 is there for who wants more */

static EVP_PKEY *generate_p256(void)
{
    return EVP_EC_gen("P-256");
}

static EVP_PKEY *generate_rsa(void)
{
    return EVP_RSA_gen(RSA_BITS);
}

static EVP_PKEY *generate_ed25519(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static EVP_PKEY *(*const generators[])(void) = {
    [TOKEN_ES256] = generate_p256,
    [TOKEN_RS256] = generate_rsa,
    [TOKEN_PS256] = generate_rsa,
    [TOKEN_EDDSA] = generate_ed25519,
};
_Static_assert(sizeof(generators) / sizeof(generators[0]) == TOKEN_ALGORITHM__MAX,
               "a key of each algorithm can be made");

bool key_make(h2o_mem_pool_t *pool, enum token_algorithm algorithm, const uint8_t master[static DIGEST_BYTES],
              struct made_key *out)
{
    assert(algorithm < TOKEN_ALGORITHM__MAX);
    EVP_PKEY *key = generators[algorithm]();
    bool made = key != NULL && key_make_from_private(pool, algorithm, key, master, out);
    ERR_clear_error();
    EVP_PKEY_free(key);
    return made;
}

bool key_make_from_private(h2o_mem_pool_t *pool, enum token_algorithm algorithm, EVP_PKEY *private_key,
                           const uint8_t master[static DIGEST_BYTES], struct made_key *out)
{
    struct made_key made;
    if (public_key_fault(algorithm, private_key) != NULL || !jwk_thumbprint(private_key, made.kid))
        return false;
    if (!public_key_write(pool, private_key, &made.public_der) ||
        !key_seal_close(pool, slice_of(made.kid), algorithm, private_key, master, &made.sealed))
        return false;
    *out = made;
    return true;
}

bool key_reseal(h2o_mem_pool_t *pool, h2o_iovec_t kid, enum token_algorithm algorithm, h2o_iovec_t sealed,
                const uint8_t old_master[static DIGEST_BYTES], const uint8_t new_master[static DIGEST_BYTES],
                h2o_iovec_t *out)
{
    EVP_PKEY *key = key_seal_open(kid, algorithm, sealed, old_master);
    bool done = key != NULL && key_seal_close(pool, kid, algorithm, key, new_master, out);
    EVP_PKEY_free(key);
    return done;
}
