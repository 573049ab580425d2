/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <assert.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* The contexts of one thread, made at its first use and freed when it ends. */
struct contexts {
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac;
};

static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_key_t contexts_key; /* only for its destructor: reading a __thread variable is quicker */
static __thread struct contexts *contexts_of_thread;

static void must(bool done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "hallmark: OpenSSL cannot %s\n", what);
    abort();
}

static void contexts_free(void *cookie)
{
    struct contexts *contexts = cookie;
    EVP_MD_CTX_free(contexts->digest);
    EVP_MAC_CTX_free(contexts->mac);
    free(contexts);
    contexts_of_thread = NULL;
}

void secret_start(void)
{
    if (sha256 != NULL)
        return;
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    must(sha256 != NULL && hmac != NULL, "do SHA-256");
    int failed = pthread_key_create(&contexts_key, contexts_free);
    assert(failed == 0);
}

static struct contexts *contexts_create(void)
{
    assert(sha256 != NULL); /* secret_start was not called */
    struct contexts *contexts = h2o_mem_alloc(sizeof(*contexts));
    contexts->digest = EVP_MD_CTX_new();
    contexts->mac = EVP_MAC_CTX_new(hmac);
    must(contexts->digest != NULL && contexts->mac != NULL, "make a context");
    must(EVP_DigestInit_ex(contexts->digest, sha256, NULL) == 1, "start a digest");
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
                               OSSL_PARAM_END};
    must(EVP_MAC_CTX_set_params(contexts->mac, parameters) == 1, "do HMAC with SHA-256");
    int failed = pthread_setspecific(contexts_key, contexts);
    assert(failed == 0);
    return contexts;
}

static inline struct contexts *contexts_get(void)
{
    if (contexts_of_thread == NULL)
        contexts_of_thread = contexts_create();
    return contexts_of_thread;
}

/* An EVP_MD_CTX by another name: nobody else has to know OpenSSL's. */
struct secret_digester *secret_digester_start(void)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    must(context != NULL && EVP_DigestInit_ex(context, sha256, NULL) == 1, "start a digest");
    return (struct secret_digester *)context;
}

void secret_digester_add(struct secret_digester *digester, h2o_iovec_t bytes)
{
    must(EVP_DigestUpdate((EVP_MD_CTX *)digester, bytes.base, bytes.len) == 1, "digest");
}

void secret_digester_end(struct secret_digester *digester, uint8_t out[static DIGEST_BYTES])
{
    must(EVP_DigestFinal_ex((EVP_MD_CTX *)digester, out, NULL) == 1, "end a digest");
    EVP_MD_CTX_free((EVP_MD_CTX *)digester);
}

void secret_random(void *out, size_t len)
{
    assert(len <= INT_MAX);
    must(RAND_bytes(out, (int)len) == 1, "find randomness");
}

void secret_digest(uint8_t out[static DIGEST_BYTES], h2o_iovec_t bytes)
{
    EVP_MD_CTX *digest = contexts_get()->digest;
    must(EVP_DigestInit_ex(digest, NULL, NULL) == 1, "start a digest");
    must(EVP_DigestUpdate(digest, bytes.base, bytes.len) == 1, "continue a digest");
    must(EVP_DigestFinal_ex(digest, out, NULL) == 1, "end a digest");
}

static void mac_start(EVP_MAC_CTX *mac, const uint8_t key[static DIGEST_BYTES])
{
    must(EVP_MAC_init(mac, key, DIGEST_BYTES, NULL) == 1, "start an HMAC");
}

static void mac_add(EVP_MAC_CTX *mac, const void *bytes, size_t len)
{
    must(EVP_MAC_update(mac, bytes, len) == 1, "continue an HMAC");
}

static void mac_end(EVP_MAC_CTX *mac, uint8_t out[static DIGEST_BYTES])
{
    size_t len;
    must(EVP_MAC_final(mac, out, &len, DIGEST_BYTES) == 1 && len == DIGEST_BYTES, "end an HMAC");
}

void secret_mac(uint8_t out[static DIGEST_BYTES], const uint8_t key[static DIGEST_BYTES], h2o_iovec_t bytes)
{
    EVP_MAC_CTX *mac = contexts_get()->mac;
    mac_start(mac, key);
    mac_add(mac, bytes.base, bytes.len);
    mac_end(mac, out);
}

void secret_derive(uint8_t out[static DIGEST_BYTES], const uint8_t master[static DIGEST_BYTES], const char *purpose)
{
    static const uint8_t no_salt[DIGEST_BYTES];
    static const uint8_t first_block = 1; /* of the output; one is all that we take */
    uint8_t extracted[DIGEST_BYTES];
    secret_mac(extracted, no_salt, (h2o_iovec_t){(char *)master, DIGEST_BYTES});
    EVP_MAC_CTX *mac = contexts_get()->mac;
    mac_start(mac, extracted);
    mac_add(mac, purpose, strlen(purpose));
    mac_add(mac, &first_block, sizeof(first_block));
    mac_end(mac, out);
    secret_wipe(extracted, sizeof(extracted));
}

bool secret_equal(const void *a, const void *b, size_t len)
{
    return len == 0 || CRYPTO_memcmp(a, b, len) == 0;
}

void secret_wipe(void *bytes, size_t len)
{
    if (bytes != NULL)
        OPENSSL_cleanse(bytes, len);
}
