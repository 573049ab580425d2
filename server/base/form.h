/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded bodies and query strings, read once into typed values (RFC 6749 sections 3.1, 3.2).
 */
#ifndef HALLMARK_BASE_FORM_H
#define HALLMARK_BASE_FORM_H

#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

struct form_field {
    h2o_iovec_t name, value; /* decoded; in the pool or in the body */
};

struct form {
    struct form_field fields[LIMIT_FORM_FIELDS_MAX];
    size_t count;
    h2o_iovec_t wrong; /* on failure: the name of the field that was wrong, or what was wrong */
};

/* Splits and decodes. A name that comes twice is refused unless it is listed in `repeatable` (NULL-terminated, may be
 * NULL). Fields with an empty value are left out (empty means absent). ERR_INVALID_REQUEST on duplicates, bad escapes,
 * bad UTF-8, NUL, or more than LIMIT_FORM_FIELDS_MAX fields; form->wrong says which. */
__attribute__((warn_unused_result)) enum err form_parse(h2o_mem_pool_t *pool, h2o_iovec_t body,
                                                        const char *const *repeatable, struct form *form);

/* The value, or SLICE_NONE when absent. */
h2o_iovec_t form_get(const struct form *form, h2o_iovec_t name);

#endif
