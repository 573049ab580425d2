/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_auth.h"

#include "base/codec.h"
#include "check.h"
#include <stdlib.h>

/* The header value "Basic " and the base64 of `pair`, as clients make it. */
static h2o_iovec_t basic(h2o_mem_pool_t *pool, const char *pair)
{
    size_t len = strlen(pair);
    char *text = h2o_mem_alloc_pool(pool, (len + 2) / 3 * 4 + 1);
    size_t encoded = codec_base64_encode(text, pair, len);
    return slice_format(pool, "Basic %.*s", (int)encoded, text);
}

static enum err read_both(h2o_mem_pool_t *pool, h2o_iovec_t authorization, const char *body,
                          struct client_credentials *out)
{
    struct form form;
    assert_int_equal(form_parse(pool, slice_of(body), NULL, &form), ERR_NONE);
    memset(out, 0xa5, sizeof(*out)); /* nothing may be left from before */
    return client_auth_read(pool, authorization, &form, out);
}

/* --- the header as it is ----------------------------------------------------------------------------------------- */

/* Item 36: bad base64, no colon, and whatever else is no pair. */
static void item_36_malformed_basic_is_invalid_client(void **state)
{
    static const char *const values[] = {
        "",
        "Basic",
        "Basic ",
        "Basic  ",
        "Basicaml0OmE=",
        "Basic\taml0OmE=",
        "Bearer aml0OmE=",
        "Digest username=\"a\"",
        "aml0OmE=",
        "Basic a",          /* no byte */
        "Basic aml0OmE==",  /* too much padding */
        "Basic aml0OmE===", /* likewise */
        "Basic aml0OmF=",   /* bits behind the last byte */
        "Basic aml0 OmE=",  /* a blank inside */
        "Basic aml0OmE=\n", /* line end */
        "Basic aml0-mE_",   /* the alphabet of URLs */
        "Basic %61ml0OmE=", /* percent-encoded from outside */
        "Basic aml0OmE=, Basic aml0OmE=",
        "Basic bm9jb2xvbg==",     /* nocolon */
        "Basic Og==",             /* : */
        "Basic aWQ6",             /* id: */
        "Basic OnNlY3JldA==",     /* :secret */
        "Basic aWQlOnNlY3JldA==", /* id%:secret */
        "Basic aWQ6c2VjcmV0JTQ=", /* id:secret%4 */
        "Basic aWQ6c2VjcmV0JTAw", /* id:secret%00 */
        "Basic aWQAOnNlY3JldA==", /* a NUL in the id */
        "Basic aWQ6/w==",         /* no UTF-8 */
    };
    for (size_t i = 0; i < COUNT_OF(values); ++i) {
        struct client_credentials out;
        check(values[i], read_both(pool_of(state), slice_of(values[i]), "", &out) == ERR_INVALID_CLIENT);
        check(values[i], out.tried_header);
    }
}

