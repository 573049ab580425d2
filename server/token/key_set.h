/* SPDX-License-Identifier: Apache-2.0 */
/* The signing keys of this deployment, parsed once: kid -> key, and each key has exactly one algorithm (RFC 8725
 * section 3.1). A set is immutable; a change makes a new one. All threads share a set by reference (the count is
 * atomic; touched on a change only). */
#ifndef HALLMARK_TOKEN_KEY_SET_H
#define HALLMARK_TOKEN_KEY_SET_H

#include "base/secret.h"
#include <openssl/evp.h>

enum token_algorithm { TOKEN_ES256, TOKEN_RS256, TOKEN_PS256, TOKEN_EDDSA, TOKEN_ALGORITHM__MAX };

/* "ES256", ... and back ("Ed25519" is accepted for EdDSA, RFC 9864). */
h2o_iovec_t token_algorithm_name(enum token_algorithm algorithm);
__attribute__((warn_unused_result)) bool token_algorithm_parse(h2o_iovec_t name, enum token_algorithm *out);

enum signing_key_state { SIGNING_KEY_NEXT, SIGNING_KEY_ACTIVE, SIGNING_KEY_RETIRING };

#define TOKEN_KID_BYTES 43 /* RFC 7638 thumbprint, base64url */

struct signing_key {
    char kid[TOKEN_KID_BYTES + 1];
    enum token_algorithm algorithm;
    enum signing_key_state state;
    EVP_PKEY *public_key;            /* owned by the set */
    EVP_PKEY *private_key;           /* NULL unless next or active */
    h2o_iovec_t jwk;                 /* {"kty":...,"kid":...,"use":"sig","alg":...}, owned by the set */
    h2o_iovec_t pem;                 /* SubjectPublicKeyInfo */
    unsigned index;                  /* place in the set: threads keep their contexts by it */
    uint64_t generation;             /* of the set, see key_set_generation */
    h2o_iovec_t access_token_header; /* the encoded header of each access token that this key signs */
};

struct key_set;

struct key_material { /* one row of hallmark.signing_key; everything borrowed */
    h2o_iovec_t kid, algorithm, state, public_der, sealed;
};

/* NULL when a row does not fit (wrong curve, RSA below LIMIT_RSA_BITS_MIN, kid that is not the thumbprint, a seal that
 * does not open); *wrong_out is then a literal that says what, *wrong_kid_out which. The new set has one reference. */
struct key_set *key_set_create(const struct key_material *rows, size_t count, const uint8_t master[static DIGEST_BYTES],
                               const char **wrong_out, h2o_iovec_t *wrong_kid_out);
struct key_set *key_set_share(struct key_set *set);
void key_set_release(struct key_set *set); /* NULL is a no-op */

size_t key_set_count(const struct key_set *set);
const struct signing_key *key_set_at(const struct key_set *set, size_t index);
const struct signing_key *key_set_find(const struct key_set *set, h2o_iovec_t kid);
/* The key that signs with this algorithm now; NULL when there is none. */
const struct signing_key *key_set_active(const struct key_set *set, enum token_algorithm algorithm);
/* The whole JWKS document, made once: every key of the set, the active ones first. */
h2o_iovec_t key_set_jwks(const struct key_set *set);
uint64_t key_set_generation(const struct key_set *set); /* different for each set of the process */

#endif
