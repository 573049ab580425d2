/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_problem.h"

#define SHOWN_BYTES_MAX 1000 /* of what a server says of itself */

h2o_iovec_t remote_text(h2o_mem_pool_t *pool, const struct json_object *object, h2o_iovec_t name)
{
    const struct json_member *member = json_find(object, name);
    return member != NULL && member->type == JSON_TYPE_STRING ? json_string_text(pool, member->value) : SLICE_NONE;
}

/* What others write must not steer the terminal: control characters, those of C1 (U+0080 to U+009F) too, become "?". */
static h2o_iovec_t shown(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    h2o_iovec_t copy =
        slice_copy(pool, (h2o_iovec_t){text.base, text.len < SHOWN_BYTES_MAX ? text.len : SHOWN_BYTES_MAX});
    for (size_t i = 0; i < copy.len; ++i) {
        unsigned char byte = (unsigned char)copy.base[i], next = i + 1 < copy.len ? (unsigned char)copy.base[i + 1] : 0;
        if (byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next < 0xa0))
            copy.base[i] = '?';
        if (byte == 0xc2 && next < 0xa0 && i + 1 < copy.len)
            copy.base[++i] = '?';
    }
    return copy;
}

static h2o_iovec_t not_ours(h2o_mem_pool_t *pool, const struct remote_answer *answer)
{
    h2o_iovec_t media = answer->media.base == NULL ? SLICE("no media type") : shown(pool, answer->media);
    return slice_format(pool,
                        "the server answered %ld, and not with JSON (%.*s): is HALLMARK_URL the address of Hallmark "
                        "itself?",
                        answer->status, SLICE_ARGS(media));
}

static h2o_iovec_t with_id(h2o_mem_pool_t *pool, const struct json_object *problem, h2o_iovec_t detail,
                           h2o_iovec_t code)
{
    h2o_iovec_t id = remote_text(pool, problem, SLICE("request_id"));
    if (id.base == NULL)
        return slice_format(pool, "%.*s (%.*s)", SLICE_ARGS(shown(pool, detail)), SLICE_ARGS(shown(pool, code)));
    return slice_format(pool, "%.*s (%.*s, request %.*s)", SLICE_ARGS(shown(pool, detail)),
                        SLICE_ARGS(shown(pool, code)), SLICE_ARGS(shown(pool, id)));
}

static bool is_json(const struct remote_answer *answer)
{
    h2o_iovec_t media = answer->media, type = media.base == NULL ? SLICE("") : slice_trim(slice_cut(&media, ';'));
    return slice_equal_ignoring_case(type, SLICE("application/json")) ||
           slice_equal_ignoring_case(type, SLICE("application/problem+json"));
}

bool remote_is_done(h2o_mem_pool_t *pool, const struct remote_answer *answer, h2o_iovec_t *wrong_out)
{
    struct json_object problem;
    struct json_fault fault;
    if (answer->status >= 200 && answer->status <= 299)
        return true;
    *wrong_out = not_ours(pool, answer);
    if (!is_json(answer) || !json_scan_object(pool, answer->body, &problem, &fault))
        return false;
    h2o_iovec_t detail = remote_text(pool, &problem, SLICE("detail")),
                code = remote_text(pool, &problem, SLICE("code"));
    if (detail.base == NULL)
        detail = remote_text(pool, &problem, SLICE("error_description"));
    if (code.base == NULL)
        code = remote_text(pool, &problem, SLICE("error"));
    if (code.base != NULL)
        *wrong_out = with_id(pool, &problem, detail.base == NULL ? SLICE("the server refused") : detail, code);
    return false;
}

bool remote_object(h2o_mem_pool_t *pool, const struct remote_answer *answer, struct json_object *out,
                   h2o_iovec_t *wrong_out)
{
    struct json_fault fault;
    if (!remote_is_done(pool, answer, wrong_out))
        return false;
    if (!is_json(answer)) {
        *wrong_out = not_ours(pool, answer);
        return false;
    }
    if (json_scan_object(pool, answer->body, out, &fault))
        return true;
    *wrong_out = slice_format(pool, "the answer is no JSON that can be read: %.*s", SLICE_ARGS(fault.what));
    return false;
}
