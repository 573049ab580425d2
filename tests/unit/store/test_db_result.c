/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#include "store/db_result.h"

#define AWAIT_MS 5000

/* What an error of the database means to a caller. */
static void test_which_errors_may_be_asked_again(void **state)
{
    static const struct {
        const char *sqlstate;
        enum db_outcome outcome;
    } cases[] = {
        {"08006", DB_BUSY},    {"40001", DB_BUSY},    {"40P01", DB_BUSY},    {"53100", DB_BUSY},
        {"53200", DB_BUSY},    {"53300", DB_BUSY},    {"55P03", DB_BUSY},    {"57014", DB_BUSY},
        {"57P01", DB_BUSY},    {"57P03", DB_BUSY},    {"25006", DB_BUSY},    {"22P02", DB_REFUSED},
        {"23505", DB_REFUSED}, {"25P02", DB_REFUSED}, {"40002", DB_REFUSED}, {"42501", DB_REFUSED},
        {"54000", DB_REFUSED}, {"55006", DB_REFUSED}, {"57000", DB_REFUSED}, {"58030", DB_REFUSED},
        {"P0001", DB_REFUSED}, {"XX000", DB_REFUSED},
    };
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db_parameters parameters;
        db_parameters_start(&parameters);
        db_add_text(&parameters, slice_of(cases[i].sqlstate));
        struct tally tally = {0};
        bed_ask_with(bed, &tally, STATEMENT_TEST_RAISE, &parameters);
        bed_await(bed, &tally, AWAIT_MS);
        check(cases[i].sqlstate, tally.outcomes[cases[i].outcome] == 1);
        check(cases[i].sqlstate, cases[i].outcome == DB_BUSY || strcmp(tally.sqlstate, cases[i].sqlstate) == 0);
    }
}

static void test_what_libpq_makes_up_is_lost(void **state)
{
    (void)state;
    PGresult *error = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR); /* no SQLSTATE: the database did not say it */
    assert_int_equal(db_result_outcome(error), DB_LOST);
    assert_int_equal(db_result_outcome(NULL), DB_LOST);
    assert_false(db_result_is_fatal(error));
    assert_false(db_result_is_wrong_server(error));
    PQclear(error);
    PGresult *command = PQmakeEmptyPGresult(NULL, PGRES_COMMAND_OK);
    assert_int_equal(db_result_outcome(command), DB_DONE);
    PQclear(command);
}

static void test_the_kind_of_a_column(void **state)
{
    static const struct {
        const char *name;
        Oid type;
        enum db_kind kind;
    } cases[] = {
        {"bool", 16, DB_KIND_BOOLEAN},     {"int8", 20, DB_KIND_NUMBER}, {"int4", 23, DB_KIND_NUMBER},
        {"numeric", 1700, DB_KIND_NUMBER}, {"json", 114, DB_KIND_JSON},  {"jsonb", 3802, DB_KIND_JSON},
        {"text", 25, DB_KIND_TEXT},        {"bytea", 17, DB_KIND_TEXT},  {"uuid", 2950, DB_KIND_TEXT},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
        PGresAttDesc attribute = {.name = (char *)cases[i].name, .typid = cases[i].type};
        assert_int_equal(PQsetResultAttrs(rows, 1, &attribute), 1);
        struct db_result result = db_result_of(rows);
        check(cases[i].name, db_result_kind(&result, 0) == cases[i].kind);
        PQclear(rows);
    }
}

/* --- reading what is not there ends the program ------------------------------------------------- */

static struct db_result one_value(const char *value)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attribute = {.name = (char *)"value", .typlen = -1, .atttypmod = -1};
    assert_int_equal(PQsetResultAttrs(rows, 1, &attribute), 1);
    assert_int_equal(PQsetvalue(rows, 0, 0, (char *)value, value == NULL ? -1 : (int)strlen(value)), 1);
    return db_result_of(rows);
}

static void read_number(const char *value)
{
    struct db_result result = one_value(value);
    db_result_i64(&result, 0, 0);
}

static void read_null_number(void)
{
    read_number(NULL);
}

static void read_word_as_number(void)
{
    read_number("12x");
}

static void read_too_large_a_number(void)
{
    read_number("9223372036854775808");
}

static void read_largest_number(void)
{
    read_number("9223372036854775807");
}

static void read_word_as_boolean(void)
{
    struct db_result result = one_value("true");
    db_result_bool(&result, 0, 0);
}

static void read_another_row(void)
{
    struct db_result result = one_value("1");
    db_result_text(&result, 1, 0);
}

static void read_another_column(void)
{
    struct db_result result = one_value("1");
    db_result_text(&result, 0, 1);
}

static void read_no_bytes(void)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct db_result result = one_value("\\x0");
    db_result_bytes(&result, 0, 0, &pool);
}

static void test_a_wrong_read_ends_the_program(void **state)
{
    (void)state;
    assert_true(aborts(read_null_number));
    assert_true(aborts(read_word_as_number));
    assert_true(aborts(read_too_large_a_number));
    assert_false(aborts(read_largest_number));
    assert_true(aborts(read_word_as_boolean));
    assert_true(aborts(read_another_row));
    assert_true(aborts(read_another_column));
    assert_true(aborts(read_no_bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(test_which_errors_may_be_asked_again),
        cmocka_unit_test(test_what_libpq_makes_up_is_lost),
        cmocka_unit_test(test_the_kind_of_a_column),
        cmocka_unit_test(test_a_wrong_read_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
