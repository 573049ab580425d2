/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/metrics.h"

#include "base/text.h"
#include "endpoint/process.h"
#include "http/reply.h"
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#define TEXT_BYTES_USUAL 8192
#define US_PER_SECOND    1e6
#define MS_PER_SECOND    1e3

/* What only a worker's own thread may look at. Each is asked by a message and answers by one, so nothing is read while
 * it changes. */
struct report {
    struct db_lane_state lanes[DB_LANE__MAX];
    size_t clients, tokens, token_bytes;
};

struct gather {        /* outlives the request when that is given up meanwhile */
    struct call *call; /* NULL: gone */
    struct worker *home;
    unsigned missing;
    struct report *reports; /* by worker */
};

struct question {
    struct gather *gather;
    unsigned index;
};

/* --- asking the workers ------------------------------------------------------------------------------------------ */

static void metrics_gathered(struct gather *gather);

static void gather_gone(void *cookie)
{
    struct gather *gather = cookie;
    gather->call = NULL;
}

/* At home again. */
static void take_report(struct worker *worker, void *argument)
{
    struct question *question = argument;
    struct gather *gather = question->gather;
    (void)worker;
    free(question);
    if (--gather->missing > 0)
        return;
    if (gather->call != NULL) {
        call_on_gone(gather->call, NULL, NULL); /* the request may outlive this */
        metrics_gathered(gather);
    }
    free(gather->reports);
    free(gather);
}

/* On the asked worker's thread. */
static void make_report(struct worker *worker, void *argument)
{
    struct question *question = argument;
    struct report *report = &question->gather->reports[question->index];
    for (unsigned lane = 0; lane < DB_LANE__MAX; ++lane)
        report->lanes[lane] = db_lane_state(worker->db, (enum db_lane)lane);
    report->clients = client_book_count(worker->clients);
    report->tokens = cache_count(worker->tokens);
    report->token_bytes = cache_bytes(worker->tokens);
    worker_send(question->gather->home, take_report, question);
}

void metrics_start(struct call *call)
{
    struct worker *home = call->worker;
    struct gather *gather = h2o_mem_alloc(sizeof(*gather));
    *gather = (struct gather){.call = call, .home = home, .missing = home->all_count};
    gather->reports = h2o_mem_alloc(home->all_count * sizeof(*gather->reports));
    call_on_gone(call, gather_gone, gather);
    for (unsigned i = 0; i < home->all_count; ++i) {
        struct question *question = h2o_mem_alloc(sizeof(*question));
        *question = (struct question){gather, i};
        worker_send(home->all[i], make_report, question);
    }
}

/* --- the text ---------------------------------------------------------------------------------------------------- */

static void add_family(struct text *text, const char *name, const char *type, const char *help)
{
    text_add_format(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_number(struct text *text, const char *name, const char *labels, uint64_t value)
{
    text_add_format(text, "%s%s %llu\n", name, labels, (unsigned long long)value);
}

static void add_gauge(struct text *text, const char *name, const char *help, double value)
{
    add_family(text, name, "gauge", help);
    text_add_format(text, "%s %.17g\n", name, value);
}

/* --- counters of the workers: atomics, of which each has one writer ---------------------------------------------- */

#define OFFSET(member) offsetof(struct worker_counters, member)

static const struct {
    const char *name, *help;
    size_t offset;
} counters[] = {
#define COUNTER_ROW(field, name, help) {name, help, OFFSET(field)},
    WORKER_COUNTER_TABLE(COUNTER_ROW)
#undef COUNTER_ROW
};

static uint64_t sum_at(const struct worker *worker, size_t offset)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < worker->all_count; ++i) {
        const char *of_worker = (const char *)&worker->all[i]->counters;
        sum += atomic_load_explicit((_Atomic uint64_t *)(of_worker + offset), memory_order_relaxed);
    }
    return sum;
}

