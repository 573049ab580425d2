/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c */
#include "base/codec.c"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What was decoded is spelled by the encoder as it was sent: one text for one value. */
static void base64_has_one_spelling(h2o_iovec_t text)
{
    uint8_t *decoded = malloc(text.len * 3 / 4 + 1);
    char *again = malloc(text.len + 4);
    size_t len;
    if (codec_base64url_decode(decoded, &len, text)) {
        assert(len <= text.len * 3 / 4);
        size_t spelled = codec_base64url_encode(again, decoded, len);
        assert(spelled == CODEC_BASE64URL_LEN(len));
        assert(slice_equal((h2o_iovec_t){again, spelled}, text));
    }
    if (codec_base64_decode(decoded, &len, text)) {
        assert(len <= text.len * 3 / 4);
        h2o_iovec_t padded = {again, codec_base64_encode(again, decoded, len)};
        assert(padded.len - text.len <= 2); /* less, when padding was left out */
        assert(slice_starts_with(padded, text));
    }
    free(again);
    free(decoded);
}

static void bytes_come_back(h2o_iovec_t bytes)
{
    char *text = malloc(bytes.len * 2 + 4);
    uint8_t *back = malloc(bytes.len + 3);
    h2o_iovec_t decoded = {(char *)back, 0};
    h2o_iovec_t url = {text, codec_base64url_encode(text, bytes.base, bytes.len)};
    assert(codec_base64url_decode(back, &decoded.len, url) && slice_equal(decoded, bytes));
    h2o_iovec_t padded = {text, codec_base64_encode(text, bytes.base, bytes.len)};
    assert(codec_base64_decode(back, &decoded.len, padded) && slice_equal(decoded, bytes));
    h2o_iovec_t hex = {text, codec_hex_encode(text, bytes.base, bytes.len)};
    assert(codec_hex_decode(back, bytes.len, hex));
    assert(slice_equal((h2o_iovec_t){(char *)back, bytes.len}, bytes));
    free(back);
    free(text);
}

static void hex_is_its_digits(h2o_iovec_t text)
{
    uint8_t *decoded = malloc(text.len / 2 + 1);
    char *again = malloc(text.len + 1);
    if (codec_hex_decode(decoded, text.len / 2, text)) {
        assert(codec_hex_encode(again, decoded, text.len / 2) == text.len);
        assert(slice_equal_ignoring_case((h2o_iovec_t){again, text.len}, text));
    }
    free(again);
    free(decoded);
}

static void base62_has_one_spelling(h2o_iovec_t text)
{
    uint64_t value;
    if (!codec_base62_decode(&value, text))
        return;
    char *again = malloc(text.len);
    codec_base62_encode(again, text.len, value);
    assert(slice_equal((h2o_iovec_t){again, text.len}, text));
    free(again);
}

/* Decoded text is UTF-8 without NUL, and with every byte escaped it is read as the same. */
static void form_text_comes_back(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    h2o_iovec_t decoded, again;
    if (!codec_form_decode(pool, text, &decoded))
        return;
    assert(decoded.len <= text.len);
    assert(slice_is_utf8(decoded) && slice_find(decoded, '\0') == SIZE_MAX);
    char *escaped = h2o_mem_alloc_pool(pool, decoded.len * 3 + 1);
    for (size_t i = 0; i < decoded.len; ++i) {
        escaped[3 * i] = '%';
        codec_hex_encode(escaped + 3 * i + 1, decoded.base + i, 1);
    }
    assert(codec_form_decode(pool, (h2o_iovec_t){escaped, decoded.len * 3}, &again));
    assert(slice_equal(again, decoded));
}

/* Bit by bit, as the polynomial is written. */
static uint32_t crc32_by_bits(h2o_iovec_t bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; ++i) {
        crc ^= (uint8_t)bytes.base[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_iovec_t text = {(char *)bytes, len};
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    base64_has_one_spelling(text);
    bytes_come_back(text);
    hex_is_its_digits(text);
    base62_has_one_spelling(text);
    form_text_comes_back(&pool, text);
    assert(codec_crc32(text) == crc32_by_bits(text));
    h2o_mem_clear_pool(&pool);
    return 0;
}
