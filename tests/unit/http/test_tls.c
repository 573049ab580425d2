/* SPDX-License-Identifier: Apache-2.0 */
/* What is spoken on the wire is tried in tests/e2e/test_http_life.py; here: which files are taken, and what is offered.
 */
#include "check.h"

#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Files of one test, in a folder of their own. */
struct files {
    char folder[64], certificate[96], key[96], other_key[96], locked_key[96], garbage[96];
};

static void write_key(const char *path, EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(
        PEM_write_PrivateKey(file, key, cipher, (const unsigned char *)"pass", cipher == NULL ? 0 : 4, NULL, NULL), 1);
    fclose(file);
}

static void write_certificate(const char *path, EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    FILE *file = fopen(path, "w");
    assert_true(certificate != NULL && file != NULL);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    fclose(file);
    X509_free(certificate);
}

static int setup(void **state)
{
    static struct files files;
    EVP_PKEY *key = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256");
    strcpy(files.folder, "/tmp/hallmark-tls-XXXXXX");
    assert_non_null(mkdtemp(files.folder));
    snprintf(files.certificate, sizeof(files.certificate), "%s/certificate", files.folder);
    snprintf(files.key, sizeof(files.key), "%s/key", files.folder);
    snprintf(files.other_key, sizeof(files.other_key), "%s/other", files.folder);
    snprintf(files.locked_key, sizeof(files.locked_key), "%s/locked", files.folder);
    snprintf(files.garbage, sizeof(files.garbage), "%s/garbage", files.folder);
    write_certificate(files.certificate, key);
    write_key(files.key, key, NULL);
    write_key(files.other_key, other, NULL);
    write_key(files.locked_key, key, EVP_aes_128_cbc());
    FILE *garbage = fopen(files.garbage, "w");
    fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", garbage);
    fclose(garbage);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    *state = &files;
    return 0;
}

static int teardown(void **state)
{
    struct files *files = *state;
    const char *const paths[] = {files->certificate, files->key, files->other_key, files->locked_key, files->garbage};
    for (size_t i = 0; i < COUNT_OF(paths); ++i)
        unlink(paths[i]);
    rmdir(files->folder);
    return 0;
}

static void test_refused(void **state)
{
    const struct files *files = *state;
    const struct {
        const char *name, *certificate, *key, *message;
    } cases[] = {
        {"no certificate", "/nonexistent", files->key, "cannot read the certificate /nonexistent: "},
        {"no key", files->certificate, "/nonexistent", "cannot use the key /nonexistent: "},
        {"folder", files->folder, files->key, "cannot read the certificate "},
        {"certificate that is none", files->garbage, files->key, "cannot read the certificate "},
        {"key for a certificate", files->key, files->key, "cannot read the certificate "},
        {"certificate for a key", files->certificate, files->certificate, "cannot use the key "},
        {"key of another", files->certificate, files->other_key, "cannot use the key "},
        {"key under a pass phrase", files->certificate, files->locked_key, "cannot use the key "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char *message = NULL;
        check(cases[i].name, tls_context_create(cases[i].certificate, cases[i].key, &message) == NULL);
        check(cases[i].name, message != NULL && strncmp(message, cases[i].message, strlen(cases[i].message)) == 0);
        check(cases[i].name, strlen(message) > strlen(cases[i].message));
        check(cases[i].name, ERR_peek_error() == 0);
        free(message);
    }
}

static void test_offer(void **state)
{
    const struct files *files = *state;
    static const char *const suites[] = {
        "TLS_AES_256_GCM_SHA384",        "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",  "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
    };
    char *message = NULL;
    SSL_CTX *context = tls_context_create(files->certificate, files->key, &message);
    assert_non_null(context);
    assert_null(message);
    assert_int_equal(SSL_CTX_get_min_proto_version(context), TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_get_max_proto_version(context), 0); /* the newest that the library has */
    assert_int_equal(SSL_CTX_get_verify_mode(context), SSL_VERIFY_NONE);
    STACK_OF(SSL_CIPHER) *offered = SSL_CTX_get_ciphers(context);
    assert_int_equal(sk_SSL_CIPHER_num(offered), COUNT_OF(suites));
    for (size_t i = 0; i < COUNT_OF(suites); ++i)
        assert_string_equal(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(offered, (int)i)), suites[i]);
    SSL_CTX_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_offer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