static void add_counters(struct text *text, const struct worker *worker)
{
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); ++i) {
        add_family(text, counters[i].name, "counter", counters[i].help);
        add_number(text, counters[i].name, "", sum_at(worker, counters[i].offset));
    }
}

static void add_answers(struct text *text, const struct worker *worker)
{
    static const char name[] = "hallmark_answers_total";
    static const char *const labels[] = {"{class=\"none\"}", "{class=\"1xx\"}", "{class=\"2xx\"}",
                                         "{class=\"3xx\"}",  "{class=\"4xx\"}", "{class=\"5xx\"}"};
    add_family(text, name, "counter", "Answers by the class of their status; none: the connection ended before one.");
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); ++i)
        add_number(text, name, labels[i], sum_at(worker, OFFSET(answers) + i * sizeof(uint64_t)));
}

/* Buckets are kept apart by the workers and are cumulative here. */
static void add_durations(struct text *text, const struct worker *worker)
{
    static const char name[] = "http_server_request_duration_seconds";
    uint64_t count = 0;
    add_family(text, name, "histogram", "Time from the complete request to its answer.");
    for (size_t i = 0; i < WORKER_DURATION_BUCKETS; ++i) {
        count += sum_at(worker, OFFSET(duration_buckets) + i * sizeof(uint64_t));
        if (i < WORKER_DURATION_BUCKETS - 1)
            text_add_format(text, "%s_bucket{le=\"%g\"} %llu\n", name,
                            (double)worker_duration_bounds_us[i] / US_PER_SECOND, (unsigned long long)count);
    }
    text_add_format(text, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)count);
    text_add_format(text, "%s_sum %.6f\n", name, (double)sum_at(worker, OFFSET(duration_sum_us)) / US_PER_SECOND);
    text_add_format(text, "%s_count %llu\n", name, (unsigned long long)count);
}

static int64_t connections_open(const struct worker *worker)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < worker->all_count; ++i)
        sum += atomic_load_explicit(&worker->all[i]->counters.connections_open, memory_order_relaxed);
    return sum;
}

/* --- lanes and caches: reported by the workers ------------------------------------------------------------------- */

enum lane_type { LANE_GAUGE, LANE_COUNTER };

static const struct {
    const char *name, *help;
    enum lane_type type;
    size_t offset, size;
} lane_figures[] = {
#define LANE_ROW(field, name, type, help)                                                                              \
    {                                                                                                                  \
        name, help, type, offsetof(struct db_lane_state, field), sizeof(((struct db_lane_state *)0)->field)            \
    }
    LANE_ROW(connections, "hallmark_db_connections", LANE_GAUGE, "Database connections wanted."),
    LANE_ROW(ready, "hallmark_db_connections_ready", LANE_GAUGE, "Database connections that can take a statement."),
    LANE_ROW(in_flight, "hallmark_db_statements_in_flight", LANE_GAUGE, "Statements sent and not yet answered."),
    LANE_ROW(waiting, "hallmark_db_statements_waiting", LANE_GAUGE, "Statements that wait for a connection."),
    LANE_ROW(lost, "hallmark_db_statements_lost_total", LANE_COUNTER,
             "Statements whose answer was lost with their connection."),
    LANE_ROW(refused_busy, "hallmark_db_statements_busy_total", LANE_COUNTER,
             "Statements that were refused because the lane was full or down."),
#undef LANE_ROW
};

static uint64_t lane_figure(const struct db_lane_state *state, size_t offset, size_t size)
{
    const char *at = (const char *)state + offset;
    return size == sizeof(unsigned) ? *(const unsigned *)(const void *)at : *(const uint64_t *)(const void *)at;
}

