/* SPDX-License-Identifier: Apache-2.0 */
/* libjwt 1.10 alone would accept much of what is refused here: it takes the algorithm from the text, looks at no exp,
 * decodes loose base64, and runs its stack over when a text has megabytes. */
#include "check.h"

#include "base/codec.h"
#include "base/limits.h"
#include "token/ticket.h"
#include <openssl/hmac.h>

#define NOW     INT64_C(1790000000)
#define PURPOSE "cursor"

static const uint8_t master[DIGEST_BYTES] = "a master key for this test only";
static struct ticket_key key;

static h2o_iovec_t encode(h2o_mem_pool_t *pool, h2o_iovec_t bytes)
{
    char *encoded = h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(bytes.len) + 1);
    return (h2o_iovec_t){encoded, codec_base64url_encode(encoded, bytes.base, bytes.len)};
}

/* A ticket with this header and payload and the right MAC under our key. */
static h2o_iovec_t mac_ticket(h2o_mem_pool_t *pool, h2o_iovec_t header, h2o_iovec_t payload)
{
    uint8_t mac[DIGEST_BYTES];
    h2o_iovec_t first = encode(pool, header), second = encode(pool, payload);
    h2o_iovec_t input = slice_format(pool, "%.*s.%.*s", SLICE_ARGS(first), SLICE_ARGS(second));
    secret_mac(mac, key.bytes, input);
    h2o_iovec_t third = encode(pool, (h2o_iovec_t){(char *)mac, sizeof(mac)});
    return slice_format(pool, "%.*s.%.*s", SLICE_ARGS(input), SLICE_ARGS(third));
}

static h2o_iovec_t good_ticket(h2o_mem_pool_t *pool)
{
    h2o_iovec_t text;
    json_t *claims = json_pack("{s:i, s:s}", "id", 7, "path", "/customers");
    assert_true(ticket_make(&key, pool, PURPOSE, claims, NOW + 60, &text));
    json_decref(claims);
    return text;
}

static bool opens(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    json_t *claims = ticket_open(&key, pool, PURPOSE, text, NOW);
    json_decref(claims);
    return claims != NULL;
}

#define OURS    "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define PAYLOAD "{\"purpose\":\"cursor\",\"exp\":1790000060,\"claims\":{\"id\":7}}"

static void other_headers_are_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"none\",\"typ\":\"JWT\"}",
        "{\"alg\":\"None\",\"typ\":\"JWT\"}",
        "{\"alg\":\"NONE\",\"typ\":\"JWT\"}",
        "{\"typ\":\"JWT\"}",
        "{}",
        "[]",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"ES256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS384\",\"typ\":\"JWT\"}",
        "{\"alg\":\"hs256\",\"typ\":\"JWT\"}",
        "{\"alg\":[\"HS256\"],\"typ\":\"JWT\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"alg\":\"none\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"crit\":[\"x\"]}",
        "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}",
        "{\"typ\":\"JWT\",\"alg\":\"HS256\"}",
        "{\"alg\": \"HS256\",\"typ\":\"JWT\"}",
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(headers); ++i)
        check(headers[i], !opens(pool, mac_ticket(pool, slice_of(headers[i]), SLICE(PAYLOAD))));
    check("our own header", opens(pool, mac_ticket(pool, SLICE(OURS), SLICE(PAYLOAD))));
}

