/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/frozen.h"

static bool freeze(h2o_mem_pool_t *pool, const char *json, h2o_iovec_t *out, h2o_iovec_t *wrong)
{
    json_t *facts = json_loads(json, 0, NULL);
    assert_non_null(facts);
    bool done = frozen_make(pool, facts, out, wrong);
    json_decref(facts);
    return done;
}

static void facts_of_another_form_are_refused(void **state)
{
    static const char *const cases[] = {
        "{\"id\":\"1\"}",
        "{\"id\":1.0}",
        "{\"id\":true}",
        "{\"method\":1}",
        "{\"method\":[]}",
        "{\"after_digest\":\"\"}",
        "{\"after_digest\":\"zz\"}",
        "{\"after_digest\":\"000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"request_id\":\"\"}",
        "{\"request_id\":\"018900000000700080000000000000000000\"}",
        "{\"request_id\":\"01890000-0000-7000-8000-00000000000g\"}",
        "{\"request_id\":\"0189000-00000-7000-8000-000000000000\"}",
        "{\"another\":1}",
        "{\"another\":null}",
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t out, wrong = SLICE_NONE;
        check(cases[i], !freeze(pool_of(state), cases[i], &out, &wrong) && wrong.len > 0);
    }
}

static void nothing_and_no_value_are_the_same(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t none, null, wrong;
    assert_true(freeze(pool, "{}", &none, &wrong));
    assert_true(freeze(pool, "{\"holder_id\":null,\"key_name\":null}", &null, &wrong));
    check_slice("bytes", null, none);
    assert_int_equal(none.len, 4 + 8 + strlen("hallmark.change.v1") + 21 * 8);
}

static void forms_are_those_of_the_description(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t frozen, wrong;
    assert_true(freeze(pool, "{\"account_id\":-2,\"application_name\":\"\\u00e9\"}", &frozen, &wrong));
    check_slice("count and domain", (h2o_iovec_t){frozen.base, 12}, SLICE("\0\0\0\x16\0\0\0\x11\0\0\0\x12"));
    check_slice("number", (h2o_iovec_t){frozen.base + 30, 16},
                SLICE("\0\0\0\x14\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xfe"));
    check_slice("no value", (h2o_iovec_t){frozen.base + 46, 8}, SLICE("\0\0\0\x14\xff\xff\xff\xff"));
    check_slice("text", (h2o_iovec_t){frozen.base + 70, 10}, SLICE("\0\0\0\x11\0\0\0\x02\xc3\xa9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(facts_of_another_form_are_refused),
        test_with_pool(nothing_and_no_value_are_the_same),
        test_with_pool(forms_are_those_of_the_description),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
