/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "console/escape.h"

#define RANDOM_ROUNDS 20000
#define RANDOM_BYTES  24

static h2o_iovec_t written(void **state, enum escape escape, h2o_iovec_t value)
{
    struct text out;
    text_start(&out, pool_of(state), 16);
    escape_add(&out, escape, value);
    return text_slice(&out);
}

static void writes_hostile_values_as_text(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t value, html;
    } cases[] = {
        {"a tag", {"<script>", 8}, {"&lt;script&gt;", 14}},
        {"an entity", {"&lt;", 4}, {"&amp;lt;", 8}},
        {"both quotes", {"\"'", 2}, {"&#34;&#39;", 10}},
        {"a backtick", {"`", 1}, {"&#96;", 5}},
        {"a NUL",
         {"a\0b", 3},
         {"a\xef\xbf\xbd"
          "b",
          5}},
        {"an escape character", {"\x1b[1m", 4}, {"\xef\xbf\xbd[1m", 6}},
        {"a carriage return", {"\r", 1}, {"\xef\xbf\xbd", 3}},
        {"a control character of two bytes", {"\xc2\x85", 2}, {"\xef\xbf\xbd", 3}},
        {"text turned round", {"\xe2\x80\xae", 3}, {"\xef\xbf\xbd", 3}},
        {"an isolate", {"\xe2\x81\xa6", 3}, {"\xef\xbf\xbd", 3}},
        {"an overlong <", {"\xc0\xbc", 2}, {"\xef\xbf\xbd\xef\xbf\xbd", 6}},
        {"a cut character before a quote", {"\xe2\"", 2}, {"\xef\xbf\xbd&#34;", 8}},
        {"a surrogate", {"\xed\xa0\x80", 3}, {"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9}},
        {"letters of many languages", {"\xc5\xbb\xc3\xb8\xf0\x9f\x94\x91", 8}, {"\xc5\xbb\xc3\xb8\xf0\x9f\x94\x91", 8}},
        {"nothing", {NULL, 0}, {"", 0}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        check_slice(cases[i].name, written(state, ESCAPE_TEXT, cases[i].value), cases[i].html);
        check_slice(cases[i].name, written(state, ESCAPE_ATTRIBUTE, cases[i].value), cases[i].html);
    }
}

static void lets_no_url_run_anything(void **state)
{
    static const char *const refused[] = {
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil",
        "https:/evil",
        "HTTPS://x y",
        "relative",
        "?query",
        "#fragment",
        "",
        "/a b",
        "/a\tb",
        "/\x01",
        "http:\\\\evil",
        "https://a\\b",
        "/\xff",
        "/\x7f",
        "blob:https://x",
        "file:///etc/passwd",
    };
    static const char *const kept[] = {"/", "/login", "/a/b?c=d", "https://example.com/", "http://127.0.0.1:8080/x"};
    for (size_t i = 0; i < COUNT_OF(refused); ++i)
        check_slice(refused[i], written(state, ESCAPE_URL, slice_of(refused[i])), SLICE("#"));
    for (size_t i = 0; i < COUNT_OF(kept); ++i)
        check_slice(kept[i], written(state, ESCAPE_URL, slice_of(kept[i])), slice_of(kept[i]));
    check_slice("a query", written(state, ESCAPE_URL, SLICE("/a?b=\"&c='")), SLICE("/a?b=&#34;&amp;c=&#39;"));
}

static void encodes_parts_of_urls(void **state)
{
    check_slice("unreserved", written(state, ESCAPE_PART, SLICE("aZ09-._~")), SLICE("aZ09-._~"));
    check_slice("the rest", written(state, ESCAPE_PART, SLICE("/?#&=%+ \"<\xc3\xb8")),
                SLICE("%2F%3F%23%26%3D%25%2B%20%22%3C%C3%B8"));
}

static bool has_any(h2o_iovec_t html, const char *wrong)
{
    for (size_t i = 0; i < html.len; ++i)
        if (html.base[i] == '\0' || strchr(wrong, html.base[i]) != NULL)
            return true;
    return false;
}

/* xorshift: the same bytes in every run. */
static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed;
}

/* Many of the bytes that matter, and any others. */
static h2o_iovec_t random_value(uint64_t *seed, char room[static RANDOM_BYTES])
{
    static const char likely[] = "<>\"'&`=/\\:;#% \n\t\r\x7f\xe2\x80\xae\xc0\xbcjavascripthttps";
    size_t len = next_random(seed) % RANDOM_BYTES;
    for (size_t i = 0; i < len; ++i) {
        uint64_t random = next_random(seed);
        room[i] = (random & 3) != 0 ? likely[(random >> 8) % (sizeof(likely) - 1)] : (char)(random >> 8);
    }
    return (h2o_iovec_t){room, len};
}

static void breaks_out_of_nothing_whatever_the_bytes(void **state)
{
    uint64_t seed = 20261127;
    char room[RANDOM_BYTES];
    for (int round = 0; round < RANDOM_ROUNDS; ++round) {
        h2o_iovec_t value = random_value(&seed, room);
        for (int escape = ESCAPE_TEXT; escape <= ESCAPE_PART; ++escape) {
            h2o_iovec_t html = written(state, (enum escape)escape, value);
            assert_false(has_any(html, "<>\"'`\r\x7f"));
            assert_true(slice_is_utf8(html));
        }
        h2o_iovec_t url = written(state, ESCAPE_URL, value);
        assert_true(slice_equal(url, SLICE("#")) || url.base[0] == '/' || slice_starts_with(url, SLICE("http")));
        assert_false(has_any(written(state, ESCAPE_PART, value), "/?#&= \n\t\\:;"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_hostile_values_as_text, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(lets_no_url_run_anything, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(encodes_parts_of_urls, pool_setup, pool_teardown),
        cmocka_unit_test_setup_teardown(breaks_out_of_nothing_whatever_the_bytes, pool_setup, pool_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
