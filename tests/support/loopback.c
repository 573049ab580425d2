/* SPDX-License-Identifier: Apache-2.0 */
#include "loopback.h"

#include "base/clock.h"
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#define ANSWER_MARGIN_MS 1000
#define HEAD_BYTES_USUAL 1024

struct loopback {
    h2o_globalconf_t conf;
    struct route_hosts hosts;
    struct worker worker;
    struct worker *all[1];
};

struct exchange {
    h2o_conn_t super;
    struct loopback *loopback;
    h2o_socket_t socket; /* only its input is used */
    h2o_ostream_t answer;
    h2o_buffer_t *body;
    struct sockaddr_in6 peer;
    bool is_answered;
    h2o_req_t req;
};

/* --- the connection as h2o sees it
 * ------------------------------------------------------------------------------------ */

static struct exchange *exchange_of(h2o_conn_t *conn)
{
    return H2O_STRUCT_FROM_MEMBER(struct exchange, super, conn);
}

static socklen_t get_peername(h2o_conn_t *conn, struct sockaddr *out)
{
    const struct exchange *exchange = exchange_of(conn);
    memcpy(out, &exchange->peer, sizeof(exchange->peer));
    return sizeof(exchange->peer);
}

static socklen_t get_sockname(h2o_conn_t *conn, struct sockaddr *out)
{
    (void)conn, (void)out;
    return 0;
}

static h2o_socket_t *get_socket(h2o_conn_t *conn)
{
    return &exchange_of(conn)->socket;
}

static void on_answer(h2o_ostream_t *stream, h2o_req_t *req, h2o_iovec_t *parts, size_t count, h2o_send_state_t state)
{
    struct exchange *exchange = H2O_STRUCT_FROM_MEMBER(struct exchange, answer, stream);
    for (size_t i = 0; i < count; ++i) {
        h2o_buffer_reserve(&exchange->body, parts[i].len);
        if (parts[i].len > 0)
            memcpy(exchange->body->bytes + exchange->body->size, parts[i].base, parts[i].len);
        exchange->body->size += parts[i].len;
    }
    exchange->is_answered = !h2o_send_state_is_in_progress(state);
    if (!exchange->is_answered)
        h2o_proceed_response(req);
}

/* --- rendering
 * -------------------------------------------------------------------------------------------------------- */

static void add_input(struct exchange *exchange, h2o_iovec_t text)
{
    h2o_buffer_t **input = &exchange->socket.input;
    h2o_buffer_reserve(input, text.len);
    if (text.len > 0)
        memcpy((*input)->bytes + (*input)->size, text.base, text.len);
    (*input)->size += text.len;
}

static void render(struct exchange *exchange, const struct loopback_request *request)
{
    h2o_mem_pool_t *pool = &exchange->req.pool;
    const char *headers = request->headers == NULL ? "" : request->headers;
    add_input(exchange, slice_format(pool, "%s %s HTTP/1.1\r\nhost: loopback.test\r\n%s", request->method,
                                     request->target, headers));
    if (request->body.base != NULL)
        add_input(exchange, slice_format(pool, "content-length: %zu\r\n", request->body.len));
    add_input(exchange, SLICE("\r\n"));
    add_input(exchange, request->body);
    add_input(exchange, request->behind);
}

/* As h2o does for a request with a body, fields are copies in the pool. */
static void add_fields(h2o_req_t *req, h2o_iovec_t rest)
{
    while (rest.len > 0) {
        h2o_iovec_t value = slice_copy(&req->pool, slice_trim(slice_cut(&rest, '\n')));
        assert_true(value.len > 0 && value.base[value.len - 1] == '\r');
        --value.len;
        h2o_iovec_t name = slice_cut(&value, ':');
        value = slice_trim(value);
        h2o_add_header_by_str(&req->pool, &req->headers, name.base, name.len, 1, NULL, value.base, value.len);
    }
}

static void fill_request(struct exchange *exchange, const struct loopback_request *request)
{
    h2o_req_t *req = &exchange->req;
    h2o_buffer_t *input = exchange->socket.input;
    req->input.scheme = request->tls ? &H2O_URL_SCHEME_HTTPS : &H2O_URL_SCHEME_HTTP;
    req->input.method = slice_copy(&req->pool, slice_of(request->method));
    req->input.path = slice_copy(&req->pool, slice_of(request->target));
    req->input.authority = SLICE("loopback.test");
    req->version = 0x101;
    req->http1_is_persistent = 1;
    add_fields(req, slice_of(request->headers));
    if (request->body.base != NULL)
        req->entity =
            (h2o_iovec_t){input->bytes + input->size - request->behind.len - request->body.len, request->body.len};
}

static void name_peer(struct exchange *exchange, const char *address)
{
    char mapped[INET6_ADDRSTRLEN];
    address = address == NULL ? "127.0.0.1" : address;
    snprintf(mapped, sizeof(mapped), "%s%s", strchr(address, ':') == NULL ? "::ffff:" : "", address);
    exchange->peer.sin6_family = AF_INET6;
    assert_int_equal(inet_pton(AF_INET6, mapped, &exchange->peer.sin6_addr), 1);
}

/* --- exchanges
 * -------------------------------------------------------------------------------------------------------- */

