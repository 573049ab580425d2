/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define TEXT_CAPACITY_MIN 64
#define TEXT_U64_DIGITS   20

void text_start(struct text *text, h2o_mem_pool_t *pool, size_t capacity)
{
    if (capacity < TEXT_CAPACITY_MIN)
        capacity = TEXT_CAPACITY_MIN;
    *text = (struct text){pool, h2o_mem_alloc_pool(pool, capacity), 0, capacity};
}

static void grow(struct text *text, size_t more)
{
    size_t needed;
    bool overflow = __builtin_add_overflow(text->len, more, &needed);
    assert(!overflow);
    assert(needed <= SIZE_MAX / 2);
    size_t capacity = text->capacity * 2 > needed ? text->capacity * 2 : needed;
    char *base = h2o_mem_alloc_pool(text->pool, capacity);
    memcpy(base, text->base, text->len);
    text->base = base;
    text->capacity = capacity;
}

/* Where the next `more` bytes go. */
static inline char *reserve(struct text *text, size_t more)
{
    if (text->capacity - text->len < more)
        grow(text, more);
    return text->base + text->len;
}

void text_add(struct text *text, h2o_iovec_t bytes)
{
    if (bytes.len == 0)
        return;
    memcpy(reserve(text, bytes.len), bytes.base, bytes.len);
    text->len += bytes.len;
}

void text_add_char(struct text *text, char c)
{
    *reserve(text, 1) = c;
    ++text->len;
}

void text_add_u64(struct text *text, uint64_t value)
{
    char digits[TEXT_U64_DIGITS];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    text_add(text, (h2o_iovec_t){digits + at, sizeof(digits) - at});
}

void text_add_i64(struct text *text, int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (value < 0) {
        text_add_char(text, '-');
        magnitude = 0 - magnitude; /* also right for INT64_MIN, which has no positive counterpart */
    }
    text_add_u64(text, magnitude);
}

void text_add_format(struct text *text, const char *format, ...)
{
    va_list args;
    size_t room = text->capacity - text->len;
    va_start(args, format);
    int len = vsnprintf(text->base + text->len, room, format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len >= room) {
        char *at = reserve(text, (size_t)len + 1);
        va_start(args, format);
        vsnprintf(at, (size_t)len + 1, format, args);
        va_end(args);
    }
    text->len += (size_t)len;
}

/* Bytes that stand for themselves in a JSON string: printable ASCII without the quote and the backslash. */
static const bool json_plain[256] = {[0x20 ... 0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7e] = true};

static size_t json_plain_length(h2o_iovec_t s)
{
    size_t len = 0;
    while (len < s.len && json_plain[(uint8_t)s.base[len]])
        ++len;
    return len;
}

