/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"

#include "base/secret.h"
#include <assert.h>
#include <zlib.h>

/* --- base64 ------------------------------------------------------------------------------------------------------ */

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char base64_digits[] = LETTERS_AND_DIGITS "+/";
static const char base64url_digits[] = LETTERS_AND_DIGITS "-_";

/* By character: the value of the digit and one, 0 for what is no digit. */
#define LETTER_AND_DIGIT_VALUES                                                                                        \
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10,     \
    ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,        \
    ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,        \
    ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,        \
    ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46,        \
    ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,        \
    ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62

static const uint8_t base64_values[256] = {LETTER_AND_DIGIT_VALUES, ['+'] = 63, ['/'] = 64};
static const uint8_t base64url_values[256] = {LETTER_AND_DIGIT_VALUES, ['-'] = 63, ['_'] = 64};

/* Without padding; returns the number of characters. */
static size_t encode(const char digits[static 64], char *out, const uint8_t *bytes, size_t len)
{
    char *at = out;
    for (; len >= 3; len -= 3, bytes += 3) {
        uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        *at++ = digits[group >> 6 & 63];
        *at++ = digits[group & 63];
    }
    if (len > 0) {
        uint32_t group = (uint32_t)bytes[0] << 16 | (len == 2 ? (uint32_t)bytes[1] << 8 : 0);
        *at++ = digits[group >> 18];
        *at++ = digits[group >> 12 & 63];
        if (len == 2)
            *at++ = digits[group >> 6 & 63];
    }
    return (size_t)(at - out);
}

/* Whether a text without padding is the one spelling of some bytes. */
static bool is_canonical(const uint8_t values[static 256], h2o_iovec_t text)
{
    for (size_t i = 0; i < text.len; ++i)
        if (values[(uint8_t)text.base[i]] == 0)
            return false;
    if (text.len % 4 == 0)
        return true;
    if (text.len % 4 == 1)
        return false;
    unsigned last = values[(uint8_t)text.base[text.len - 1]] - 1u;
    unsigned unused_bits = text.len % 4 == 2 ? 0xf : 0x3;
    return (last & unused_bits) == 0;
}

/* The bits of the first `count` digits. */
static uint32_t group_of(const uint8_t values[static 256], const char *text, size_t count)
{
    uint32_t group = 0;
    for (size_t i = 0; i < count; ++i)
        group = group << 6 | (values[(uint8_t)text[i]] - 1u);
    return group;
}

/* Checks all of the text before the first byte is written. */
static bool decode(const uint8_t values[static 256], uint8_t *out, size_t *out_len, h2o_iovec_t text)
{
    if (!is_canonical(values, text))
        return false;
    uint8_t *at = out;
    for (; text.len >= 4; text = slice_from(text, 4)) {
        uint32_t group = group_of(values, text.base, 4);
        *at++ = (uint8_t)(group >> 16);
        *at++ = (uint8_t)(group >> 8);
        *at++ = (uint8_t)group;
    }
    uint32_t group = group_of(values, text.base, text.len) << (4 - text.len) * 6;
    if (text.len >= 2)
        *at++ = (uint8_t)(group >> 16);
    if (text.len == 3)
        *at++ = (uint8_t)(group >> 8);
    *out_len = (size_t)(at - out);
    return true;
}

size_t codec_base64url_encode(char *out, const void *bytes, size_t len)
{
    return encode(base64url_digits, out, bytes, len);
}

bool codec_base64url_decode(uint8_t *out, size_t *out_len, h2o_iovec_t text)
{
    return decode(base64url_values, out, out_len, text);
}

bool codec_base64_decode(uint8_t *out, size_t *out_len, h2o_iovec_t text)
{
    if (text.len % 4 == 0)
        for (size_t i = 0; i < 2 && text.len > 0 && text.base[text.len - 1] == '='; ++i)
            --text.len;
    return decode(base64_values, out, out_len, text);
}

size_t codec_base64_encode(char *out, const void *bytes, size_t len)
{
    size_t written = encode(base64_digits, out, bytes, len);
    while (written % 4 != 0)
        out[written++] = '=';
    return written;
}

/* --- hex --------------------------------------------------------------------------------------------------------- */

size_t codec_hex_encode(char *out, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    for (size_t i = 0; i < len; ++i) {
        out[2 * i] = digits[from[i] >> 4];
        out[2 * i + 1] = digits[from[i] & 15];
    }
    return CODEC_HEX_LEN(len);
}

/* -1 for what is no digit. */
static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static uint8_t hex_byte(const char digits[static 2])
{
    return (uint8_t)(hex_value(digits[0]) * 16 + hex_value(digits[1]));
}

bool codec_hex_decode(uint8_t *out, size_t len, h2o_iovec_t text)
{
    if (text.len % 2 != 0 || text.len / 2 != len)
        return false;
    for (size_t i = 0; i < text.len; ++i)
        if (hex_value(text.base[i]) < 0)
            return false;
    for (size_t i = 0; i < len; ++i)
        out[i] = hex_byte(text.base + 2 * i);
    return true;
}

/* --- form encoding ----------------------------------------------------------------------------------------------- */

static bool is_escape(h2o_iovec_t text)
{
    return text.len >= 3 && text.base[0] == '%' && hex_value(text.base[1]) >= 0 && hex_value(text.base[2]) >= 0;
}

/* Decodes into `out`, which has room for text.len bytes. */
static bool unescape(h2o_iovec_t text, h2o_iovec_t *out)
{
    while (text.len > 0) {
        char c = text.base[0];
        size_t used = 1;
        if (c == '%') {
            if (!is_escape(text))
                return false;
            c = (char)hex_byte(text.base + 1);
            used = 3;
        } else if (c == '+') {
            c = ' ';
        }
        out->base[out->len++] = c;
        text = slice_from(text, used);
    }
    return true;
}

/* A copy that nobody is given may be of a secret: it is wiped. */
bool codec_form_decode(h2o_mem_pool_t *pool, h2o_iovec_t text, h2o_iovec_t *out)
{
    h2o_iovec_t decoded = text;
    bool good = true;
    if (slice_find(text, '%') != SIZE_MAX || slice_find(text, '+') != SIZE_MAX) {
        decoded = (h2o_iovec_t){h2o_mem_alloc_pool(pool, text.len), 0};
        good = unescape(text, &decoded);
    }
    if (good && slice_find(decoded, '\0') == SIZE_MAX && slice_is_utf8(decoded)) {
        *out = decoded;
        return true;
    }
    if (decoded.base != text.base)
        secret_wipe(decoded.base, decoded.len);
    return false;
}

/* --- base62 and the checksum ------------------------------------------------------------------------------------- */

static const char base62_digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

void codec_base62_encode(char *out, size_t width, uint64_t value)
{
    for (size_t i = width; i > 0; --i) {
        out[i - 1] = base62_digits[value % 62];
        value /= 62;
    }
    assert(value == 0);
}

/* -1 for what is no digit. */
static int base62_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 36;
    return -1;
}

bool codec_base62_decode(uint64_t *out, h2o_iovec_t text)
{
    uint64_t value = 0;
    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; ++i) {
        int digit = base62_value(text.base[i]);
        if (digit < 0 || __builtin_mul_overflow(value, UINT64_C(62), &value))
            return false;
        if (__builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *out = value;
    return true;
}

uint32_t codec_crc32(h2o_iovec_t bytes)
{
    return (uint32_t)crc32_z(0, (const uint8_t *)bytes.base, bytes.len);
}
