/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter_token.h"

#include "check.h"

#define TOKENS_MAX 6

struct expected {
    enum filter_token_kind kind;
    const char *text; /* NULL: not looked at */
};

static const struct {
    const char *name, *text;
    struct expected tokens[TOKENS_MAX]; /* up to END or WRONG */
} cases[] = {
    {"string without an end", "'abc", {{FILTER_TOKEN_WRONG, NULL}}},
    {"a quote alone", "'", {{FILTER_TOKEN_WRONG, NULL}}},
    {"string that ends in a doubled quote", "'abc''", {{FILTER_TOKEN_WRONG, NULL}}},
    {"quote behind another word", "guid'abc'", {{FILTER_TOKEN_WRONG, NULL}}},
    {"datetime without an end", "datetime'2020", {{FILTER_TOKEN_WRONG, NULL}}},
    {"sign without meaning", "A = 5", {{FILTER_TOKEN_NAME, "A"}, {FILTER_TOKEN_WRONG, NULL}}},
    {"dollar", "$A", {{FILTER_TOKEN_WRONG, NULL}}},
    {"line feed is no blank", "\nA", {{FILTER_TOKEN_WRONG, NULL}}},
    {"minus alone", "-", {{FILTER_TOKEN_WRONG, NULL}}},
    {"two signs", "--5", {{FILTER_TOKEN_WRONG, NULL}}},
    {"leading zero", "007", {{FILTER_TOKEN_WRONG, NULL}}},
    {"point without digits", "5.", {{FILTER_TOKEN_WRONG, NULL}}},
    {"digits with a word behind", "5eq", {{FILTER_TOKEN_WRONG, NULL}}},
    {"hexadecimal", "0x1F", {{FILTER_TOKEN_WRONG, NULL}}},
    {"suffix alone", "-M", {{FILTER_TOKEN_WRONG, NULL}}},
    {"two suffixes", "5LL", {{FILTER_TOKEN_WRONG, NULL}}},
    {"number with more digits than a record may hold", "1e99", {{FILTER_TOKEN_WRONG, NULL}}},
    {"slash at the start", "/A", {{FILTER_TOKEN_WRONG, NULL}}},
    {"slash at the end", "A/", {{FILTER_TOKEN_NAME, "A"}, {FILTER_TOKEN_WRONG, NULL}}},
    {"two slashes", "A//B", {{FILTER_TOKEN_NAME, "A"}, {FILTER_TOKEN_WRONG, NULL}}},
    {"digit behind a slash", "A/1", {{FILTER_TOKEN_NAME, "A"}, {FILTER_TOKEN_WRONG, NULL}}},
    {"nothing", "", {{FILTER_TOKEN_END, NULL}}},
    {"blanks", " \t ", {{FILTER_TOKEN_END, NULL}}},
    {"empty string", "''", {{FILTER_TOKEN_STRING, ""}, {FILTER_TOKEN_END, NULL}}},
    {"doubled quotes", "'it''s '''''", {{FILTER_TOKEN_STRING, "it's ''"}, {FILTER_TOKEN_END, NULL}}},
    {"string of signs", "'\"\\$(),'", {{FILTER_TOKEN_STRING, "\"\\$(),"}, {FILTER_TOKEN_END, NULL}}},
    {"two strings side by side",
     "'a' 'b'",
     {{FILTER_TOKEN_STRING, "a"}, {FILTER_TOKEN_STRING, "b"}, {FILTER_TOKEN_END, NULL}}},
    {"comparison",
     "Price ge 12.30",
     {{FILTER_TOKEN_NAME, "Price"},
      {FILTER_TOKEN_NAME, "ge"},
      {FILTER_TOKEN_NUMBER, "12.30"},
      {FILTER_TOKEN_END, NULL}}},
    {"path", "Address/City", {{FILTER_TOKEN_NAME, "Address/City"}, {FILTER_TOKEN_END, NULL}}},
    {"name beyond ASCII",
     "Gr\xc3\xb6\xc3\x9f"
     "e_1",
     {{FILTER_TOKEN_NAME, "Gr\xc3\xb6\xc3\x9f"
                          "e_1"},
      {FILTER_TOKEN_END, NULL}}},
    {"parentheses and comma",
     "(a),",
     {{FILTER_TOKEN_OPEN, "("},
      {FILTER_TOKEN_NAME, "a"},
      {FILTER_TOKEN_CLOSE, ")"},
      {FILTER_TOKEN_COMMA, ","},
      {FILTER_TOKEN_END, NULL}}},
    {"negative number with exponent", "-1.5E-2", {{FILTER_TOKEN_NUMBER, "-1.5E-2"}, {FILTER_TOKEN_END, NULL}}},
    {"suffix of older OData", "99.95M", {{FILTER_TOKEN_NUMBER, "99.95"}, {FILTER_TOKEN_END, NULL}}},
    {"number up to a parenthesis",
     "5)",
     {{FILTER_TOKEN_NUMBER, "5"}, {FILTER_TOKEN_CLOSE, ")"}, {FILTER_TOKEN_END, NULL}}},
    {"datetime", "datetime'2020-01-31'", {{FILTER_TOKEN_DATE, "2020-01-31"}, {FILTER_TOKEN_END, NULL}}},
    {"bare date", "2020-01-31T08:30:00Z", {{FILTER_TOKEN_DATE, "2020-01-31T08:30:00Z"}, {FILTER_TOKEN_END, NULL}}},
    {"datetime as a name", "datetime", {{FILTER_TOKEN_NAME, "datetime"}, {FILTER_TOKEN_END, NULL}}},
};

static void check_tokens(h2o_mem_pool_t *pool, const char *name, const char *text, const struct expected *expected)
{
    h2o_iovec_t rest = slice_of(text);
    for (size_t i = 0; i < TOKENS_MAX; ++i) {
        struct filter_token token = filter_token_next(pool, &rest);
        check(name, token.kind == expected[i].kind);
        if (expected[i].text != NULL)
            check_slice(name, token.text, slice_of(expected[i].text));
        check(name, (token.kind == FILTER_TOKEN_WRONG) == (token.what != NULL));
        if (token.kind == FILTER_TOKEN_END || token.kind == FILTER_TOKEN_WRONG)
            return;
    }
    fail_msg("case \"%s\": no end", name);
}

static void words_are_told_apart(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_tokens(pool_of(state), cases[i].name, cases[i].text, cases[i].tokens);
}

static void positions_count_characters(void **state)
{
    (void)state;
    h2o_iovec_t text = SLICE("\xc3\xa4\xf0\x9f\x98\x80 x");
    assert_int_equal(filter_token_position(text, text.base), 1);
    assert_int_equal(filter_token_position(text, text.base + 2), 2);
    assert_int_equal(filter_token_position(text, text.base + 7), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {test_with_pool(words_are_told_apart),
                                       cmocka_unit_test(positions_count_characters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