static struct exchange *exchange_create(struct loopback *loopback, bool operations)
{
    static const h2o_conn_callbacks_t callbacks = {
        .get_sockname = get_sockname, .get_peername = get_peername, .get_socket = get_socket};
    h2o_hostconf_t **hosts = operations ? loopback->hosts.operations_hosts : loopback->hosts.public_hosts;
    struct exchange *exchange = (struct exchange *)h2o_create_connection(sizeof(*exchange), &loopback->worker.ctx,
                                                                         hosts, (struct timeval){0, 0}, &callbacks);
    size_t known = sizeof(exchange->super);
    memset((char *)exchange + known, 0, sizeof(*exchange) - known);
    exchange->loopback = loopback;
    h2o_buffer_init(&exchange->socket.input, &h2o_socket_buffer_prototype);
    h2o_buffer_init(&exchange->body, &h2o_socket_buffer_prototype);
    h2o_init_request(&exchange->req, &exchange->super, NULL);
    exchange->answer.do_send = on_answer;
    exchange->req._ostr_top = &exchange->answer;
    return exchange;
}

struct exchange *loopback_start(struct loopback *loopback, const struct loopback_request *request)
{
    struct exchange *exchange = exchange_create(loopback, request->operations);
    name_peer(exchange, request->peer);
    render(exchange, request);
    fill_request(exchange, request);
    h2o_process_request(&exchange->req);
    return exchange;
}

bool exchange_wait(struct exchange *exchange)
{
    int64_t until_ms = clock_monotonic_ms() + LIMIT_ANSWER_MS + ANSWER_MARGIN_MS;
    while (!exchange->is_answered && clock_monotonic_ms() < until_ms)
        worker_turn(&exchange->loopback->worker);
    return exchange->is_answered;
}

struct exchange *loopback_ask(struct loopback *loopback, const struct loopback_request *request)
{
    struct exchange *exchange = loopback_start(loopback, request);
    if (!exchange_wait(exchange))
        fail_msg("%s %s got no answer", request->method, request->target);
    return exchange;
}

bool exchange_is_answered(const struct exchange *exchange)
{
    return exchange->is_answered;
}

int exchange_status(const struct exchange *exchange)
{
    assert_true(exchange->is_answered);
    return exchange->req.res.status;
}

h2o_iovec_t exchange_body(const struct exchange *exchange)
{
    assert_true(exchange->is_answered);
    return (h2o_iovec_t){exchange->body->bytes, exchange->body->size};
}

h2o_iovec_t exchange_header(const struct exchange *exchange, const char *name)
{
    assert_true(exchange->is_answered);
    const h2o_headers_t *headers = &exchange->req.res.headers;
    ssize_t at = h2o_find_header_by_str(headers, name, strlen(name), -1);
    return at == -1 ? SLICE_NONE : headers->entries[at].value;
}

bool exchange_closes(const struct exchange *exchange)
{
    return !exchange->req.http1_is_persistent;
}

void exchange_dispose(struct exchange *exchange)
{
    h2o_dispose_request(&exchange->req);
}

h2o_iovec_t exchange_input(const struct exchange *exchange)
{
    return (h2o_iovec_t){exchange->socket.input->bytes, exchange->socket.input->size};
}

void exchange_free(struct exchange *exchange)
{
    h2o_buffer_dispose(&exchange->socket.input);
    h2o_buffer_dispose(&exchange->body);
    free(exchange);
}

void exchange_end(struct exchange *exchange)
{
    exchange_dispose(exchange);
    exchange_free(exchange);
}

/* --- the worker
 * ------------------------------------------------------------------------------------------------------- */

struct loopback *loopback_create(const struct settings *settings, const struct routes *routes)
{
    static const struct db_settings one_of_each = {.write_connections = 1, .list_connections = 1};
    static const uint8_t penalty_key[DIGEST_BYTES];
    struct db_settings lanes = one_of_each;
    struct loopback *loopback = calloc(1, sizeof(*loopback));
    assert_non_null(loopback);
    secret_start();
    log_start(STDOUT_FILENO, LOG_LEVEL_ERROR); /* a line for each request would bury what a failing test says */
    log_stop();
    lanes.conninfo = settings->database;
    route_configure(&loopback->conf, &loopback->hosts);
    loopback->all[0] = &loopback->worker;
    loopback->worker.settings = settings;
    loopback->worker.routes = routes;
    loopback->worker.all = loopback->all;
    loopback->worker.all_count = 1;
    loopback->worker.penalties = penalty_table_create(penalty_key);
    loopback->worker.rates = rate_table_create(settings->rates);
    worker_open(&loopback->worker, &loopback->conf, &lanes);
    client_book_count_in(loopback->worker.clients, loopback->worker.rates);
    return loopback;
}

void loopback_destroy(struct loopback *loopback)
{
    struct penalty_table *penalties = loopback->worker.penalties;
    struct rate_table *rates = loopback->worker.rates;
    worker_flush(&loopback->worker);
    worker_close(&loopback->worker);
    penalty_table_destroy(penalties);
    rate_table_destroy(rates);
    h2o_config_dispose(&loopback->conf);
    free(loopback);
}

struct worker *loopback_worker(struct loopback *loopback)
{
    return &loopback->worker;
}
