/* SPDX-License-Identifier: Apache-2.0 */
/* The server side of TLS: 1.2 and 1.3, the cipher suites that BCP 195 recommends, HTTP/1.1 and nothing else by ALPN. */
#ifndef HALLMARK_HTTP_TLS_H
#define HALLMARK_HTTP_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>

/* Reads chain and key (PEM). One context serves all threads: each takes a reference of its own (SSL_CTX_up_ref). NULL
 * on failure, *message_out says why (malloc). A key under a pass phrase is refused: nobody is there to type it. */
SSL_CTX *tls_context_create(const char *certificate_path, const char *key_path, char **message_out);

#endif