static const char json_short_escapes[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

static void add_json_escaped(struct text *text, uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    char short_escape = '\0';
    if (c < sizeof(json_short_escapes))
        short_escape = json_short_escapes[c];
    if (c == '"' || c == '\\')
        short_escape = (char)c;
    if (short_escape != '\0')
        text_add(text, (h2o_iovec_t){(char[]){'\\', short_escape}, 2});
    else
        text_add(text, (h2o_iovec_t){(char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6});
}

/* U+0080 to U+009F: control characters that some terminals obey. */
static bool is_c1_control(h2o_iovec_t s, size_t len)
{
    return len == 2 && (uint8_t)s.base[0] == 0xc2 && (uint8_t)s.base[1] < 0xa0;
}

/* Adds the one character that s begins with; returns its bytes. */
static size_t add_json_character(struct text *text, h2o_iovec_t s)
{
    size_t len = slice_utf8_length(s);
    if (len == 0) {
        text_add(text, SLICE("\xef\xbf\xbd"));
        return 1;
    }
    if (len == 1)
        add_json_escaped(text, (uint8_t)s.base[0]);
    else if (is_c1_control(s, len))
        add_json_escaped(text, (uint8_t)s.base[1]); /* the second byte is the code point */
    else
        text_add(text, (h2o_iovec_t){s.base, len});
    return len;
}

void text_add_json_string(struct text *text, h2o_iovec_t s)
{
    reserve(text, s.len + 2);
    text_add_char(text, '"');
    while (s.len > 0) {
        size_t plain = json_plain_length(s);
        text_add(text, (h2o_iovec_t){s.base, plain});
        s = slice_from(s, plain);
        if (s.len > 0)
            s = slice_from(s, add_json_character(text, s));
    }
    text_add_char(text, '"');
}

void text_add_member(struct text *text, h2o_iovec_t name)
{
    char *at = reserve(text, name.len + 4);
    if (text->len > 0 && at[-1] != '{' && at[-1] != '[')
        *at++ = ',';
    *at++ = '"';
    at = (char *)memcpy(at, name.base, name.len) + name.len;
    *at++ = '"';
    *at++ = ':';
    text->len = (size_t)(at - text->base);
}

void text_add_string_member(struct text *text, h2o_iovec_t name, h2o_iovec_t value)
{
    if (value.base == NULL)
        return;
    text_add_member(text, name);
    text_add_json_string(text, value);
}

void text_add_u64_member(struct text *text, h2o_iovec_t name, uint64_t value)
{
    text_add_member(text, name);
    text_add_u64(text, value);
}

/* --- time -------------------------------------------------------------------------------------------------------- */

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY    (86400 * US_PER_SECOND)
#define US_YEAR_0     (INT64_C(-62167219200) * US_PER_SECOND) /* 0000-01-01T00:00:00Z */
#define US_YEAR_10000 (INT64_C(253402300800) * US_PER_SECOND) /* 10000-01-01T00:00:00Z */

/* Days are counted from 1 March of the year -400: years that begin in March have their leap day last, so that it moves
 * no month, and no date that we write is before it. */
#define DAYS_TO_1970       865565
#define DAYS_PER_400_YEARS 146097u
#define DAYS_PER_CENTURY   36524u
#define DAYS_PER_4_YEARS   1461u

static const unsigned days_before_month[] = {0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337}; /* from March on */

struct date {
    unsigned year, month, day;
};

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* gmtime_r would do, but takes a lock that all threads share. */
static struct date date_of_day(unsigned day)
{
    unsigned rest = day % DAYS_PER_400_YEARS;
    unsigned century = least(rest / DAYS_PER_CENTURY, 3); /* the fourth has a day more */
    rest -= century * DAYS_PER_CENTURY;
    unsigned leap_cycle = rest / DAYS_PER_4_YEARS;
    rest -= leap_cycle * DAYS_PER_4_YEARS;
    unsigned year = least(rest / 365, 3); /* the fourth has a day more */
    rest -= year * 365;
    unsigned month = 11;
    while (days_before_month[month] > rest)
        --month;
    year += day / DAYS_PER_400_YEARS * 400 + century * 100 + leap_cycle * 4 - 400;
    rest -= days_before_month[month];
    return month < 10 ? (struct date){year, month + 3, rest + 1} : (struct date){year + 1, month - 9, rest + 1};
}

static void put_digits(char *at, size_t width, unsigned value)
{
    while (width > 0) {
        at[--width] = (char)('0' + value % 10);
        value /= 10;
    }
}

void text_add_time(struct text *text, int64_t unix_us)
{
    char out[] = "yyyy-mm-ddThh:mm:ss.000000Z";
    int64_t us = unix_us < US_YEAR_0 ? US_YEAR_0 : unix_us >= US_YEAR_10000 ? US_YEAR_10000 - 1 : unix_us;
    int64_t since_start = us + DAYS_TO_1970 * US_PER_DAY;
    struct date date = date_of_day((unsigned)(since_start / US_PER_DAY));
    unsigned second = (unsigned)(since_start % US_PER_DAY / US_PER_SECOND);
    put_digits(out, 4, date.year);
    put_digits(out + 5, 2, date.month);
    put_digits(out + 8, 2, date.day);
    put_digits(out + 11, 2, second / 3600);
    put_digits(out + 14, 2, second / 60 % 60);
    put_digits(out + 17, 2, second % 60);
    put_digits(out + 20, 6, (unsigned)(since_start % US_PER_SECOND));
    text_add(text, (h2o_iovec_t){out, sizeof(out) - 1});
}

h2o_iovec_t text_braced_words(h2o_mem_pool_t *pool, const h2o_iovec_t *words, size_t count)
{
    struct text text;
    text_start(&text, pool, 256);
    text_add_char(&text, '{');
    for (size_t i = 0; i < count; ++i) {
        text_add(&text, i == 0 ? SLICE("\"") : SLICE(",\""));
        text_add(&text, words[i]);
        text_add_char(&text, '"');
    }
    text_add_char(&text, '}');
    return text_slice(&text);
}
