/* SPDX-License-Identifier: Apache-2.0 */
/* The few commands that are asked in another way over HTTP than beside the database, and those that cannot be asked
 * there at all. All others go by their row beside the database: the management API runs the same statement. */
#ifndef HALLMARK_APP_REMOTE_TABLE_H
#define HALLMARK_APP_REMOTE_TABLE_H

#include "app/admin.h"

/* The row that stands for the command over HTTP; NULL: there is none. */
const struct admin_row *remote_table_find(const char *noun, const char *verb);

/* Why a command works beside the database alone: the end of a sentence, a literal; NULL: nothing is said. */
const char *remote_table_beside(const char *noun, const char *verb);

#endif
