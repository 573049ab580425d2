/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_result.h"

#include <assert.h>

/* Object ids of PostgreSQL's own types, fixed in its catalogue (pg_type.dat). */
static const struct {
    Oid type;
    enum db_kind kind;
} kinds[] = {
    {16, DB_KIND_BOOLEAN},  {20, DB_KIND_NUMBER}, {21, DB_KIND_NUMBER}, {23, DB_KIND_NUMBER},
    {1700, DB_KIND_NUMBER}, {114, DB_KIND_JSON},  {3802, DB_KIND_JSON}, {1184, DB_KIND_MOMENT},
};

enum db_kind db_result_kind(const struct db_result *result, size_t column)
{
    assert(column < db_result_columns(result));
    Oid type = PQftype(result->rows, (int)column);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); ++i) {
        if (kinds[i].type == type)
            return kinds[i].kind;
    }
    return DB_KIND_TEXT;
}