static void tickets_without_a_right_mac_are_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t good = mac_ticket(pool, SLICE(OURS), SLICE(PAYLOAD)),
                none = mac_ticket(pool, SLICE("{\"alg\":\"none\"}"), SLICE(PAYLOAD));
    size_t without_mac = good.len - CODEC_BASE64URL_LEN(DIGEST_BYTES);
    const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"nothing", SLICE_NONE},
        {"empty", SLICE("")},
        {"dots", SLICE("..")},
        {"header alone", SLICE("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")},
        {"header and dots", SLICE("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..")},
        {"no MAC", (h2o_iovec_t){good.base, without_mac}},
        {"no MAC and no dot", (h2o_iovec_t){good.base, without_mac - 1}},
        {"none without MAC", (h2o_iovec_t){none.base, none.len - CODEC_BASE64URL_LEN(DIGEST_BYTES)}},
        {"MAC cut", (h2o_iovec_t){good.base, good.len - 1}},
        {"MAC of zeros",
         slice_format(pool, "%.*sAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", (int)without_mac, good.base)},
        {"four segments", slice_format(pool, "%.*s.e30", SLICE_ARGS(good))},
        {"dot behind", slice_format(pool, "%.*s.", SLICE_ARGS(good))},
        {"padding", slice_format(pool, "%.*s=", SLICE_ARGS(good))},
        {"junk behind", slice_format(pool, "%.*s!!", SLICE_ARGS(good))},
        {"newline behind", slice_format(pool, "%.*s\n", SLICE_ARGS(good))},
        {"blank before", slice_format(pool, " %.*s", SLICE_ARGS(good))},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, !opens(pool, cases[i].text));
    check("NUL behind", !opens(pool, (h2o_iovec_t){good.base, good.len + 1}));
    check("unchanged", opens(pool, good));
}

static void every_changed_bit_is_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t good = good_ticket(pool);
    for (size_t i = 0; i < good.len * 8; ++i) {
        good.base[i / 8] = (char)(good.base[i / 8] ^ 1 << i % 8);
        check("changed bit", !opens(pool, good));
        good.base[i / 8] = (char)(good.base[i / 8] ^ 1 << i % 8);
    }
    assert_true(opens(pool, good));
}

static void payloads_are_checked_behind_the_mac(void **state)
{
    static const struct {
        const char *name, *payload;
        bool good;
    } cases[] = {
        {"no exp", "{\"purpose\":\"cursor\",\"claims\":{}}", false},
        {"exp a string", "{\"purpose\":\"cursor\",\"exp\":\"1790000060\",\"claims\":{}}", false},
        {"exp a real", "{\"purpose\":\"cursor\",\"exp\":1790000060.5,\"claims\":{}}", false},
        {"exp now", "{\"purpose\":\"cursor\",\"exp\":1790000000,\"claims\":{}}", false},
        {"exp long ago", "{\"purpose\":\"cursor\",\"exp\":1,\"claims\":{}}", false},
        {"no purpose", "{\"exp\":1790000060,\"claims\":{}}", false},
        {"purpose of another", "{\"purpose\":\"login\",\"exp\":1790000060,\"claims\":{}}", false},
        {"purpose with more behind", "{\"purpose\":\"cursors\",\"exp\":1790000060,\"claims\":{}}", false},
        {"purpose a list", "{\"purpose\":[\"cursor\"],\"exp\":1790000060,\"claims\":{}}", false},
        {"no claims", "{\"purpose\":\"cursor\",\"exp\":1790000060}", false},
        {"an array", "[\"purpose\"]", false},
        {"no JSON", "purpose=cursor", false},
        {"in a second", "{\"purpose\":\"cursor\",\"exp\":1790000001,\"claims\":{}}", true},
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, opens(pool, mac_ticket(pool, SLICE(OURS), slice_of(cases[i].payload))) == cases[i].good);
}

static void long_texts_never_reach_libjwt(void **state)
{
    enum { HUGE_BYTES = 9 * 1024 * 1024 };
    h2o_mem_pool_t *pool = pool_of(state);
    char *huge = malloc(HUGE_BYTES);
    memset(huge, 'A', HUGE_BYTES);
    assert_false(opens(pool, (h2o_iovec_t){huge, HUGE_BYTES}));
    h2o_iovec_t header = encode(pool, SLICE(OURS));
    memcpy(huge, header.base, header.len);
    huge[header.len] = '.';
    huge[HUGE_BYTES - CODEC_BASE64URL_LEN(DIGEST_BYTES) - 1] = '.';
    assert_false(opens(pool, (h2o_iovec_t){huge, HUGE_BYTES}));
    free(huge);
    h2o_iovec_t payload = slice_format(pool, "{\"purpose\":\"cursor\",\"exp\":1790000060,\"claims\":{\"x\":\"%*s\"}}",
                                       LIMIT_TOKEN_BYTES_MAX, "");
    assert_false(opens(pool, mac_ticket(pool, SLICE(OURS), payload)));
}

