/* SPDX-License-Identifier: Apache-2.0 */
#include "history/change_text.h"

#include "check.h"

#define AT_US INT64_C(1795299369000123) /* 2026-11-21T22:16:09.000123Z */
#define FACTS                                                                                                          \
    "\"application\":{\"id\":\"app_00000000021\",\"name\":\"Importer\"},\"key\":{\"client_id\":\"hmk_x\",\"name\":"    \
    "\"Pro\\\"d\"},"                                                                                                   \
    "\"holder\":\"usr_0000000002i\",\"address\":\"192.0.2.1\",\"token\":\"jti\","

static struct history_row row_of(const char *method, const char *before, const char *after)
{
    return (struct history_row){.id = 9,
                                .at_us = AT_US,
                                .application_id = 125,
                                .application_name = SLICE("Importer"),
                                .client_id = SLICE("hmk_x"),
                                .key_name = SLICE("Pro\"d"),
                                .holder_id = 168,
                                .token_jti = SLICE("jti"),
                                .method = slice_of(method),
                                .collection = SLICE("customers"),
                                .record_id = 12,
                                .version = 3,
                                .external_references = SLICE("{\"shop\": \"A\"}"),
                                .request_id = SLICE("0198c0de-0000-7000-8000-000000000000"),
                                .before = slice_of(before),
                                .after = slice_of(after),
                                .address = SLICE("192.0.2.1"),
                                .digest = {0xab, 0x01}};
}

#define WHAT(method)                                                                                                   \
    "\"method\":\"" method                                                                                             \
    "\",\"collection\":\"customers\",\"record\":12,\"version\":3,\"external_references\":{\"shop\": \"A\"},"           \
    "\"request_id\":\"0198c0de-0000-7000-8000-000000000000\","                                                         \
    "\"receipt\":\"9:ab01000000000000000000000000000000000000000000000000000000000000\","
#define START(sentence)                                                                                                \
    "{\"id\":9,\"at\":\"2026-11-21T22:16:09.000123Z\",\"sentence\":\"" sentence " on 2026-11-21T22:16:09.000123Z.\","
#define KEY " with the key \\\"Pro\\\"d\\\""

static const struct {
    const char *name, *scopes, *method, *before, *after, *json;
} cases[] = {
    {"changed", "customers:read", "PUT", "{\"Id\": 12, \"A\": 12.30, \"B\": 1}",
     "{\"Id\": 12, \"A\": 12.3, \"B\": 1, \"C\": {\"x\": [null]}}",
     START("Importer changed customers 12 (A, C)" KEY) FACTS WHAT(
         "PUT") "\"fields\":[{\"name\":\"A\",\"old\":12.30,\"new\":12.3},{\"name\":\"C\",\"new\":{\"x\": [null]}}]}"},
    {"deleted", "a:read customers:read", "DELETE", "{\"A\": 1}", NULL,
     START("Importer deleted customers 12" KEY) FACTS WHAT("DELETE") "\"fields\":[{\"name\":\"A\",\"old\":1}]}"},
    {"withheld", "customers:write history:read", "PUT", "{\"Secret\": 1}", "{\"Secret\": 2}",
     START("Importer changed customers 12" KEY) FACTS WHAT("PUT") "\"withheld\":true}"},
    {"another collection may be read", "invoices:read", "POST", NULL, "{\"Secret\": 2}",
     START("Importer created customers 12" KEY) FACTS WHAT("POST") "\"withheld\":true}"},
    {"erased before", "customers:read", "PUT", NULL, "{\"A\": 1}",
     START("Importer changed customers 12" KEY) FACTS WHAT("PUT") "\"erased\":true}"},
    {"erased after", "customers:read", "POST", NULL, NULL,
     START("Importer created customers 12" KEY) FACTS WHAT("POST") "\"erased\":true}"},
    {"withheld and erased", "", "DELETE", NULL, NULL,
     START("Importer deleted customers 12" KEY) FACTS WHAT("DELETE") "\"withheld\":true}"},
    {"not an object that we read", "customers:read", "POST", NULL, "[1]",
     START("Importer created customers 12" KEY) FACTS WHAT("POST") "\"after\":[1]}"},
};

static void changes_are_told_with_what_may_be_seen(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct text text;
        struct scope_set readable;
        struct history_row row = row_of(cases[i].method, cases[i].before, cases[i].after);
        text_start(&text, pool_of(state), 64);
        assert_int_equal(scope_set_parse(pool_of(state), slice_of(cases[i].scopes), &readable), ERR_NONE);
        change_text_add(&text, &row, &readable);
        check_slice(cases[i].name, text_slice(&text), slice_of(cases[i].json));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {test_with_pool(changes_are_told_with_what_may_be_seen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
