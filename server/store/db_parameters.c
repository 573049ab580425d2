/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_parameters.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

enum { FORMAT_TEXT, FORMAT_BINARY };

static void add(struct db_parameters *parameters, h2o_iovec_t value, int format)
{
    assert(parameters->count < LIMIT_DB_PARAMETERS_MAX);
    assert(value.len <= INT_MAX);
    int place = parameters->count++;
    parameters->values[place] = value.base;
    parameters->lengths[place] = (int)value.len;
    parameters->formats[place] = format;
}

void db_add_text(struct db_parameters *parameters, h2o_iovec_t text)
{
    /* libpq ends a value in text format at its first NUL, so that a longer name would become a shorter one. In binary
     * format the whole goes to the database, which refuses a NUL. */
    bool has_nul = text.len != 0 && memchr(text.base, '\0', text.len) != NULL;
    add(parameters, text, has_nul ? FORMAT_BINARY : FORMAT_TEXT);
}

void db_add_bytes(struct db_parameters *parameters, h2o_iovec_t bytes)
{
    add(parameters, bytes, FORMAT_BINARY);
}

void db_add_i64(struct db_parameters *parameters, int64_t value)
{
    assert(parameters->count < LIMIT_DB_PARAMETERS_MAX);
    char *digits = parameters->numbers[parameters->count];
    int len = snprintf(digits, sizeof(parameters->numbers[0]), "%" PRId64, value);
    add(parameters, (h2o_iovec_t){digits, (size_t)len}, FORMAT_TEXT);
}

void db_add_bool(struct db_parameters *parameters, bool value)
{
    add(parameters, value ? SLICE("t") : SLICE("f"), FORMAT_TEXT);
}

void db_add_null(struct db_parameters *parameters)
{
    add(parameters, SLICE_NONE, FORMAT_TEXT);
}

struct db_parameters_copy *db_parameters_copy(const struct db_parameters *parameters)
{
    size_t bytes = 0;
    for (int i = 0; i < parameters->count; ++i)
        bytes += (size_t)parameters->lengths[i] + 1;
    struct db_parameters_copy *copy = h2o_mem_alloc(sizeof(*copy) + bytes);
    copy->count = parameters->count;
    char *end = copy->bytes;
    for (int i = 0; i < parameters->count; ++i) {
        copy->lengths[i] = parameters->lengths[i];
        copy->formats[i] = parameters->formats[i];
        copy->values[i] = NULL;
        if (parameters->values[i] == NULL)
            continue;
        copy->values[i] = memcpy(end, parameters->values[i], (size_t)parameters->lengths[i]);
        end += parameters->lengths[i];
        *end++ = '\0';
    }
    return copy;
}
