/* SPDX-License-Identifier: Apache-2.0 */
#include "history/difference.h"

#include "base/text.h"
#include "check.h"

static const struct {
    const char *name, *before, *after; /* NULL: none */
    const char *differences;           /* name:before>after; */
} cases[] = {
    {"neither", NULL, NULL, ""},
    {"nothing differs", "{\"Id\": 1, \"A\": 12.30, \"B\": {\"x\": 1}}", "{\"B\": {\"x\": 1}, \"A\": 12.30, \"Id\": 1}",
     ""},
    {"created", NULL, "{\"Id\": 1, \"B\": null, \"A\": \"x\"}", "A:->\"x\";B:->null;"},
    {"deleted", "{\"Id\": 1, \"A\": [1, 2]}", NULL, "A:[1, 2]>-;"},
    {"changed, added, taken away", "{\"Id\": 1, \"A\": 1, \"C\": 3, \"Same\": true}",
     "{\"Id\": 1, \"A\": 2, \"B\": 9, \"Same\": true}", "A:1>2;B:->9;C:3>-;"},
    {"scale is a difference", "{\"A\": 12.3}", "{\"A\": 12.30}", "A:12.3>12.30;"},
    {"null is not absence", "{\"A\": null}", "{}", "A:null>-;"},
    {"a name that begins another", "{\"Name\": 1}", "{\"Name2\": 1}", "Name:1>-;Name2:->1;"},
    {"names by their bytes", "{\"b\": 1, \"B\": 1, \"\xc3\xa4\": 1, \"\": 1}", "{}", ":1>-;B:1>-;b:1>-;\xc3\xa4:1>-;"},
    {"Id is never one", "{\"Id\": 1}", "{\"Id\": 2}", ""},
};

static h2o_iovec_t text_of(h2o_mem_pool_t *pool, const struct difference *list, size_t count)
{
    struct text text;
    text_start(&text, pool, 64);
    for (size_t i = 0; i < count; ++i) {
        h2o_iovec_t before = list[i].before.base == NULL ? SLICE("-") : list[i].before;
        h2o_iovec_t after = list[i].after.base == NULL ? SLICE("-") : list[i].after;
        text_add_format(&text, "%.*s:%.*s>%.*s;", SLICE_ARGS(list[i].name), SLICE_ARGS(before), SLICE_ARGS(after));
    }
    return text_slice(&text);
}

static void members_are_compared(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct difference *list;
        size_t count;
        check(cases[i].name,
              difference_find(pool_of(state), slice_of(cases[i].before), slice_of(cases[i].after), &list, &count));
        check_slice(cases[i].name, text_of(pool_of(state), list, count), slice_of(cases[i].differences));
    }
}

static void what_is_no_object_is_told(void **state)
{
    struct difference *list;
    size_t count;
    assert_false(difference_find(pool_of(state), SLICE("[1]"), SLICE("{}"), &list, &count));
    assert_false(difference_find(pool_of(state), SLICE("{}"), SLICE("{"), &list, &count));
    assert_false(difference_find(pool_of(state), SLICE_NONE, SLICE(""), &list, &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {test_with_pool(members_are_compared), test_with_pool(what_is_no_object_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
