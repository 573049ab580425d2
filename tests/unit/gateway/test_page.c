/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/page.h"

#include "base/clock.h"
#include "check.h"

#define DAY_US INT64_C(86400000000)
#define NOW_US INT64_C(1790000000000000)

static struct settings settings = {.issuer = SLICE("https://id.example")};

struct bed {
    struct worker worker;
    struct call call;
};

static struct call *call_of(void **state)
{
    static struct bed bed;
    static const uint8_t master[DIGEST_BYTES] = "master key of the test of pages";
    memset(&bed, 0, sizeof(bed));
    ticket_key_derive(&bed.worker.tickets, master);
    bed.worker.settings = &settings;
    bed.call = (struct call){.pool = pool_of(state), .worker = &bed.worker, .path = SLICE("/api/notes")};
    return &bed.call;
}

static int group_setup(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

static void bounds_tell_parts_apart(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t parts[][2] = {{SLICE("a"), SLICE("b")},
                              {SLICE("ab"), SLICE("")},
                              {SLICE(""), SLICE("ab")},
                              {SLICE("ab"), SLICE_NONE},
                              {SLICE_NONE, SLICE("ab")}};
    h2o_iovec_t bounds[COUNT_OF(parts)];
    for (size_t i = 0; i < COUNT_OF(parts); ++i) {
        bounds[i] = page_bound(pool, parts[i], 2);
        check_slice("same parts", page_bound(pool, parts[i], 2), bounds[i]);
        for (size_t before = 0; before < i; ++before)
            assert_false(slice_equal(bounds[before], bounds[i]));
    }
}

static void cursors_come_back_only_to_their_page(void **state)
{
    struct call *call = call_of(state);
    clock_set_for_test(NOW_US, 0);
    struct page_cursor cursor = {7, SLICE("bound"), INT64_MAX, 300, SLICE("[12.30,\"\xc3\xa4\",null]")}, back;
    h2o_iovec_t text = page_cursor_text(call, "page", &cursor);
    assert_non_null(text.base);
    assert_true(page_cursor_open(call, "page", text, 7, SLICE("bound"), &back));
    assert_int_equal(back.id, INT64_MAX);
    assert_int_equal(back.passed, 300);
    check_slice("values", back.values, cursor.values);

    back.id = 99;
    assert_false(page_cursor_open(call, "history", text, 7, SLICE("bound"), &back));
    assert_false(page_cursor_open(call, "page", text, 8, SLICE("bound"), &back));
    assert_false(page_cursor_open(call, "page", text, 7, SLICE("other"), &back));
    assert_false(page_cursor_open(call, "page", SLICE(""), 7, SLICE("bound"), &back));
    assert_false(page_cursor_open(call, "page", SLICE("a.b.c"), 7, SLICE("bound"), &back));
    clock_set_for_test(NOW_US + DAY_US + 1000000, 0);
    assert_false(page_cursor_open(call, "page", text, 7, SLICE("bound"), &back));
    clock_set_for_test(NOW_US, 0);
    text.base[text.len / 2] = text.base[text.len / 2] == 'A' ? 'B' : 'A';
    assert_false(page_cursor_open(call, "page", text, 7, SLICE("bound"), &back));
    assert_int_equal(back.id, 99);
    clock_set_for_test(0, 0);
}

static void cursors_without_values_have_none(void **state)
{
    struct call *call = call_of(state);
    struct page_cursor cursor = {.account_id = 7, .bound = SLICE("bound"), .id = 1}, back;
    assert_true(page_cursor_open(call, "page", page_cursor_text(call, "page", &cursor), 7, SLICE("bound"), &back));
    assert_null(back.values.base);
}

static const struct {
    const char *name, *query, *link; /* NULL: none */
} links[] = {
    {"no query", NULL, "<https://id.example/api/notes?$skiptoken=T>; rel=\"next\""},
    {"empty query", "", "<https://id.example/api/notes?$skiptoken=T>; rel=\"next\""},
    {"dropped ones go, however they are written", "%24skip=5&a=1&$skiptoken=x&$skip",
     "<https://id.example/api/notes?a=1&$skiptoken=T>; rel=\"next\""},
    {"what was sent stays as it was", "$filter=A+eq+%27x%27&$top=5&&b",
     "<https://id.example/api/notes?$filter=A+eq+%27x%27&$top=5&b&$skiptoken=T>; rel=\"next\""},
    {"what would end the link is escaped", "a=>;\"<\\^`{|}\xc3\xa4",
     "<https://id.example/api/notes?a=%3E;%22%3C%5C%5E%60%7B%7C%7D%C3%A4&$skiptoken=T>; rel=\"next\""},
    {"names that cannot be read go", "%zz=1&a=1", "<https://id.example/api/notes?a=1&$skiptoken=T>; rel=\"next\""},
};

static void links_repeat_the_request(void **state)
{
    static const char *const dropped[] = {"$skip", "$skiptoken", NULL};
    struct call *call = call_of(state);
    for (size_t i = 0; i < COUNT_OF(links); ++i) {
        call->query = slice_of(links[i].query);
        check_slice(links[i].name, page_link(call, dropped, "$skiptoken", SLICE("T")), slice_of(links[i].link));
    }
}

static void links_are_no_longer_than_addresses(void **state)
{
    static const char *const dropped[] = {NULL};
    struct call *call = call_of(state);
    size_t fixed = strlen("/api/notes?t=");
    h2o_iovec_t value = {h2o_mem_alloc_pool(pool_of(state), LIMIT_URI_BYTES_MAX), LIMIT_URI_BYTES_MAX - fixed};
    memset(value.base, 'x', LIMIT_URI_BYTES_MAX);
    assert_non_null(page_link(call, dropped, "t", value).base);
    ++value.len;
    assert_null(page_link(call, dropped, "t", value).base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(bounds_tell_parts_apart),
        test_with_pool(cursors_come_back_only_to_their_page),
        test_with_pool(cursors_without_values_have_none),
        test_with_pool(links_repeat_the_request),
        test_with_pool(links_are_no_longer_than_addresses),
    };
    return cmocka_run_group_tests(tests, group_setup, NULL);
}
