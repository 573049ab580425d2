/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/request.h"

#include "check.h"
#include "gateway/ask.h"

struct bed {
    h2o_req_t req;
    struct call call;
    struct ask ask;
};

/* A call with one header, twice when `again` is not NULL. */
static struct ask *ask_with(struct bed *bed, h2o_mem_pool_t *pool, const char *name, const char *value,
                            const char *again)
{
    memset(bed, 0, sizeof(*bed));
    bed->call.req = &bed->req;
    bed->call.pool = pool;
    bed->ask.call = &bed->call;
    const char *const values[] = {value, again};
    for (size_t i = 0; i < COUNT_OF(values); ++i)
        if (values[i] != NULL)
            h2o_add_header_by_str(pool, &bed->req.headers, name, strlen(name), 1, NULL, values[i], strlen(values[i]));
    return &bed->ask;
}

/* --- conditions
 * --------------------------------------------------------------------------------------------------------- */

static const char *const wrong_tags[] = {
    "",
    "7",
    "\"",
    "\"\"",
    "\"0\"",
    "\"07\"",
    "\"-7\"",
    "\"abc\"",
    "W/\"7\"",
    "\"7\", \"8\"",
    "\"7\"x",
    "* *",
    "\"9223372036854775808\"",
    "'7'",
};

static void wrong_versions_are_refused(void **state)
{
    struct bed bed;
    for (size_t i = 0; i < COUNT_OF(wrong_tags); ++i) {
        int64_t version = 99;
        struct ask *ask = ask_with(&bed, pool_of(state), "if-match", wrong_tags[i], NULL);
        check(wrong_tags[i], request_expected_version(ask, &version) == CONTRACT_REFUSED);
        check(wrong_tags[i], ask->refusal.err == ERR_INVALID_HEADER && version == 99);
    }
    int64_t version = 99;
    assert_int_equal(request_expected_version(ask_with(&bed, pool_of(state), "if-match", "\"7\"", "\"7\""), &version),
                     CONTRACT_REFUSED);
    assert_int_equal(request_expected_version(ask_with(&bed, pool_of(state), "if-none-match", "*", NULL), &version),
                     CONTRACT_REFUSED);
    assert_int_equal(version, 99);
}

static void versions_are_expected(void **state)
{
    static const struct {
        const char *tag;
        int64_t version;
    } cases[] = {{NULL, 0}, {"*", 0}, {" * ", 0}, {"\"7\"", 7}, {" \"9223372036854775807\" ", INT64_MAX}};
    struct bed bed;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t version = 99;
        assert_int_equal(
            request_expected_version(ask_with(&bed, pool_of(state), "if-match", cases[i].tag, NULL), &version),
            CONTRACT_PASSED);
        assert_int_equal(version, cases[i].version);
    }
}

static void known_versions_are_found(void **state)
{
    static const struct {
        const char *tags;
        bool has;
    } cases[] = {{NULL, false},     {"", false},      {"\"8\"", false},       {"7", false},
                 {"\"77\"", false}, {"\"x\"", false}, {"w/\"7\"", false},     {"\"7\"", true},
                 {"W/\"7\"", true}, {"*", true},      {"\"x\", \"7\"", true}, {"\"8\",W/\"7\"", true}};
    struct bed bed;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        assert_int_equal(
            request_has_version(ask_with(&bed, pool_of(state), "if-none-match", cases[i].tags, NULL)->call, 7),
            cases[i].has);
    check_slice("tag", request_tag(pool_of(state), 7), SLICE("\"7\""));
}

/* --- Idempotency-Key
 * ------------------------------------------------------------------------------------------------------ */

static void keys_are_read_with_and_without_quotes(void **state)
{
    static const struct {
        const char *header, *key; /* NULL: refused */
    } cases[] = {{"", NULL},        {"\"\"", NULL},       {"a b", NULL},  {"\"a b\"", NULL},
                 {"a\"b", NULL},    {"\"a\\\"b\"", NULL}, {"\"a", NULL},  {"\xc3\xa4", NULL},
                 {"a\tb", NULL},    {"k", "k"},           {"\"k\"", "k"}, {" \"k-1_2.3\" ", "k-1_2.3"},
                 {"{a:b}", "{a:b}"}};
    struct bed bed;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t key = SLICE("untouched");
        enum contract_step step =
            request_idempotency_key(ask_with(&bed, pool_of(state), "idempotency-key", cases[i].header, NULL), &key);
        check(cases[i].header, step == (cases[i].key == NULL ? CONTRACT_REFUSED : CONTRACT_PASSED));
        check_slice(cases[i].header, key, cases[i].key == NULL ? SLICE("untouched") : slice_of(cases[i].key));
    }
}

