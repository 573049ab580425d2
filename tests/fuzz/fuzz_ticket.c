/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/token/ticket.c server/base/codec.c server/base/secret.c server/base/slice.c */
/* The first byte says what the rest is: a ticket as it came, or a payload, or the value of one member of a payload;
 * these get our header and a right MAC. */
#include "base/codec.h"
#include "base/limits.h"
#include "token/ticket.h"
#include <assert.h>

#define NOW     INT64_C(1790000000)
#define PURPOSE "cursor"
#define HEADER  "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct ticket_key key;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const uint8_t master[DIGEST_BYTES] = "a master key for fuzzing only";
    (void)argc;
    (void)argv;
    secret_start();
    ticket_key_derive(&key, master);
    return 0;
}

static h2o_iovec_t encode(h2o_mem_pool_t *pool, h2o_iovec_t bytes)
{
    char *encoded = h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(bytes.len) + 1);
    return (h2o_iovec_t){encoded, codec_base64url_encode(encoded, bytes.base, bytes.len)};
}

static h2o_iovec_t with_mac(h2o_mem_pool_t *pool, h2o_iovec_t payload)
{
    uint8_t mac[DIGEST_BYTES];
    h2o_iovec_t encoded = encode(pool, payload), input = slice_format(pool, HEADER ".%.*s", SLICE_ARGS(encoded));
    secret_mac(mac, key.bytes, input);
    encoded = encode(pool, (h2o_iovec_t){(char *)mac, sizeof(mac)});
    return slice_format(pool, "%.*s.%.*s", SLICE_ARGS(input), SLICE_ARGS(encoded));
}

static h2o_iovec_t ticket_of(h2o_mem_pool_t *pool, uint8_t choice, h2o_iovec_t rest)
{
    switch (choice % 5) {
    case 0:
        return rest;
    case 1:
        return with_mac(pool, rest);
    case 2:
        return with_mac(
            pool, slice_format(pool, "{\"purpose\":\"cursor\",\"exp\":1790000060,\"claims\":%.*s}", SLICE_ARGS(rest)));
    case 3:
        return with_mac(pool,
                        slice_format(pool, "{\"purpose\":\"cursor\",\"exp\":%.*s,\"claims\":{}}", SLICE_ARGS(rest)));
    default:
        return with_mac(pool,
                        slice_format(pool, "{\"purpose\":%.*s,\"exp\":1790000060,\"claims\":{}}", SLICE_ARGS(rest)));
    }
}

/* Claims that came out go in again and come out the same. */
static void goes_round(h2o_mem_pool_t *pool, const json_t *claims)
{
    h2o_iovec_t text;
    if (!ticket_make(&key, pool, PURPOSE, claims, NOW + 1, &text))
        return; /* the claims fitted, but not in our spelling of them */
    json_t *again = ticket_open(&key, pool, PURPOSE, text, NOW);
    assert(json_equal(again, claims));
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    if (len == 0)
        return 0;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t text = ticket_of(&pool, bytes[0], (h2o_iovec_t){(char *)bytes + 1, len - 1});
    json_t *claims = ticket_open(&key, &pool, PURPOSE, text, NOW);
    if (claims != NULL) {
        assert(text.len <= LIMIT_TOKEN_BYTES_MAX && slice_starts_with(text, SLICE(HEADER ".")));
        json_t *other = ticket_open(&key, &pool, "login", text, NOW);
        assert(other == NULL);
        goes_round(&pool, claims);
    }
    json_decref(claims);
    h2o_mem_clear_pool(&pool);
    return 0;
}
