/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/export_closing.h"

#define NONCE "auditor-7f1c"

static void nonce_is_printable_and_long_enough(void **state)
{
    (void)state;
    static const struct {
        const char *nonce;
        bool ok;
    } cases[] = {
        {"", false},         {"1234567", false},   {"12345678", true},     {"~!\"'{}[]", true},
        {"1234 678", false}, {"1234567\t", false}, {"1234567\x7f", false}, {"1234567\xc3\xa4", false},
    };
    char longest[EXPORT_NONCE_BYTES_MAX + 1];
    memset(longest, 'x', sizeof(longest));
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].nonce, export_nonce_ok(slice_of(cases[i].nonce)) == cases[i].ok);
    assert_true(export_nonce_ok((h2o_iovec_t){longest, EXPORT_NONCE_BYTES_MAX}));
    assert_false(export_nonce_ok((h2o_iovec_t){longest, EXPORT_NONCE_BYTES_MAX + 1}));
}

#define CHANGE(collection, number, method, values)                                                                     \
    "{\"facts\":{\"collection\":\"" collection "\",\"collection_id\":" number ",\"method\":\"" method                  \
    "\"},\"values\":" values "}"

static void only_an_announcement_closes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line;
        bool closes;
    } cases[] = {
        {"nothing", "{}", false},
        {"facts of another form", "{\"facts\":7,\"values\":7}", false},
        {"no values", CHANGE("history-exports", "-18", "POST", "{}"), false},
        {"a value that is no JSON", CHANGE("history-exports", "-18", "POST", "{\"after\":\"" NONCE "\"}"), false},
        {"a value that is no object", CHANGE("history-exports", "-18", "POST", "{\"after\":\"[\\\"" NONCE "\\\"]\"}"),
         false},
        {"another nonce",
         CHANGE("history-exports", "-18", "POST", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "x\\\"}\"}"), false},
        {"two nonces",
         CHANGE("history-exports", "-18", "POST",
                "{\"after\":\"{\\\"nonce\\\":\\\"x\\\",\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"),
         false},
        {"a nonce before",
         CHANGE("history-exports", "-18", "POST", "{\"before\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"), false},
        {"another noun", CHANGE("keys", "-18", "POST", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"), false},
        {"somebody's collection",
         CHANGE("history-exports", "7", "POST", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"), false},
        {"no collection",
         CHANGE("history-exports", "null", "POST", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"), false},
        {"altered", CHANGE("history-exports", "-18", "PUT", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"),
         false},
        {"announced", CHANGE("history-exports", "-18", "POST", "{\"after\":\"{\\\"nonce\\\":\\\"" NONCE "\\\"}\"}"),
         true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        json_t *line = json_loads(cases[i].line, 0, NULL);
        check(cases[i].name, line != NULL);
        check(cases[i].name, export_closes(line, SLICE(NONCE)) == cases[i].closes);
        json_decref(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nonce_is_printable_and_long_enough),
        cmocka_unit_test(only_an_announcement_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
