/* SPDX-License-Identifier: Apache-2.0 */
/* Each thread has a ring that it alone fills and the writer alone empties, so that neither ever waits for the other.
 * The writer sleeps until a thread rings its bell (an eventfd); woken, it lets lines gather for a moment, so that many
 * lines cost few writes. */
#include "base/log_writer.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define RING_BYTES (1024 * 1024) /* of one thread: bridges 100 ms at 30,000 long lines a second */
#define GATHER_MS  20
#define STOP_MS    2000
#define LOOK_UP_MS 100 /* while the reader is slow: whether we are to stop */
#define CACHE_LINE 64

_Static_assert((RING_BYTES & (RING_BYTES - 1)) == 0, "positions are masked");

/* Positions only grow; masked they are places in `bytes`. */
struct ring {
    struct ring *next; /* set before the ring is in the list, never again */
    atomic_bool is_owned;
    bool is_announced;                          /* the owner's: the bell was rung for everything in here */
    _Alignas(CACHE_LINE) atomic_size_t filled;  /* written by the owner */
    _Alignas(CACHE_LINE) atomic_size_t emptied; /* written by the writer */
    _Alignas(CACHE_LINE) char bytes[RING_BYTES];
};

/* What the threads ask of the writer. It only rises, until the writer takes it down. */
enum bell { BELL_SILENT, BELL_GATHER, BELL_HURRY };

static struct {
    int fd, bell_fd;
    size_t piece_bytes; /* of one write */
    atomic_int bell;
    atomic_bool is_running, is_stopping;
    int64_t stop_until_ms; /* of the monotonic clock; set before is_stopping */
    pthread_t thread;
    _Atomic(struct ring *) rings; /* never freed: a thread that ends leaves its ring to the next one */
    atomic_uint_fast64_t dropped;
    struct ring *reports;   /* the writer's own: a ring that a thread has left may be full, and its report be lost */
    uint64_t dropped_told;  /* the writer's: how many of them the log itself has reported */
    pthread_key_t ring_key; /* only for its destructor */
} writer = {.bell_fd = -1};

static _Thread_local struct ring *own_ring;

/* --- the threads' side --- */

/* Writes the bell even when it is rung already: either the writer's next look comes after this write and sees our
 * lines, or it came before, and then the bell is silent and we wake it. To read alone would promise neither. */
static void ring_bell(enum bell wanted)
{
    int heard = atomic_load(&writer.bell);
    while (!atomic_compare_exchange_weak(&writer.bell, &heard, heard < (int)wanted ? (int)wanted : heard))
        ;
    if (heard < (int)wanted)
        eventfd_write(writer.bell_fd, 1);
}

static void announce(struct ring *ring, enum bell bell)
{
    ring->is_announced = true;
    ring_bell(bell);
}

static struct ring *find_free_ring(void)
{
    for (struct ring *ring = atomic_load(&writer.rings); ring != NULL; ring = ring->next) {
        bool is_owned = false;
        if (atomic_compare_exchange_strong(&ring->is_owned, &is_owned, true))
            return ring;
    }
    return NULL;
}

static struct ring *ring_create(void)
{
    struct ring *ring = aligned_alloc(_Alignof(struct ring), sizeof(*ring));
    if (ring == NULL)
        h2o_fatal("no memory");
    atomic_init(&ring->is_owned, true);
    atomic_init(&ring->filled, 0);
    atomic_init(&ring->emptied, 0);
    ring->next = atomic_load(&writer.rings);
    while (!atomic_compare_exchange_weak(&writer.rings, &ring->next, ring))
        ;
    return ring;
}

static struct ring *ring_of_thread(void)
{
    if (own_ring == NULL) {
        own_ring = find_free_ring();
        if (own_ring == NULL)
            own_ring = ring_create();
        own_ring->is_announced = true;
        pthread_setspecific(writer.ring_key, own_ring);
    }
    return own_ring;
}

static void leave_ring(void *cookie)
{
    struct ring *ring = cookie;
    if (!ring->is_announced)
        announce(ring, BELL_GATHER);
    own_ring = NULL;
    atomic_store(&ring->is_owned, false);
}

static void copy_in(struct ring *ring, size_t position, h2o_iovec_t bytes)
{
    size_t at = position & (RING_BYTES - 1);
    size_t first = bytes.len < RING_BYTES - at ? bytes.len : RING_BYTES - at;
    memcpy(ring->bytes + at, bytes.base, first);
    memcpy(ring->bytes, bytes.base + first, bytes.len - first);
}

void log_writer_add(h2o_iovec_t line)
{
    struct ring *ring = ring_of_thread();
    size_t filled = atomic_load_explicit(&ring->filled, memory_order_relaxed);
    size_t used = filled - atomic_load_explicit(&ring->emptied, memory_order_acquire);
    if (line.len >= RING_BYTES - used) {
        atomic_fetch_add_explicit(&writer.dropped, 1, memory_order_relaxed);
        return;
    }
    if (line.len > 0)
        copy_in(ring, filled, line);
    copy_in(ring, filled + line.len, SLICE("\n"));
    atomic_store_explicit(&ring->filled, filled + line.len + 1, memory_order_release);
    ring->is_announced = false;
    if (used + line.len >= RING_BYTES / 2)
        announce(ring, BELL_HURRY);
}

