/* SPDX-License-Identifier: Apache-2.0 */
/* Every refusal in both forms, against golden files: what clients have learned to read does not change by accident. */
#include "check.h"
#include "loopback.h"

#include "base/text.h"
#include "http/refusal.h"

#define ID "00000000-0000-7000-8000-000000000000"

static struct refusal next;

static void refuse(struct call *call)
{
    memcpy(call->request_id, ID, sizeof(call->request_id));
    reply_refusal(call, &next);
}

#define EVERY (METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST))

static const struct route rows[] = {
    {SLICE("/problem"), EVERY, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, refuse},
    {SLICE("/oauth"), EVERY, ROUTE_OAUTH, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, refuse},
};
static const struct routes routes = {.rows = rows, .count = COUNT_OF(rows)};
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};
static const struct api api = {.prefix = SLICE("/api2/public")};

static int setup(void **state)
{
    *state = loopback_create(&settings, &routes);
    return 0;
}

static int teardown(void **state)
{
    loopback_destroy(*state);
    return 0;
}

static struct exchange *ask(void **state, const char *target, struct refusal refusal)
{
    next = refusal;
    struct exchange *exchange = loopback_ask(*state, &(struct loopback_request){.method = "GET", .target = target});
    assert_true(exchange_closes(exchange) == refusal_closes(refusal.err));
    return exchange;
}

/* --- golden files ---------------------------------------------------------------------------------------------------
 */

static void add_answer(struct text *text, const struct exchange *exchange)
{
    static const char *const names[] = {"content-type",     "cache-control", "pragma",
                                        "www-authenticate", "retry-after",   "allow"};
    text_add_format(text, "%d\n", exchange_status(exchange));
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        h2o_iovec_t value = exchange_header(exchange, names[i]);
        if (value.base != NULL)
            text_add_format(text, "%s: %.*s\n", names[i], SLICE_ARGS(value));
    }
    text_add(text, exchange_body(exchange));
    text_add(text, SLICE("\n\n"));
}

static h2o_iovec_t read_file(h2o_mem_pool_t *pool, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return SLICE_NONE;
    struct text text;
    char block[4096];
    size_t len;
    text_start(&text, pool, sizeof(block));
    while ((len = fread(block, 1, sizeof(block), file)) > 0)
        text_add(&text, (h2o_iovec_t){block, len});
    fclose(file);
    return text_slice(&text);
}

/* What came is written beside the test program, to be compared, and to be copied when the change was meant. */
static void check_golden(struct text *text, const char *name)
{
    h2o_iovec_t golden = read_file(text->pool, slice_format(text->pool, GOLDEN "/%s", name).base);
    if (golden.base != NULL && slice_equal(golden, text_slice(text)))
        return;
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    fwrite(text->base, 1, text->len, file);
    fclose(file);
    fail_msg("differs from " GOLDEN "/%s; what came is in %s", name, name);
}

static void check_all(void **state, const char *target, const char *golden)
{
    h2o_mem_pool_t pool;
    struct text text;
    h2o_mem_init_pool(&pool);
    text_start(&text, &pool, 32 * 1024);
    for (enum err err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        struct exchange *exchange =
            ask(state, target, (struct refusal){.err = err, .allow = EVERY, .basic_challenge = true});
        text_add(&text, err_row(err)->code);
        text_add_char(&text, ' ');
        add_answer(&text, exchange);
        exchange_end(exchange);
    }
    check_golden(&text, golden);
    h2o_mem_clear_pool(&pool);
}

static void test_every_problem(void **state)
{
    check_all(state, "/problem", "refusals_problem.txt");
}

static void test_every_oauth_error(void **state)
{
    check_all(state, "/oauth", "refusals_oauth.txt");
}

/* --- headers --------------------------------------------------------------------------------------------------------
 */

#define METADATA ", resource_metadata=\"https://id.example/.well-known/oauth-protected-resource/api2/public\""

