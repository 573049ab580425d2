/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/cosignature.h"

#include "base/codec.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define TIME_BYTES     8
#define BYTES          (NOTE_KEY_ID_BYTES + TIME_BYTES + NOTE_SIGNATURE_BYTES)
#define BASE64_LEN     ((BYTES + 2) / 3 * 4)
#define TIME_S_MAX     INT64_C(253402300799) /* the year 9999 */
#define HEAD_LEN_USUAL 64

static h2o_iovec_t signed_bytes(h2o_mem_pool_t *pool, uint64_t at_s, h2o_iovec_t text)
{
    struct text bytes;
    text_start(&bytes, pool, HEAD_LEN_USUAL + text.len);
    text_add(&bytes, SLICE("cosignature/v1\ntime "));
    text_add_u64(&bytes, at_s);
    text_add_char(&bytes, '\n');
    text_add(&bytes, text);
    return text_slice(&bytes);
}

/* Of the witness's name and key id, or somebody else's. */
static bool read_line(h2o_iovec_t line, const struct note_verifier *witness, uint8_t bytes[static BASE64_LEN])
{
    h2o_iovec_t name, base64;
    size_t len;
    return note_line_part(line, &name, &base64) && slice_equal(name, slice_of(witness->name)) &&
           base64.len == BASE64_LEN && codec_base64_decode(bytes, &len, base64) && len == BYTES &&
           memcmp(bytes, witness->id, NOTE_KEY_ID_BYTES) == 0;
}

static enum cosignature_verdict judge(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct note_verifier *witness,
                                      const uint8_t *bytes, struct cosignature *out)
{
    uint64_t at_s = 0;
    for (size_t i = 0; i < TIME_BYTES; ++i)
        at_s = at_s << 8 | bytes[NOTE_KEY_ID_BYTES + i];
    if (at_s == 0 || at_s > (uint64_t)TIME_S_MAX ||
        !note_signature_is_right(witness, signed_bytes(pool, at_s, text), bytes + NOTE_KEY_ID_BYTES + TIME_BYTES))
        return COSIGNATURE_WRONG;
    out->at_s = (int64_t)at_s;
    return COSIGNATURE_RIGHT;
}

enum cosignature_verdict cosignature_find(h2o_mem_pool_t *pool, h2o_iovec_t note, const struct note_verifier *witness,
                                          struct cosignature *out)
{
    h2o_iovec_t text, lines;
    uint8_t bytes[BASE64_LEN];
    assert(witness != NULL);
    if (!note_part(note, &text, &lines))
        return COSIGNATURE_NONE;
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX && lines.len > 0; ++i) {
        h2o_iovec_t line = slice_cut(&lines, '\n');
        if (!read_line(line, witness, bytes))
            continue;
        out->line = (h2o_iovec_t){line.base, line.len + 1};
        return judge(pool, text, witness, bytes, out);
    }
    return COSIGNATURE_NONE;
}
