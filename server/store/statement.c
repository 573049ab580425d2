/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statement.h"

#include <assert.h>

static const struct statement_row statements[STATEMENT__MAX] = {
#define STATEMENT_ROW(symbol, row_name, row_lane, parameter_count)                                                     \
    [STATEMENT_##symbol].name = row_name, [STATEMENT_##symbol].lane = STATEMENT_LANE_##row_lane,                       \
    [STATEMENT_##symbol].parameters = parameter_count,
#include "statement_table.inc"
#undef STATEMENT_ROW
#define STATEMENT_TEXT(symbol, row_columns, text)                                                                      \
    [STATEMENT_##symbol].columns = row_columns, [STATEMENT_##symbol].sql = text,
#include "statement_text.inc"
#undef STATEMENT_TEXT
};

static const struct migration migrations[] = {
#define MIGRATION_ROW(row_number, row_name, row_digest, text)                                                          \
    {.number = row_number, .name = row_name, .digest = row_digest, .sql = text},
#include "migrations.inc"
#undef MIGRATION_ROW
};

const struct statement_row *statement_row(enum statement statement)
{
    assert(statement < STATEMENT__MAX);
    return &statements[statement];
}

bool statement_is_prepared(enum statement statement)
{
    enum statement_lane lane = statement_row(statement)->lane;
    return lane != STATEMENT_LANE_ADMIN && lane != STATEMENT_LANE_ADMIN_LIST;
}

size_t migration_count(void)
{
    return sizeof(migrations) / sizeof(migrations[0]);
}

const struct migration *migration_at(size_t index)
{
    assert(index < migration_count());
    return &migrations[index];
}
