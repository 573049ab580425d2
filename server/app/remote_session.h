/* SPDX-License-Identifier: Apache-2.0 */
/* A command's conversation with the management API: requests under one token, repeated where that is safe, and lists
 * page by page. What goes wrong is said on standard error. */
#ifndef HALLMARK_APP_REMOTE_SESSION_H
#define HALLMARK_APP_REMOTE_SESSION_H

#include "app/command.h"
#include "app/remote_wire.h"

struct remote_session {
    h2o_mem_pool_t *pool;
    struct remote_wire *wire;
    h2o_iovec_t url;           /* of the server, without a trailing slash */
    h2o_iovec_t authorization; /* SLICE_NONE: not logged in */
};

/* Reads the key file and gets a token. *exit_out is set when it is false: a key file that will not do is COMMAND_USAGE.
 * Either way it ends with remote_session_close, which wipes the token. */
__attribute__((warn_unused_result)) bool
remote_session_open(struct remote_session *session, const struct command_input *input, enum command_exit *exit_out);
void remote_session_close(struct remote_session *session);

/* The whole address of a path behind /admin/v1/, in the pool. */
h2o_iovec_t remote_session_url(const struct remote_session *session, h2o_iovec_t path, h2o_iovec_t query);

/* Sends with the token, and once more if the answer was lost and the request `may_repeat`: a read, or a POST whose
 * Idempotency-Key the server remembers. False, after having said why, when there is no answer or its status is not 2xx.
 */
__attribute__((warn_unused_result)) bool remote_session_ask(struct remote_session *session,
                                                            struct remote_request *request, bool may_repeat,
                                                            struct remote_answer *answer);

/* Rows as the server wrote them, one JSON object each; in the pool. */
struct remote_rows {
    h2o_iovec_t *objects;
    size_t count, capacity;
};

/* Appends what an answer has: the items of a list, or itself. False, after having said that it cannot be read. */
__attribute__((warn_unused_result)) bool remote_session_take(struct remote_session *session,
                                                             const struct remote_answer *answer, bool is_list,
                                                             struct remote_rows *rows);

/* Reads what stands at a URL, a list with all its pages (RFC 8288, rel="next"). */
__attribute__((warn_unused_result)) bool remote_session_read(struct remote_session *session, h2o_iovec_t url,
                                                             bool is_list, struct remote_rows *rows);

#endif
