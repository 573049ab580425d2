/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter_token.h"

#include "base/json.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name(char c)
{
    return is_name_start(c) || is_digit(c);
}

/* All that can stand in a number or a date. */
static bool is_numeric(char c)
{
    return is_name(c) || c == '.' || c == ':' || c == '-' || c == '+';
}

static struct filter_token wrong(const char *at, const char *what)
{
    return (struct filter_token){FILTER_TOKEN_WRONG, SLICE_NONE, at, what};
}

static h2o_iovec_t take(h2o_iovec_t *rest, size_t len)
{
    h2o_iovec_t taken = {rest->base, len};
    *rest = slice_from(*rest, len);
    return taken;
}

/* Behind the opening quote: the length up to the closing one, which is the first that is not doubled. SIZE_MAX: it is
 * not closed. */
static size_t string_length(h2o_iovec_t rest, size_t *doubled_out)
{
    *doubled_out = 0;
    for (size_t i = 0; i < rest.len; ++i) {
        if (rest.base[i] != '\'')
            continue;
        if (i + 1 == rest.len || rest.base[i + 1] != '\'')
            return i;
        ++*doubled_out;
        ++i;
    }
    return SIZE_MAX;
}

static h2o_iovec_t unfold(h2o_mem_pool_t *pool, h2o_iovec_t written, size_t doubled)
{
    h2o_iovec_t text = {h2o_mem_alloc_pool(pool, written.len - doubled + 1), 0};
    for (size_t i = 0; i < written.len; ++i) {
        text.base[text.len++] = written.base[i];
        if (written.base[i] == '\'')
            ++i;
    }
    return text;
}

static struct filter_token next_string(h2o_mem_pool_t *pool, h2o_iovec_t *rest)
{
    struct filter_token token = {FILTER_TOKEN_STRING, SLICE_NONE, rest->base, NULL};
    size_t doubled;
    *rest = slice_from(*rest, 1);
    size_t len = string_length(*rest, &doubled);
    if (len == SIZE_MAX)
        return wrong(token.at, "a string is not closed; a quote inside it is written twice");
    token.text = take(rest, len);
    if (doubled > 0)
        token.text = unfold(pool, token.text, doubled);
    *rest = slice_from(*rest, 1);
    return token;
}

/* What the database reads as a number is what JSON calls one, with the bounds that we set to the numbers of records. */
static bool is_number(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    struct json_object object;
    struct json_fault fault;
    h2o_iovec_t json = slice_format(pool, "{\"n\":%.*s}", SLICE_ARGS(text));
    return json_scan_object(pool, json, &object, &fault) && object.members[0].type == JSON_TYPE_NUMBER &&
           object.members[0].value.len == text.len;
}

/* 99.95M, 5L, 1.5d, 2f: older OData writes the type of a number behind it. */
static h2o_iovec_t without_suffix(h2o_iovec_t text)
{
    if (text.len > 1 && strchr("MmLlDdFf", text.base[text.len - 1]) != NULL && is_digit(text.base[text.len - 2]))
        --text.len;
    return text;
}

static struct filter_token next_numeric(h2o_mem_pool_t *pool, h2o_iovec_t *rest)
{
    size_t len = 1;
    while (len < rest->len && is_numeric(rest->base[len]))
        ++len;
    struct filter_token token = {FILTER_TOKEN_NUMBER, take(rest, len), NULL, NULL};
    token.at = token.text.base;
    if (len > 4 && token.text.base[4] == '-' && is_digit(token.text.base[0])) {
        token.kind = FILTER_TOKEN_DATE;
        return token;
    }
    token.text = without_suffix(token.text);
    return is_number(pool, token.text) ? token : wrong(token.at, "this is neither a number nor a date");
}

/* A name, or names with '/' between them. */
static struct filter_token next_name(h2o_mem_pool_t *pool, h2o_iovec_t *rest)
{
    size_t len = 1;
    while (len < rest->len &&
           (is_name(rest->base[len]) || (rest->base[len] == '/' && len + 1 < rest->len && rest->base[len - 1] != '/' &&
                                         is_name_start(rest->base[len + 1]))))
        ++len;
    struct filter_token token = {FILTER_TOKEN_NAME, take(rest, len), NULL, NULL};
    token.at = token.text.base;
    if (rest->len == 0 || rest->base[0] != '\'')
        return token;
    if (!slice_equal(token.text, SLICE("datetime")))
        return wrong(token.at, "only datetime may stand before a quote");
    struct filter_token quoted = next_string(pool, rest);
    if (quoted.kind == FILTER_TOKEN_STRING)
        quoted.kind = FILTER_TOKEN_DATE;
    quoted.at = token.at;
    return quoted;
}

static struct filter_token next_sign(h2o_iovec_t *rest)
{
    static const struct {
        char sign;
        enum filter_token_kind kind;
    } signs[] = {{'(', FILTER_TOKEN_OPEN}, {')', FILTER_TOKEN_CLOSE}, {',', FILTER_TOKEN_COMMA}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); ++i)
        if (rest->base[0] == signs[i].sign) {
            h2o_iovec_t text = take(rest, 1);
            return (struct filter_token){signs[i].kind, text, text.base, NULL};
        }
    return wrong(rest->base, "this character has no meaning here");
}

struct filter_token filter_token_next(h2o_mem_pool_t *pool, h2o_iovec_t *rest)
{
    while (rest->len > 0 && (rest->base[0] == ' ' || rest->base[0] == '\t'))
        *rest = slice_from(*rest, 1);
    if (rest->len == 0)
        return (struct filter_token){FILTER_TOKEN_END, SLICE_NONE, rest->base, NULL};
    if (rest->base[0] == '\'')
        return next_string(pool, rest);
    if (is_digit(rest->base[0]) || rest->base[0] == '-')
        return next_numeric(pool, rest);
    if (is_name_start(rest->base[0]))
        return next_name(pool, rest);
    return next_sign(rest);
}

size_t filter_token_position(h2o_iovec_t text, const char *at)
{
    size_t position = 1;
    for (const char *c = text.base; c < at; ++c)
        position += ((unsigned char)*c & 0xc0) != 0x80;
    return position;
}
