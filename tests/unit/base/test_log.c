/* SPDX-License-Identifier: Apache-2.0 */
/* Linked with --wrap for aligned_alloc, so that the rings of threads are counted. */
#include "check.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        (char *)"" literal, sizeof(literal) - 1                                                                        \
    }
#define RING_BYTES     (1024 * 1024)
#define PATIENCE_S     60 /* a caller that is blocked ends the test */
#define LINE_BYTES_MAX 256

/* --- a pipe and what came out of it --- */

struct drain {
    int read_fd, write_fd;
    pthread_t thread;
    char *bytes;
    size_t len;
};

static void drain_open(struct drain *drain)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    *drain = (struct drain){.read_fd = fds[0], .write_fd = fds[1]};
}

static void *read_all(void *cookie)
{
    struct drain *drain = cookie;
    size_t capacity = 0;
    ssize_t got = 1;
    while (got > 0) {
        if (capacity - drain->len < 65536)
            drain->bytes = h2o_mem_realloc(drain->bytes, capacity = 2 * capacity + 65536);
        got = read(drain->read_fd, drain->bytes + drain->len, capacity - drain->len);
        drain->len += got > 0 ? (size_t)got : 0;
    }
    return NULL;
}

static void drain_start(struct drain *drain)
{
    assert_int_equal(pthread_create(&drain->thread, NULL, read_all, drain), 0);
}

/* After this all that was written stands in drain->bytes. */
static void drain_finish(struct drain *drain)
{
    close(drain->write_fd);
    assert_int_equal(pthread_join(drain->thread, NULL), 0);
    close(drain->read_fd);
}

static void drain_read(struct drain *drain)
{
    drain_start(drain);
    drain_finish(drain);
}

/* The next line, without its newline; SLICE_NONE at the end. */
static h2o_iovec_t next_line(struct drain *drain, size_t *at)
{
    h2o_iovec_t rest = slice_from((h2o_iovec_t){drain->bytes, drain->len}, *at);
    if (*at == drain->len)
        return SLICE_NONE;
    size_t len = slice_find(rest, '\n');
    assert_true(len != SIZE_MAX); /* no line is cut */
    *at += len + 1;
    return (h2o_iovec_t){rest.base, len};
}

static void check_output(const char *name, struct drain *drain, h2o_iovec_t wanted)
{
    check_slice(name, (h2o_iovec_t){drain->bytes, drain->len}, wanted);
    free(drain->bytes);
}

/* --- quoting --- */

static void quotes_what_comes_from_outside(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size;
        h2o_iovec_t text;
        const char *quoted;
    } cases[] = {
        {"forged line", 100, TEXT("x\n{\"level\":\"error\"}"), "\"x\\n{\\\"level\\\":\\\"error\\\"}\""},
        {"NUL", 100, TEXT("a\0b"), "\"a\\u0000b\""},
        {"terminal escape", 100, TEXT("\x1b[31m\x7f"), "\"\\u001b[31m\\u007f\""},
        {"eight-bit control", 100, TEXT("\xc2\x9b"), "\"\\u009b\""},
        {"Latin-1", 100, TEXT("caf\xe9!"), "\"caf\xef\xbf\xbd!\""},
        {"cut sequence", 100, TEXT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"nothing", 100, {NULL, 0}, "\"\""},
        {"empty", 6, TEXT(""), "\"\""},
        {"wide characters", 100, TEXT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
         "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"fits exactly", 10, TEXT("1234567"), "\"1234567\""},
        {"one too long", 9, TEXT("1234567"), "\"123...\""},
        {"smallest size, fits", 6, TEXT("123"), "\"123\""},
        {"smallest size", 6, TEXT("1234"), "\"...\""},
        {"never half an escape", 12, TEXT("12\n\n\n\n"), "\"12\\n\\n...\""},
        {"escape that does not fit", 12, TEXT("12\x01\x01"), "\"12...\""},
        {"never half a character", 9, TEXT("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"), "\"\xe2\x82\xac...\""},
        {"room for the dots only", 7, TEXT("\xe2\x82\xac\xe2\x82\xac"), "\"...\""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char *out = h2o_mem_alloc(cases[i].size); /* its end is watched by the sanitizer */
        check(cases[i].name, log_quote(out, cases[i].size, cases[i].text) == out);
        check_slice(cases[i].name, slice_of(out), slice_of(cases[i].quoted));
        free(out);
    }
}

static void quote_into_nothing(void)
{
    char out[5];
    log_quote(out, sizeof(out), SLICE(""));
}

