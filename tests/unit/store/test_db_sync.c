/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"
#include "store/db_sync.h"

#include <stdlib.h>

static struct db_sync *open_sync(struct bed *bed)
{
    char *message = NULL;
    struct db_sync *db = db_sync_open(bed->conninfo, &message);
    assert_non_null(db);
    assert_null(message);
    return db;
}

static enum db_outcome run_number(struct db_sync *db, enum statement statement, int64_t number,
                                  const struct db_result **result)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, number);
    return db_sync_run(db, statement, &parameters, result);
}

static void test_what_cannot_be_opened_says_why(void **state)
{
    static const struct {
        const char *conninfo, *says;
    } cases[] = {
        {"host=/nowhere/at/all", "/nowhere/at/all"},
        {"colour=green", "colour"},
        {"host=no.such.host.invalid", "no_host_could_be_looked_up"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char *message = NULL;
        assert_null(db_sync_open(cases[i].conninfo, &message));
        if (strstr(message, cases[i].says) == NULL)
            fail_msg("case \"%s\": %s", cases[i].conninfo, message);
        free(message);
    }
}

static void test_statements_of_every_lane_run(void **state)
{
    struct bed *bed = *state;
    struct db_sync *db = open_sync(bed);
    const struct db_result *result;
    assert_int_equal(run_number(db, STATEMENT_TEST_DIVIDE, 4, &result), DB_DONE);
    assert_int_equal(db_result_i64(result, 0, 0), 25);
    check_slice("name", db_result_column_name(result, 0), SLICE("quotient"));
    assert_int_equal(run_number(db, STATEMENT_TEST_INSERT, 7, &result), DB_DONE);
    assert_int_equal(database_number(bed->owner, "select count(*) from written where value = 7"), 1);
    assert_int_equal(run_number(db, STATEMENT_TEST_UNPREPARED, 3, &result), DB_DONE);
    db_sync_close(db);
}

static void test_a_parameter_ends_where_it_ends(void **state)
{
    struct bed *bed = *state;
    struct db_sync *db = open_sync(bed);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, (h2o_iovec_t){(char *)"abcdef", 3}); /* no NUL behind it */
    const struct db_result *result;
    assert_int_equal(db_sync_run(db, STATEMENT_TEST_LENGTH, &parameters, &result), DB_DONE);
    assert_int_equal(db_result_i64(result, 0, 0), 3);
    db_sync_close(db);
}

static void test_a_refusal_tells_why_and_the_connection_lives(void **state)
{
    struct bed *bed = *state;
    struct db_sync *db = open_sync(bed);
    const struct db_result *result;
    assert_int_equal(run_number(db, STATEMENT_TEST_DIVIDE, 0, &result), DB_REFUSED);
    check_slice("sqlstate", db_result_sqlstate(result), SLICE("22012"));
    assert_string_equal(db_sync_message(db), "division by zero");
    assert_int_equal(run_number(db, STATEMENT_TEST_DEFERRED, 1, &result), DB_DONE);
    assert_int_equal(run_number(db, STATEMENT_TEST_DEFERRED, 1, &result), DB_REFUSED); /* at its commit */
    check_slice("sqlstate", db_result_sqlstate(result), SLICE("23505"));
    assert_int_equal(run_number(db, STATEMENT_TEST_DIVIDE, 1, &result), DB_DONE);
    db_sync_close(db);
}

static void test_a_script_is_one_transaction(void **state)
{
    struct bed *bed = *state;
    struct db_sync *db = open_sync(bed);
    const struct db_result *result;
    assert_int_equal(
        db_sync_script(db, SLICE("insert into written values (1); insert into written values (2);"), &result), DB_DONE);
    assert_int_equal(database_number(bed->owner, "select count(*) from written"), 2);
    assert_int_equal(
        db_sync_script(db, SLICE("insert into written values (3); insert into written values (1);"), &result),
        DB_REFUSED);
    check_slice("sqlstate", db_result_sqlstate(result), SLICE("23505"));
    assert_int_equal(database_number(bed->owner, "select count(*) from written"), 2);
    assert_int_equal(run_number(db, STATEMENT_TEST_INSERT, 3, &result), DB_DONE); /* and nothing is left open */
    db_sync_close(db);
}

static void test_a_lost_connection_is_lost(void **state)
{
    struct bed *bed = *state;
    struct db_sync *db = open_sync(bed);
    relay_down(bed->relay);
    const struct db_result *result;
    assert_int_equal(run_number(db, STATEMENT_TEST_DIVIDE, 1, &result), DB_LOST);
    assert_int_equal(run_number(db, STATEMENT_TEST_DIVIDE, 1, &result), DB_LOST);
    assert_true(strlen(db_sync_message(db)) > 0);
    db_sync_close(db);
    db_sync_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_opened_says_why),
        test_on_bed(test_statements_of_every_lane_run),
        test_on_bed(test_a_parameter_ends_where_it_ends),
        test_on_bed(test_a_refusal_tells_why_and_the_connection_lives),
        test_on_bed(test_a_script_is_one_transaction),
        test_on_bed(test_a_lost_connection_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
