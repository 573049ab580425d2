/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jws_contexts.h"

#include "token/ecdsa.h"
#include <assert.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#define ED25519_SIGNATURE_BYTES 64

/* A key has the first two or the last two: ECDSA and RSA sign a digest, Ed25519 reads the text itself (twice). Each is
 * made at its first use, which also fetches the algorithm. */
struct key_contexts {
    EVP_PKEY_CTX *signing, *checking;
    EVP_MD_CTX *text_signing, *text_checking;
};

struct jws_contexts {
    uint64_t generation; /* of the set that the keys are from */
    struct key_contexts *keys;
    size_t count;
};

struct jws_contexts *jws_contexts_create(void)
{
    struct jws_contexts *contexts = h2o_mem_alloc(sizeof(*contexts));
    *contexts = (struct jws_contexts){0, NULL, 0};
    return contexts;
}

static void drop_all(struct jws_contexts *contexts)
{
    for (size_t i = 0; i < contexts->count; ++i) {
        struct key_contexts *kept = &contexts->keys[i];
        EVP_PKEY_CTX_free(kept->signing);
        EVP_PKEY_CTX_free(kept->checking);
        EVP_MD_CTX_free(kept->text_signing);
        EVP_MD_CTX_free(kept->text_checking);
    }
    free(contexts->keys);
    contexts->keys = NULL;
    contexts->count = 0;
}

void jws_contexts_destroy(struct jws_contexts *contexts)
{
    if (contexts == NULL)
        return;
    drop_all(contexts);
    free(contexts);
}

static void make_room(struct jws_contexts *contexts, size_t count)
{
    contexts->keys = h2o_mem_realloc(contexts->keys, count * sizeof(contexts->keys[0]));
    for (size_t i = contexts->count; i < count; ++i)
        contexts->keys[i] = (struct key_contexts){NULL, NULL, NULL, NULL};
    contexts->count = count;
}

static struct key_contexts *contexts_of(struct jws_contexts *contexts, const struct signing_key *key)
{
    if (contexts->generation != key->generation) {
        drop_all(contexts);
        contexts->generation = key->generation;
    }
    if (key->index >= contexts->count)
        make_room(contexts, (size_t)key->index + 1);
    return &contexts->keys[key->index];
}

/* --- ECDSA and RSA: a digest ----------------------------------------------------------------------------------------
 */

/* PSS as RFC 7518 section 3.5 fixes it: MGF1 with the same digest and a salt as long as the digest. */
static bool set_rsa_form(EVP_PKEY_CTX *context, enum token_algorithm algorithm)
{
    if (algorithm == TOKEN_RS256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, DIGEST_BYTES) == 1;
}

static EVP_PKEY_CTX *digest_context(EVP_PKEY_CTX **kept, EVP_PKEY *half, enum token_algorithm algorithm,
                                    int (*start)(EVP_PKEY_CTX *context))
{
    if (*kept != NULL)
        return *kept;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, half, NULL);
    if (context != NULL && start(context) == 1 && (algorithm == TOKEN_ES256 || set_rsa_form(context, algorithm)) &&
        EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1)
        return *kept = context;
    EVP_PKEY_CTX_free(context);
    return NULL;
}

static bool sign_digest(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, uint8_t *out,
                        size_t *len)
{
    uint8_t digest[DIGEST_BYTES];
    EVP_PKEY_CTX *context = digest_context(&kept->signing, key->private_key, key->algorithm, EVP_PKEY_sign_init);
    secret_digest(digest, bytes);
    return context != NULL && EVP_PKEY_sign(context, out, len, digest, sizeof(digest)) == 1;
}

static bool check_digest(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes,
                         h2o_iovec_t signature)
{
    uint8_t digest[DIGEST_BYTES];
    EVP_PKEY_CTX *context = digest_context(&kept->checking, key->public_key, key->algorithm, EVP_PKEY_verify_init);
    secret_digest(digest, bytes);
    return context != NULL &&
           EVP_PKEY_verify(context, (const uint8_t *)signature.base, signature.len, digest, sizeof(digest)) == 1;
}

static bool sign_ecdsa(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, uint8_t *out)
{
    uint8_t der[ECDSA_DER_BYTES_MAX];
    size_t len = sizeof(der);
    return sign_digest(kept, key, bytes, der, &len) && ecdsa_raw_from_der(out, der, len);
}

