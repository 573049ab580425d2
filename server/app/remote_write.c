/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_write.h"

#include "base/json.h"
#include "base/text.h"

#include <assert.h>

/* --- path and query ---------------------------------------------------------------------------------------------- */

static void add_escaped(struct text *out, h2o_iovec_t bytes)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-~";
    for (size_t i = 0; i < bytes.len; ++i) {
        if (strchr(plain, bytes.base[i]) != NULL && bytes.base[i] != '\0')
            text_add_char(out, bytes.base[i]);
        else
            text_add_format(out, "%%%02X", (unsigned char)bytes.base[i]);
    }
}

/* A client id stands in the last of its parameters, behind the account that it carries. */
static const char *segment_text(const struct remote_match *match, h2o_iovec_t name)
{
    const char *found = NULL;
    for (int i = 0; i < match->count; ++i) {
        const struct operand *operand = match->places[i].operand;
        if (remote_where(operand->kind) == REMOTE_PATH && slice_equal(slice_of(operand->name), name))
            found = match->values[i].text;
    }
    assert(found != NULL); /* the row of the operation has an operand for each of its segments */
    return found;
}

h2o_iovec_t remote_write_path(h2o_mem_pool_t *pool, const struct remote_match *match)
{
    struct text path;
    h2o_iovec_t rest = slice_of(match->operation->path);
    text_start(&path, pool, 256);
    while (rest.base != NULL) {
        h2o_iovec_t segment = slice_cut(&rest, '/');
        bool is_open = segment.len > 2 && segment.base[0] == '{';
        if (path.len > 0)
            text_add_char(&path, '/');
        if (is_open)
            add_escaped(&path, slice_of(segment_text(match, (h2o_iovec_t){segment.base + 1, segment.len - 2})));
        else
            text_add(&path, segment);
    }
    return text_slice(&path);
}

/* OPERAND_QUERY_IS has its value in its name: "keys=end". */
static void add_parameter(struct text *query, const struct operand *operand, const char *value)
{
    text_add_char(query, query->len == 0 ? '?' : '&');
    text_add(query, slice_of(operand->name));
    if (operand->kind == OPERAND_QUERY_IS)
        return;
    text_add_char(query, '=');
    add_escaped(query, slice_of(value));
}

h2o_iovec_t remote_write_query(h2o_mem_pool_t *pool, const struct remote_match *match, int page_size)
{
    struct text query;
    unsigned flags = match->operation->flags;
    text_start(&query, pool, 256);
    for (int i = 0; i < match->count; ++i) {
        const struct operand *operand = match->places[i].operand;
        if (remote_where(operand->kind) == REMOTE_QUERY && match->values[i].text != NULL)
            add_parameter(&query, operand, match->values[i].text);
    }
    if ((flags & OPERATION_LIST) && !(flags & OPERATION_ROWS))
        text_add_format(&query, "%cpage_size=%d", query.len == 0 ? '?' : '&', page_size);
    return text_slice(&query);
}

/* --- the body ---------------------------------------------------------------------------------------------------- */

typedef bool add_member(struct text *out, const struct remote_value *value);

static bool add_string(struct text *out, const struct remote_value *value)
{
    text_add_json_string(out, slice_of(value->text));
    return true;
}

static bool add_array(struct text *out, const struct remote_value *value)
{
    h2o_iovec_t rest = slice_of(value->text);
    text_add_char(out, '[');
    while (rest.base != NULL) {
        h2o_iovec_t word = slice_cut(&rest, ' ');
        if (word.len == 0)
            continue;
        if (out->base[out->len - 1] != '[')
            text_add_char(out, ',');
        text_add_json_string(out, word);
    }
    text_add_char(out, ']');
    return true;
}

static bool add_number(struct text *out, const struct remote_value *value)
{
    text_add(out, slice_of(value->text)); /* digits: it was read as a number */
    return true;
}

static bool add_boolean(struct text *out, const struct remote_value *value)
{
    if (strcmp(value->text, "true") != 0 && strcmp(value->text, "false") != 0) {
        command_usage("--%s: \"%s\" is neither true nor false", value->source->name, value->text);
        return false;
    }
    text_add(out, slice_of(value->text));
    return true;
}

/* Beside the database infinity takes a bound away; here null does. */
static bool add_moment(struct text *out, const struct remote_value *value)
{
    bool is_none = strcmp(value->text, "infinity") == 0 || strcmp(value->text, "-infinity") == 0;
    if (is_none)
        text_add(out, SLICE("null"));
    else
        text_add_json_string(out, slice_of(value->text));
    return true;
}

static bool add_object(struct text *out, const struct remote_value *value)
{
    struct json_object object;
    struct json_fault fault;
    if (!json_scan_object(out->pool, slice_of(value->text), &object, &fault)) {
        command_usage("--%s is no JSON object: %.*s", value->source->name, SLICE_ARGS(fault.what));
        return false;
    }
    text_add(out, slice_of(value->text));
    return true;
}

static add_member *const adds[OPERAND__MAX] = {
    [OPERAND_TEXT] = add_string,   [OPERAND_IDENT] = add_string,    [OPERAND_IDENTS] = add_array,
    [OPERAND_KEY] = add_string,    [OPERAND_SCOPES] = add_string,   [OPERAND_WORDS] = add_array,
    [OPERAND_NUMBER] = add_number, [OPERAND_BOOLEAN] = add_boolean, [OPERAND_MOMENT] = add_moment,
    [OPERAND_OBJECT] = add_object, [OPERAND_INVITE] = add_string,   [OPERAND_REDIRECTS] = add_array,
};

bool remote_write_body(h2o_mem_pool_t *pool, const struct remote_match *match, h2o_iovec_t *out)
{
    struct text body;
    enum method method = match->operation->method;
    *out = SLICE_NONE;
    if (method != METHOD_POST && method != METHOD_PUT)
        return true;
    text_start(&body, pool, 1024);
    text_add_char(&body, '{');
    for (int i = 0; i < match->count; ++i) {
        const struct operand *operand = match->places[i].operand;
        const struct remote_value *value = &match->values[i];
        if (remote_where(operand->kind) != REMOTE_BODY || value->text == NULL || value->is_account_of_key)
            continue;
        text_add_member(&body, slice_of(operand->name));
        if (!adds[operand->kind](&body, value))
            return false;
    }
    text_add_char(&body, '}');
    *out = text_slice(&body);
    return true;
}
