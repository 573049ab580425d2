/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "database.h"
#include "store/statement.h"

static void prepare(PGconn *connection, const struct statement_row *row)
{
    PGresult *prepared = PQprepare(connection, row->name, row->sql, 0, NULL);
    if (PQresultStatus(prepared) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", row->name, PQresultErrorMessage(prepared));
    PQclear(prepared);
    PGresult *described = PQdescribePrepared(connection, row->name);
    check(row->name, PQnparams(described) == row->parameters);
    PQclear(described);
}

/* As the server's role, on a migrated database; no two have one name, since preparing one twice is an error. */
static void test_every_statement_can_be_prepared(void **state)
{
    (void)state;
    PGconn *connection = PQconnectdb(database_conninfo());
    assert_int_equal(PQstatus(connection), CONNECTION_OK);
    int lanes[STATEMENT_LANE_ADMIN_LIST + 1] = {0};
    for (enum statement statement = 0; statement < STATEMENT__MAX; ++statement) {
        prepare(connection, statement_row(statement));
        ++lanes[statement_row(statement)->lane];
    }
    for (size_t lane = 0; lane < COUNT_OF(lanes); ++lane)
        assert_true(lanes[lane] > 0);
    PQfinish(connection);
}

static void test_migrations_are_numbered_without_a_gap(void **state)
{
    (void)state;
    assert_true(migration_count() > 0);
    for (size_t i = 0; i < migration_count(); ++i) {
        const struct migration *migration = migration_at(i);
        assert_int_equal(migration->number, i + 1);
        check(migration->name, strlen(migration->digest) == 64);
        check(migration->name, strstr(migration->sql, "INSERT INTO hallmark.schema_migration") != NULL);
    }
}

static void ask_for_no_statement(void)
{
    statement_row(STATEMENT__MAX);
}

static void ask_for_no_migration(void)
{
    migration_at(migration_count());
}

static void test_there_is_nothing_behind_the_last(void **state)
{
    (void)state;
    assert_true(aborts(ask_for_no_statement));
    assert_true(aborts(ask_for_no_migration));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_statement_can_be_prepared),
        cmocka_unit_test(test_migrations_are_numbered_without_a_gap),
        cmocka_unit_test(test_there_is_nothing_behind_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