/* Whatever comes in: JSON comes out, and it fits. */
static void quotes_any_bytes(void **state)
{
    (void)state;
    uint64_t seed = 0x6c6f67;
    assert_true(aborts(quote_into_nothing));
    for (int round = 0; round < 20000; ++round) {
        char bytes[40], out[64], whole[80];
        for (size_t i = 0; i < sizeof(bytes); ++i) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes[i] = seed % 3 == 0 ? (char)(seed >> 8) : (char)(0x80 | seed >> 16);
        }
        size_t size = 6 + seed % (sizeof(out) - 5);
        log_quote(out, size, (h2o_iovec_t){bytes, seed >> 32 & 31});
        assert_true(strlen(out) < size);
        json_t *parsed = json_loadb(whole, (size_t)sprintf(whole, "[%s]", out), JSON_ALLOW_NUL, NULL);
        check(out, parsed != NULL);
        json_decref(parsed);
    }
}

/* --- events --- */

#define NOW_US INT64_C(1795299369000123)
#define AT_NOW "{\"ts\":\"2026-11-21T22:16:09.000123Z\","

static void log_some_events(void)
{
    static char long_text[5000];
    clock_set_for_test(NOW_US, 0);
    memset(long_text, 'x', sizeof(long_text) - 1);
    log_event(LOG_LEVEL_ERROR, "a", NULL);
    log_event(LOG_LEVEL_WARN, "b", "\"n\":%d,\"s\":\"%s\"", 7, "x");
    log_event(LOG_LEVEL_INFO, "c", "\"s\":\"%s\"", "forgotten\nto quote");
    log_event(LOG_LEVEL_DEBUG, "d", NULL);
    log_event(LOG_LEVEL_ERROR, "e", "\"s\":\"%s\"", long_text);
    log_line(SLICE("{\"request\":1}"));
    log_line(SLICE(""));
    clock_set_for_test(0, 0);
}

static const char events_at_info[] = AT_NOW "\"level\":\"error\",\"event\":\"a\"}\n" AT_NOW
                                            "\"level\":\"warn\",\"event\":\"b\",\"n\":7,\"s\":\"x\"}\n" AT_NOW
                                            "\"level\":\"info\",\"event\":\"c\",\"s\":\"forgotten to quote\"}\n" AT_NOW
                                            "\"level\":\"error\",\"event\":\"e\",\"fields\":\"too long\"}\n"
                                            "{\"request\":1}\n\n";

static void writes_events(void **state)
{
    (void)state;
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    log_some_events();
    log_stop();
    drain_read(&drain);
    check_output("through the writer", &drain, slice_of(events_at_info));
}

static void writes_straight_after_the_stop(void **state)
{
    (void)state;
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    log_stop();
    log_stop();
    log_some_events();
    log_tick();
    drain_read(&drain);
    check_output("straight", &drain, slice_of(events_at_info));
}

static void leaves_out_what_is_above_the_level(void **state)
{
    (void)state;
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_ERROR);
    log_event(LOG_LEVEL_WARN, "b", NULL);
    log_line(SLICE("{}")); /* request lines are of level info */
    log_stop();
    drain_read(&drain);
    check_output("level error", &drain, SLICE(""));

    drain_open(&drain);
    clock_set_for_test(NOW_US, 0);
    log_start(drain.write_fd, LOG_LEVEL_DEBUG);
    log_event(LOG_LEVEL_DEBUG, "d", NULL);
    log_stop();
    clock_set_for_test(0, 0);
    drain_read(&drain);
    check_output("level debug", &drain, SLICE(AT_NOW "\"level\":\"debug\",\"event\":\"d\"}\n"));
}

/* On both sides of the longest event: a line is either whole or says that it is not. */
static void writes_json_at_any_length(void **state)
{
    (void)state;
    static char text[4200];
    struct drain drain;
    size_t at = 0, lines = 0, too_long = 0;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    drain_start(&drain);
    for (size_t len = 3900; len < sizeof(text); ++len) {
        memset(text, 'x', len);
        log_event(LOG_LEVEL_INFO, "e", "\"s\":\"%.*s\"", (int)len, text);
    }
    log_stop();
    drain_finish(&drain);
    for (h2o_iovec_t line = next_line(&drain, &at); line.base != NULL; line = next_line(&drain, &at)) {
        json_t *event = json_loadb(line.base, line.len, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(event);
        too_long += json_object_get(event, "fields") != NULL;
        ++lines;
        json_decref(event);
    }
    assert_int_equal(lines, sizeof(text) - 3900);
    assert_in_range(too_long, 100, 299);
    free(drain.bytes);
}

/* --- when lines get out --- */

static void wait_for_line(const struct drain *drain, const char *wanted)
{
    char line[LINE_BYTES_MAX];
    size_t len = 0;
    while (len == 0 || line[len - 1] != '\n')
        assert_int_equal(read(drain->read_fd, line + len++, 1), 1);
    check_slice("line", (h2o_iovec_t){line, len - 1}, slice_of(wanted));
}

static void *log_and_end(void *line)
{
    log_line(slice_of(line));
    return NULL;
}

/* Nobody stops the log here: each read waits for what makes the line come. */
static void lines_come_by_themselves(void **state)
{
    (void)state;
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    log_line(SLICE("by tick"));
    log_tick();
    wait_for_line(&drain, "by tick");

    clock_set_for_test(NOW_US, 0);
    log_event(LOG_LEVEL_INFO, "by_itself", NULL);
    wait_for_line(&drain, AT_NOW "\"level\":\"info\",\"event\":\"by_itself\"}");
    clock_set_for_test(0, 0);

    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, log_and_end, "by the thread's end"), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    wait_for_line(&drain, "by the thread's end");

    for (size_t bytes = 0; bytes < RING_BYTES / 2; bytes += strlen("by half a ring") + 1)
        log_line(SLICE("by half a ring"));
    wait_for_line(&drain, "by half a ring");
    drain_start(&drain); /* or the writer waits for us while we wait for it */
    log_stop();
    drain_finish(&drain);
    free(drain.bytes);
}

