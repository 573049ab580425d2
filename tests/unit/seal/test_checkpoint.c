/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/checkpoint.h"

#define ROOT "AQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t text;
    } cases[] = {
        {"nothing", SLICE("")},
        {"one line", SLICE("origin\n")},
        {"no origin", SLICE("\n1\n" ROOT "\n")},
        {"no last newline", SLICE("origin\n1\n" ROOT)},
        {"a size that is none", SLICE("origin\n-1\n" ROOT "\n")},
        {"a size with a zero before it", SLICE("origin\n01\n" ROOT "\n")},
        {"a size beyond all", SLICE("origin\n99999999999999999999\n" ROOT "\n")},
        {"a short root", SLICE("origin\n1\nAQID\n")},
        {"a root with a line of the other alphabet",
         SLICE("origin\n1\n-QIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")},
        {"a root without its padding", SLICE("origin\n1\nAQIDAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")},
    };
    struct checkpoint checkpoint;
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, !checkpoint_parse(cases[i].text, &checkpoint));
}

static void what_was_written_is_read(void **state)
{
    struct checkpoint read,
        written = {.origin = SLICE("books.example/history"), .size = INT64_MAX, .root = {{1, 2, 3}}};
    h2o_iovec_t text = checkpoint_text(pool_of(state), &written);
    check_slice("text", text, SLICE("books.example/history\n9223372036854775807\n" ROOT "\n"));
    assert_true(checkpoint_parse(text, &read));
    check_slice("origin", read.origin, written.origin);
    assert_int_equal(read.size, written.size);
    assert_true(merkle_equal(&read.root, &written.root));
}

static void lines_behind_are_passed_over(void **state)
{
    (void)state;
    struct checkpoint checkpoint;
    assert_true(checkpoint_parse(SLICE("origin\n7\n" ROOT "\nextension\n"), &checkpoint));
    assert_int_equal(checkpoint.size, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_none_is_refused),
        test_with_pool(what_was_written_is_read),
        cmocka_unit_test(lines_behind_are_passed_over),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
