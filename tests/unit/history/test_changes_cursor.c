/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/credential.h"
#include "history/changes_cursor.h"

static void what_is_not_ours_is_refused(void **state)
{
    (void)state;
    char good[CHANGES_CURSOR_BYTES], bad[CHANGES_CURSOR_BYTES];
    int64_t place = 4711;
    changes_cursor_text(7, 12, good);
    h2o_iovec_t text = slice_of(good);
    assert_false(changes_cursor_parse(text, 8, &place));
    assert_false(changes_cursor_parse(SLICE_NONE, 7, &place));
    assert_false(changes_cursor_parse(SLICE(""), 7, &place));
    assert_false(changes_cursor_parse(slice_from(text, 1), 7, &place));
    assert_false(changes_cursor_parse((h2o_iovec_t){good, text.len - 1}, 7, &place));
    for (size_t i = 0; i < text.len; ++i) { /* a typing error anywhere */
        memcpy(bad, good, sizeof(bad));
        bad[i] = bad[i] == 'x' ? 'y' : 'x';
        check(bad, !changes_cursor_parse(slice_of(bad), 7, &place));
        bad[i] = '\0';
        check(bad, !changes_cursor_parse((h2o_iovec_t){bad, text.len}, 7, &place));
    }
    assert_int_equal(place, 4711);
}

static void a_cursor_is_its_place(void **state)
{
    (void)state;
    static const struct {
        int64_t account, place;
    } cases[] = {{1, 0}, {1, 1}, {CREDENTIAL_ROUTE_MAX, INT64_MAX}, {7, 1000000}, {0, 5}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char text[CHANGES_CURSOR_BYTES];
        int64_t place = -1;
        changes_cursor_text(cases[i].account, cases[i].place, text);
        check(text, strlen(text) == CHANGES_CURSOR_BYTES - 1);
        check(text, changes_cursor_parse(slice_of(text), cases[i].account, &place));
        check(text, place == cases[i].place);
    }
    char text[CHANGES_CURSOR_BYTES];
    changes_cursor_text(7, 62, text);
    assert_memory_equal(text, "chg_0000000700000000010", 23); /* a format for ever */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_ours_is_refused),
        cmocka_unit_test(a_cursor_is_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
