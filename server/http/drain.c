/* SPDX-License-Identifier: Apache-2.0 */
#include "http/drain.h"

#include "base/clock.h"
#include "http/listener.h"

#include <h2o/http1.h>

#define SWEEP_MS 1000 /* a connection that was only being made at the first sweep has this long to send its request */
#define CUT_MS   1000 /* for the loop to notice that its connections were cut */

/* Idle: no byte of a request has come. The others were told "keep-alive" when their head was parsed, and would hang on.
 */
static int end_connection(h2o_req_t *req, void *cookie)
{
    (void)cookie;
    h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);
    req->http1_is_persistent = 0;
    if (req->version == 0 && socket->input->size == 0)
        shutdown(h2o_socket_get_fd(socket),
                 SHUT_RD); /* the loop sees the end of the stream and closes as it always does */
    return 0;
}

static int cut_connection(h2o_req_t *req, void *cookie)
{
    (void)cookie;
    shutdown(h2o_socket_get_fd(req->conn->callbacks->get_socket(req->conn)), SHUT_RDWR);
    return 0;
}

static bool turn_until(struct worker *worker, int64_t until_ms)
{
    while (listener_connections(worker) > 0 && clock_monotonic_ms() < until_ms)
        worker_turn(worker);
    return listener_connections(worker) == 0;
}

bool drain_run(struct worker *worker)
{
    int64_t end_ms = clock_monotonic_ms() + LIMIT_DRAIN_MS;
    listener_stop(worker);
    h2o_context_request_shutdown(&worker->ctx);
    while (listener_connections(worker) > 0 && clock_monotonic_ms() < end_ms) {
        H2O_HTTP1_CALLBACKS.foreach_request(&worker->ctx, end_connection, NULL);
        turn_until(worker, clock_monotonic_ms() + SWEEP_MS);
    }
    if (listener_connections(worker) == 0)
        return true;
    log_event(LOG_LEVEL_WARN, "drain_cut", "\"connections\":%u", listener_connections(worker));
    H2O_HTTP1_CALLBACKS.foreach_request(&worker->ctx, cut_connection, NULL);
    return turn_until(worker, clock_monotonic_ms() + CUT_MS);
}
