/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/checkpoint.h"

#include "base/codec.h"
#include "base/text.h"

#include <string.h>

#define ROOT_TEXT_LEN ((DIGEST_BYTES + 2) / 3 * 4)

h2o_iovec_t checkpoint_text(h2o_mem_pool_t *pool, const struct checkpoint *checkpoint)
{
    struct text text;
    char root[ROOT_TEXT_LEN];
    text_start(&text, pool, checkpoint->origin.len + ROOT_TEXT_LEN + 24);
    text_add(&text, checkpoint->origin);
    text_add_char(&text, '\n');
    text_add_u64(&text, checkpoint->size);
    text_add_char(&text, '\n');
    text_add(&text, (h2o_iovec_t){root, codec_base64_encode(root, checkpoint->root.bytes, DIGEST_BYTES)});
    text_add_char(&text, '\n');
    return text_slice(&text);
}

bool checkpoint_parse(h2o_iovec_t text, struct checkpoint *out)
{
    h2o_iovec_t rest = text;
    uint8_t root[ROOT_TEXT_LEN];
    size_t len;
    out->origin = slice_cut(&rest, '\n');
    h2o_iovec_t size = slice_cut(&rest, '\n'), base64 = slice_cut(&rest, '\n');
    if (out->origin.len == 0 || !slice_to_u64(size, INT64_MAX, &out->size) || base64.len != ROOT_TEXT_LEN ||
        rest.base == NULL || !codec_base64_decode(root, &len, base64) || len != DIGEST_BYTES)
        return false;
    memcpy(out->root.bytes, root, DIGEST_BYTES);
    return true;
}
