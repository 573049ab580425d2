/* SPDX-License-Identifier: Apache-2.0 */
/* Which statement stands behind which administrative command, and where its parameters come from. */
#ifndef HALLMARK_APP_ADMIN_TABLE_H
#define HALLMARK_APP_ADMIN_TABLE_H

#include "app/admin.h"

const struct admin_row *admin_table_find(const char *noun, const char *verb); /* NULL: none */

#endif
