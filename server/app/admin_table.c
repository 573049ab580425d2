/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin_table.h"

#include "app/admin_rows.h"

static const struct admin_rows *const groups[] = {&admin_rows_accounts, &admin_rows_keys, &admin_rows_operation};

const struct admin_row *admin_table_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); ++i) {
        for (const struct admin_row *row = groups[i]->rows; row < groups[i]->rows + groups[i]->count; ++row) {
            if (strcmp(row->noun, noun) == 0 && strcmp(row->verb, verb) == 0)
                return row;
        }
    }
    return NULL;
}