static const struct {
    const char *name, *target;
    struct refusal refusal;
    const char *header;
    h2o_iovec_t value;
} headers[] = {
    {"bad client after Basic",
     "/oauth",
     {.err = ERR_INVALID_CLIENT, .basic_challenge = true},
     "www-authenticate",
     SLICE("Basic realm=\"hallmark\"")},
    {"bad client in the body", "/oauth", {.err = ERR_INVALID_CLIENT}, "www-authenticate", SLICE_NONE},
    {"bad grant", "/oauth", {.err = ERR_INVALID_GRANT, .basic_challenge = true}, "www-authenticate", SLICE_NONE},
    {"no token",
     "/problem",
     {.err = ERR_TOKEN_MISSING, .api = &api},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\"" METADATA)},
    {"no token, scope told",
     "/problem",
     {.err = ERR_TOKEN_MISSING, .api = &api, .scope = SLICE("a:read b:read")},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\"" METADATA ", scope=\"a:read b:read\"")},
    {"bad token",
     "/problem",
     {.err = ERR_INVALID_TOKEN, .api = &api},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\"" METADATA ", error=\"invalid_token\"")},
    {"bad token, scope told",
     "/problem",
     {.err = ERR_INVALID_TOKEN, .scope = SLICE("a:read")},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\", error=\"invalid_token\", scope=\"a:read\"")},
    {"right of the key, scope told",
     "/problem",
     {.err = ERR_KEY_RIGHT_MISSING, .scope = SLICE("a:read")},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\", error=\"insufficient_scope\", scope=\"a:read\"")},
    {"bad token without an api",
     "/problem",
     {.err = ERR_INVALID_TOKEN},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\", error=\"invalid_token\"")},
    {"no scope",
     "/problem",
     {.err = ERR_INSUFFICIENT_SCOPE, .api = &api, .scope = SLICE("customers:write")},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\"" METADATA ", error=\"insufficient_scope\", scope=\"customers:write\"")},
    {"scope that would end its quotes",
     "/problem",
     {.err = ERR_INSUFFICIENT_SCOPE, .scope = SLICE("a\", b=\"c\r\n\xe9\\")},
     "www-authenticate",
     SLICE("Bearer realm=\"hallmark\", error=\"insufficient_scope\", scope=\"a', b='c????\"")},
    {"no right", "/problem", {.err = ERR_KEY_RIGHT_MISSING, .api = &api}, "www-authenticate", SLICE_NONE},
    {"slowed", "/oauth", {.err = ERR_TOO_MANY_FAILURES, .retry_after_s = 60}, "retry-after", SLICE("60")},
    {"overloaded", "/problem", {.err = ERR_OVERLOADED}, "retry-after", SLICE("1")},
    {"overloaded for longer", "/problem", {.err = ERR_OVERLOADED, .retry_after_s = 5}, "retry-after", SLICE("5")},
    {"internal", "/problem", {.err = ERR_INTERNAL}, "retry-after", SLICE_NONE},
    {"method",
     "/problem",
     {.err = ERR_METHOD_NOT_ALLOWED, .allow = METHOD_BIT(METHOD_DELETE)},
     "allow",
     SLICE("DELETE, OPTIONS")},
};

static void test_headers(void **state)
{
    for (size_t i = 0; i < COUNT_OF(headers); ++i) {
        struct exchange *exchange = ask(state, headers[i].target, headers[i].refusal);
        check_slice(headers[i].name, exchange_header(exchange, headers[i].header), headers[i].value);
        exchange_end(exchange);
    }
}

/* --- bodies ---------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *target;
    struct refusal refusal;
    h2o_iovec_t body;
} bodies[] = {
    {"own words",
     "/problem",
     {.err = ERR_INVALID_MEMBER, .detail = SLICE("\"Name\" is missing."), .where = SLICE("/Name")},
     SLICE(
         "{\"type\":\"https://id.example/problems/invalid_member\",\"title\":\"Invalid member\",\"status\":400,"
         "\"detail\":\"\\\"Name\\\" is missing.\",\"Message\":\"\\\"Name\\\" is missing.\",\"code\":\"invalid_member\","
         "\"request_id\":\"" ID "\",\"errors\":[{\"pointer\":\"/Name\",\"detail\":\"\\\"Name\\\" is missing.\"}]}")},
    {"the whole body",
     "/problem",
     {.err = ERR_INVALID_JSON, .detail = SLICE("x"), .where = SLICE("")},
     SLICE("{\"type\":\"https://id.example/problems/invalid_json\",\"title\":\"Invalid json\",\"status\":400,"
           "\"detail\":\"x\",\"Message\":\"x\",\"code\":\"invalid_json\",\"request_id\":\"" ID "\","
           "\"errors\":[{\"pointer\":\"\",\"detail\":\"x\"}]}")},
    {"hostile words",
     "/problem",
     {.err = ERR_INVALID_QUERY, .detail = SLICE("\xff\r\n</script>\0")},
     SLICE("{\"type\":\"https://id.example/problems/invalid_query\",\"title\":\"Invalid query\",\"status\":400,"
           "\"detail\":\"\xef\xbf\xbd\\r\\n</script>\\u0000\",\"Message\":\"\xef\xbf\xbd\\r\\n</script>\\u0000\","
           "\"code\":\"invalid_query\",\"request_id\":\"" ID "\"}")},
    {"hostile words to OAuth",
     "/oauth",
     {.err = ERR_INVALID_SCOPE, .detail = SLICE("\"a\\b\" \xc3\xa9\r\n")},
     SLICE("{\"error\":\"invalid_scope\",\"error_description\":\"'a?b' ????\"}")},
};

static void test_bodies(void **state)
{
    for (size_t i = 0; i < COUNT_OF(bodies); ++i) {
        struct exchange *exchange = ask(state, bodies[i].target, bodies[i].refusal);
        check_slice(bodies[i].name, exchange_body(exchange), bodies[i].body);
        exchange_end(exchange);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_problem, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_oauth_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bodies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