/* --- many threads --- */

#define THREADS           4
#define LINES_OF_A_THREAD 20000

/* Lines of different lengths, so that they wrap around the ring's end in all ways. */
static void *log_many(void *cookie)
{
    static const char padding[] =
        "..................................................................................................";
    uintptr_t thread = (uintptr_t)cookie;
    for (unsigned i = 0; i < LINES_OF_A_THREAD; ++i) {
        char line[LINE_BYTES_MAX];
        int len = snprintf(line, sizeof(line), "%" PRIuPTR " %u %.*s", thread, i, (int)(i % 97), padding);
        log_line((h2o_iovec_t){line, (size_t)len});
        if (i % 100 == 0)
            log_tick();
    }
    return NULL;
}

static void check_lines_of_threads(struct drain *drain, size_t lines_wanted)
{
    unsigned next[THREADS] = {0};
    size_t lines = 0, at = 0;
    for (h2o_iovec_t line = next_line(drain, &at); line.base != NULL; line = next_line(drain, &at)) {
        unsigned thread, number;
        int dots_at;
        line.base[line.len] = '\0';
        if (sscanf(line.base, "%u %u %n", &thread, &number, &dots_at) != 2)
            continue; /* the report of what was dropped */
        assert_true(thread < THREADS);
        assert_true(number >= next[thread]); /* in order, each at most once */
        assert_int_equal(strspn(line.base + dots_at, "."), number % 97);
        assert_int_equal((size_t)dots_at + number % 97, line.len);
        next[thread] = number + 1;
        ++lines;
    }
    assert_int_equal(lines, lines_wanted);
}

static void log_from_threads(void)
{
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, (void *)i), 0);
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void keeps_lines_of_threads_apart(void **state)
{
    (void)state;
    for (int is_nonblocking = 0; is_nonblocking < 2; ++is_nonblocking) {
        struct drain drain;
        drain_open(&drain);
        fcntl(drain.write_fd, F_SETFL, is_nonblocking ? O_NONBLOCK : 0);
        uint64_t dropped_before = log_lines_dropped();
        log_start(drain.write_fd, LOG_LEVEL_INFO);
        drain_start(&drain);
        log_from_threads();
        log_stop();
        drain_finish(&drain);
        check_lines_of_threads(&drain, THREADS * LINES_OF_A_THREAD - (log_lines_dropped() - dropped_before));
        free(drain.bytes);
    }
}

static size_t rings_made;
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    rings_made += size >= RING_BYTES;
    return __real_aligned_alloc(alignment, size);
}

static void threads_inherit_rings(void **state)
{
    (void)state;
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    size_t before = rings_made;
    for (int i = 0; i < 50; ++i) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, log_and_end, "line"), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
    }
    assert_true(rings_made <= before + 1);
    log_stop();
    drain_read(&drain);
    assert_int_equal(drain.len, 50 * strlen("line\n"));
    free(drain.bytes);
}

/* --- a reader that does not read --- */

static uint64_t number_after(struct drain *drain, const char *name)
{
    uint64_t sum = 0;
    drain->bytes[drain->len - 1] = '\0';
    for (const char *at = strstr(drain->bytes, name); at != NULL; at = strstr(at + 1, name))
        sum += strtoull(at + strlen(name), NULL, 10);
    return sum;
}

static size_t count_lines(const struct drain *drain, const char *start)
{
    size_t lines = 0, len = strlen(start);
    for (size_t at = 0; at + len <= drain->len; ++at)
        lines += (at == 0 || drain->bytes[at - 1] == '\n') && memcmp(drain->bytes + at, start, len) == 0;
    return lines;
}

