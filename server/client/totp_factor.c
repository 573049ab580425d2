/* SPDX-License-Identifier: Apache-2.0 */
#include "client/totp_factor.h"

#include "base/codec.h"
#include "base/text.h"

#include <stdlib.h>

void totp_factor_make(struct totp_factor *out)
{
    totp_secret_make(out->secret);
    for (size_t i = 0; i < TOTP_RECOVERY_CODES; ++i)
        totp_recovery_make(out->codes[i]);
}

h2o_iovec_t totp_factor_digests(h2o_mem_pool_t *pool, const struct totp_factor *factor)
{
    struct text array;
    uint8_t digest[DIGEST_BYTES];
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    text_start(&array, pool, 1024);
    for (size_t i = 0; i < TOTP_RECOVERY_CODES; ++i) {
        if (!totp_recovery_digest(slice_of(factor->codes[i]), digest))
            abort(); /* we made it */
        codec_hex_encode(hex, digest, sizeof(digest));
        text_add_format(&array, "%s\"\\\\x%.*s\"", i == 0 ? "{" : ",", (int)sizeof(hex), hex);
    }
    text_add_char(&array, '}');
    return text_slice(&array);
}
