/* SPDX-License-Identifier: Apache-2.0 */
#include "base/slice.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static char fold_ascii(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c;
}

bool slice_equal_ignoring_case(h2o_iovec_t a, h2o_iovec_t b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; ++i)
        if (fold_ascii(a.base[i]) != fold_ascii(b.base[i]))
            return false;
    return true;
}

size_t slice_find(h2o_iovec_t s, char c)
{
    if (s.len == 0)
        return SIZE_MAX;
    const char *found = memchr(s.base, c, s.len);
    return found == NULL ? SIZE_MAX : (size_t)(found - s.base);
}

h2o_iovec_t slice_cut(h2o_iovec_t *s, char separator)
{
    h2o_iovec_t whole = *s;
    size_t at = slice_find(whole, separator);
    if (at == SIZE_MAX) {
        *s = SLICE_NONE;
        return whole;
    }
    *s = slice_from(whole, at + 1);
    return (h2o_iovec_t){whole.base, at};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

h2o_iovec_t slice_trim(h2o_iovec_t s)
{
    while (s.len > 0 && is_blank(s.base[s.len - 1]))
        --s.len;
    size_t blanks = 0;
    while (blanks < s.len && is_blank(s.base[blanks]))
        ++blanks;
    return slice_from(s, blanks);
}

h2o_iovec_t slice_copy(h2o_mem_pool_t *pool, h2o_iovec_t s)
{
    char *copy = h2o_mem_alloc_pool(pool, s.len + 1);
    if (s.len > 0)
        memcpy(copy, s.base, s.len);
    copy[s.len] = '\0';
    return (h2o_iovec_t){copy, s.len};
}

h2o_iovec_t slice_format(h2o_mem_pool_t *pool, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    char *out = h2o_mem_alloc_pool(pool, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(out, (size_t)len + 1, format, args);
    va_end(args);
    return (h2o_iovec_t){out, (size_t)len};
}

bool slice_cstr(h2o_mem_pool_t *pool, h2o_iovec_t s, const char **out)
{
    if (slice_find(s, '\0') != SIZE_MAX)
        return false;
    *out = slice_copy(pool, s).base;
    return true;
}

bool slice_to_u64(h2o_iovec_t s, uint64_t max, uint64_t *out)
{
    if (s.len == 0 || (s.len > 1 && s.base[0] == '0'))
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < s.len; ++i) {
        if (s.base[i] < '0' || s.base[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, UINT64_C(10), &value))
            return false;
        if (__builtin_add_overflow(value, (uint64_t)(s.base[i] - '0'), &value))
            return false;
    }
    if (value > max)
        return false;
    *out = value;
    return true;
}

/* The well-formed sequences of more than one byte, by their first byte. The second byte has a range of its own, which
 * is what rules out overlong forms, surrogates and everything above U+10FFFF; the bytes behind it are 80..BF. */
static const struct {
    uint8_t first_min, first_max, second_min, second_max, len;
} utf8_rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool are_continuations(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; ++i)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t slice_utf8_length(h2o_iovec_t s)
{
    const uint8_t *bytes = (const uint8_t *)s.base;
    if (s.len == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(utf8_rows[0]); ++i) {
        if (bytes[0] < utf8_rows[i].first_min || bytes[0] > utf8_rows[i].first_max)
            continue;
        if (s.len < utf8_rows[i].len || bytes[1] < utf8_rows[i].second_min || bytes[1] > utf8_rows[i].second_max)
            return 0;
        return are_continuations(bytes + 2, utf8_rows[i].len - 2u) ? utf8_rows[i].len : 0;
    }
    return 0;
}

/* Most text is ASCII: eight bytes at a time. */
static size_t ascii_words(h2o_iovec_t s)
{
    uint64_t word;
    size_t at = 0;
    while (s.len - at >= sizeof(word)) {
        memcpy(&word, s.base + at, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
        at += sizeof(word);
    }
    return at;
}

bool slice_is_utf8(h2o_iovec_t s)
{
    while (s.len > 0) {
        s = slice_from(s, ascii_words(s));
        if (s.len == 0)
            return true;
        size_t len = slice_utf8_length(s);
        if (len == 0)
            return false;
        s = slice_from(s, len);
    }
    return true;
}
