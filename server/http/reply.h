/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer of answers: every status line, every header and every error body of the server is written here. After
 * any of the functions that end a call, the call is gone. */
#ifndef HALLMARK_HTTP_REPLY_H
#define HALLMARK_HTTP_REPLY_H

#include "http/call.h"

/* An extra header for the answer to come. `name` is a lower-case literal; the value is copied; asserts that it has no
 * CR, LF or NUL. */
void reply_header(struct call *call, h2o_iovec_t name, h2o_iovec_t value);

/* Success with a body: Content-Type application/json, Cache-Control: no-store (and Pragma: no-cache on OAuth routes).
 * The body is borrowed until the request ends (pool or static). HEAD sends no body. */
void reply_json(struct call *call, int status, h2o_iovec_t body);
void reply_empty(struct call *call, int status); /* 204, 304 */

/* A public document: given type, max-age, ETag from its digest; 304 when If-None-Match has it. */
void reply_document(struct call *call, h2o_iovec_t media_type, h2o_iovec_t body, int max_age_s);

/* A public document that never becomes another one: caches may keep it for a year, and need not ask again. */
void reply_immutable(struct call *call, h2o_iovec_t media_type, h2o_iovec_t body);

/* A body of another type, such as metrics: no-store (and Pragma: no-cache on OAuth routes). */
void reply_text(struct call *call, int status, h2o_iovec_t media_type, h2o_iovec_t body);

/* A page for people: text/html in UTF-8, no-store, and a policy under which it loads nothing but our style sheet, runs
 * nothing, is framed by nobody, and sends its forms to us alone, but for what it is allowed here. */
struct page_allowed {
    h2o_iovec_t form_target; /* one more origin, such as "https://app.example", that its forms, or the answers to them,
                              * may lead to: Chromium holds redirects to form-action, too. SLICE_NONE: none */
    bool script;             /* files of ours, none in the page itself */
};
void reply_page(struct call *call, int status, h2o_iovec_t html, const struct page_allowed *allowed);

/* 303, so that nothing that was posted is posted again (RFC 9700 section 4.12). The location is ours to have checked.
 */
void reply_see_other(struct call *call, h2o_iovec_t location);

/* The answer to OPTIONS: 204, Allow, and what a browser's preflight wants to hear when the route has ROUTE_CORS. */
void reply_options(struct call *call, unsigned methods);

/* A refusal, in the form of the route: application/json as RFC 6749 section 5.2 on OAuth routes, otherwise a problem
 * document (RFC 9457) with code, request_id and Message. `detail` is one sentence (SLICE_NONE: the table's text). Where
 * a layer refused (base/layer.h), layer, granted_by and `missing` are told in either form.
 * WWW-Authenticate, Retry-After and Allow are added where their status needs them (see the fields). Edge errors (400
 * malformed, 413, 414, 431) close the connection. */
struct refusal {
    enum err err;
    h2o_iovec_t detail;
    enum err cause;       /* whose layer is told; ERR_NONE: that of err itself */
    h2o_iovec_t missing;  /* the rights that are missing there, one space between two; SLICE_NONE: left out */
    h2o_iovec_t scope;    /* what is needed: makes a 403 carry WWW-Authenticate with insufficient_scope */
    h2o_iovec_t where;    /* JSON pointer for body errors; SLICE_NONE: left out */
    h2o_iovec_t violated; /* JSON strings: the limits that are used up, as RateLimit names them; SLICE_NONE: left out */
    unsigned allow;       /* METHOD_BITs, for 405 */
    int retry_after_s;    /* 0: the default of 1 for 503 */
    bool basic_challenge; /* invalid_client after an Authorization header: 401 with WWW-Authenticate: Basic. Without it
                           * invalid_client on an OAuth route is 400: RFC 6749 section 5.2 allows it, a 401 needs a
                           * challenge (RFC 9110 section 15.5.2), and openid-client hides the body's error code behind
                           * any challenge. */
    const struct api *api; /* whose protected-resource metadata a 401 points to; NULL: none */
};
void reply_refusal(struct call *call, const struct refusal *refusal);

/* The short form. */
void reply_error(struct call *call, enum err err, h2o_iovec_t detail);

/* For edge_answer.c: sets status and headers of a refusal that is already being sent, and returns its body. */
h2o_iovec_t reply_prepare(struct call *call, const struct refusal *refusal);

#endif
