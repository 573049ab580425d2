/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/problem.h"

#include "base/text.h"
#include "http/reply.h"

#define MAX_AGE_S 86400

static const struct err_row *row_of(h2o_iovec_t code)
{
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        if (slice_equal(err_row((enum err)err)->code, code))
            return err_row((enum err)err);
    }
    return NULL;
}

void problem_start(struct call *call)
{
    struct text document;
    const struct err_row *row = row_of(slice_from(call->path, sizeof(PROBLEM_PATH) - 1));
    if (row == NULL) {
        reply_error(call, ERR_NOT_FOUND, SLICE("There is no problem with this code."));
        return;
    }
    text_start(&document, call->pool, 512);
    text_add_char(&document, '{');
    text_add_string_member(&document, SLICE("code"), row->code);
    text_add_u64_member(&document, SLICE("status"), (uint64_t)row->status);
    text_add_string_member(&document, SLICE("detail"), row->text);
    text_add_char(&document, '}');
    reply_document(call, SLICE("application/json"), text_slice(&document), MAX_AGE_S);
}
