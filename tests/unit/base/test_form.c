/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/form.h"
#include "base/text.h"

static const char *const repeatable[] = {"resource", "audience", NULL};

static void refuses_forms(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t body;
        const char *wrong;
    } cases[] = {
        {"twice", {"a=1&a=1", 7}, "a"},
        {"twice with another between", {"a=1&b=2&a=3", 11}, "a"},
        {"twice in two spellings", {"scope=1&s%63ope=2", 17}, "scope"},
        {"first without value", {"a=&a=1", 6}, "a"},
        {"second without value", {"a=1&a=", 6}, "a"},
        {"second without equals sign", {"a=1&a", 5}, "a"},
        {"both without value", {"a&a", 3}, "a"},
        {"two empty names", {"=1&=2", 5}, ""},
        {"twice behind a repeatable one", {"resource=x&resource=y&a=1&a=2", 29}, "a"},
        {"bad escape in a value", {"a=%zz", 5}, "a"},
        {"bad escape in a name", {"%zz=a", 5}, "the name of a parameter"},
        {"cut-off escape", {"a=1&b=%4", 8}, "b"},
        {"ampersand in an escape", {"a=%&b=1", 7}, "a"},
        {"equals sign in an escape", {"a%=1", 4}, "the name of a parameter"},
        {"NUL in a value", {"a=b\0", 4}, "a"},
        {"escaped NUL in a value", {"a=%00", 5}, "a"},
        {"NUL in a name", {"a\0=b", 4}, "the name of a parameter"},
        {"escaped NUL in a name", {"scope%00x=b", 11}, "the name of a parameter"},
        {"overlong slash", {"a=%c0%af", 8}, "a"},
        {"surrogate", {"a=%ed%a0%80", 11}, "a"},
        {"latin-1", {"a=\xe9", 3}, "a"},
        {"latin-1 in a name", {"\xe9=a", 3}, "the name of a parameter"},
        {"wrong behind right", {"a=1&b=2&c=%", 11}, "c"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct form form;
        check(cases[i].name, form_parse(pool_of(state), cases[i].body, repeatable, &form) == ERR_INVALID_REQUEST);
        check_slice(cases[i].name, form.wrong, slice_of(cases[i].wrong));
        check(cases[i].name, form.count == 0);
        check(cases[i].name, form_get(&form, SLICE("a")).base == NULL);
    }
}

enum { WANTED_MAX = 4 };

struct wanted {
    const char *name, *value;
};

static void check_fields(const char *name, const struct form *form, const struct wanted *fields)
{
    for (size_t i = 0; i < form->count; ++i) {
        check(name, fields[i].name != NULL);
        check_slice(name, form->fields[i].name, slice_of(fields[i].name));
        check_slice(name, form->fields[i].value, slice_of(fields[i].value));
    }
    check(name, fields[form->count].name == NULL);
}

static void reads_forms(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t body;
        struct wanted fields[WANTED_MAX + 1]; /* ends with a name of NULL */
    } cases[] = {
        {"none", {NULL, 0}, {{NULL, NULL}}},
        {"empty", {"", 0}, {{NULL, NULL}}},
        {"only separators", {"&&&", 3}, {{NULL, NULL}}},
        {"empty values are absent", {"a=&b&c=1&d=", 11}, {{"c", "1"}}},
        {"separators in excess", {"&a=1&&b=2&", 10}, {{"a", "1"}, {"b", "2"}}},
        {"equals signs in a value", {"a==b=", 5}, {{"a", "=b="}}},
        {"semicolon separates nothing", {"a=1;b=2", 7}, {{"a", "1;b=2"}}},
        {"decoding", {"a+b=%C3%A9+%2B", 14}, {{"a b", "\xc3\xa9 +"}}},
        {"decoded separators are text", {"a=1%26b%3D2", 11}, {{"a", "1&b=2"}}},
        {"names have a case", {"a=1&A=2", 7}, {{"a", "1"}, {"A", "2"}}},
        {"a name may begin with another", {"a=1&ab=2", 8}, {{"a", "1"}, {"ab", "2"}}},
        {"repeatable",
         {"resource=x&a=1&resource=y&resource=x", 36},
         {{"resource", "x"}, {"a", "1"}, {"resource", "y"}, {"resource", "x"}}},
        {"repeatable without value", {"resource=&resource=y&resource", 29}, {{"resource", "y"}}},
        {"nameless", {"=1", 2}, {{"", "1"}}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct form form;
        check(cases[i].name, form_parse(pool_of(state), cases[i].body, repeatable, &form) == ERR_NONE);
        check(cases[i].name, form.wrong.base == NULL);
        check_fields(cases[i].name, &form, cases[i].fields);
    }
}

