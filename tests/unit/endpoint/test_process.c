/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/process.h"

#include "check.h"
#include <stdlib.h>

static void open_descriptors_are_counted(void **state)
{
    int descriptors[50];
    (void)state;
    uint64_t before = process_open_descriptors();
    for (size_t i = 0; i < COUNT_OF(descriptors); ++i)
        descriptors[i] = open("/dev/null", O_RDONLY);
    assert_int_equal(process_open_descriptors(), before + COUNT_OF(descriptors));
    for (size_t i = 0; i < COUNT_OF(descriptors); ++i)
        close(descriptors[i]);
    assert_int_equal(process_open_descriptors(), before);
    assert_true(before >= 3); /* this process has in, out and error */
}

/* Where /proc/self/fd cannot be opened, and where it can: 0 is told, not a wrong number. */
static void without_descriptors_left_nothing_is_told(void **state)
{
    struct rlimit usual, none;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = (struct rlimit){3, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    uint64_t descriptors = process_open_descriptors(), resident = process_resident_bytes();
    uint64_t most = process_descriptors_max();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_int_equal(descriptors, 0);
    assert_int_equal(resident, 0);
    assert_int_equal(most, 3);
}

static void resident_memory_grows_with_use(void **state)
{
    enum { BYTES = 64 * 1024 * 1024 };
    (void)state;
    uint64_t before = process_resident_bytes();
    char *block = malloc(BYTES);
    memset(block, 1, BYTES);
    assert_true(process_resident_bytes() >= before + BYTES / 2);
    assert_int_equal(block[BYTES - 1], 1);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_descriptors_are_counted),
        cmocka_unit_test(without_descriptors_left_nothing_is_told),
        cmocka_unit_test(resident_memory_grows_with_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
