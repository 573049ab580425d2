/* SPDX-License-Identifier: Apache-2.0 */
/* Results on standard output, as a table for people or as JSON for programs. */
#ifndef HALLMARK_APP_PRINT_H
#define HALLMARK_APP_PRINT_H

#include "app/command.h"
#include "base/credential.h"
#include "store/db.h"

/* Numbers of accounts, users, applications and templates are printed in their public form, by the name of their column;
 * `id_kind` says what the column "id" is (IDENT__MAX: a number). JSON is always an array of objects. */
void print_result(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind);

/* The same of what has been written as JSON objects already. */
void print_objects(const h2o_iovec_t *objects, size_t count);

/* A table of lines * columns cells, line by line; the names of the columns are its first line. */
void print_cells(h2o_mem_pool_t *pool, const h2o_iovec_t *cells, size_t columns, size_t lines);

#endif
