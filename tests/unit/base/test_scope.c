/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/limits.h"
#include "base/scope.h"
#include "base/text.h"
#include <stdlib.h>

#define LONGEST "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
_Static_assert(sizeof(LONGEST) - 1 == LIMIT_SCOPE_BYTES_MAX, "the longest token");

static void refuses_scopes(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"one blank", {" ", 1}},
        {"leading blank", {" a", 2}},
        {"trailing blank", {"a ", 2}},
        {"double blank", {"a  b", 4}},
        {"tab", {"a\tb", 3}},
        {"newline", {"a\nb", 3}},
        {"comma is no separator but a character, and quote is none", {"a,\"b\"", 5}},
        {"backslash", {"a\\b", 3}},
        {"NUL", {"a\0b", 3}},
        {"NUL behind", {"a\0", 2}},
        {"DEL", {"a\x7f", 2}},
        {"no-break blank",
         {"a\xc2\xa0"
          "b",
          4}},
        {"letter above ASCII", {"caf\xc3\xa9", 5}},
        {"one byte too long", {LONGEST "e", sizeof(LONGEST)}},
        {"too long as the last", {"a b " LONGEST "e", sizeof(LONGEST) + 4}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct scope_set set = {SLICE("untouched"), NULL, 7};
        check(cases[i].name, scope_set_parse(pool_of(state), cases[i].text, &set) == ERR_INVALID_SCOPE);
        check(cases[i].name, scope_set_parse(NULL, cases[i].text, &set) == ERR_INVALID_SCOPE);
        check_slice(cases[i].name, set.text, SLICE("untouched"));
        check(cases[i].name, set.tokens == NULL && set.count == 7);
    }
}

static h2o_iovec_t repeated(h2o_mem_pool_t *pool, const char *piece, size_t times)
{
    struct text text;
    text_start(&text, pool, strlen(piece) * times);
    for (size_t i = 0; i < times; ++i)
        text_add(&text, slice_of(piece));
    return text_slice(&text);
}

static void refuses_a_megabyte(void **state)
{
    static const char *const pieces[] = {"a", "a ", " ", "scope:read ", "\"", "a  "};
    for (size_t i = 0; i < COUNT_OF(pieces); ++i) {
        struct scope_set set;
        h2o_iovec_t text = repeated(pool_of(state), pieces[i], (1 << 20) / strlen(pieces[i]));
        check(pieces[i], scope_set_parse(pool_of(state), text, &set) == ERR_INVALID_SCOPE);
    }
}

static h2o_iovec_t distinct_tokens(h2o_mem_pool_t *pool, size_t count)
{
    struct text text;
    text_start(&text, pool, 0);
    for (size_t i = count; i > 0; --i)
        text_add_format(&text, "%st%04zu", i == count ? "" : " ", i);
    return text_slice(&text);
}

static void counts_tokens(void **state)
{
    struct scope_set set;
    assert_int_equal(scope_set_parse(pool_of(state), distinct_tokens(pool_of(state), LIMIT_SCOPES_MAX), &set),
                     ERR_NONE);
    assert_int_equal(set.count, LIMIT_SCOPES_MAX);
    h2o_iovec_t one_more = distinct_tokens(pool_of(state), LIMIT_SCOPES_MAX + 1);
    assert_int_equal(scope_set_parse(pool_of(state), one_more, &set), ERR_INVALID_SCOPE);
    h2o_iovec_t same =
        repeated(pool_of(state), "a ", LIMIT_SCOPES_MAX); /* repeats count too: the bound is on the work */
    assert_int_equal(scope_set_parse(pool_of(state), (h2o_iovec_t){same.base, same.len - 1}, &set), ERR_NONE);
    check_slice("repeats", set.text, SLICE("a"));
    same = repeated(pool_of(state), "a ", LIMIT_SCOPES_MAX + 1);
    assert_int_equal(scope_set_parse(pool_of(state), (h2o_iovec_t){same.base, same.len - 1}, &set), ERR_INVALID_SCOPE);
}

static void check_set(const char *name, const struct scope_set *set, h2o_iovec_t text)
{
    check_slice(name, set->text, text);
    check(name, set->text.base[set->text.len] == '\0');
    h2o_iovec_t rest = text.len == 0 ? SLICE_NONE : text;
    size_t count = 0;
    while (rest.base != NULL) {
        check(name, count < set->count);
        check_slice(name, set->tokens[count], slice_cut(&rest, ' '));
        ++count;
    }
    check(name, count == set->count);
}

static void makes_the_canonical_form(void **state)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        {"", ""},
        {"a", "a"},
        {"b a", "a b"},
        {"b a b a a", "a b"},
        {"ab a abc", "a ab abc"},
        {"a B", "B a"},
        {"~ ! a: a!", "! a! a: ~"},
        {"invoices:write invoices:read openid", "invoices:read invoices:write openid"},
        {"https://example.com/a?b=[c]#'d' a", "a https://example.com/a?b=[c]#'d'"},
        {LONGEST, LONGEST},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct scope_set in_pool, on_heap, again;
        check(cases[i].text, scope_set_parse(pool_of(state), slice_of(cases[i].text), &in_pool) == ERR_NONE);
        check_set(cases[i].text, &in_pool, slice_of(cases[i].canonical));
        check(cases[i].text, scope_set_parse(NULL, slice_of(cases[i].text), &on_heap) == ERR_NONE);
        check_set(cases[i].text, &on_heap, slice_of(cases[i].canonical));
        check(cases[i].text, scope_set_parse(pool_of(state), on_heap.text, &again) == ERR_NONE);
        check_set(cases[i].text, &again, slice_of(cases[i].canonical));
        scope_set_free(&on_heap);
        check(cases[i].text, on_heap.tokens == NULL && on_heap.count == 0 && on_heap.text.base == NULL);
        scope_set_free(&on_heap);
    }
    struct scope_set none;
    assert_int_equal(scope_set_parse(NULL, SLICE_NONE, &none), ERR_NONE);
    assert_int_equal(none.count, 0);
    scope_set_free(&none);
}

