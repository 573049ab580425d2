/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_lexeme.h"

#include <assert.h>

#define HEX_DIGITS           4     /* of a \u escape */
#define UNICODE_ESCAPE_BYTES 6     /* \uXXXX */
#define EXPONENT_MAX         10000 /* far above what any acceptable number needs; keeps the sums small */

#define TEXT_OF(number)          #number
#define DIGITS_MAX_WHAT(max)     "a number may have at most " TEXT_OF(max) " digits when it is written without an exponent"
#define NUMBER_HAS_TOO_MANY_WHAT DIGITS_MAX_WHAT(LIMIT_JSON_NUMBER_DIGITS_MAX)

static bool refuse(struct json_cursor *cursor, const char *at, const char *what)
{
    cursor->at = at;
    cursor->what = what;
    return false;
}

/* --- strings --- */

enum byte_class { PLAIN, QUOTE, BACKSLASH, CONTROL, BEYOND_ASCII };

static const uint8_t classes[256] = {
    [0x00 ... 0x1f] = CONTROL, ['"'] = QUOTE, ['\\'] = BACKSLASH, [0x80 ... 0xff] = BEYOND_ASCII};

/* What a letter behind a backslash stands for; \u is apart. */
static const char escapes[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the \uXXXX at `at`, or -1 when none stands there. */
static int32_t code_unit(const char *at, const char *end)
{
    if (end - at < UNICODE_ESCAPE_BYTES || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (size_t i = 0; i < HEX_DIGITS; ++i) {
        int digit = hex_value(at[2 + i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high_surrogate(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool scan_unicode_escape(struct json_cursor *cursor)
{
    int32_t unit = code_unit(cursor->at, cursor->end);
    if (unit < 0)
        return refuse(cursor, cursor->at, "a \\u escape needs four hexadecimal digits");
    if (unit == 0)
        return refuse(cursor, cursor->at, "U+0000 is not accepted in a string");
    if (is_low_surrogate(unit))
        return refuse(cursor, cursor->at, "a surrogate stands alone");
    if (is_high_surrogate(unit)) {
        if (!is_low_surrogate(code_unit(cursor->at + UNICODE_ESCAPE_BYTES, cursor->end)))
            return refuse(cursor, cursor->at, "a surrogate stands alone");
        cursor->at += UNICODE_ESCAPE_BYTES;
    }
    cursor->at += UNICODE_ESCAPE_BYTES;
    return true;
}

static bool scan_escape(struct json_cursor *cursor)
{
    if (cursor->end - cursor->at < 2)
        return refuse(cursor, cursor->end, "a string is not closed");
    char letter = cursor->at[1];
    if (letter == 'u')
        return scan_unicode_escape(cursor);
    if (escapes[(uint8_t)letter] == '\0')
        return refuse(cursor, cursor->at, "a string has an escape that JSON does not know");
    cursor->at += 2;
    return true;
}

static bool scan_beyond_ascii(struct json_cursor *cursor)
{
    size_t len = slice_utf8_length((h2o_iovec_t){(char *)cursor->at, (size_t)(cursor->end - cursor->at)});
    if (len == 0)
        return refuse(cursor, cursor->at, "a string is not well-formed UTF-8");
    cursor->at += len;
    return true;
}

static const char *skip_plain(const char *at, const char *end)
{
    while (at != end && classes[(uint8_t)*at] == PLAIN)
        ++at;
    return at;
}

bool json_lexeme_string(struct json_cursor *cursor, bool *escaped_out)
{
    bool escaped = false;
    assert(*cursor->at == '"');
    ++cursor->at;
    for (;;) {
        cursor->at = skip_plain(cursor->at, cursor->end);
        if (cursor->at == cursor->end)
            return refuse(cursor, cursor->end, "a string is not closed");
        switch ((enum byte_class)classes[(uint8_t)*cursor->at]) {
        case QUOTE:
            ++cursor->at;
            *escaped_out = escaped;
            return true;
        case BACKSLASH:
            escaped = true;
            if (!scan_escape(cursor))
                return false;
            break;
        case BEYOND_ASCII:
            if (!scan_beyond_ascii(cursor))
                return false;
            break;
        case CONTROL:
            return refuse(cursor, cursor->at, "a control character in a string has to be escaped");
        case PLAIN: /* skipped above */
            break;
        }
    }
}

static char *put_utf8(char *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
        return out;
    }
    if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (point & 0x3f));
    return out;
}

static char *decode_unicode_escape(char *out, const char **at, const char *end)
{
    int32_t unit = code_unit(*at, end);
    *at += UNICODE_ESCAPE_BYTES;
    if (!is_high_surrogate(unit))
        return put_utf8(out, (uint32_t)unit);
    int32_t low = code_unit(*at, end);
    *at += UNICODE_ESCAPE_BYTES;
    return put_utf8(out, 0x10000 + ((uint32_t)(unit - 0xd800) << 10 | (uint32_t)(low - 0xdc00)));
}

h2o_iovec_t json_lexeme_decode(h2o_mem_pool_t *pool, h2o_iovec_t inside)
{
    char *base = h2o_mem_alloc_pool(pool, inside.len); /* no escape is shorter than what it stands for */
    char *out = base;
    const char *end = inside.base + inside.len;
    for (const char *at = inside.base; at != end;) {
        if (*at != '\\') {
            *out++ = *at++;
        } else if (at[1] == 'u') {
            out = decode_unicode_escape(out, &at, end);
        } else {
            *out++ = escapes[(uint8_t)at[1]];
            at += 2;
        }
    }
    return (h2o_iovec_t){base, (size_t)(out - base)};
}

/* --- numbers --- */

struct number {
    const char *digits; /* the whole part, then (behind the point) the fraction */
    int64_t whole_len, fraction_len;
    int64_t exponent;
};

static const char *skip_digits(const char *at, const char *end)
{
    while (at != end && *at >= '0' && *at <= '9')
        ++at;
    return at;
}

/* One digit or more from `at` on; counts them. */
static bool scan_digits(struct json_cursor *cursor, int64_t *count_out)
{
    const char *end = skip_digits(cursor->at, cursor->end);
    if (end == cursor->at)
        return refuse(cursor, end, "a digit is missing in a number");
    *count_out = end - cursor->at;
    cursor->at = end;
    return true;
}

static bool next_is(const struct json_cursor *cursor, char c)
{
    return cursor->at != cursor->end && *cursor->at == c;
}

static bool scan_exponent(struct json_cursor *cursor, int64_t *exponent_out)
{
    bool negative = next_is(cursor, '-');
    if (negative || next_is(cursor, '+'))
        ++cursor->at;
    const char *digit = cursor->at;
    int64_t count;
    if (!scan_digits(cursor, &count))
        return false;
    int64_t exponent = 0;
    for (; digit != cursor->at && exponent < EXPONENT_MAX; ++digit)
        exponent = exponent * 10 + (*digit - '0');
    *exponent_out = negative ? -exponent : exponent;
    return true;
}

static bool scan_parts(struct json_cursor *cursor, struct number *number)
{
    if (next_is(cursor, '-'))
        ++cursor->at;
    number->digits = cursor->at;
    if (!scan_digits(cursor, &number->whole_len))
        return false;
    if (number->digits[0] == '0' && number->whole_len > 1)
        return refuse(cursor, number->digits, "a number may not begin with a zero and another digit");
    if (next_is(cursor, '.')) {
        ++cursor->at;
        if (!scan_digits(cursor, &number->fraction_len))
            return false;
    }
    if (next_is(cursor, 'e') || next_is(cursor, 'E')) {
        ++cursor->at;
        return scan_exponent(cursor, &number->exponent);
    }
    return true;
}

static int64_t leading_zeros(const struct number *number)
{
    if (number->digits[0] != '0')
        return 0;
    int64_t zeros = 0;
    const char *fraction = number->digits + 2; /* behind "0." */
    while (zeros < number->fraction_len && fraction[zeros] == '0')
        ++zeros;
    return 1 + zeros;
}

/* The digits of the number when it is written without exponent, its scale kept: 1e3 has four, 0.10e-1 (0.010) four. */
static int64_t plain_digits(const struct number *number)
{
    int64_t zeros = leading_zeros(number);
    bool is_zero = zeros == number->whole_len + number->fraction_len;
    int64_t whole = is_zero ? 1 : number->whole_len + number->exponent - zeros;
    int64_t scale = number->fraction_len - number->exponent;
    return (whole > 1 ? whole : 1) + (scale > 0 ? scale : 0);
}

bool json_lexeme_number(struct json_cursor *cursor)
{
    const char *start = cursor->at;
    struct number number = {NULL, 0, 0, 0};
    if (!scan_parts(cursor, &number))
        return false;
    if (number.exponent >= EXPONENT_MAX || plain_digits(&number) > LIMIT_JSON_NUMBER_DIGITS_MAX)
        return refuse(cursor, start, NUMBER_HAS_TOO_MANY_WHAT);
    return true;
}