/* More than pipe and ring hold, with nobody reading: each call comes back, and no line is unaccounted for. */
static void never_blocks_a_caller(void **state)
{
    (void)state;
    enum { LINES = 100000 };
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    uint64_t dropped_before = log_lines_dropped();
    alarm(PATIENCE_S);
    for (int i = 0; i < LINES; ++i) {
        log_line(SLICE("line with some more bytes in it"));
        log_tick();
    }
    alarm(0);
    uint64_t dropped = log_lines_dropped() - dropped_before;
    assert_true(dropped > LINES / 2);

    drain_start(&drain);
    log_stop();
    drain_finish(&drain);
    assert_int_equal(log_lines_dropped() - dropped_before, dropped);
    assert_int_equal(count_lines(&drain, "line with some more bytes in it\n"), LINES - dropped);
    assert_true(count_lines(&drain, "{\"ts\":") >= 1);
    assert_int_equal(number_after(&drain, "\"event\":\"log_lines_dropped\",\"lines\":"), dropped);
    free(drain.bytes);
}

static void stops_although_nobody_reads(void **state)
{
    (void)state;
    enum { LINES = 10000 };
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    uint64_t dropped_before = log_lines_dropped();
    for (int i = 0; i < LINES; ++i)
        log_line(SLICE("line with some more bytes in it"));
    alarm(PATIENCE_S);
    log_stop();
    alarm(0);
    uint64_t dropped = log_lines_dropped() - dropped_before;
    drain_read(&drain);
    size_t lines = count_lines(&drain, "line with some more bytes in it\n");
    assert_true(lines > 0);
    assert_true(dropped > 0);
    assert_int_equal(lines + dropped, LINES);
    free(drain.bytes);
}

/* What earlier tests lost is told of in the next log; a lost report would count as well. */
static void get_over_losses(void)
{
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    log_stop();
    drain_read(&drain);
    free(drain.bytes);
}

static void lives_on_when_the_reader_is_gone(void **state)
{
    (void)state;
    struct drain drain;
    get_over_losses();
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    uint64_t dropped_before = log_lines_dropped();
    close(drain.read_fd);
    log_line(SLICE("first"));
    log_line(SLICE("second"));
    log_stop();
    assert_int_equal(log_lines_dropped() - dropped_before, 2);
    close(drain.write_fd);
}

static void drops_a_line_longer_than_a_ring(void **state)
{
    (void)state;
    struct drain drain;
    h2o_iovec_t line = {h2o_mem_alloc(RING_BYTES), RING_BYTES};
    memset(line.base, 'x', line.len);
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    uint64_t dropped_before = log_lines_dropped();
    log_line(line);
    assert_int_equal(log_lines_dropped() - dropped_before, 1);
    line.len = RING_BYTES - 1;
    drain_start(&drain);
    log_line(line);
    log_stop();
    drain_finish(&drain);
    assert_int_equal(log_lines_dropped() - dropped_before, 1);
    assert_true(drain.len >= RING_BYTES);
    assert_non_null(memmem(drain.bytes, drain.len, line.base, line.len));
    free(drain.bytes);
    free(line.base);
}

/* The report of lost lines gets lost too; that must not keep the writer busy by itself. */
static void does_not_report_in_circles(void **state)
{
    (void)state;
    enum { ROUNDS = 20, DROPPED_A_ROUND_MAX = 3 };
    struct drain drain;
    drain_open(&drain);
    log_start(drain.write_fd, LOG_LEVEL_INFO);
    close(drain.read_fd);
    uint64_t dropped_before = log_lines_dropped();
    alarm(PATIENCE_S);
    for (int round = 0; round < ROUNDS; ++round) {
        uint64_t dropped = log_lines_dropped();
        log_line(SLICE("lost"));
        log_tick();
        while (log_lines_dropped() == dropped)
            sched_yield();
    }
    alarm(0);
    log_stop();
    assert_true(log_lines_dropped() - dropped_before <= (ROUNDS + 1) * DROPPED_A_ROUND_MAX);
    close(drain.write_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_what_comes_from_outside),
        cmocka_unit_test(quotes_any_bytes),
        cmocka_unit_test(writes_events),
        cmocka_unit_test(writes_straight_after_the_stop),
        cmocka_unit_test(leaves_out_what_is_above_the_level),
        cmocka_unit_test(writes_json_at_any_length),
        cmocka_unit_test(lines_come_by_themselves),
        cmocka_unit_test(keeps_lines_of_threads_apart),
        cmocka_unit_test(threads_inherit_rings),
        cmocka_unit_test(never_blocks_a_caller),
        cmocka_unit_test(stops_although_nobody_reads),
        cmocka_unit_test(lives_on_when_the_reader_is_gone),
        cmocka_unit_test(does_not_report_in_circles),
        cmocka_unit_test(drops_a_line_longer_than_a_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
