/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_actor.h"

#include "base/codec.h"
#include "base/text.h"

#define SEED_BYTES 32

static void add_number(struct text *out, h2o_iovec_t name, int64_t number)
{
    if (number == 0)
        return;
    text_add_member(out, name);
    text_add_i64(out, number);
}

static void add_seed(struct text *out)
{
    uint8_t seed[SEED_BYTES];
    char hex[CODEC_HEX_LEN(SEED_BYTES)];
    secret_random(seed, sizeof(seed));
    text_add_string_member(out, SLICE("seed"), (h2o_iovec_t){hex, codec_hex_encode(hex, seed, sizeof(seed))});
}

h2o_iovec_t store_actor_text(h2o_mem_pool_t *pool, const struct record_author *author)
{
    struct text out;
    text_start(&out, pool, 512);
    text_add_char(&out, '{');
    add_number(&out, SLICE("application_id"), author->application_id);
    text_add_string_member(&out, SLICE("application_name"), author->application_name);
    text_add_string_member(&out, SLICE("client_id"), author->client_id);
    text_add_string_member(&out, SLICE("key_name"), author->key_name);
    add_number(&out, SLICE("holder_id"), author->holder_id);
    add_number(&out, SLICE("user_id"), author->user_id);
    text_add_string_member(&out, SLICE("person"), author->person_name);
    text_add_string_member(&out, SLICE("token_jti"), author->token_jti);
    text_add_string_member(&out, SLICE("request_id"), author->request_id);
    text_add_string_member(&out, SLICE("address"), author->address);
    add_seed(&out);
    text_add_char(&out, '}');
    return text_slice(&out);
}
