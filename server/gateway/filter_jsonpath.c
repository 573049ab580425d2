/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter_jsonpath.h"

#include <assert.h>

/* jsonpath has three truth values, and OData's comparisons only two. In strict mode a comparison is unknown when the
 * member is not there, lies under something that is no object, or has another type; all of that is "no" to us. At the
 * top, under && and under || unknown works like false; so negations are carried down to the comparisons, and only there
 * unknown has to be told apart. */

static const char *const signs[FILTER_OPERATOR__MAX] = {
    [FILTER_EQ] = "==", [FILTER_GT] = ">", [FILTER_GE] = ">=", [FILTER_LT] = "<", [FILTER_LE] = "<=",
};

static h2o_iovec_t member_of(struct text *out, h2o_iovec_t path)
{
    struct text member;
    text_start(&member, out->pool, path.len + 16);
    text_add_char(&member, '$');
    while (path.base != NULL) {
        text_add_char(&member, '.');
        text_add_json_string(&member, slice_cut(&path, '/'));
    }
    return text_slice(&member);
}

static void add_literal(struct text *out, const struct filter_node *node)
{
    static const char *const words[] = {[FILTER_NULL] = "null", [FILTER_TRUE] = "true", [FILTER_FALSE] = "false"};
    assert(node->literal != FILTER_DATE);
    if (node->literal == FILTER_STRING)
        text_add_json_string(out, node->value);
    else
        text_add(out, node->literal == FILTER_NUMBER ? node->value : slice_of(words[node->literal]));
}

/* greater = a date, and neither less nor equal; greater or equal = a date, and not less. */
static void add_date_comparison(struct text *out, const struct filter_node *node, enum filter_operator operator)
{
    bool negated = operator== FILTER_GT || operator== FILTER_GE;
    h2o_iovec_t member = member_of(out, node->path);
    if (negated) {
        filter_date_add_is_date(out, member);
        text_add(out, SLICE(" && !("));
    }
    if (operator!= FILTER_EQ)
        filter_date_add_less(out, member, &node->date);
    if (operator== FILTER_LE || operator== FILTER_GT)
        text_add(out, SLICE(" || "));
    if (operator== FILTER_EQ || operator== FILTER_LE || operator== FILTER_GT)
        filter_date_add_equal(out, member, &node->date);
    if (negated)
        text_add_char(out, ')');
}

static void add_bare_comparison(struct text *out, const struct filter_node *node, enum filter_operator operator)
{
    if (node->literal == FILTER_DATE) {
        add_date_comparison(out, node, operator);
        return;
    }
    text_add(out, member_of(out, node->path));
    text_add_format(out, " %s ", signs[operator]);
    add_literal(out, node);
}

/* ne is the negation of eq. A member that is not there is null, which turns the two forms around: unknown is a yes to
 * `eq null`. */
static void add_comparison(struct text *out, const struct filter_node *node, bool negated)
{
    bool is_ne = node->operator== FILTER_NE;
    enum filter_operator operator= is_ne ? FILTER_EQ : node->operator;
    bool says_no = negated != is_ne;
    text_add(out, says_no ? SLICE("(!(") : SLICE("(("));
    add_bare_comparison(out, node, operator);
    text_add_char(out, ')');
    if (says_no != (node->literal == FILTER_NULL)) {
        text_add(out, SLICE(" || ("));
        add_bare_comparison(out, node, operator);
        text_add(out, SLICE(") is unknown"));
    }
    text_add_char(out, ')');
}

static void add_node(struct text *out, const struct filter_node *node, bool negated)
{
    switch (node->kind) {
    case FILTER_COMPARE:
        add_comparison(out, node, negated);
        break;
    case FILTER_NOT:
        add_node(out, node->left, !negated);
        break;
    case FILTER_AND:
    case FILTER_OR:
        text_add_char(out, '(');
        add_node(out, node->left, negated);
        text_add(out, (node->kind == FILTER_AND) != negated ? SLICE(" && ") : SLICE(" || "));
        add_node(out, node->right, negated);
        text_add_char(out, ')');
        break;
    }
}

void filter_jsonpath_add(struct text *out, const struct filter_node *filter)
{
    text_add(out, SLICE("strict "));
    add_node(out, filter, false);
}
