/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "database.h"
#include "store/db_result.h"
#include "store/row.h"

/* --- the tables against the prepared statements ----------------------------------------------- */

/* PostgreSQL's own types that a field can be read from, as text. */
static bool may_be_read(enum row_type type, Oid oid)
{
    enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT4 = 23, TEXT = 25, JSONB = 3802, UUID = 2950 };
    switch (type) {
    case ROW_TEXT:
        return oid == TEXT || oid == JSONB || oid == UUID;
    case ROW_BYTES:
    case ROW_DIGEST:
        return oid == BYTEA;
    case ROW_I64:
    case ROW_I64_OR_ZERO:
        return oid == INT8 || oid == INT4;
    case ROW_BOOL:
        return oid == BOOL;
    }
    return false;
}

static void check_table(PGconn *connection, const struct row_table *table)
{
    const struct statement_row *statement = statement_row(table->statement);
    PGresult *prepared = PQprepare(connection, statement->name, statement->sql, 0, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", statement->name, PQresultErrorMessage(prepared));
    PQclear(prepared);
    PGresult *described = PQdescribePrepared(connection, statement->name);
    check(statement->name, (size_t)PQnfields(described) == table->column_count);
    for (int i = 0; i < PQnfields(described); ++i) {
        const struct row_column *column = &table->columns[i];
        if (strcmp(PQfname(described, i), column->name) != 0)
            fail_msg("column %d of %s is %s, and not %s", i, statement->name, PQfname(described, i), column->name);
        if (!may_be_read(column->type, PQftype(described, i)))
            fail_msg("%s of %s has the type %u", column->name, statement->name, PQftype(described, i));
        check(column->name, column->offset < table->struct_bytes);
    }
    PQclear(described);
}

static void test_every_table_is_that_of_its_statement(void **state)
{
    (void)state;
    PGconn *connection = PQconnectdb(database_conninfo());
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    size_t tables = 0;
    for (const struct row_table *const *table = row_tables; *table != NULL; ++table, ++tables)
        check_table(connection, *table);
    assert_true(tables >= 15);
    PQfinish(connection);
}

/* --- reading ----------------------------------------------------------------------------------- */

struct sample {
    h2o_iovec_t text, no_text, bytes, no_bytes;
    uint8_t digest[DIGEST_BYTES];
    int64_t number, no_number;
    bool yes, no;
};

static const struct row_column columns[] = {
    {"text", ROW_TEXT, offsetof(struct sample, text)},
    {"no_text", ROW_TEXT, offsetof(struct sample, no_text)},
    {"bytes", ROW_BYTES, offsetof(struct sample, bytes)},
    {"no_bytes", ROW_BYTES, offsetof(struct sample, no_bytes)},
    {"digest", ROW_DIGEST, offsetof(struct sample, digest)},
    {"number", ROW_I64, offsetof(struct sample, number)},
    {"no_number", ROW_I64_OR_ZERO, offsetof(struct sample, no_number)},
    {"yes", ROW_BOOL, offsetof(struct sample, yes)},
    {"no", ROW_BOOL, offsetof(struct sample, no)},
};
static const struct row_table sample_table = {0, columns, COUNT_OF(columns), sizeof(struct sample)};

#define SAMPLE_SQL                                                                                                     \
    "select 'a' || i, null::text, '\\x00ff'::bytea, null::bytea, sha256(''), -9223372036854775808 + i, null::int, "    \
    "true, "                                                                                                           \
    "false from generate_series(0, %d) as i"

/* Runs `use` on the rows of an SQL text. */
static void with_rows(h2o_mem_pool_t *pool, const char *sql,
                      void (*use)(const struct db_result *result, h2o_mem_pool_t *pool))
{
    PGconn *connection = PQconnectdb(database_conninfo());
    PGresult *answer = PQexec(connection, sql);
    assert_int_equal(PQresultStatus(answer), PGRES_TUPLES_OK);
    struct db_result result = db_result_of(answer);
    use(&result, pool);
    PQclear(answer);
    PQfinish(connection);
}

static void read_two(const struct db_result *result, h2o_mem_pool_t *pool)
{
    size_t count;
    const struct sample *rows = row_read_all(&sample_table, result, pool, &count);
    assert_int_equal(count, 2);
    check_slice("text", rows[1].text, SLICE("a1"));
    assert_null(rows[1].no_text.base);
    check_slice("bytes", rows[1].bytes, (h2o_iovec_t){(char *)"\x00\xff", 2});
    assert_null(rows[1].no_bytes.base);
    static const uint8_t of_nothing[] = {0xe3, 0xb0, 0xc4, 0x42};
    assert_memory_equal(rows[1].digest, of_nothing, sizeof(of_nothing));
    assert_true(rows[0].number == INT64_MIN && rows[1].number == INT64_MIN + 1);
    assert_int_equal(rows[1].no_number, 0);
    assert_true(rows[1].yes && !rows[1].no);
}

static void read_none(const struct db_result *result, h2o_mem_pool_t *pool)
{
    size_t count;
    assert_non_null(row_read_all(&sample_table, result, pool, &count));
    assert_int_equal(count, 0);
}

static void test_rows_become_structs(void **state)
{
    char sql[512];
    snprintf(sql, sizeof(sql), SAMPLE_SQL, 1);
    with_rows(pool_of(state), sql, read_two);
    snprintf(sql, sizeof(sql), SAMPLE_SQL, -1);
    with_rows(pool_of(state), sql, read_none);
}

static void read_one(const struct db_result *result, h2o_mem_pool_t *pool)
{
    struct sample sample;
    row_read(&sample_table, result, 0, pool, &sample);
}

static void read_other_columns(void)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    with_rows(&pool, "select 1", read_one);
}

static void read_short_digest(void)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    with_rows(&pool, "select '', '', '\\x'::bytea, '\\x'::bytea, '\\x00'::bytea, 1, 1, true, true", read_one);
}

static void read_null_number(void)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    with_rows(&pool, "select '', '', '\\x'::bytea, '\\x'::bytea, sha256(''), null, 1, true, true", read_one);
}

static void read_well(void)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    with_rows(&pool, "select '', '', '\\x'::bytea, '\\x'::bytea, sha256(''), 1, 1, true, true", read_one);
}

static void test_what_is_no_such_row_ends_the_program(void **state)
{
    (void)state;
    assert_true(aborts(read_other_columns));
    assert_true(aborts(read_short_digest));
    assert_true(aborts(read_null_number));
    assert_false(aborts(read_well));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_table_is_that_of_its_statement),
        test_with_pool(test_rows_become_structs),
        cmocka_unit_test(test_what_is_no_such_row_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
