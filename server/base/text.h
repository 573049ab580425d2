/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows in a pool: how answers, claims and log lines are written without a tree of objects in between. */
#ifndef HALLMARK_BASE_TEXT_H
#define HALLMARK_BASE_TEXT_H

#include "base/slice.h"

struct text {
    h2o_mem_pool_t *pool; /* borrowed; the bytes live as long as it does */
    char *base;
    size_t len, capacity;
};

/* Starts an empty text with room for `capacity` bytes. Growing doubles and copies; old blocks stay in the pool. */
void text_start(struct text *text, h2o_mem_pool_t *pool, size_t capacity);

void text_add(struct text *text, h2o_iovec_t bytes);
void text_add_char(struct text *text, char c);
void text_add_u64(struct text *text, uint64_t value);
void text_add_i64(struct text *text, int64_t value);
void text_add_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds s as a JSON string, quotes included. Invalid UTF-8 is replaced by U+FFFD, control characters (C1 too) are
 * escaped;
 * '<', '>' and '&' stay as they are (answers are never HTML). */
void text_add_json_string(struct text *text, h2o_iovec_t s);

/* Adds `"name":` preceded by a comma unless the text is empty or ends with '{' or '['. `name` is a literal without
 * anything to escape. */
void text_add_member(struct text *text, h2o_iovec_t name);

/* member + string, member + number; nothing at all is added when `value.base` is NULL. */
void text_add_string_member(struct text *text, h2o_iovec_t name, h2o_iovec_t value);
void text_add_u64_member(struct text *text, h2o_iovec_t name, uint64_t value);

/* Adds microseconds since 1970 as RFC 3339 in UTC with six decimals: 2026-11-21T22:16:09.000123Z (no quotes).
 * What is outside the years 0 to 9999 becomes their first or last microsecond, since the format has four digits for a
 * year. */
void text_add_time(struct text *text, int64_t unix_us);

/* {"a","b"} of words that have neither quotes nor backslashes, such as scope-tokens; in the pool. */
h2o_iovec_t text_braced_words(h2o_mem_pool_t *pool, const h2o_iovec_t *words, size_t count);

static inline h2o_iovec_t text_slice(const struct text *text)
{
    return (h2o_iovec_t){text->base, text->len};
}

#endif
