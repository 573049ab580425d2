/* SPDX-License-Identifier: Apache-2.0 */
/* The table of refusals is part of the API: tests/golden/errors.json is what clients were told. After a wanted change,
 * HALLMARK_GOLDEN_WRITE=1 writes the file anew, and the difference is looked at like any other. */
#include "check.h"

#include "base/err.h"
#include "base/text.h"
#include <stdlib.h>

static void no_error(void)
{
    err_row(ERR_NONE);
}

static void behind_the_last(void)
{
    err_row(ERR__MAX);
}

static void negative(void)
{
    err_row((enum err) - 1);
}

static void asserts_that_it_is_an_error(void **state)
{
    (void)state;
    assert_true(aborts(no_error));
    assert_true(aborts(behind_the_last));
    assert_true(aborts(negative));
}

static bool is_word(h2o_iovec_t code)
{
    for (size_t i = 0; i < code.len; ++i)
        if (code.base[i] != '_' && (code.base[i] < 'a' || code.base[i] > 'z'))
            return false;
    return code.len > 0;
}

/* RFC 6749 section 5.2: what may stand in an error_description. */
static bool is_description(h2o_iovec_t text)
{
    for (size_t i = 0; i < text.len; ++i)
        if (text.base[i] < 0x20 || text.base[i] > 0x7e || text.base[i] == '"' || text.base[i] == '\\')
            return false;
    return text.len > 0 && text.base[text.len - 1] == '.';
}

static void every_row_is_whole(void **state)
{
    (void)state;
    static const int statuses[] = {400, 401, 403, 404, 405, 409, 412, 413, 414, 428, 429, 431, 500, 503};
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        const struct err_row *row = err_row(err);
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(statuses); ++i)
            known = known || row->status == statuses[i];
        check(row->code.base, known);
        check(row->code.base, is_word(row->code));
        check(row->code.base, is_description(row->text));
    }
}

static void every_code_and_text_is_unique(void **state)
{
    (void)state;
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err)
        for (int other = err + 1; other < ERR__MAX; ++other) {
            check(err_row(err)->code.base, !slice_equal(err_row(err)->code, err_row(other)->code));
            check(err_row(err)->code.base, !slice_equal(err_row(err)->text, err_row(other)->text));
        }
}

static h2o_iovec_t table_as_json(h2o_mem_pool_t *pool)
{
    struct text text;
    text_start(&text, pool, 8192);
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        const struct err_row *row = err_row(err);
        text_add(&text, err == ERR_NONE + 1 ? SLICE("[\n  {") : SLICE(",\n  {"));
        text_add_string_member(&text, SLICE("code"), row->code);
        text_add_u64_member(&text, SLICE("status"), (uint64_t)row->status);
        text_add_string_member(&text, SLICE("text"), row->text);
        text_add_char(&text, '}');
    }
    text_add(&text, SLICE("\n]\n"));
    return text_slice(&text);
}

static void write_golden(h2o_iovec_t table)
{
    FILE *file = fopen(GOLDEN_FILE, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(table.base, 1, table.len, file), table.len);
    assert_int_equal(fclose(file), 0);
}

static void clients_were_told_the_same(void **state)
{
    static char golden[64 * 1024];
    h2o_iovec_t table = table_as_json(pool_of(state));
    if (getenv("HALLMARK_GOLDEN_WRITE") != NULL)
        write_golden(table);
    FILE *file = fopen(GOLDEN_FILE, "r");
    assert_non_null(file);
    size_t len = fread(golden, 1, sizeof(golden), file);
    assert_int_equal(fclose(file), 0);
    check_slice("errors.json", table, (h2o_iovec_t){golden, len});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asserts_that_it_is_an_error),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(every_code_and_text_is_unique),
        test_with_pool(clients_were_told_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
