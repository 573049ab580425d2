/* SPDX-License-Identifier: Apache-2.0 */
/* The least that libh2o and libpq can do for the same work, to measure ours against (scripts/bench). One thread, one
 * loop.
 *
 *   minimal PORT mint                     a whole ES256 token for each request
 *   minimal PORT lookup                   SHA-256 of the Authorization header and a look-up among a thousand digests
 *   minimal PORT select CONNINFO SQLFILE ARGUMENTS...            the statement, on one pipelined connection, one sync a
 * loop turn minimal PORT write CONNINFO SQLFILE CONNECTIONS ARGUMENTS... the statement, one call in flight on each
 * connection
 *
 * It checks nothing, parses nothing, logs nothing and survives nothing. */
#include "minimal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGESTS 1024

static h2o_globalconf_t configuration;
static h2o_context_t context;
static h2o_accept_ctx_t accept_context = {.ctx = &context};

void minimal_answer(h2o_req_t *req, const char *body, size_t len)
{
    req->res.status = 200;
    req->res.reason = "OK";
    req->res.content_length = len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, H2O_STRLIT("application/json"));
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CACHE_CONTROL, NULL, H2O_STRLIT("no-store"));
    h2o_send_inline(req, body, len);
}

/* --- mint
 * --------------------------------------------------------------------------------------------------------------- */

static EVP_PKEY_CTX *signer;
static EVP_MD *sha256;
static EVP_MD_CTX *hasher;

static void mint_start(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    signer = EVP_PKEY_CTX_new(key, NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher = EVP_MD_CTX_new();
    EVP_PKEY_sign_init(signer);
    EVP_PKEY_CTX_set_signature_md(signer, sha256);
}

static void digest(unsigned char out[32], const char *bytes, size_t len)
{
    unsigned n = 32;
    EVP_DigestInit_ex2(hasher, sha256, NULL);
    EVP_DigestUpdate(hasher, bytes, len);
    EVP_DigestFinal_ex(hasher, out, &n);
}

static int on_mint(h2o_handler_t *self, h2o_req_t *req)
{
    static const char header[] = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxM"
                                 "jMiLCJ0eXAiOiJhdCtqd3QifQ";
    char claims[512], token[1024], body[1200];
    unsigned char hash[32], signature[80], random[16];
    size_t signature_len = sizeof(signature);
    (void)self;
    RAND_bytes(random, sizeof(random));
    int claims_len =
        snprintf(claims, sizeof(claims),
                 "{\"iss\":\"http://127.0.0.1:8080\",\"aud\":\"http://127.0.0.1:8080/"
                 "api\",\"sub\":\"hmk_0000000000000000000000\",\"client_id\":"
                 "\"hmk_0000000000000000000000\",\"iat\":%ld,\"exp\":%ld,\"jti\":\"%02x%02x%02x%02x%02x%02x%02x%02x\","
                 "\"scope\":\"customers:read "
                 "customers:write\",\"account\":\"acc_00000000\",\"application\":\"app_00000000000\",\"generation\":1}",
                 (long)req->processed_at.at.tv_sec, (long)req->processed_at.at.tv_sec + 600, random[0], random[1],
                 random[2], random[3], random[4], random[5], random[6], random[7]);
    size_t len = sizeof(header) - 1;
    memcpy(token, header, len);
    token[len++] = '.';
    len += h2o_base64_encode(token + len, claims, (size_t)claims_len, 1);
    digest(hash, token, len);
    EVP_PKEY_sign(signer, signature, &signature_len, hash, sizeof(hash));
    token[len++] = '.';
    len += h2o_base64_encode(token + len, signature, 64, 1);
    int body_len =
        snprintf(body, sizeof(body), "{\"access_token\":\"%.*s\",\"token_type\":\"Bearer\",\"expires_in\":600}",
                 (int)len, token);
    minimal_answer(req, body, (size_t)body_len);
    return 0;
}

/* --- lookup
 * ------------------------------------------------------------------------------------------------------------- */

static unsigned char known[DIGESTS][32];

static int on_lookup(h2o_handler_t *self, h2o_req_t *req)
{
    unsigned char hash[32];
    (void)self;
    ssize_t at = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, -1);
    if (at != -1) {
        digest(hash, req->headers.entries[at].value.base, req->headers.entries[at].value.len);
        size_t slot = (size_t)(hash[0] | hash[1] << 8) % DIGESTS;
        if (memcmp(known[slot], hash, sizeof(hash)) != 0)
            memcpy(known[slot], hash, sizeof(hash)); /* the first time: from then on it is known */
    }
    minimal_answer(req, H2O_STRLIT("{\"Id\":1,\"Name\":\"Ada Lovelace\",\"Mail\":\"ada@example.com\"}"));
    return 0;
}

/* --- the loop
 * ------------------------------------------------------------------------------------------------------------- */

static void on_accept(h2o_socket_t *listener, const char *error)
{
    h2o_socket_t *socket;
    if (error != NULL)
        return;
    while ((socket = h2o_evloop_socket_accept(listener)) != NULL)
        h2o_accept(&accept_context, socket);
}

static int listen_on(int port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 1024) != 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    int (*handler)(h2o_handler_t *, h2o_req_t *) = NULL;
    if (argc >= 3 && strcmp(argv[2], "mint") == 0)
        handler = on_mint;
    else if (argc >= 3 && strcmp(argv[2], "lookup") == 0)
        handler = on_lookup;
    else if (argc >= 5 && strcmp(argv[2], "select") == 0)
        handler = minimal_on_select;
    else if (argc >= 6 && strcmp(argv[2], "write") == 0)
        handler = minimal_on_write;
    if (handler == NULL)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    mint_start();
    h2o_config_init(&configuration);
    h2o_hostconf_t *host = h2o_config_register_host(&configuration, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = handler;
    h2o_context_init(&context, h2o_evloop_create(), &configuration);
    accept_context.hosts = configuration.hosts;
    if (handler == minimal_on_select)
        minimal_select_start(context.loop, argv + 3, argc - 3);
    if (handler == minimal_on_write)
        minimal_write_start(context.loop, argv + 3, argc - 3);
    h2o_socket_t *listener =
        h2o_evloop_socket_create(context.loop, listen_on(atoi(argv[1])), H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(listener, on_accept);
    for (;;)
        h2o_evloop_run(context.loop, INT32_MAX);
}
