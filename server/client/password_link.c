/* SPDX-License-Identifier: Apache-2.0 */
#include "client/password_link.h"

#include "base/codec.h"
#include "token/seal.h"

#include <stdlib.h>

#define RANDOM_BYTES 32

_Static_assert(CODEC_BASE64URL_LEN(RANDOM_BYTES) + 1 == PASSWORD_LINK_BYTES, "a link and its NUL");

void password_link_make(struct password_link *out)
{
    uint8_t random[RANDOM_BYTES];
    secret_random(random, sizeof(random));
    out->text[codec_base64url_encode(out->text, random, sizeof(random))] = '\0';
    secret_digest(out->digest, slice_of(out->text));
    secret_wipe(random, sizeof(random));
}

static h2o_iovec_t associated_data(h2o_mem_pool_t *pool, const uint8_t digest[static DIGEST_BYTES])
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    codec_hex_encode(hex, digest, DIGEST_BYTES);
    return slice_format(pool, "password link %.*s", (int)sizeof(hex), hex);
}

bool password_link_seal(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES],
                        const struct password_link *link, h2o_iovec_t *sealed_out)
{
    return seal_close(pool, master, associated_data(pool, link->digest), slice_of(link->text), sealed_out);
}

bool password_link_open(const uint8_t master[static DIGEST_BYTES], const uint8_t digest[static DIGEST_BYTES],
                        h2o_iovec_t sealed, struct password_link *out)
{
    struct secret plain;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bool opened = seal_open(master, associated_data(&pool, digest), sealed, &plain);
    h2o_mem_clear_pool(&pool);
    if (!opened)
        return false;
    bool whole = plain.len == PASSWORD_LINK_BYTES - 1;
    if (whole) {
        memcpy(out->text, plain.base, plain.len);
        out->text[plain.len] = '\0';
        secret_digest(out->digest, slice_of(out->text));
    }
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return whole && secret_equal(out->digest, digest, DIGEST_BYTES);
}

bool password_link_reseal(h2o_mem_pool_t *pool, const uint8_t digest[static DIGEST_BYTES], h2o_iovec_t sealed,
                          const uint8_t old_master[static DIGEST_BYTES], const uint8_t new_master[static DIGEST_BYTES],
                          h2o_iovec_t *sealed_out)
{
    struct password_link link;
    bool done = password_link_open(old_master, digest, sealed, &link) &&
                password_link_seal(pool, new_master, &link, sealed_out);
    secret_wipe(&link, sizeof(link));
    return done;
}