/* RFC 6749 section 2.3.1: form-encoded before base64; raw is the same for what we hand out. */
static void basic_is_form_decoded(void **state)
{
    static const struct {
        const char *pair, *id, *secret;
    } cases[] = {
        {"hmk_1:hms_2", "hmk_1", "hms_2"}, {"hmk%5F1:hms%5f2", "hmk_1", "hms_2"}, /* oauth4webapi encodes even these */
        {"a+b:c+d", "a b", "c d"},         {"a%2Bb:c%25d", "a+b", "c%d"},
        {"a%3Ab:c", "a:b", "c"},           {"id:with:colons", "id", "with:colons"},
        {"id:%C3%A9", "id", "\xc3\xa9"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client_credentials out;
        h2o_iovec_t header = basic(pool_of(state), cases[i].pair);
        check(cases[i].pair, read_both(pool_of(state), header, "", &out) == ERR_NONE);
        check(cases[i].pair, out.method == CLIENT_AUTH_BASIC && out.tried_header);
        check_slice(cases[i].pair, out.client_id, slice_of(cases[i].id));
        check_slice(cases[i].pair, out.secret, slice_of(cases[i].secret));
    }
}

static void scheme_is_compared_without_case_and_padding_may_be_missing(void **state)
{
    static const char *const values[] = {"Basic aWQ6c2VjcmV0cw==", "basic aWQ6c2VjcmV0cw==", "BASIC   aWQ6c2VjcmV0cw==",
                                         "Basic aWQ6c2VjcmV0cw", "Basic aWQ6c2VjcmV0cw== "};
    for (size_t i = 0; i < COUNT_OF(values); ++i) {
        struct client_credentials out;
        check(values[i], read_both(pool_of(state), slice_of(values[i]), "", &out) == ERR_NONE);
        check_slice(values[i], out.client_id, SLICE("id"));
        check_slice(values[i], out.secret, SLICE("secrets"));
    }
}

/* What the caller does not get he cannot wipe. */
static void refused_basic_leaves_no_secret_behind(void **state)
{
    static const char *const pairs[] = {"id%:a-secret-to-find", "no-colon-secret-to-find", "id:a-secret-to-find%4",
                                        "id:a-secret%2Dto-find"};
    for (size_t i = 0; i < COUNT_OF(pairs); ++i) {
        struct client_credentials out;
        h2o_iovec_t header = basic(pool_of(state), pairs[i]);
        char *before = h2o_mem_alloc_pool(pool_of(state), 1);
        enum err err = read_both(pool_of(state), header, "", &out);
        if (err == ERR_NONE) /* the decoded copy is the caller's */
            memset(out.secret.base, 0, out.secret.len);
        char *after = h2o_mem_alloc_pool(pool_of(state), 1);
        h2o_iovec_t used = after > before ? (h2o_iovec_t){before, (size_t)(after - before)}
                                          : (h2o_iovec_t){after, (size_t)(before - after)};
        check(pairs[i], used.len < 4096);
        check(pairs[i], memmem(used.base, used.len, "secret", 6) == NULL);
    }
}

/* --- which method ------------------------------------------------------------------------------------------------ */

#define HEADER "Basic aWQ6c2VjcmV0cw==" /* id:secrets */

static const struct {
    const char *name, *authorization, *body;
    enum err err;
    enum client_auth_method method;
    const char *id, *secret;
} methods[] = {
    {"item 35: header and secret in the body", HEADER, "client_secret=x", ERR_INVALID_REQUEST, 0, NULL, NULL},
    {"item 35: header and the same in the body", HEADER, "client_id=id&client_secret=secrets", ERR_INVALID_REQUEST, 0,
     NULL, NULL},
    {"item 35: header and assertion", HEADER, "client_assertion=x&client_assertion_type=y", ERR_INVALID_REQUEST, 0,
     NULL, NULL},
    {"item 35: header and half an assertion", HEADER, "client_assertion_type=y", ERR_INVALID_REQUEST, 0, NULL, NULL},
    {"item 35: secret and assertion", NULL, "client_id=id&client_secret=s&client_assertion=x", ERR_INVALID_REQUEST, 0,
     NULL, NULL},
    {"item 35: malformed header and secret", "Basic !", "client_id=id&client_secret=s", ERR_INVALID_REQUEST, 0, NULL,
     NULL},
    {"another scheme and secret", "Bearer x", "client_id=id&client_secret=s", ERR_INVALID_REQUEST, 0, NULL, NULL},
    {"header and another name in the body", HEADER, "client_id=other", ERR_INVALID_REQUEST, 0, NULL, NULL},
    {"header and the same name in the body", HEADER, "client_id=id", ERR_NONE, CLIENT_AUTH_BASIC, "id", "secrets"},
    {"header and an empty secret in the body", HEADER, "client_id=id&client_secret=", ERR_NONE, CLIENT_AUTH_BASIC, "id",
     "secrets"},
    {"item 38: assertion alone", NULL, "client_assertion=x&client_assertion_type=y", ERR_INVALID_CLIENT, 0, NULL, NULL},
    {"item 38: assertion with name", NULL, "client_id=id&client_assertion=x", ERR_INVALID_CLIENT, 0, NULL, NULL},
    {"nothing", NULL, "grant_type=client_credentials", ERR_INVALID_CLIENT, 0, NULL, NULL},
    {"an empty name", NULL, "client_id=", ERR_INVALID_CLIENT, 0, NULL, NULL},
    {"secret without name", NULL, "client_secret=s", ERR_INVALID_CLIENT, 0, NULL, NULL},
    {"name alone", NULL, "client_id=id", ERR_NONE, CLIENT_AUTH_NONE, "id", NULL},
    {"name and empty secret", NULL, "client_id=id&client_secret=", ERR_NONE, CLIENT_AUTH_NONE, "id", NULL},
    {"name and secret", NULL, "client_id=i%64&client_secret=s+s", ERR_NONE, CLIENT_AUTH_POST, "id", "s s"},
};

static void exactly_one_method_is_used(void **state)
{
    for (size_t i = 0; i < COUNT_OF(methods); ++i) {
        struct client_credentials out;
        const char *name = methods[i].name;
        h2o_iovec_t authorization = slice_of(methods[i].authorization);
        check(name, read_both(pool_of(state), authorization, methods[i].body, &out) == methods[i].err);
        check(name, out.tried_header == (methods[i].authorization != NULL));
        if (methods[i].err != ERR_NONE)
            continue;
        check(name, out.method == methods[i].method);
        check_slice(name, out.client_id, slice_of(methods[i].id));
        check_slice(name, out.secret, slice_of(methods[i].secret));
    }
}

static void item_37_a_secret_in_the_query_is_seen(void **state)
{
    static const struct {
        const char *query;
        bool is_there;
    } cases[] = {
        {"client_secret=x", true},
        {"a=b&client_secret=x", true},
        {"client_secret", true},
        {"client_secret=", true},
        {"client%5fsecret=x", true},
        {"%63lient_secret=x", true},
        {"client_assertion=x&a", true},
        {"&&client_secret=x", true},
        {"%=1&client_secret=x", true},
        {"", false},
        {"client_id=x", false},
        {"client_secrets=x", false},
        {"Client_Secret=x", false},
        {"x=client_secret", false},
        {"x=y%26client_secret=1", false},
        {"%", false},
        {"client_secre%74%00=x", false},
        {"token=x", true},
        {"a&tok%65n", true},
        {"refresh_token=x", true},
        {"tokens=x", false},
        {"token_type_hint=x", false},
        {NULL, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].query == NULL ? "none" : cases[i].query,
              client_auth_in_query(pool_of(state), slice_of(cases[i].query)) == cases[i].is_there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(item_36_malformed_basic_is_invalid_client),
        test_with_pool(basic_is_form_decoded),
        test_with_pool(scheme_is_compared_without_case_and_padding_may_be_missing),
        test_with_pool(refused_basic_leaves_no_secret_behind),
        test_with_pool(exactly_one_method_is_used),
        test_with_pool(item_37_a_secret_in_the_query_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