/* The last that fits and the first that does not, made and opened. */
static void the_bound_is_exact(void **state)
{
    enum {
        FRAME = 55 /* of the payload below, without the text */,
        FITS = (LIMIT_TOKEN_BYTES_MAX - 36 - 1 - 1 - 43) * 3 / 4
    };
    h2o_mem_pool_t *pool = pool_of(state);
    for (int over = 0; over < 2; ++over) {
        h2o_iovec_t made, filler = slice_format(pool, "%*s", FITS - FRAME + over, "");
        h2o_iovec_t payload = slice_format(
            pool, "{\"purpose\":\"cursor\",\"exp\":1790000060,\"claims\":{\"x\":\"%.*s\"}}", SLICE_ARGS(filler));
        json_t *claims = json_pack("{s:s}", "x", filler.base);
        h2o_iovec_t text = mac_ticket(pool, SLICE(OURS), payload);
        assert_int_equal(text.len, LIMIT_TOKEN_BYTES_MAX + over);
        assert_true(opens(pool, text) == (over == 0));
        assert_true(ticket_make(&key, pool, PURPOSE, claims, NOW + 60, &made) == (over == 0));
        json_decref(claims);
    }
}

static void large_claims_make_no_ticket(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t text = SLICE("untouched"), large = slice_format(pool, "%*s", LIMIT_TOKEN_BYTES_MAX, "");
    json_t *claims = json_pack("{s:s}", "x", large.base);
    assert_false(ticket_make(&key, pool, PURPOSE, claims, NOW + 60, &text));
    check_slice("untouched", text, SLICE("untouched"));
    json_decref(claims);
}

static void tickets_are_bound_to_purpose_key_and_time(void **state)
{
    static const uint8_t other_master[DIGEST_BYTES] = "a master key of somebody else's";
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t text = good_ticket(pool);
    struct ticket_key other, same;
    ticket_key_derive(&other, other_master);
    ticket_key_derive(&same, master);
    assert_null(ticket_open(&key, pool, "login", text, NOW));
    assert_null(ticket_open(&key, pool, "", text, NOW));
    assert_null(ticket_open(&other, pool, PURPOSE, text, NOW));
    assert_null(ticket_open(&key, pool, PURPOSE, text, NOW + 60));
    json_t *claims = ticket_open(&same, pool, PURPOSE, text, NOW + 59); /* another node with the same master key */
    assert_int_equal(json_integer_value(json_object_get(claims, "id")), 7);
    json_decref(claims);
}

static void claims_come_back_as_they_were(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    json_t *claims = json_pack("{s:s, s:i, s:s, s:[i,s,n], s:{s:b}, s:s}", "purpose", "login", "exp", 1, "claims",
                               "mine", "list", 1, "two", "object", "yes", 1, "text", "\"\\ \xc3\xa4\n/");
    h2o_iovec_t text;
    assert_non_null(claims);
    assert_true(ticket_make(&key, pool, PURPOSE, claims, NOW + 60, &text));
    json_t *back = ticket_open(&key, pool, PURPOSE, text, NOW);
    assert_true(json_equal(back, claims));
    json_decref(back);
    json_decref(claims);
}

static void texts_need_no_escaping(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    h2o_iovec_t text = good_ticket(pool_of(state));
    assert_int_equal(strlen(text.base), text.len);
    assert_int_equal(strspn(text.base, alphabet), text.len);
    assert_true(
        slice_starts_with(text, encode(pool_of(state), SLICE(OURS)))); /* what libjwt writes is what we let through */
}

static int start(void **state)
{
    (void)state;
    secret_start();
    ticket_key_derive(&key, master);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(other_headers_are_refused),     test_with_pool(tickets_without_a_right_mac_are_refused),
        test_with_pool(every_changed_bit_is_refused),  test_with_pool(payloads_are_checked_behind_the_mac),
        test_with_pool(long_texts_never_reach_libjwt), test_with_pool(the_bound_is_exact),
        test_with_pool(large_claims_make_no_ticket),   test_with_pool(tickets_are_bound_to_purpose_key_and_time),
        test_with_pool(claims_come_back_as_they_were), test_with_pool(texts_need_no_escaping),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
