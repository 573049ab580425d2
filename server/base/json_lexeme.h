/* SPDX-License-Identifier: Apache-2.0 */
/* The strings and numbers of JSON, for json.c alone. */
#ifndef HALLMARK_BASE_JSON_LEXEME_H
#define HALLMARK_BASE_JSON_LEXEME_H

#include "base/limits.h"
#include "base/slice.h"

struct json_cursor {
    const char *at, *end;
    const char *what; /* after a refusal: one sentence; `at` stands at the fault then */
};

/* A string. `at` stands on its opening quote, afterwards behind its closing one. */
__attribute__((warn_unused_result)) bool json_lexeme_string(struct json_cursor *cursor, bool *escaped_out);

/* A number. `at` stands on its first character, afterwards behind its last one. */
__attribute__((warn_unused_result)) bool json_lexeme_number(struct json_cursor *cursor);

/* The characters of an accepted string with escapes, given without its quotes; in the pool. */
h2o_iovec_t json_lexeme_decode(h2o_mem_pool_t *pool, h2o_iovec_t inside);

#endif
