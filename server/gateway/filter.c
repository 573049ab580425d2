/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter.h"

#include "gateway/filter_jsonpath.h"
#include "gateway/filter_token.h"

struct parser {
    h2o_mem_pool_t *pool;
    h2o_iovec_t text, rest;
    struct filter_token next;
    size_t terms, depth;
    struct filter_fault *fault;
};

static const struct filter_node *parse_or(struct parser *parser);

static const struct filter_node *fail(struct parser *parser, const char *at, const char *what)
{
    *parser->fault = (struct filter_fault){filter_token_position(parser->text, at), what};
    return NULL;
}

static void advance(struct parser *parser)
{
    parser->next = filter_token_next(parser->pool, &parser->rest);
}

/* The reason why the next word cannot stand here: its own, when it is none at all. */
static const struct filter_node *fail_at_next(struct parser *parser, const char *what)
{
    return fail(parser, parser->next.at, parser->next.kind == FILTER_TOKEN_WRONG ? parser->next.what : what);
}

static bool next_is_word(const struct parser *parser, const char *word)
{
    return parser->next.kind == FILTER_TOKEN_NAME && slice_equal(parser->next.text, slice_of(word));
}

static struct filter_node *make(struct parser *parser, enum filter_kind kind)
{
    struct filter_node *node = h2o_mem_alloc_pool(parser->pool, sizeof(*node));
    *node = (struct filter_node){.kind = kind};
    return node;
}

static bool parse_operator(struct parser *parser, enum filter_operator *out)
{
    static const char *const words[FILTER_OPERATOR__MAX] = {"eq", "ne", "gt", "ge", "lt", "le"};
    for (enum filter_operator i = 0; i < FILTER_OPERATOR__MAX; ++i)
        if (next_is_word(parser, words[i])) {
            *out = i;
            advance(parser);
            return true;
        }
    fail_at_next(parser, "one of eq, ne, gt, ge, lt, le is missing");
    return false;
}

static bool parse_constant(struct parser *parser, struct filter_node *node)
{
    static const struct {
        const char *word;
        enum filter_literal literal;
    } constants[] = {{"null", FILTER_NULL}, {"true", FILTER_TRUE}, {"false", FILTER_FALSE}};
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); ++i)
        if (next_is_word(parser, constants[i].word)) {
            node->literal = constants[i].literal;
            return true;
        }
    fail_at_next(parser, "a value is missing: a string in quotes, a number, a date, true, false or null");
    return false;
}

static bool parse_date(struct parser *parser, struct filter_node *node)
{
    node->literal = FILTER_DATE;
    const char *wrong = filter_date_read(parser->next.text, &node->date);
    if (wrong != NULL)
        fail(parser, parser->next.at, wrong);
    return wrong == NULL;
}

static bool parse_literal(struct parser *parser, struct filter_node *node)
{
    bool ordered = node->operator!= FILTER_EQ && node->operator!= FILTER_NE;
    node->value = parser->next.text;
    switch (parser->next.kind) {
    case FILTER_TOKEN_STRING:
        node->literal = FILTER_STRING;
        return true;
    case FILTER_TOKEN_NUMBER:
        node->literal = FILTER_NUMBER;
        return true;
    case FILTER_TOKEN_DATE:
        return parse_date(parser, node);
    default:
        if (!parse_constant(parser, node))
            return false;
    }
    if (ordered)
        fail(parser, parser->next.at, "null, true and false are compared with eq and ne only");
    return !ordered;
}

static const struct filter_node *parse_comparison(struct parser *parser)
{
    struct filter_node *node = make(parser, FILTER_COMPARE);
    if (parser->next.kind != FILTER_TOKEN_NAME)
        return fail_at_next(parser, "the name of a member is missing");
    if (++parser->terms > LIMIT_FILTER_TERMS_MAX)
        return fail_at_next(parser, "the filter has too many comparisons");
    node->path = parser->next.text;
    advance(parser);
    if (!parse_operator(parser, &node->operator) || !parse_literal(parser, node))
        return NULL;
    advance(parser);
    return node;
}

static const struct filter_node *parse_group(struct parser *parser)
{
    const char *open = parser->next.at;
    advance(parser);
    const struct filter_node *inside = parse_or(parser);
    if (inside == NULL)
        return NULL;
    if (parser->next.kind == FILTER_TOKEN_END)
        return fail(parser, open, "this parenthesis is not closed");
    if (parser->next.kind != FILTER_TOKEN_CLOSE)
        return fail_at_next(parser, "and, or, or a closing parenthesis is missing");
    advance(parser);
    return inside;
}

static const struct filter_node *parse_unary(struct parser *parser);

static const struct filter_node *parse_not(struct parser *parser)
{
    struct filter_node *node = make(parser, FILTER_NOT);
    advance(parser);
    node->left = parse_unary(parser);
    return node->left == NULL ? NULL : node;
}

static const struct filter_node *parse_unary(struct parser *parser)
{
    bool is_not = next_is_word(parser, "not"), is_group = parser->next.kind == FILTER_TOKEN_OPEN;
    if (!is_not && !is_group)
        return parse_comparison(parser);
    if (parser->depth == LIMIT_FILTER_DEPTH_MAX)
        return fail_at_next(parser, "the filter is nested too deep");
    ++parser->depth;
    const struct filter_node *node = is_not ? parse_not(parser) : parse_group(parser);
    --parser->depth;
    return node;
}

/* One or more parts with `word` between them; left-bound. */
static const struct filter_node *parse_chain(struct parser *parser, const char *word, enum filter_kind kind,
                                             const struct filter_node *(*parse_part)(struct parser *))
{
    const struct filter_node *left = parse_part(parser);
    while (left != NULL && next_is_word(parser, word)) {
        struct filter_node *node = make(parser, kind);
        advance(parser);
        node->left = left;
        node->right = parse_part(parser);
        left = node->right == NULL ? NULL : node;
    }
    return left;
}

static const struct filter_node *parse_and(struct parser *parser)
{
    return parse_chain(parser, "and", FILTER_AND, parse_unary);
}

static const struct filter_node *parse_or(struct parser *parser)
{
    return parse_chain(parser, "or", FILTER_OR, parse_and);
}

bool filter_read(h2o_mem_pool_t *pool, h2o_iovec_t text, h2o_iovec_t *jsonpath_out, struct filter_fault *fault)
{
    struct parser parser = {.pool = pool, .text = text, .rest = text, .fault = fault};
    struct text jsonpath;
    if (text.len > LIMIT_FILTER_BYTES_MAX) {
        *fault = (struct filter_fault){LIMIT_FILTER_BYTES_MAX, "the filter is too long"};
        return false;
    }
    advance(&parser);
    const struct filter_node *filter = parse_or(&parser);
    if (filter == NULL)
        return false;
    if (parser.next.kind != FILTER_TOKEN_END) {
        fail_at_next(&parser, "and, or, or the end of the filter is missing");
        return false;
    }
    text_start(&jsonpath, pool, 2 * text.len + 64);
    filter_jsonpath_add(&jsonpath, filter);
    *jsonpath_out = text_slice(&jsonpath);
    return true;
}