static void add_lanes(struct text *text, const struct gather *gather)
{
    static const char *const labels[DB_LANE__MAX] = {
        [DB_LANE_READ] = "{lane=\"read\"}", [DB_LANE_WRITE] = "{lane=\"write\"}", [DB_LANE_LIST] = "{lane=\"list\"}"};
    for (size_t i = 0; i < sizeof(lane_figures) / sizeof(lane_figures[0]); ++i) {
        add_family(text, lane_figures[i].name, lane_figures[i].type == LANE_GAUGE ? "gauge" : "counter",
                   lane_figures[i].help);
        for (unsigned lane = 0; lane < DB_LANE__MAX; ++lane) {
            uint64_t sum = 0;
            for (unsigned worker = 0; worker < gather->home->all_count; ++worker)
                sum += lane_figure(&gather->reports[worker].lanes[lane], lane_figures[i].offset, lane_figures[i].size);
            add_number(text, lane_figures[i].name, labels[lane], sum);
        }
    }
}

static void add_caches(struct text *text, const struct gather *gather)
{
    struct report sum = {.clients = 0};
    for (unsigned i = 0; i < gather->home->all_count; ++i) {
        sum.clients += gather->reports[i].clients;
        sum.tokens += gather->reports[i].tokens;
        sum.token_bytes += gather->reports[i].token_bytes;
    }
    add_gauge(text, "hallmark_client_cache_entries", "Clients in memory, on all threads.", (double)sum.clients);
    add_gauge(text, "hallmark_token_cache_entries", "Checked tokens in memory, on all threads.", (double)sum.tokens);
    add_gauge(text, "hallmark_token_cache_bytes", "Memory of checked tokens, on all threads.", (double)sum.token_bytes);
}

/* --- the process ------------------------------------------------------------------------------------------------- */

static void add_rates(struct text *text, const struct rate_table *rates)
{
    static const char full[] = "hallmark_rate_table_full_total";
    add_gauge(text, "hallmark_rate_cells", "Keys and applications whose requests are counted now.",
              (double)rate_cells(rates));
    add_family(text, full, "counter", "Clients that went uncounted since the table of counts was full.");
    add_number(text, full, "", rate_full(rates));
}

static void add_process(struct text *text, const struct worker *worker)
{
    add_family(text, "hallmark_build_info", "gauge", "The version that runs.");
    add_number(text, "hallmark_build_info", "{version=\"" HALLMARK_VERSION "\"}", 1);
    add_gauge(text, "hallmark_workers", "Threads that serve requests.", worker->all_count);
    add_gauge(text, "hallmark_connections_open", "Client connections open now.", (double)connections_open(worker));
    if (worker->feed != NULL)
        add_gauge(text, "hallmark_feed_age_seconds", "Time since the feed of policy changes was last proven.",
                  (double)feed_age_ms(worker->feed) / MS_PER_SECOND);
    add_gauge(text, "process_resident_memory_bytes", "Resident memory size in bytes.",
              (double)process_resident_bytes());
    add_gauge(text, "process_open_fds", "Number of open file descriptors.", (double)process_open_descriptors());
    add_gauge(text, "process_max_fds", "Maximum number of open file descriptors.", (double)process_descriptors_max());
}

static struct {
    void (*add[METRICS_SOURCES_MAX])(struct text *text);
    size_t count;
} sources;

void metrics_add_source(void (*add)(struct text *text))
{
    assert(sources.count < METRICS_SOURCES_MAX);
    sources.add[sources.count++] = add;
}

static void metrics_gathered(struct gather *gather)
{
    struct call *call = gather->call;
    const struct worker *home = gather->home;
    struct text text;
    text_start(&text, call->pool, TEXT_BYTES_USUAL);
    add_counters(&text, home);
    add_family(&text, "hallmark_log_lines_dropped_total", "counter", "Log lines that a slow reader made us drop.");
    add_number(&text, "hallmark_log_lines_dropped_total", "", log_lines_dropped());
    add_answers(&text, home);
    add_durations(&text, home);
    add_lanes(&text, gather);
    add_caches(&text, gather);
    if (home->rates != NULL)
        add_rates(&text, home->rates);
    add_process(&text, home);
    for (size_t i = 0; i < sources.count; ++i)
        sources.add[i](&text);
    reply_text(call, 200, SLICE("text/plain; version=0.0.4; charset=utf-8"), text_slice(&text));
}
