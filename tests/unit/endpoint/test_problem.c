/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/problem.h"

#include "bed.h"

static void what_is_no_code_is_not_found(void **state)
{
    static const char *const targets[] = {PROBLEM_PATH, PROBLEM_PATH "no_such_code", PROBLEM_PATH "INVALID_TOKEN",
                                          PROBLEM_PATH "invalid_token/", PROBLEM_PATH "invalid_token.json"};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        struct exchange *exchange = bed_get(bed, targets[i]);
        check(targets[i], exchange_status(exchange) == 404);
        exchange_end(exchange);
    }
}

/* Whatever a problem document points to can be read there. */
static void each_code_is_told(void **state)
{
    struct bed *bed = *state;
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        const struct err_row *row = err_row((enum err)err);
        char target[128];
        snprintf(target, sizeof(target), PROBLEM_PATH "%.*s", SLICE_ARGS(row->code));
        struct exchange *exchange = bed_get(bed, target);
        h2o_iovec_t body = exchange_body(exchange);
        check(target, exchange_status(exchange) == 200);
        check(target, memmem(body.base, body.len, row->text.base, row->text.len) != NULL);
        exchange_end(exchange);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(what_is_no_code_is_not_found),
        test_on_bed(each_code_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
