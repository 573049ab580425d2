/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/answer.h"

#include "gateway/page.h"
#include "gateway/request.h"
#include "http/reply.h"
#include "store/result_json.h"

#include <assert.h>

#define ROW_BYTES_USUAL 512

/* --- headers ----------------------------------------------------------------------------------------------------- */

static void add_tag(struct ask *ask, const struct db_result *result)
{
    int column = result_json_column(result, SLICE("version"));
    if (column >= 0)
        reply_header(ask->call, SLICE("etag"), request_tag(ask->call->pool, db_result_i64(result, 0, (size_t)column)));
}

h2o_iovec_t answer_shown_at(h2o_mem_pool_t *pool, const struct operation_path *path, h2o_iovec_t subject)
{
    struct text shown;
    h2o_iovec_t row = slice_of(path->operation->shown_at);
    text_start(&shown, pool, 128);
    while (row.base != NULL) {
        h2o_iovec_t segment = slice_cut(&row, '/');
        if (shown.len > 0)
            text_add_char(&shown, '/');
        if (segment.base[0] != '{')
            text_add(&shown, segment);
        else if (row.base == NULL)
            text_add(&shown, subject);
        else
            text_add(&shown, operation_segment(path, (h2o_iovec_t){segment.base + 1, segment.len - 2}));
    }
    return text_slice(&shown);
}

static void add_location(struct ask *ask, const struct db_result *result)
{
    const struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    h2o_mem_pool_t *pool = ask->call->pool;
    if (operation->shown_at == NULL)
        return;
    int column = result_json_column(result, slice_of(operation->subject));
    assert(column >= 0);
    h2o_iovec_t subject = result_json_value(pool, result, 0, (size_t)column, operation->id_kind);
    reply_header(ask->call, SLICE("location"),
                 slice_format(pool, "%.*s" OPERATION_PREFIX "%.*s", SLICE_ARGS(ask->call->worker->settings->issuer),
                              SLICE_ARGS(answer_shown_at(pool, &asked->path, subject))));
}

/* --- bodies ------------------------------------------------------------------------------------------------------ */

static void add_secret(struct text *out, struct asked *asked)
{
    --out->len; /* the closing brace */
    text_add_string_member(out, SLICE("secret"), slice_of(asked->secret));
    text_add_char(out, '}');
    secret_wipe(asked->secret, sizeof(asked->secret));
}

static h2o_iovec_t one(struct ask *ask, struct asked *asked, const struct db_result *result)
{
    struct text out;
    text_start(&out, ask->call->pool, ROW_BYTES_USUAL);
    result_json_add(&out, result, 0, asked->path.operation->id_kind);
    if (asked->path.operation->flags & OPERATION_SECRET)
        add_secret(&out, asked);
    return text_slice(&out);
}

static void add_next(struct ask *ask, const struct asked *asked, const struct db_result *result)
{
    static const char *const dropped[] = {"cursor", NULL};
    int column = result_json_column(result, SLICE("place"));
    assert(column >= 0);
    h2o_iovec_t place = db_result_text(result, (size_t)asked->page_size - 1, (size_t)column);
    h2o_iovec_t cursor = asked_cursor(ask, place), link = SLICE_NONE;
    if (cursor.base != NULL)
        link = page_link(ask->call, dropped, "cursor", cursor);
    if (link.base != NULL)
        reply_header(ask->call, SLICE("link"), link);
}

static h2o_iovec_t many(struct ask *ask, const struct asked *asked, const struct db_result *result)
{
    struct text out;
    size_t rows = db_result_rows(result), most = (size_t)asked->page_size;
    bool is_page = (asked->path.operation->flags & OPERATION_ROWS) == 0;
    if (is_page && rows > most) {
        rows = most;
        add_next(ask, asked, result);
    }
    text_start(&out, ask->call->pool, ROW_BYTES_USUAL * (rows + 1));
    text_add(&out, SLICE("{\"items\":["));
    for (size_t row = 0; row < rows; ++row) {
        if (row > 0)
            text_add_char(&out, ',');
        result_json_add(&out, result, row, asked->path.operation->id_kind);
    }
    text_add(&out, SLICE("]}"));
    return text_slice(&out);
}

void answer_compose(struct ask *ask, const struct db_result *result)
{
    struct asked *asked = ask->request;
    const struct operation *operation = asked->path.operation;
    bool is_list = (operation->flags & OPERATION_LIST) != 0, is_empty = (operation->flags & OPERATION_EMPTY) != 0;
    if (!is_empty && db_result_rows(result) > 0 && (!is_list || (operation->flags & OPERATION_ROWS)))
        add_tag(ask, result);
    if (operation->method == METHOD_POST)
        add_location(ask, result);
    asked->status = is_empty ? 204 : operation->method == METHOD_POST ? 201 : 200;
    asked->answer = is_empty ? SLICE_NONE : is_list ? many(ask, asked, result) : one(ask, asked, result);
}

void answer_send(struct ask *ask)
{
    const struct asked *asked = ask->request;
    if (asked->is_repeated)
        reply_header(ask->call, SLICE("idempotent-replayed"), SLICE("true"));
    if (asked->answer.base == NULL)
        reply_empty(ask->call, asked->status);
    else
        reply_json(ask->call, asked->status, asked->answer);
}
