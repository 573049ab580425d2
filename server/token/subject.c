/* SPDX-License-Identifier: Apache-2.0 */
#include "token/subject.h"

#include "base/codec.h"
#include "base/credential.h"
#include <assert.h>

h2o_iovec_t subject_text(h2o_mem_pool_t *pool, int64_t user_id, h2o_iovec_t salt)
{
    char ident[IDENT_BYTES_MAX];
    uint8_t own[DIGEST_BYTES];
    h2o_iovec_t id = {ident, ident_text(IDENT_USER, user_id, ident)};
    if (salt.base == NULL)
        return slice_copy(pool, id);
    assert(salt.len == DIGEST_BYTES);
    secret_mac(own, (const uint8_t *)salt.base, id);
    h2o_iovec_t text = {h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(DIGEST_BYTES)), 0};
    text.len = codec_base64url_encode(text.base, own, sizeof(own));
    return text;
}
