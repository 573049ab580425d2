/* SPDX-License-Identifier: Apache-2.0 */
/* The threads from start to stop. Connections, drain and reload under hostile clients: tests/e2e/test_http_life.py. */
#include "check.h"

#include "http/reply.h"
#include "http/server.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>

#define THREADS 3

static void hello(struct call *call)
{
    reply_json(call, 200, SLICE("{}"));
}

static const struct route rows[] = {
    {SLICE("/hello"), METHOD_BIT(METHOD_GET), ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, hello},
};
static const struct routes routes = {
    .rows = rows, .count = COUNT_OF(rows), .operations = rows, .operations_count = COUNT_OF(rows)};

static struct settings some_settings(void)
{
    return (struct settings){.database = "host=/nonexistent",
                             .issuer = SLICE("https://id.example"),
                             .listen = "127.0.0.1:0",
                             .operations_listen = "127.0.0.1:0",
                             .threads = THREADS,
                             .db_connections = 6 + 3 * THREADS,
                             .cache_megabytes = 1};
}

/* --- requests -------------------------------------------------------------------------------------------------------
 */

static int connect_to(unsigned port)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool is_answered(int fd)
{
    static const char request[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[1024];
    if (write(fd, request, sizeof(request) - 1) != sizeof(request) - 1)
        return false;
    ssize_t len = read(fd, answer, sizeof(answer));
    return len > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

/* --- hooks ----------------------------------------------------------------------------------------------------------
 */

static struct {
    atomic_int started, stopping, messages, late_messages;
    atomic_bool is_early; /* something ran before it should */
    pthread_t threads[THREADS];
} seen;

static void on_message(struct worker *worker, void *argument)
{
    (void)argument;
    if (atomic_load(&seen.started) != THREADS || !pthread_equal(pthread_self(), seen.threads[worker->index]))
        atomic_store(&seen.is_early, true);
    atomic_fetch_add(&seen.messages, 1);
}

/* Every worker can be reached from the first hook on, but none of their loops runs before the last hook is done. */
static void on_started(struct worker *worker, void *cookie)
{
    assert_ptr_equal(cookie, &seen);
    seen.threads[worker->index] = pthread_self();
    for (unsigned i = 0; i < worker->all_count; ++i)
        worker_send(worker->all[i], on_message, NULL);
    atomic_fetch_add(&seen.started, 1);
}

static void on_late_answer(struct worker *worker, void *argument)
{
    (void)worker, (void)argument;
    atomic_fetch_add(&seen.late_messages, 1);
}

static void on_late_question(struct worker *worker, void *argument)
{
    worker_send(argument, on_late_answer, NULL);
    on_late_answer(worker, NULL);
}

static void on_stopping(struct worker *worker, void *cookie)
{
    assert_ptr_equal(cookie, &seen);
    for (unsigned i = 0; i < worker->all_count; ++i) {
        if (atomic_load_explicit(&worker->all[i]->counters.connections_open, memory_order_relaxed) != 0)
            atomic_store(&seen.is_early, true);
        worker_send(worker->all[i], on_late_question, worker);
    }
    atomic_fetch_add(&seen.stopping, 1);
}

static void test_life(void **state)
{
    struct settings settings = some_settings();
    char *message = NULL;
    int fds[20];
    uint64_t accepted = 0;
    (void)state;
    struct server *server =
        server_start(&settings, &routes, (struct server_hooks){on_started, on_stopping, &seen}, &message);
    assert_non_null(server);
    assert_int_equal(atomic_load(&seen.started), THREADS);
    assert_int_equal(server_worker_count(server), THREADS);
    for (size_t i = 0; i < COUNT_OF(fds); ++i) {
        fds[i] = connect_to(i == 0 ? server_operations_port(server) : server_port(server));
        assert_true(is_answered(fds[i]));
    }
    for (unsigned i = 0; i < THREADS; ++i) {
        assert_int_equal(server_worker(server, i)->index, i);
        accepted += atomic_load(&server_worker(server, i)->counters.connections_accepted);
    }
    assert_int_equal(accepted, COUNT_OF(fds));
    unsigned port = server_port(server);
    assert_true(server_reload(server, &message)); /* without TLS there is nothing to read */
    server_stop(server);
    assert_int_equal(connect_to(port), -1);
    for (size_t i = 0; i < COUNT_OF(fds); ++i) {
        char byte;
        assert_int_equal(read(fds[i], &byte, 1), 0); /* closed in peace, not reset */
        close(fds[i]);
    }
    assert_false(atomic_load(&seen.is_early));
    assert_int_equal(atomic_load(&seen.messages), THREADS * THREADS);
    assert_int_equal(atomic_load(&seen.stopping), THREADS);
    assert_int_equal(atomic_load(&seen.late_messages), 2 * THREADS * THREADS);
}

/* Started and stopped again and again: no thread is waited for in vain, whatever the order in which they come. */
static void test_quick_stops(void **state)
{
    struct settings settings = some_settings();
    char *message = NULL;
    (void)state;
    settings.operations_listen = NULL;
    for (int i = 0; i < 20; ++i) {
        struct server *server = server_start(&settings, &routes, (struct server_hooks){0}, &message);
        assert_non_null(server);
        assert_int_equal(server_operations_port(server), 0);
        if (i % 2 == 0) {
            int fd = connect_to(server_port(server));
            assert_true(is_answered(fd));
            close(fd);
        }
        server_stop(server);
    }
}

static void test_signals_stay_with_the_starter(void **state)
{
    struct settings settings = some_settings();
    char *message = NULL;
    sigset_t before, after;
    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    struct server *server = server_start(&settings, &routes, (struct server_hooks){0}, &message);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < SIGRTMIN; ++number)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
    server_stop(server);
}

/* --- what is refused
 * -------------------------------------------------------------------------------------------------- */

static void check_refused(const char *name, struct settings settings, const char *wanted)
{
    char *message = NULL;
    check(name, server_start(&settings, &routes, (struct server_hooks){0}, &message) == NULL);
    check(name, message != NULL && strstr(message, wanted) != NULL);
    free(message);
}

#define SETTINGS(change)                                                                                               \
    ({                                                                                                                 \
        struct settings changed = some_settings();                                                                     \
        changed change;                                                                                                \
        changed;                                                                                                       \
    })

static void test_refused(void **state)
{
    (void)state;
    check_refused("few lanes", SETTINGS(.db_connections = 6 + 3 * THREADS - 1), "at least 15 are needed");
    check_refused("no address", SETTINGS(.listen = "everywhere"), "\"everywhere\" is no address and port");
    check_refused("plain HTTP", SETTINGS(.listen = "0.0.0.0:0"), "would send secrets in the clear");
    check_refused("no operations address", SETTINGS(.operations_listen = "x"), "\"x\" is no address and port");
    check_refused("open operations", SETTINGS(.operations_listen = "0.0.0.0:0"), "must be on a loopback address");
    struct settings elsewhere = some_settings();
    elsewhere.listen = "192.0.2.1:0";
    elsewhere.behind_proxy = true;
    check_refused("address of nobody here", elsewhere, "cannot listen on port 0: ");
    struct settings no_files = some_settings();
    no_files.tls_certificate = no_files.tls_key = "/nonexistent";
    check_refused("no certificate", no_files, "cannot read the certificate /nonexistent");
}

static void test_too_few_descriptors(void **state)
{
    struct rlimit before, few;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &before);
    few = before;
    few.rlim_cur = 128;
    setrlimit(RLIMIT_NOFILE, &few);
    check_refused("few descriptors", some_settings(), "the limit of open files (ulimit -n) must be at least 174");
    setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
    secret_start();
    log_start(STDOUT_FILENO, LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_quick_stops),
        cmocka_unit_test(test_signals_stay_with_the_starter),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_too_few_descriptors),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    log_stop();
    return failed;
}
