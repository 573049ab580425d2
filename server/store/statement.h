/* SPDX-License-Identifier: Apache-2.0 */
/* Every SQL statement that the server knows: the files of schema/queries, embedded at build by scripts/embed-sql. A
 * file client_find.sql is STATEMENT_CLIENT_FIND; its first comment lines say the lane, the parameters and the columns:
 *
 *   -- lane: read | write | list | admin | admin_list
 *   -- parameters: account_id bigint, client_id text, ...
 *   -- columns: name type, ...
 *
 * Those of administration are rare and many: they run over db_sync, or on the write and the list lane without having
 * been prepared there. The types listed there are checked against the prepared statement in the tests. */
#ifndef HALLMARK_STORE_STATEMENT_H
#define HALLMARK_STORE_STATEMENT_H

#include "base/slice.h"

enum statement_lane {
    STATEMENT_LANE_READ,
    STATEMENT_LANE_WRITE,
    STATEMENT_LANE_LIST,
    STATEMENT_LANE_ADMIN,
    STATEMENT_LANE_ADMIN_LIST,
};

enum statement {
#define STATEMENT_ROW(symbol, name, lane, parameters) STATEMENT_##symbol,
#include "statement_table.inc"
#undef STATEMENT_ROW
    STATEMENT__MAX,
};

struct statement_row {
    const char *name; /* of the file and of the prepared statement */
    enum statement_lane lane;
    int parameters;
    const char *columns; /* what it answers, as its file says: "id bigint,name text" */
    const char *sql;     /* NUL-terminated */
};

const struct statement_row *statement_row(enum statement statement);

/* Connections know it by its name; otherwise its text is sent each time. */
bool statement_is_prepared(enum statement statement);

/* The migrations, in order: schema/migrations/NNNN_name.sql, embedded likewise. */
struct migration {
    int number;
    const char *name;   /* without number and ending */
    const char *digest; /* SHA-256 of its text, in hex: a migration that was applied must not change afterwards */
    const char
        *sql; /* ends with the INSERT that records it in hallmark.schema_migration, so that both are one transaction */
};
size_t migration_count(void);
const struct migration *migration_at(size_t index);

#endif
