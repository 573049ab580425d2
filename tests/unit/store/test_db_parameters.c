/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#define AWAIT_MS 5000

/* --- values there and back -------------------------------------------------------------------- */

struct echo {
    bool came;
    enum db_outcome outcome;
    char sqlstate[6];
    h2o_mem_pool_t *pool;
    bool nulls[4];
    h2o_iovec_t words, bytes;
    int64_t number;
    bool truth;
};

static void on_echo(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct echo *echo = cookie;
    assert_false(echo->came);
    echo->came = true;
    echo->outcome = outcome;
    if (outcome == DB_REFUSED)
        snprintf(echo->sqlstate, sizeof(echo->sqlstate), "%.*s", SLICE_ARGS(db_result_sqlstate(result)));
    if (outcome != DB_DONE)
        return;
    assert_int_equal(db_result_rows(result), 1);
    assert_int_equal(db_result_columns(result), 4);
    check_slice("column", db_result_column_name(result, 2), SLICE("number"));
    for (size_t i = 0; i < 4; ++i)
        echo->nulls[i] = db_result_is_null(result, 0, i);
    echo->words = db_result_text(result, 0, 0);
    if (echo->words.base != NULL)
        echo->words = slice_copy(echo->pool, echo->words);
    echo->bytes = db_result_bytes(result, 0, 1, echo->pool);
    echo->number = echo->nulls[2] ? 0 : db_result_i64(result, 0, 2);
    echo->truth = !echo->nulls[3] && db_result_bool(result, 0, 3);
}

static void echo_run(struct bed *bed, h2o_mem_pool_t *pool, const struct db_parameters *parameters, struct echo *echo)
{
    *echo = (struct echo){.pool = pool};
    db_call_start(bed->db, STATEMENT_TEST_ECHO, parameters, on_echo, echo);
    assert_false(echo->came);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, echo->came));
}

static void test_values_come_back_as_they_went(void **state)
{
    static const struct {
        const char *name;
        h2o_iovec_t words, bytes;
        int64_t number;
        bool truth;
    } cases[] = {
        {"quotes and backslashes", {(char *)"'\"\\\n\t'; drop", 12}, {(char *)"\x00\xff\\x00", 6}, INT64_MIN, true},
        {"empty", {(char *)"", 0}, {(char *)"", 0}, 0, false},
        {"not terminated", {(char *)"abcdef", 3}, {(char *)"abcdef", 3}, INT64_MAX, true},
        {"utf-8", {(char *)"\xf0\x9f\x94\x91 \xc3\xa4", 7}, {(char *)"\n", 1}, -1, false},
    };
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_mem_pool_t pool;
        h2o_mem_init_pool(&pool);
        struct db_parameters parameters;
        db_parameters_start(&parameters);
        db_add_text(&parameters, cases[i].words);
        db_add_bytes(&parameters, cases[i].bytes);
        db_add_i64(&parameters, cases[i].number);
        db_add_bool(&parameters, cases[i].truth);
        struct echo echo;
        echo_run(bed, &pool, &parameters, &echo);
        check(cases[i].name, echo.outcome == DB_DONE);
        check_slice(cases[i].name, echo.words, cases[i].words);
        check_slice(cases[i].name, echo.bytes, cases[i].bytes);
        check(cases[i].name, echo.words.base != NULL && echo.bytes.base != NULL);
        check(cases[i].name, echo.number == cases[i].number && echo.truth == cases[i].truth);
        h2o_mem_clear_pool(&pool);
    }
}

static void test_nulls_are_nulls(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, SLICE_NONE);
    db_add_bytes(&parameters, SLICE_NONE);
    db_add_null(&parameters);
    db_add_null(&parameters);
    struct echo echo;
    echo_run(bed, NULL, &parameters, &echo);
    assert_int_equal(echo.outcome, DB_DONE);
    for (size_t i = 0; i < 4; ++i)
        assert_true(echo.nulls[i]);
    assert_null(echo.words.base);
    assert_null(echo.bytes.base);
}

static void test_a_nul_in_a_text_is_refused_and_not_cut_off(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, (h2o_iovec_t){(char *)"admin\0x", 7});
    db_add_bytes(&parameters, SLICE_NONE);
    db_add_null(&parameters);
    db_add_null(&parameters);
    struct echo echo;
    echo_run(bed, NULL, &parameters, &echo);
    assert_int_equal(echo.outcome, DB_REFUSED);
    assert_string_equal(echo.sqlstate, "22021");
}

static void test_parameters_are_copied(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    char words[] = "before";
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(words));
    db_add_bytes(&parameters, slice_of(words));
    db_add_i64(&parameters, 1);
    db_add_bool(&parameters, true);
    struct echo echo = {.pool = &pool};
    db_call_start(bed->db, STATEMENT_TEST_ECHO, &parameters, on_echo, &echo);
    memset(words, 'x', sizeof(words));
    memset(&parameters, 'x', sizeof(parameters));
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, echo.came));
    check_slice("text", echo.words, SLICE("before"));
    check_slice("bytes", echo.bytes, SLICE("before"));
    assert_int_equal(echo.number, 1);
    h2o_mem_clear_pool(&pool);
}

static void test_a_large_parameter_arrives_whole(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    size_t len =
        4u << 20; /* far more than a socket's buffers hold: the rest waits until the socket can be written again */
    char *text = malloc(len);
    memset(text, 'y', len);
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, (h2o_iovec_t){text, len});
    struct tally tally = {0}, small = {0};
    bed_ask_with(bed, &tally, STATEMENT_TEST_LENGTH, &parameters);
    bed_ask(bed, &small, STATEMENT_TEST_DIVIDE, 5);
    free(text);
    bed_await(bed, &tally, AWAIT_MS);
    bed_await(bed, &small, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
    assert_int_equal(tally.number, (int64_t)len);
    assert_int_equal(small.number, 20);
}

static void add_one_too_many(void)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    for (int i = 0; i <= LIMIT_DB_PARAMETERS_MAX; ++i)
        db_add_i64(&parameters, i);
}

static void add_as_many_as_fit(void)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    for (int i = 0; i < LIMIT_DB_PARAMETERS_MAX; ++i)
        db_add_i64(&parameters, i);
}

static void test_there_is_room_for_so_many_and_no_more(void **state)
{
    (void)state;
    assert_true(aborts(add_one_too_many));
    assert_false(aborts(add_as_many_as_fit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(test_values_come_back_as_they_went),
        test_on_bed(test_nulls_are_nulls),
        test_on_bed(test_a_nul_in_a_text_is_refused_and_not_cut_off),
        test_on_bed(test_parameters_are_copied),
        test_on_bed(test_a_large_parameter_arrives_whole),
        cmocka_unit_test(test_there_is_room_for_so_many_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