void log_writer_announce(void)
{
    if (own_ring != NULL && !own_ring->is_announced)
        announce(own_ring, BELL_GATHER);
}

uint64_t log_writer_dropped(void)
{
    return atomic_load_explicit(&writer.dropped, memory_order_relaxed);
}

bool log_writer_runs(void)
{
    return atomic_load_explicit(&writer.is_running, memory_order_acquire);
}

/* --- the writer's side --- */

static void count_as_dropped(const char *bytes, size_t len)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < len; ++i)
        lines += bytes[i] == '\n';
    atomic_fetch_add_explicit(&writer.dropped, lines, memory_order_relaxed);
}

/* The one place where a slow reader is waited for; false when the log is to stop and its time is over. */
static bool wait_for_room(void)
{
    struct pollfd out = {.fd = writer.fd, .events = POLLOUT};
    while (poll(&out, 1, LOOK_UP_MS) <= 0)
        if (atomic_load(&writer.is_stopping) && clock_monotonic_ms() >= writer.stop_until_ms)
            return false;
    return true; /* or there is an error, which the write will tell */
}

/* A pipe that has room takes PIPE_BUF bytes at once, so the write does not block, although the descriptor may. A file
 * has no such bound. */
static size_t piece_bytes_max(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? RING_BYTES : PIPE_BUF;
}

static ssize_t write_some(const char *bytes, size_t len)
{
    if (!wait_for_room())
        return -1;
    ssize_t written = write(writer.fd, bytes, len < writer.piece_bytes ? len : writer.piece_bytes);
    return written < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : written;
}

/* One piece that does not wrap around. What cannot be written at all (no reader, a full disk) is dropped. */
static void empty_piece(struct ring *ring, size_t position, size_t len)
{
    const char *bytes = ring->bytes + (position & (RING_BYTES - 1));
    size_t done = 0;
    while (done < len) {
        ssize_t written = write_some(bytes + done, len - done);
        if (written < 0) {
            count_as_dropped(bytes + done, len - done);
            written = (ssize_t)(len - done);
        }
        done += (size_t)written;
        atomic_store_explicit(&ring->emptied, position + done, memory_order_release);
    }
}

/* `filled` is read once: it stands behind a newline, so that lines of two threads never mix. */
static void empty_ring(struct ring *ring)
{
    size_t emptied = atomic_load_explicit(&ring->emptied, memory_order_relaxed);
    size_t len = atomic_load_explicit(&ring->filled, memory_order_acquire) - emptied;
    size_t until_wrap = RING_BYTES - (emptied & (RING_BYTES - 1));
    size_t first = len < until_wrap ? len : until_wrap;
    empty_piece(ring, emptied, first);
    empty_piece(ring, emptied + first, len - first);
}

static void empty_all(void)
{
    for (struct ring *ring = atomic_load(&writer.rings); ring != NULL; ring = ring->next)
        empty_ring(ring);
}

static void tell_of_dropped(void)
{
    uint64_t dropped = log_writer_dropped();
    if (dropped == writer.dropped_told)
        return;
    log_event(LOG_LEVEL_WARN, "log_lines_dropped", "\"lines\":%" PRIu64, dropped - writer.dropped_told);
    writer.dropped_told = dropped;
}

static bool wait_for_bell(int timeout_ms)
{
    eventfd_t rings;
    poll(&(struct pollfd){.fd = writer.bell_fd, .events = POLLIN}, 1, timeout_ms);
    return eventfd_read(writer.bell_fd, &rings) == 0;
}

static void *run(void *cookie)
{
    (void)cookie;
    bool is_last = false;
    own_ring = writer.reports;
    while (!is_last) {
        if (wait_for_bell(-1) && atomic_load(&writer.bell) == BELL_GATHER)
            wait_for_bell(GATHER_MS);
        is_last = atomic_load(&writer.is_stopping);
        /* Our own report must not wake us again: one that is lost would do so for ever. */
        atomic_store(&writer.bell, BELL_HURRY);
        tell_of_dropped();
        atomic_exchange(&writer.bell, BELL_SILENT); /* before looking: what comes later rings again */
        empty_all();
    }
    return NULL;
}

/* --- start and stop --- */

static void prepare(void)
{
    if (pthread_key_create(&writer.ring_key, leave_ring) != 0)
        h2o_fatal("no thread key");
    writer.reports = ring_create();
    writer.bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); /* kept for ever: a late thread may still ring it */
}

bool log_writer_start(int fd)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    assert(!log_writer_runs());
    pthread_once(&once, prepare);
    if (writer.bell_fd < 0)
        return false;
    writer.fd = fd;
    writer.piece_bytes = piece_bytes_max(fd);
    atomic_store(&writer.is_stopping, false);

    /* Signals are for other threads; SIGPIPE becomes EPIPE. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&writer.thread, NULL, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atomic_store(&writer.is_running, failed == 0);
    return failed == 0;
}

void log_writer_stop(void)
{
    if (!log_writer_runs())
        return;
    writer.stop_until_ms = clock_monotonic_ms() + STOP_MS;
    atomic_store(&writer.is_stopping, true);
    eventfd_write(writer.bell_fd, 1);
    pthread_join(writer.thread, NULL);
    atomic_store(&writer.is_running, false);
    empty_all(); /* lines that came in after the writer's last round */
}
