/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_result.h"

#include "base/codec.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define SQLSTATE_LEN           5
#define SQLSTATE_READ_ONLY     "25006"
#define BYTEA_HEX_PREFIX       "\\x"
#define BYTEA_HEX_PREFIX_BYTES 2

struct db_result db_result_of(const PGresult *answer)
{
    return (struct db_result){
        .rows = answer,
        .sqlstate = slice_of(PQresultErrorField(answer, PG_DIAG_SQLSTATE)),
        .message = slice_of(PQresultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY)),
    };
}

/* Beginnings of the SQLSTATEs after which surely nothing was done and the same call may be made again. */
static bool sqlstate_is_busy(h2o_iovec_t sqlstate)
{
    static const h2o_iovec_t busy[] = {
        {(char *)"08", 2},               /* connection exceptions */
        {(char *)"40001", SQLSTATE_LEN}, /* serialization failure */
        {(char *)"40P01", SQLSTATE_LEN}, /* deadlock */
        {(char *)"53", 2},               /* out of disk, memory or connections: it was rolled back */
        {(char *)"55P03", SQLSTATE_LEN}, /* lock_timeout */
        {(char *)"57014", SQLSTATE_LEN}, /* statement_timeout */
        {(char *)"57P0", 4},             /* shutting down, starting up, terminated */
        {(char *)SQLSTATE_READ_ONLY, SQLSTATE_LEN},
    };
    for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); ++i) {
        if (slice_starts_with(sqlstate, busy[i]))
            return true;
    }
    return false;
}

enum db_outcome db_result_outcome(const PGresult *answer)
{
    ExecStatusType status = PQresultStatus(answer);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        return DB_DONE;
    h2o_iovec_t sqlstate = slice_of(PQresultErrorField(answer, PG_DIAG_SQLSTATE));
    if (sqlstate.len == 0)
        return DB_LOST;
    return sqlstate_is_busy(sqlstate) ? DB_BUSY : DB_REFUSED;
}

bool db_result_is_fatal(const PGresult *answer)
{
    h2o_iovec_t severity = slice_of(PQresultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED));
    return slice_equal(severity, SLICE("FATAL")) || slice_equal(severity, SLICE("PANIC"));
}

bool db_result_is_wrong_server(const PGresult *answer)
{
    return slice_equal(slice_of(PQresultErrorField(answer, PG_DIAG_SQLSTATE)), SLICE(SQLSTATE_READ_ONLY));
}

size_t db_result_rows(const struct db_result *result)
{
    return (size_t)PQntuples(result->rows);
}

size_t db_result_columns(const struct db_result *result)
{
    return (size_t)PQnfields(result->rows);
}

h2o_iovec_t db_result_column_name(const struct db_result *result, size_t column)
{
    assert(column < db_result_columns(result));
    return slice_of(PQfname(result->rows, (int)column));
}

bool db_result_is_null(const struct db_result *result, size_t row, size_t column)
{
    assert(row < db_result_rows(result));
    assert(column < db_result_columns(result));
    return PQgetisnull(result->rows, (int)row, (int)column) != 0;
}

h2o_iovec_t db_result_text(const struct db_result *result, size_t row, size_t column)
{
    if (db_result_is_null(result, row, column))
        return SLICE_NONE;
    return (h2o_iovec_t){PQgetvalue(result->rows, (int)row, (int)column),
                         (size_t)PQgetlength(result->rows, (int)row, (int)column)};
}

int64_t db_result_i64(const struct db_result *result, size_t row, size_t column)
{
    h2o_iovec_t text = db_result_text(result, row, column);
    assert(text.len != 0);
    char *end;
    errno = 0;
    long long value = strtoll(text.base, &end, 10); /* libpq puts a NUL behind every value */
    assert(errno == 0);
    assert(end == text.base + text.len);
    return value;
}

bool db_result_bool(const struct db_result *result, size_t row, size_t column)
{
    h2o_iovec_t text = db_result_text(result, row, column);
    assert(slice_equal(text, SLICE("t")) || slice_equal(text, SLICE("f")));
    return text.base[0] == 't';
}

h2o_iovec_t db_result_bytes(const struct db_result *result, size_t row, size_t column, h2o_mem_pool_t *pool)
{
    h2o_iovec_t text = db_result_text(result, row, column);
    if (text.base == NULL)
        return SLICE_NONE;
    assert(slice_starts_with(text, SLICE(BYTEA_HEX_PREFIX)));
    h2o_iovec_t hex = slice_from(text, BYTEA_HEX_PREFIX_BYTES);
    size_t len = hex.len / 2;
    uint8_t *bytes = h2o_mem_alloc_pool(pool, len + 1); /* + 1: an empty value is not NULL */
    bool decoded = codec_hex_decode(bytes, len, hex);
    assert(decoded);
    return (h2o_iovec_t){(char *)bytes, len};
}

h2o_iovec_t db_result_sqlstate(const struct db_result *result)
{
    return result->sqlstate;
}

h2o_iovec_t db_result_message(const struct db_result *result)
{
    return result->message;
}

h2o_iovec_t db_result_constraint(const struct db_result *result)
{
    const char *name = PQresultErrorField(result->rows, PG_DIAG_CONSTRAINT_NAME);
    return name == NULL ? SLICE_NONE : slice_of(name);
}