static void keys_are_bounded_and_come_once(void **state)
{
    struct bed bed;
    h2o_iovec_t key = SLICE_NONE;
    char longest[LIMIT_IDEMPOTENCY_KEY_BYTES_MAX + 2];
    memset(longest, 'k', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(request_idempotency_key(ask_with(&bed, pool_of(state), "idempotency-key", longest, NULL), &key),
                     CONTRACT_REFUSED);
    assert_int_equal(
        request_idempotency_key(ask_with(&bed, pool_of(state), "idempotency-key", longest + 1, NULL), &key),
        CONTRACT_PASSED);
    assert_int_equal(key.len, LIMIT_IDEMPOTENCY_KEY_BYTES_MAX);
    assert_int_equal(request_idempotency_key(ask_with(&bed, pool_of(state), "idempotency-key", "k", "k"), &key),
                     CONTRACT_REFUSED);
    assert_int_equal(request_idempotency_key(ask_with(&bed, pool_of(state), "x", NULL, NULL), &key), CONTRACT_PASSED);
    assert_null(key.base);
}

/* --- query and media type
 * --------------------------------------------------------------------------------------------------- */

static void media_types_are_compared(void **state)
{
    static const struct {
        const char *type;
        bool is_json;
    } cases[] = {{NULL, false},
                 {"", false},
                 {"text/json", false},
                 {"application/jsonx", false},
                 {"application/json,application/json", false},
                 {"application/json; charset=latin1", false},
                 {"application/json; a=b; charset=utf-16", false},
                 {"application/json", true},
                 {"Application/JSON", true},
                 {" application/json ; Charset=\"UTF-8\"", true},
                 {"application/json;charset=utf-8; x=y", true},
                 {"application/json;", true}};
    struct bed bed;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        assert_int_equal(request_media_is(ask_with(&bed, pool_of(state), "content-type", cases[i].type, NULL)->call,
                                          SLICE("application/json")),
                         cases[i].is_json);
    assert_false(
        request_media_is(ask_with(&bed, pool_of(state), "content-type", "application/json", "application/json")->call,
                         SLICE("application/json")));
}

static void fields_are_found_in_whatever_they_stand(void **state)
{
    static const struct {
        const char *encoded;
        bool has;
    } cases[] = {{"", false},
                 {"token", false},
                 {"xaccess_token=1", false},
                 {"a=access_token", false},
                 {"access_token", true},
                 {"access_token=", true},
                 {"a=%zz&access_token=1", true},
                 {"a&&%61ccess_token=1", true},
                 {"access_token=1&access_token=2", true}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].encoded,
              request_has_field(pool_of(state), slice_of(cases[i].encoded), SLICE("access_token")) == cases[i].has);
    assert_false(request_has_field(pool_of(state), SLICE_NONE, SLICE("access_token")));
}

static void queries_and_their_numbers_are_read(void **state)
{
    static const struct {
        const char *query;
        enum contract_step of_query, of_number;
        int64_t number;
    } cases[] = {
        {"n=1&n=2", CONTRACT_REFUSED, CONTRACT_PASSED, 99}, {"n=%zz", CONTRACT_REFUSED, CONTRACT_PASSED, 99},
        {"n=%00", CONTRACT_REFUSED, CONTRACT_PASSED, 99},   {"n=-1", CONTRACT_PASSED, CONTRACT_REFUSED, 99},
        {"n=01", CONTRACT_PASSED, CONTRACT_REFUSED, 99},    {"n=1.5", CONTRACT_PASSED, CONTRACT_REFUSED, 99},
        {"n=11", CONTRACT_PASSED, CONTRACT_REFUSED, 99},    {"n=x", CONTRACT_PASSED, CONTRACT_REFUSED, 99},
        {"m=1", CONTRACT_PASSED, CONTRACT_PASSED, 99},      {"n=", CONTRACT_PASSED, CONTRACT_PASSED, 99},
        {"n=0", CONTRACT_PASSED, CONTRACT_PASSED, 0},       {"%6E=10", CONTRACT_PASSED, CONTRACT_PASSED, 10},
        {"n=%20", CONTRACT_PASSED, CONTRACT_REFUSED, 99},   {"n=1+0", CONTRACT_PASSED, CONTRACT_REFUSED, 99},
        {"n=%0a1", CONTRACT_PASSED, CONTRACT_REFUSED, 99},  {"n=+5%20", CONTRACT_PASSED, CONTRACT_PASSED, 5},
    };
    struct bed bed;
    static struct form form;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        int64_t number = 99;
        struct ask *ask = ask_with(&bed, pool_of(state), "x", NULL, NULL);
        ask->call->query = slice_of(cases[i].query);
        enum contract_step step = request_query(ask, &form);
        check(cases[i].query, step == cases[i].of_query);
        if (step == CONTRACT_PASSED)
            step = request_number(ask, &form, SLICE("n"), 10, &number);
        check(cases[i].query, step == (cases[i].of_query == CONTRACT_PASSED ? cases[i].of_number : CONTRACT_REFUSED));
        check(cases[i].query, number == cases[i].number);
        check(cases[i].query, step == CONTRACT_PASSED || ask->refusal.err == ERR_INVALID_QUERY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(wrong_versions_are_refused),
        test_with_pool(versions_are_expected),
        test_with_pool(known_versions_are_found),
        test_with_pool(keys_are_read_with_and_without_quotes),
        test_with_pool(keys_are_bounded_and_come_once),
        test_with_pool(media_types_are_compared),
        test_with_pool(fields_are_found_in_whatever_they_stand),
        test_with_pool(queries_and_their_numbers_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
