/* SPDX-License-Identifier: Apache-2.0 */
#include "token/subject.h"

#include "base/codec.h"
#include "base/credential.h"
#include <assert.h>

/* The prefix of the id keeps a person and a login of one number apart. */
static h2o_iovec_t text_of(h2o_mem_pool_t *pool, enum ident_kind kind, int64_t number, h2o_iovec_t salt)
{
    char ident[IDENT_BYTES_MAX];
    uint8_t own[DIGEST_BYTES];
    h2o_iovec_t id = {ident, ident_text(kind, number, ident)};
    if (salt.base == NULL)
        return slice_copy(pool, id);
    assert(salt.len == DIGEST_BYTES);
    secret_mac(own, (const uint8_t *)salt.base, id);
    h2o_iovec_t text = {h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(DIGEST_BYTES)), 0};
    text.len = codec_base64url_encode(text.base, own, sizeof(own));
    return text;
}

h2o_iovec_t subject_text(h2o_mem_pool_t *pool, int64_t user_id, h2o_iovec_t salt)
{
    return text_of(pool, IDENT_USER, user_id, salt);
}

h2o_iovec_t subject_session(h2o_mem_pool_t *pool, int64_t session_id, h2o_iovec_t salt)
{
    return text_of(pool, IDENT_SESSION, session_id, salt);
}
