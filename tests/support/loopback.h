/* SPDX-License-Identifier: Apache-2.0 */
/* Whole requests through the real router, the real routes and the real writer of replies, without sockets and threads:
 * for tests of endpoints, the gateway and the history. A worker lives on the test's own thread; a request is rendered
 * as the text that a client would have sent, given to h2o's request processing and checked by head_check like any
 * other; its answer is kept as status, headers and body.
 *
 *     struct settings settings = {.issuer = SLICE("https://id.example"), .database = "..."};
 *     struct loopback *loopback = loopback_create(&settings, &routes);
 *     loopback_worker(loopback)->policy = policy;
 *     struct loopback_request request = {.method = "GET", .target = "/oauth2/jwks"};
 *     struct exchange *exchange = loopback_ask(loopback, &request);
 *     assert_int_equal(exchange_status(exchange), 200);
 *     exchange_end(exchange);
 *     loopback_destroy(loopback);
 *
 * The policy is released by loopback_destroy; while it is NULL, routes that need one answer 503.
 *
 * Register the test with the source: hallmark_unit_test(endpoint token EXTRA support/loopback.c support/fake_db.c).
 * With fake_db the lanes need no PostgreSQL; a handler that waits for the database is taken apart with loopback_start,
 * the fake's answer, and exchange_wait. */
#ifndef HALLMARK_TESTS_LOOPBACK_H
#define HALLMARK_TESTS_LOOPBACK_H

#include "http/route.h"

struct loopback; /* a worker without listeners */
struct exchange; /* one request and what was answered */

struct loopback_request {
    const char *method, *target;
    const char *headers; /* "name: value\r\n" each, names in lower case; NULL: none. Host, Content-Length are added */
    h2o_iovec_t body;    /* base NULL: none */
    h2o_iovec_t behind;  /* what the connection has read behind the request */
    const char *peer;    /* address of the socket; NULL: 127.0.0.1 */
    bool tls;            /* the request came over TLS */
    bool operations;     /* through the operations listener */
};

/* settings and routes outlive it. The worker has lanes (one connection each), caches and tables of penalties and of
 * counts; its feed is NULL. The log is set to errors only: a test that wants lines calls log_start afterwards. */
struct loopback *loopback_create(const struct settings *settings, const struct routes *routes);
void loopback_destroy(struct loopback *loopback);
struct worker *loopback_worker(struct loopback *loopback);

/* Sends a request; the handler has been started when this returns, and may have answered. */
struct exchange *loopback_start(struct loopback *loopback, const struct loopback_request *request);

/* Turns the loop until the answer is there. False when none comes within LIMIT_ANSWER_MS and a second, after which the
 * server has to have answered by itself. */
bool exchange_wait(struct exchange *exchange);

/* loopback_start and exchange_wait; fails the test when no answer comes. */
struct exchange *loopback_ask(struct loopback *loopback, const struct loopback_request *request);

/* Once answered. Slices live until exchange_end. */
bool exchange_is_answered(const struct exchange *exchange);
int exchange_status(const struct exchange *exchange);
h2o_iovec_t exchange_body(const struct exchange *exchange);
h2o_iovec_t exchange_header(const struct exchange *exchange, const char *name); /* SLICE_NONE: it has none */
bool exchange_closes(const struct exchange *exchange);                          /* the connection would be closed */

/* The request is over: its gone hook runs, its log line is written, its pool is given back. Before the answer it is a
 * client that vanished. */
void exchange_end(struct exchange *exchange);

/* The same in two steps: in between only exchange_input may be asked, which is what the connection's buffer is left
 * with. */
void exchange_dispose(struct exchange *exchange);
h2o_iovec_t exchange_input(const struct exchange *exchange);
void exchange_free(struct exchange *exchange);

#endif
