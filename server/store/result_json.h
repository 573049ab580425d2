/* SPDX-License-Identifier: Apache-2.0 */
/* What a statement of administration answers, for people and programs: columns are members, ids are written as acc_...
 * and the like, moments as RFC 3339 has them. The column "place" (where a page ended) is nobody's business. */
#ifndef HALLMARK_STORE_RESULT_JSON_H
#define HALLMARK_STORE_RESULT_JSON_H

#include "base/credential.h"
#include "base/text.h"
#include "store/db.h"

bool result_json_has(const struct db_result *result, size_t column);

/* What a column of this name holds; IDENT__MAX: no id. */
enum ident_kind result_json_ident(h2o_iovec_t column, enum ident_kind id_kind);

/* A value as it is shown, in the result or in the pool; SLICE_NONE for NULL. `id_kind`: what the column "id" is;
 * IDENT__MAX: a plain number. */
h2o_iovec_t result_json_value(h2o_mem_pool_t *pool, const struct db_result *result, size_t row, size_t column,
                              enum ident_kind id_kind);

/* Appends a row as an object. */
void result_json_add(struct text *out, const struct db_result *result, size_t row, enum ident_kind id_kind);

/* The column of this name; -1: there is none. */
int result_json_column(const struct db_result *result, h2o_iovec_t name);

#endif
