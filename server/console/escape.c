/* SPDX-License-Identifier: Apache-2.0 */
#include "console/escape.h"

#include <assert.h>

#define REPLACEMENT SLICE("\xef\xbf\xbd") /* U+FFFD */

static const struct {
    char c;
    h2o_iovec_t written;
} entities[] = {
    {'&', SLICE("&amp;")}, {'<', SLICE("&lt;")},   {'>', SLICE("&gt;")},
    {'"', SLICE("&#34;")}, {'\'', SLICE("&#39;")}, {'`', SLICE("&#96;")}, /* old browsers took ` for a quote */
};

/* C0 but for tab and line feed, DEL, C1, and what would turn the direction of the text around it. */
static bool is_control(h2o_iovec_t s, size_t length)
{
    const uint8_t *at = (const uint8_t *)s.base;
    if (length == 1)
        return (at[0] < 0x20 && at[0] != '\t' && at[0] != '\n') || at[0] == 0x7f;
    if (length == 2)
        return at[0] == 0xc2 && at[1] < 0xa0;
    return length == 3 && at[0] == 0xe2 &&
           ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
}

static void add_ascii(struct text *out, char c)
{
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); ++i)
        if (entities[i].c == c) {
            text_add(out, entities[i].written);
            return;
        }
    text_add_char(out, c);
}

/* Text and attributes are escaped alike: what is safe in the one is safe in the other, should a template be wrong. */
static void add_html(struct text *out, h2o_iovec_t value)
{
    while (value.len > 0) {
        size_t length = slice_utf8_length(value);
        if (length == 0 || is_control(value, length))
            text_add(out, REPLACEMENT);
        else if (length == 1)
            add_ascii(out, value.base[0]);
        else
            text_add(out, (h2o_iovec_t){value.base, length});
        value = slice_from(value, length == 0 ? 1 : length);
    }
}

/* A line end would begin a line that we did not write. */
static void add_plain(struct text *out, h2o_iovec_t value)
{
    while (value.len > 0) {
        size_t length = slice_utf8_length(value);
        if (length == 0 || is_control(value, length) || value.base[0] == '\n')
            text_add(out, REPLACEMENT);
        else
            text_add(out, (h2o_iovec_t){value.base, length});
        value = slice_from(value, length == 0 ? 1 : length);
    }
}

bool escape_url_is_safe(h2o_iovec_t url)
{
    bool is_path = url.len > 0 && url.base[0] == '/' && (url.len == 1 || url.base[1] != '/');
    if (!is_path && !slice_starts_with(url, SLICE("https://")) && !slice_starts_with(url, SLICE("http://")))
        return false;
    for (size_t i = 0; i < url.len; ++i)
        if ((uint8_t)url.base[i] <= ' ' || url.base[i] == '\\' || url.base[i] == 0x7f)
            return false;
    return slice_is_utf8(url);
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

static void add_part(struct text *out, h2o_iovec_t value)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < value.len; ++i) {
        uint8_t byte = (uint8_t)value.base[i];
        if (is_unreserved(value.base[i])) {
            text_add_char(out, value.base[i]);
            continue;
        }
        text_add_char(out, '%');
        text_add_char(out, digits[byte >> 4]);
        text_add_char(out, digits[byte & 15]);
    }
}

void escape_add(struct text *out, enum escape escape, h2o_iovec_t value)
{
    switch (escape) {
    case ESCAPE_TEXT:
    case ESCAPE_ATTRIBUTE:
        add_html(out, value);
        return;
    case ESCAPE_URL:
        add_html(out, escape_url_is_safe(value) ? value : SLICE("#"));
        return;
    case ESCAPE_PART:
        add_part(out, value);
        return;
    case ESCAPE_PLAIN:
        add_plain(out, value);
        return;
    }
    assert(0 && "an escape");
}
