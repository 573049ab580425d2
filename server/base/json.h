/* SPDX-License-Identifier: Apache-2.0 */
/* A strict scanner over JSON text. It makes no tree: records travel to the database as the bytes that were sent, so
 * that 0.1 stays 0.1 and 12.30 stays 12.30; what the gateway needs of them it is told member by member. (Small
 * documents of our own, such as claims, are read with jansson instead.) */
#ifndef HALLMARK_BASE_JSON_H
#define HALLMARK_BASE_JSON_H

#include "base/limits.h"
#include "base/slice.h"

enum json_type {
    JSON_TYPE_NULL,
    JSON_TYPE_BOOLEAN,
    JSON_TYPE_NUMBER,
    JSON_TYPE_STRING,
    JSON_TYPE_ARRAY,
    JSON_TYPE_OBJECT
};

/* (jansson has names with json_ and JSON_ too: these collide with none of 2.14; json_string_text is named so for that
 * reason.) */

struct json_member {
    h2o_iovec_t name;  /* decoded, in the pool or in the text */
    h2o_iovec_t value; /* as written, blanks around it removed; strings with their quotes */
    enum json_type type;
};

struct json_object {
    struct json_member *members; /* in the order of the text; in the pool */
    size_t count;
};

struct json_fault {
    h2o_iovec_t where; /* a JSON pointer (RFC 6901) to the place, "" for the whole; in the pool */
    h2o_iovec_t what;  /* one sentence, without a full stop */
    size_t offset;     /* byte in the text */
};

/* Checks the whole text as RFC 8259, strictly: UTF-8, no byte order mark, no U+0000 in any spelling, no lone surrogate,
 * no duplicate member in any object (compared after decoding), depth at most LIMIT_JSON_DEPTH_MAX, nothing behind the
 * value, and no number that would need more than LIMIT_JSON_NUMBER_DIGITS_MAX digits when written without exponent
 * (1e39 has 40, 1e-40 too many; 0e9999 is 0, but an exponent of 10,000 or more is refused whatever stands before it).
 * The top value has to be an object; its members are listed. Time is linear in the text (n log n for the duplicates).
 * On false, *fault says what and where. */
__attribute__((warn_unused_result)) bool json_scan_object(h2o_mem_pool_t *pool, h2o_iovec_t text,
                                                          struct json_object *out, struct json_fault *fault);

/* The same checks, members listed, for a value that json_scan_object has already accepted (a member's value, as
 * written). */
__attribute__((warn_unused_result)) bool json_scan_nested(h2o_mem_pool_t *pool, h2o_iovec_t object_text,
                                                          struct json_object *out);

/* The elements of an accepted array, as written. */
__attribute__((warn_unused_result)) bool json_scan_array(h2o_mem_pool_t *pool, h2o_iovec_t array_text,
                                                         h2o_iovec_t **items, size_t *count);

const struct json_member *json_find(const struct json_object *object, h2o_iovec_t name);

/* The decoded characters of an accepted string value; in the pool when it had escapes. */
h2o_iovec_t json_string_text(h2o_mem_pool_t *pool, h2o_iovec_t string_text);

enum json_type json_type_of(h2o_iovec_t value_text);

#endif
