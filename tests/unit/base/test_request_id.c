/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/clock.h"
#include "base/credential.h"
#include "base/secret.h"
#include <pthread.h>
#include <stdlib.h>

#define US_OF_TEST INT64_C(1795299369123456)

static int clock_back(void **state)
{
    (void)state;
    clock_set_for_test(0, 0);
    return 0;
}

static void check_shape(const char *id)
{
    static const char shape[] = "xxxxxxxx-xxxx-7xxx-yxxx-xxxxxxxxxxxx";
    assert_int_equal(strlen(id), REQUEST_ID_BYTES - 1);
    for (size_t i = 0; i < sizeof(shape) - 1; ++i) {
        const char *allowed = shape[i] == 'x'   ? "0123456789abcdef"
                              : shape[i] == 'y' ? "89ab"
                                                : (char[]){shape[i], '\0'};
        if (strchr(allowed, id[i]) == NULL)
            fail_msg("%s: character %zu", id, i);
    }
}

/* The first of these tests: ids never go back within a thread, and this one looks at the time in them. */
static void request_ids_begin_with_the_time(void **state)
{
    (void)state;
    char id[REQUEST_ID_BYTES], want[16];
    clock_set_for_test(US_OF_TEST, 0);
    request_id_make(id);
    check_shape(id);
    snprintf(want, sizeof(want), "%012llx", (unsigned long long)(US_OF_TEST / 1000));
    assert_memory_equal(id, want, 8);
    assert_memory_equal(id + 9, want + 8, 4);
    snprintf(want, sizeof(want), "7%03llx", (unsigned long long)(US_OF_TEST % 1000 * 4096 / 1000));
    assert_memory_equal(id + 14, want, 4);
}

/* More than 4096 in one microsecond, so that the counter runs over into the milliseconds; then a clock that goes back.
 */
static void request_ids_rise_whatever_the_clock_does(void **state)
{
    (void)state;
    char last[REQUEST_ID_BYTES] = "", id[REQUEST_ID_BYTES];
    for (int64_t i = 0; i < 30000; ++i) {
        int64_t now = US_OF_TEST + 5000000;
        clock_set_for_test(i < 10000 ? now : i < 20000 ? now - i * 1000 : now + i, 0);
        request_id_make(id);
        check_shape(id);
        if (strcmp(last, id) >= 0)
            fail_msg("%s came behind %s", id, last);
        memcpy(last, id, sizeof(last));
    }
}

#define THREADS       ((size_t)4)
#define IDS_OF_THREAD ((size_t)5000)

static void *make_ids(void *cookie)
{
    char(*ids)[REQUEST_ID_BYTES] = cookie;
    for (size_t i = 0; i < IDS_OF_THREAD; ++i)
        request_id_make(ids[i]);
    return NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, REQUEST_ID_BYTES);
}

static void request_ids_differ_between_threads(void **state)
{
    (void)state;
    static char ids[THREADS * IDS_OF_THREAD][REQUEST_ID_BYTES];
    pthread_t threads[THREADS];
    clock_set_for_test(US_OF_TEST, 0);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, make_ids, ids[i * IDS_OF_THREAD]), 0);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    qsort(ids, THREADS * IDS_OF_THREAD, REQUEST_ID_BYTES, compare_ids);
    for (size_t i = 1; i < THREADS * IDS_OF_THREAD; ++i)
        assert_string_not_equal(ids[i - 1], ids[i]);
}

static int start(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(request_ids_begin_with_the_time, clock_back),
        cmocka_unit_test_teardown(request_ids_rise_whatever_the_clock_does, clock_back),
        cmocka_unit_test_teardown(request_ids_differ_between_threads, clock_back),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
