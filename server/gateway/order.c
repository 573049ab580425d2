/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/order.h"

#include "base/text.h"
#include "gateway/filter_token.h"

struct keys {
    h2o_iovec_t names[LIMIT_ORDER_KEYS_MAX];
    bool descending[LIMIT_ORDER_KEYS_MAX];
    size_t count;
};

static bool came_before(const struct keys *keys, h2o_iovec_t name)
{
    for (size_t i = 0; i < keys->count; ++i)
        if (slice_equal(keys->names[i], name))
            return true;
    return false;
}

/* Why this word cannot be a member to order by; NULL when it can. */
static const char *wrong_name(const struct keys *keys, const struct filter_token *token)
{
    if (token->kind == FILTER_TOKEN_WRONG)
        return token->what;
    if (token->kind != FILTER_TOKEN_NAME)
        return "the name of a member is missing";
    if (slice_find(token->text, '/') != SIZE_MAX)
        return "only members of the record itself can be ordered by";
    if (keys->count == LIMIT_ORDER_KEYS_MAX)
        return "there are too many members to order by";
    return came_before(keys, token->text) ? "this member came before" : NULL;
}

static bool is_word(const struct filter_token *token, h2o_iovec_t word)
{
    return token->kind == FILTER_TOKEN_NAME && slice_equal(token->text, word);
}

/* One member with its direction. *token is the word behind it then, or the one that was wrong. */
static const char *read_key(h2o_mem_pool_t *pool, h2o_iovec_t *rest, struct keys *keys, struct filter_token *token)
{
    *token = filter_token_next(pool, rest);
    const char *wrong = wrong_name(keys, token);
    if (wrong != NULL)
        return wrong;
    keys->names[keys->count] = token->text;
    *token = filter_token_next(pool, rest);
    keys->descending[keys->count] = is_word(token, SLICE("desc"));
    if (keys->descending[keys->count] || is_word(token, SLICE("asc")))
        *token = filter_token_next(pool, rest);
    ++keys->count;
    if (token->kind == FILTER_TOKEN_WRONG)
        return token->what;
    return token->kind == FILTER_TOKEN_COMMA || token->kind == FILTER_TOKEN_END
               ? NULL
               : "asc, desc, a comma or the end is missing";
}

static struct order order_of(h2o_mem_pool_t *pool, const struct keys *keys)
{
    struct text names, descending;
    text_start(&names, pool, 128);
    text_start(&descending, pool, 32);
    for (size_t i = 0; i < keys->count; ++i) {
        text_add_char(&names, i == 0 ? '[' : ',');
        text_add_json_string(&names, keys->names[i]);
        text_add_char(&descending, i == 0 ? '[' : ',');
        text_add(&descending, keys->descending[i] ? SLICE("true") : SLICE("false"));
    }
    text_add_char(&names, ']');
    text_add_char(&descending, ']');
    return (struct order){text_slice(&names), text_slice(&descending)};
}

bool order_read(h2o_mem_pool_t *pool, h2o_iovec_t text, struct order *out, struct filter_fault *fault)
{
    struct keys keys = {.count = 0};
    struct filter_token token;
    h2o_iovec_t rest = text;
    do {
        const char *wrong = read_key(pool, &rest, &keys, &token);
        if (wrong != NULL) {
            *fault = (struct filter_fault){filter_token_position(text, token.at), wrong};
            return false;
        }
    } while (token.kind == FILTER_TOKEN_COMMA);
    *out = order_of(pool, &keys);
    return true;
}