static bool check_ecdsa(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes,
                        h2o_iovec_t signature)
{
    uint8_t der[ECDSA_DER_BYTES_MAX];
    const uint8_t *raw = (const uint8_t *)signature.base;
    if (!ecdsa_raw_in_range(raw))
        return false;
    return check_digest(kept, key, bytes, (h2o_iovec_t){(char *)der, ecdsa_der_from_raw(der, raw)});
}

static bool sign_rsa(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, uint8_t *out)
{
    size_t room = jws_contexts_signature_bytes(key), len = room;
    return sign_digest(kept, key, bytes, out, &len) && len == room;
}

/* --- Ed25519: the text
 * ------------------------------------------------------------------------------------------------ */

static EVP_MD_CTX *text_context(EVP_MD_CTX **kept, EVP_PKEY *half,
                                int (*start)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *, const char *,
                                             EVP_PKEY *, const OSSL_PARAM *))
{
    EVP_PKEY *key = *kept == NULL ? half : NULL; /* a context that is started again keeps its key */
    if (*kept == NULL)
        *kept = EVP_MD_CTX_new();
    if (*kept != NULL && start(*kept, NULL, NULL, NULL, NULL, key, NULL) == 1)
        return *kept;
    EVP_MD_CTX_free(*kept);
    *kept = NULL;
    return NULL;
}

static bool sign_text(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, uint8_t *out)
{
    size_t len = ED25519_SIGNATURE_BYTES;
    EVP_MD_CTX *context = text_context(&kept->text_signing, key->private_key, EVP_DigestSignInit_ex);
    return context != NULL && EVP_DigestSign(context, out, &len, (const uint8_t *)bytes.base, bytes.len) == 1 &&
           len == ED25519_SIGNATURE_BYTES;
}

static bool check_text(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes,
                       h2o_iovec_t signature)
{
    EVP_MD_CTX *context = text_context(&kept->text_checking, key->public_key, EVP_DigestVerifyInit_ex);
    return context != NULL && EVP_DigestVerify(context, (const uint8_t *)signature.base, signature.len,
                                               (const uint8_t *)bytes.base, bytes.len) == 1;
}

/* --- which of them
 * ------------------------------------------------------------------------------------------------------ */

static const struct method {
    size_t signature_bytes; /* 0: as many as the modulus */
    bool (*sign)(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, uint8_t *out);
    bool (*check)(struct key_contexts *kept, const struct signing_key *key, h2o_iovec_t bytes, h2o_iovec_t signature);
} methods[] = {
    [TOKEN_ES256] = {ECDSA_RAW_BYTES, sign_ecdsa, check_ecdsa},
    [TOKEN_RS256] = {0, sign_rsa, check_digest},
    [TOKEN_PS256] = {0, sign_rsa, check_digest},
    [TOKEN_EDDSA] = {ED25519_SIGNATURE_BYTES, sign_text, check_text},
};
_Static_assert(sizeof(methods) / sizeof(methods[0]) == TOKEN_ALGORITHM__MAX, "each algorithm has a method");

size_t jws_contexts_signature_bytes(const struct signing_key *key)
{
    size_t fixed = methods[key->algorithm].signature_bytes;
    return fixed != 0 ? fixed : (size_t)EVP_PKEY_get_size(key->public_key);
}

/* A failure must leave nothing in the thread's error queue: TLS on the same thread reads it. */
bool jws_contexts_sign(struct jws_contexts *contexts, const struct signing_key *key, h2o_iovec_t bytes,
                       uint8_t *signature_out)
{
    assert(key->private_key != NULL);
    bool done = methods[key->algorithm].sign(contexts_of(contexts, key), key, bytes, signature_out);
    if (!done)
        ERR_clear_error();
    return done;
}

bool jws_contexts_check(struct jws_contexts *contexts, const struct signing_key *key, h2o_iovec_t bytes,
                        h2o_iovec_t signature)
{
    if (signature.len != jws_contexts_signature_bytes(key))
        return false;
    bool good = methods[key->algorithm].check(contexts_of(contexts, key), key, bytes, signature);
    if (!good)
        ERR_clear_error();
    return good;
}
