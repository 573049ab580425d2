/* SPDX-License-Identifier: Apache-2.0 */
/* What unit tests share: cmocka with the headers it wants, checks that say which case of a table failed, and a pool. */
#ifndef HALLMARK_TESTS_CHECK_H
#define HALLMARK_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/slice.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the case's name and the condition. */
#define check(name, ...)                                                                                               \
    do {                                                                                                               \
        if (!(__VA_ARGS__))                                                                                            \
            fail_msg("case \"%s\": %s", (name), #__VA_ARGS__);                                                         \
    } while (0)

/* check_slice(name, got, want); variadic because compound literals have commas. */
#define check_slice(...) check_slice_at(__FILE__, __LINE__, __VA_ARGS__)

static inline void check_slice_at(const char *file, int line, const char *name, h2o_iovec_t got, h2o_iovec_t want)
{
    if (slice_equal(got, want))
        return;
    print_error("case \"%s\": got \"%.*s\", want \"%.*s\"\n", name, SLICE_ARGS(got), SLICE_ARGS(want));
    _fail(file, line);
}

/* True when `act` ends the process by abort(), as a broken assertion does. It runs in a process of its own. */
static inline bool aborts(void (*act)(void))
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        act();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* A pool a test: cmocka_unit_test_setup_teardown(test, pool_setup, pool_teardown), then pool_of(state). */
static inline int pool_setup(void **state)
{
    h2o_mem_pool_t *pool = h2o_mem_alloc(sizeof(*pool));
    h2o_mem_init_pool(pool);
    *state = pool;
    return 0;
}

static inline int pool_teardown(void **state)
{
    h2o_mem_clear_pool(*state);
    free(*state);
    return 0;
}

static inline h2o_mem_pool_t *pool_of(void **state)
{
    return *state;
}

#define test_with_pool(test) cmocka_unit_test_setup_teardown(test, pool_setup, pool_teardown)

#endif
