/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers over h2o_iovec_t, the one string type inside: pointer and length, no NUL, bytes owned by somebody else. */
#ifndef HALLMARK_BASE_SLICE_H
#define HALLMARK_BASE_SLICE_H

#include <h2o/memory.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A slice over a string literal. */
#define SLICE(literal) ((h2o_iovec_t){(char *)"" literal, sizeof(literal) - 1})
#define SLICE_NONE     ((h2o_iovec_t){NULL, 0})

/* printf("%.*s", SLICE_ARGS(s)) */
#define SLICE_ARGS(s) (int)(s).len, (s).base

static inline h2o_iovec_t slice_of(const char *nul_terminated)
{
    return (h2o_iovec_t){(char *)nul_terminated, nul_terminated == NULL ? 0 : strlen(nul_terminated)};
}

/* Not for secrets: the time depends on the bytes (secret_equal does not). */
static inline bool slice_equal(h2o_iovec_t a, h2o_iovec_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.base, b.base, a.len) == 0);
}

static inline bool slice_starts_with(h2o_iovec_t s, h2o_iovec_t prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.base, prefix.base, prefix.len) == 0);
}

/* The bytes of s from offset on; empty when offset is at or behind the end. */
static inline h2o_iovec_t slice_from(h2o_iovec_t s, size_t offset)
{
    size_t skipped = offset < s.len ? offset : s.len;
    return skipped == 0 ? s : (h2o_iovec_t){s.base + skipped, s.len - skipped};
}

/* ASCII letters only are folded. */
bool slice_equal_ignoring_case(h2o_iovec_t a, h2o_iovec_t b);

/* Index of the first `c` in s, or SIZE_MAX. */
size_t slice_find(h2o_iovec_t s, char c);

/* Cuts s at the first `separator`: returns what stands before it and leaves in *s what stands behind it.
 * Without a separator the whole of *s is returned and *s becomes SLICE_NONE (base NULL), so that
 * `while (rest.base != NULL) part = slice_cut(&rest, ',')` visits every part, empty ones too. */
h2o_iovec_t slice_cut(h2o_iovec_t *s, char separator);

/* Without the blanks (space and tab) around it. */
h2o_iovec_t slice_trim(h2o_iovec_t s);

/* A copy in the pool, NUL-terminated behind its length. */
h2o_iovec_t slice_copy(h2o_mem_pool_t *pool, h2o_iovec_t s);

/* printf into the pool; the result is NUL-terminated behind its length. */
h2o_iovec_t slice_format(h2o_mem_pool_t *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A NUL-terminated copy in the pool for library edges; false when s contains a NUL. */
__attribute__((warn_unused_result)) bool slice_cstr(h2o_mem_pool_t *pool, h2o_iovec_t s, const char **out);

/* Decimal digits only, no sign, no blank, no leading zero but "0" itself; false on anything else and on overflow of
 * `max`. *out is untouched on failure. */
__attribute__((warn_unused_result)) bool slice_to_u64(h2o_iovec_t s, uint64_t max, uint64_t *out);

/* Bytes of the well-formed UTF-8 sequence that s begins with (1 to 4), or 0 when it begins with none. */
size_t slice_utf8_length(h2o_iovec_t s);

/* True when s is well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF). */
bool slice_is_utf8(h2o_iovec_t s);

#endif
