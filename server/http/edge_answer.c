/* SPDX-License-Identifier: Apache-2.0 */
#include "http/edge_answer.h"

#include "http/reply.h"

struct edge_filter {
    h2o_filter_t super;
    bool operations;
};

struct edge_body {
    h2o_ostream_t super;
    h2o_iovec_t body;
};

static const struct {
    int status;
    struct refusal refusal;
} answers[] = {
    {413, {.err = ERR_CONTENT_TOO_LARGE}},
    {417, {.err = ERR_MALFORMED_HTTP, .detail = SLICE("The only expectation that is understood is 100-continue.")}},
    {400, {.err = ERR_MALFORMED_HTTP, .detail = SLICE("The body is not framed as its header says.")}},
};

static const struct refusal *refusal_for(int status)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); ++i)
        if (answers[i].status == status)
            return &answers[i].refusal;
    static const struct refusal internal = {.err = ERR_INTERNAL};
    return &internal;
}

static void send_body(h2o_ostream_t *super, h2o_req_t *req, h2o_iovec_t *parts, size_t count, h2o_send_state_t state)
{
    struct edge_body *self = (struct edge_body *)super;
    (void)parts;
    h2o_ostream_send_next(super, req, &self->body, count == 0 ? 0 : 1, state); /* none: the answer to HEAD */
}

static void replace_answer(h2o_filter_t *super, h2o_req_t *req, h2o_ostream_t **slot)
{
    const struct edge_filter *self = (const struct edge_filter *)super;
    struct worker *worker = H2O_STRUCT_FROM_MEMBER(struct worker, ctx, req->conn->ctx);
    const struct refusal *refusal = refusal_for(req->res.status);
    struct edge_body *stream = (struct edge_body *)h2o_add_ostream(req, sizeof(*stream), slot);
    struct call *call = call_create(req, worker);
    call->operations = self->operations;
    memset(&req->res.headers, 0, sizeof(req->res.headers));
    stream->super.do_send = send_body;
    stream->body = reply_prepare(call, refusal);
    req->http1_is_persistent = 0;
    call_answered(call);
    h2o_setup_next_ostream(req, &stream->super.next);
}

void edge_answer_register(h2o_hostconf_t *host, bool operations)
{
    struct edge_filter *filter = (struct edge_filter *)h2o_create_filter(&host->fallback_path, sizeof(*filter));
    filter->super.on_setup_ostream = replace_answer;
    filter->operations = operations;
    host->fallback_path.error_log.emit_request_errors = 0;
}