static void nothing_is_repeatable_without_a_list(void **state)
{
    struct form form;
    assert_int_equal(form_parse(pool_of(state), SLICE("resource=x&resource=y"), NULL, &form), ERR_INVALID_REQUEST);
    check_slice("name", form.wrong, SLICE("resource"));
    assert_int_equal(form_parse(pool_of(state), SLICE("resource=x&b=y"), NULL, &form), ERR_NONE);
    assert_int_equal(form.count, 2);
}

static h2o_iovec_t body_of(h2o_mem_pool_t *pool, const char *format, unsigned fields)
{
    struct text text;
    text_start(&text, pool, 0);
    for (unsigned i = 0; i < fields; ++i) {
        h2o_iovec_t field = slice_format(pool, "%sf%u%s", i == 0 ? "" : "&", i, format);
        text_add(&text, field);
    }
    return text_slice(&text);
}

static void counts_fields(void **state)
{
    struct form form;
    assert_int_equal(form_parse(pool_of(state), body_of(pool_of(state), "=v", LIMIT_FORM_FIELDS_MAX), NULL, &form),
                     ERR_NONE);
    assert_int_equal(form.count, LIMIT_FORM_FIELDS_MAX);
    check_slice("last", form_get(&form, SLICE("f63")), SLICE("v"));
    h2o_iovec_t one_more = body_of(pool_of(state), "=v", LIMIT_FORM_FIELDS_MAX + 1);
    assert_int_equal(form_parse(pool_of(state), one_more, NULL, &form), ERR_INVALID_REQUEST);
    check_slice("wrong", form.wrong, SLICE("the number of parameters"));
    assert_int_equal(form.count, 0);
    h2o_iovec_t without_values = body_of(pool_of(state), "=", LIMIT_FORM_FIELDS_MAX + 1);
    assert_int_equal(form_parse(pool_of(state), without_values, NULL, &form), ERR_INVALID_REQUEST);
    check_slice("wrong", form.wrong, SLICE("the number of parameters"));
}

static void gets_fields(void **state)
{
    struct form form;
    assert_int_equal(form_parse(pool_of(state), SLICE("a=1&resource=x&resource=y&empty="), repeatable, &form),
                     ERR_NONE);
    check_slice("present", form_get(&form, SLICE("a")), SLICE("1"));
    check_slice("the first of several", form_get(&form, SLICE("resource")), SLICE("x"));
    assert_null(form_get(&form, SLICE("empty")).base);
    assert_null(form_get(&form, SLICE("absent")).base);
    assert_null(form_get(&form, SLICE("A")).base);
    assert_null(form_get(&form, SLICE("")).base);
}

/* Whoever is refused gets no fields to wipe. The copies that were decoded stand behind each other in the pool. */
static void refused_forms_leave_no_copies_behind(void **state)
{
    static const char *const bodies[] = {
        "client_secret=a%2Dsecret&a=1&a=2", "client_secret=a%2Dsecret&client_secret=another%2Dsecret",
        "client_secret=a%2Dsecret%4",       "client_secret=a%2Dsecret%00",
        "client_secret=a%2Dsecret%ff",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); ++i) {
        struct form form;
        char *before = h2o_mem_alloc_pool(pool_of(state), 1);
        check(bodies[i], form_parse(pool_of(state), slice_of(bodies[i]), NULL, &form) == ERR_INVALID_REQUEST);
        char *after = h2o_mem_alloc_pool(pool_of(state), 1);
        char *first = before < after ? before : after, *last = before < after ? after : before;
        check(bodies[i], last - first > 8 && last - first < 1024); /* one block of the pool: the copies lie between */
        check(bodies[i], memmem(first, (size_t)(last - first), "secret", 6) == NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(refuses_forms),
        test_with_pool(reads_forms),
        test_with_pool(nothing_is_repeatable_without_a_list),
        test_with_pool(counts_fields),
        test_with_pool(gets_fields),
        test_with_pool(refused_forms_leave_no_copies_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
