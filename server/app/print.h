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

#endif