/* With and without the input in place: the block is free of pointers into what was parsed. */
static void keeps_nothing_of_its_input(void **state)
{
    (void)state;
    char *text = strdup("b a");
    struct scope_set set;
    assert_int_equal(scope_set_parse(NULL, slice_of(text), &set), ERR_NONE);
    free(text);
    check_set("copied", &set, SLICE("a b"));
    free(set.tokens); /* the one block there is: the leak checker sees whether another was left */
}

static void compares_sets(void **state)
{
    static const struct {
        const char *set, *subset, *missing, *both;
    } cases[] = {
        {"", "", NULL, ""},
        {"", "a", "a", ""},
        {"a", "", NULL, ""},
        {"a", "a", NULL, "a"},
        {"a", "b", "b", ""},
        {"b", "a", "a", ""},
        {"a b c", "b", NULL, "b"},
        {"a b c", "c a", NULL, "a c"},
        {"a c", "a b c", "b", "a c"},
        {"a c", "d b", "b", ""},
        {"a ab abc", "ab", NULL, "ab"},
        {"a abc", "ab", "ab", ""},
        {"ab", "a abc", "a", ""},
        {"invoices:read", "invoices:READ", "invoices:READ", ""},
        {"invoices:read", "invoices:rea invoices:readx", "invoices:rea", ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct scope_set set, subset, both;
        check(cases[i].set, scope_set_parse(pool_of(state), slice_of(cases[i].set), &set) == ERR_NONE);
        check(cases[i].set, scope_set_parse(pool_of(state), slice_of(cases[i].subset), &subset) == ERR_NONE);
        check(cases[i].set, scope_set_covers(&set, &subset) == (cases[i].missing == NULL));
        check_slice(cases[i].set, scope_set_missing(&set, &subset), slice_of(cases[i].missing));
        scope_set_intersect(pool_of(state), &set, &subset, &both);
        check_set(cases[i].set, &both, slice_of(cases[i].both));
        scope_set_intersect(pool_of(state), &subset, &set, &both);
        check_set(cases[i].set, &both, slice_of(cases[i].both));
    }
}

static void finds_each_token(void **state)
{
    for (size_t count = 0; count <= LIMIT_SCOPES_MAX; ++count) {
        struct scope_set set;
        assert_int_equal(scope_set_parse(pool_of(state), distinct_tokens(pool_of(state), count), &set), ERR_NONE);
        for (size_t i = 0; i < set.count; ++i)
            assert_true(scope_set_has(&set, set.tokens[i]));
        assert_false(scope_set_has(&set, SLICE("t0000")));
        assert_false(scope_set_has(&set, SLICE("t0001x")));
        assert_false(scope_set_has(&set, SLICE("z")));
        assert_false(scope_set_has(&set, SLICE("")));
    }
}

/* RFC 6749 section 3.3, byte by byte. */
static void tells_administrative_words(void **state)
{
    (void)state;
    static const char *const words[] = {"keys:read", "keys:write", "all-accounts:write", "owners:write",
                                        "signing-keys:read"};
    static const char *const others[] = {"",           ":",         ":read",          "keys",         "keysx:read",
                                         "xkeys:read", "Keys:read", "customers:read", "history:read", "openid"};
    for (size_t i = 0; i < COUNT_OF(words); ++i)
        check(words[i], scope_is_administrative(slice_of(words[i])));
    for (size_t i = 0; i < COUNT_OF(others); ++i)
        check(others[i], !scope_is_administrative(slice_of(others[i])));
}

static void knows_the_alphabet(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; ++byte) {
        bool allowed = byte == 0x21 || (byte >= 0x23 && byte <= 0x5b) || (byte >= 0x5d && byte <= 0x7e);
        if (scope_token_ok((h2o_iovec_t){(char[]){'a', (char)byte, 'a'}, 3}) != allowed)
            fail_msg("byte %02x", byte);
    }
    assert_false(scope_token_ok(SLICE("")));
    assert_false(scope_token_ok(SLICE_NONE));
    assert_true(scope_token_ok(SLICE(LONGEST)));
    assert_false(scope_token_ok(SLICE(LONGEST "e")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(refuses_scopes),
        test_with_pool(refuses_a_megabyte),
        test_with_pool(counts_tokens),
        test_with_pool(makes_the_canonical_form),
        cmocka_unit_test(keeps_nothing_of_its_input),
        test_with_pool(compares_sets),
        test_with_pool(finds_each_token),
        cmocka_unit_test(tells_administrative_words),
        cmocka_unit_test(knows_the_alphabet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
