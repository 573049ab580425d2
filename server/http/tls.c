/* SPDX-License-Identifier: Apache-2.0 */
#include "http/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_BYTES_MAX 256

/* RFC 9325 section 4.2. What TLS 1.3 has is sound as it is. */
static const char suites_1_2[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
static const char groups[] = "X25519:P-256:P-384";
static const uint8_t protocol[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'}; /* with its length before it */
static const uint8_t session_context[] = "hallmark";

static int refuse_pass_phrase(char *buffer, int size, int for_writing, void *cookie)
{
    (void)for_writing, (void)cookie;
    if (size > 0)
        buffer[0] = '\0';
    return 0;
}

/* Who offers protocols but not ours is refused (RFC 7301 section 3.2), also because a certificate may serve other
 * protocols elsewhere. */
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *offered,
                           unsigned offered_len, void *cookie)
{
    (void)ssl, (void)cookie;
    unsigned char *selected = NULL;
    if (SSL_select_next_proto(&selected, out_len, protocol, sizeof(protocol), offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = selected;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_up(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, refuse_pass_phrase);
    SSL_CTX_set_alpn_select_cb(context, select_protocol, NULL);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, suites_1_2) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1 &&
           SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context) - 1) == 1;
}

/* The first error that the library noted is the cause, the last one only where it ended. */
static char *message_of(const char *what, const char *path)
{
    char reason[ERROR_BYTES_MAX] = "it is not usable";
    char *message;
    unsigned long code = ERR_get_error();
    if (code != 0)
        ERR_error_string_n(code, reason, sizeof(reason));
    ERR_clear_error();
    if (asprintf(&message, "%s %s: %s", what, path, reason) < 0)
        abort();
    return message;
}

SSL_CTX *tls_context_create(const char *certificate_path, const char *key_path, char **message_out)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || !set_up(context))
        *message_out = message_of("cannot set up", "TLS");
    else if (SSL_CTX_use_certificate_chain_file(context, certificate_path) != 1)
        *message_out = message_of("cannot read the certificate", certificate_path);
    else if (SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) != 1)
        *message_out = message_of("cannot use the key", key_path);
    else if (SSL_CTX_check_private_key(context) != 1)
        *message_out = message_of("the key does not fit the certificate:", key_path);
    else
        return context;
    SSL_CTX_free(context);
    return NULL;
}
