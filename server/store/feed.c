/* SPDX-License-Identifier: Apache-2.0 */
#include "store/feed.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/secret.h"
#include "store/db_connection.h"
#include "store/db_result.h"
#include "store/row.h"

#include <stdatomic.h>
#include <stdlib.h>

#define NODE_RANDOM_BYTES 16
#define NODE_ID_BYTES     (sizeof("node_") + CODEC_HEX_LEN(NODE_RANDOM_BYTES))
#define READ_ROWS_MAX     500                   /* more than that are read in several turns */
#define NEVER_MS          (-(INT64_C(1) << 40)) /* so long ago that nobody trusts it */
#define NOTHING_APPLIED   (-1)

/* The feed has one of each under way at most. */
enum errand {
    ERRAND_LOOK,  /* at the ends of the feed, when there is no sight: everything before its end is to be read anew */
    ERRAND_READ,  /* of what comes behind the last change seen */
    ERRAND_BEAT,  /* this node lives, and its threads have come so far; what is the newest change? */
    ERRAND_LEAVE, /* this node stops: nobody waits for the answer */
    ERRAND__MAX,
};

struct feed_flight {
    struct db_flight flight;
    enum errand errand;
    bool under_way;
    int64_t sent_ms, told; /* told: `applied` that a beat carried */
};

struct feed {
    struct db_timers timers;
    h2o_timeout_entry_t turn, tick;
    struct db_conninfo *conninfo;
    struct db_connection_plan plan;
    struct db_connection *connection;
    struct feed_callbacks callbacks;
    char node[NODE_ID_BYTES];
    struct feed_flight flights[ERRAND__MAX];
    bool has_sight; /* `seen` is true */
    bool has_news;  /* there may be changes behind `seen` */
    int64_t seen, told;
    _Atomic int64_t applied; /* written here, read by any thread */
    int64_t beat_at_ms;
    int64_t quiet_until_ms;          /* after a statement failed: not again at once */
    int64_t told_ms;                 /* when the last beat that was answered was sent: others wait for us since then */
    int64_t known_ms, known_through; /* what was committed before that moment is not behind that change ... */
    int64_t applied_ms;              /* ... and what was committed before this one has been applied */
    _Atomic int64_t proven_ms;       /* the older one of told_ms and applied_ms */
};

static const char *const kind_words[POLICY__MAX] = {
    [POLICY_CLIENT] = "client",           [POLICY_MEMBER] = "member", [POLICY_ACCOUNT] = "account",
    [POLICY_APPLICATION] = "application", [POLICY_API] = "api",       [POLICY_SIGNING_KEY] = "signing_key",
    [POLICY_REVOCATION] = "revocation",
};

struct change_row {
    struct policy_change change;
    h2o_iovec_t kind;
    int64_t oldest; /* of all that are kept */
};

static const struct row_column change_columns[] = {
    {"id", ROW_I64, offsetof(struct change_row, change.id)},
    {"kind", ROW_TEXT, offsetof(struct change_row, kind)},
    {"account_id", ROW_I64, offsetof(struct change_row, change.account_id)},
    {"subject", ROW_TEXT, offsetof(struct change_row, change.subject)},
    {"oldest", ROW_I64, offsetof(struct change_row, oldest)},
};
const struct row_table feed_changes = {STATEMENT_FEED_READ, change_columns,
                                       sizeof(change_columns) / sizeof(change_columns[0]), sizeof(struct change_row)};

/* --- errands ---------------------------------------------------------------------------------- */

static void feed_send(struct feed *feed, enum errand errand, const struct db_parameters *parameters)
{
    static const enum statement statements[ERRAND__MAX] = {[ERRAND_LOOK] = STATEMENT_FEED_BOUNDS,
                                                           [ERRAND_READ] = STATEMENT_FEED_READ,
                                                           [ERRAND_BEAT] = STATEMENT_NODE_BEAT,
                                                           [ERRAND_LEAVE] = STATEMENT_NODE_LEAVE};
    struct feed_flight *flight = &feed->flights[errand];
    flight->sent_ms = clock_monotonic_ms();
    flight->flight.deadline_ms = flight->sent_ms + LIMIT_DB_STATEMENT_MS;
    struct db_parameters_copy *copy = db_parameters_copy(parameters);
    flight->under_way = db_connection_send(feed->connection, &flight->flight, statements[errand], copy);
    free(copy);
    db_connection_sync(feed->connection); /* each a transaction of its own */
}

static void feed_look(struct feed *feed)
{
    struct db_parameters none;
    db_parameters_start(&none);
    feed_send(feed, ERRAND_LOOK, &none);
}

static void feed_read(struct feed *feed)
{
    feed->has_news = false;
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, feed->seen);
    db_add_i64(&parameters, READ_ROWS_MAX);
    feed_send(feed, ERRAND_READ, &parameters);
}

static void feed_beat(struct feed *feed)
{
    feed->beat_at_ms = clock_monotonic_ms() + LIMIT_FEED_BEAT_MS;
    feed->flights[ERRAND_BEAT].told = feed->applied;
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(feed->node));
    db_add_i64(&parameters, feed->applied);
    feed_send(feed, ERRAND_BEAT, &parameters);
}

static bool feed_may_go(const struct feed *feed, enum errand errand)
{
    return db_connection_is_ready(feed->connection) && !feed->flights[errand].under_way;
}

/* At the end of a turn of the loop: whatever has to be done and is not being done. */
static void feed_on_turn(h2o_timeout_entry_t *entry)
{
    struct feed *feed = H2O_STRUCT_FROM_MEMBER(struct feed, turn, entry);
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < feed->quiet_until_ms)
        return; /* every tick comes by here */
    if (!feed->has_sight && feed_may_go(feed, ERRAND_LOOK))
        feed_look(feed);
    if (feed->has_sight && feed->has_news && feed_may_go(feed, ERRAND_READ))
        feed_read(feed);
    bool is_time = now_ms >= feed->beat_at_ms || feed->applied != feed->told;
    if (feed->has_sight && is_time && feed_may_go(feed, ERRAND_BEAT))
        feed_beat(feed);
}

static void feed_turn(struct feed *feed)
{
    db_timers_link(&feed->timers, &feed->timers.turn, &feed->turn);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Sight is proven by both: others know that we are here, and would wait for us; and all that there is has been applied,
 * not only heard. */
static void feed_prove(struct feed *feed)
{
    if (feed->applied >= feed->known_through)
        feed->applied_ms = feed->known_ms;
    int64_t proven_ms = feed->told_ms < feed->applied_ms ? feed->told_ms : feed->applied_ms;
    atomic_store_explicit(&feed->proven_ms, proven_ms, memory_order_relaxed);
}

/* Nothing lies behind the last change seen. That is as old as its question: what was committed after that may not be
 * in the answer. While an earlier such moment still waits for its changes to be applied it is kept, so that a stream of
 * changes does not put the proof off for ever. */
static void feed_knows_all(struct feed *feed, const struct feed_flight *flight)
{
    if (feed->applied >= feed->known_through) {
        feed->known_ms = flight->sent_ms;
        feed->known_through = feed->seen;
    }
    feed_prove(feed);
}

static void feed_looked(struct feed *feed, const struct db_result *bounds)
{
    feed->has_sight = true;
    feed->has_news = false;
    feed->seen = db_result_i64(bounds, 0, 1);
    feed->applied = NOTHING_APPLIED; /* on another server than before, changes may have smaller numbers than there */
    feed->known_through = NOTHING_APPLIED;
    feed_knows_all(feed, &feed->flights[ERRAND_LOOK]);
    feed->callbacks.reset(feed->seen, feed->callbacks.cookie);
}

/* False for a word that a later version of the schema may have brought. */
static bool kind_of(h2o_iovec_t word, enum policy_kind *kind_out)
{
    for (enum policy_kind kind = 0; kind < POLICY__MAX; ++kind) {
        if (slice_equal(word, slice_of(kind_words[kind]))) {
            *kind_out = kind;
            return true;
        }
    }
    return false;
}

/* The newest change is never dropped, so the last one seen is there as long as nothing came behind it. When it is gone,
 * others behind it may have gone with it: this node has stood still for longer than changes are kept. */
static bool feed_missed_some(const struct feed *feed, const struct change_row *rows, size_t count)
{
    return count != 0 && feed->seen != 0 && rows[0].oldest > feed->seen;
}

static void feed_was_read(struct feed *feed, const struct db_result *result)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    size_t count;
    const struct change_row *rows = row_read_all(&feed_changes, result, &pool, &count);
    struct policy_change *changes = h2o_mem_alloc_pool(&pool, (count + 1) * sizeof(*changes));
    bool all_known = !feed_missed_some(feed, rows, count);
    for (size_t i = 0; i < count; ++i) {
        changes[i] = rows[i].change;
        all_known &= kind_of(rows[i].kind, &changes[i].kind);
    }
    if (count != 0)
        feed->seen = changes[count - 1].id;
    if (!all_known)
        feed->has_sight = false; /* what it means is not known, so nothing is: look, and have everything read anew */
    else if (count == READ_ROWS_MAX)
        feed->has_news = true;
    else
        feed_knows_all(feed, &feed->flights[ERRAND_READ]);
    if (all_known && count != 0)
        feed->callbacks.changes(changes, count, feed->callbacks.cookie);
    h2o_mem_clear_pool(&pool);
}

/* A beat that comes back without news proves that nothing was missed, with or without notifications. */
static void feed_has_beaten(struct feed *feed, const struct db_result *result)
{
    const struct feed_flight *flight = &feed->flights[ERRAND_BEAT];
    feed->told = flight->told;
    feed->told_ms = flight->sent_ms;
    if (db_result_i64(result, 0, 0) > feed->seen)
        feed->has_news = true;
    else
        feed_knows_all(feed, flight);
    feed_prove(feed); /* told_ms is newer in either case */
}

static void feed_on_landed(struct db_flight *flight, enum db_landing landing, const PGresult *answer, void *cookie)
{
    static void (*const answered[ERRAND__MAX])(struct feed * feed, const struct db_result *result) = {
        [ERRAND_LOOK] = feed_looked, [ERRAND_READ] = feed_was_read, [ERRAND_BEAT] = feed_has_beaten};
    struct feed *feed = cookie;
    struct feed_flight *landed = H2O_STRUCT_FROM_MEMBER(struct feed_flight, flight, flight);
    landed->under_way = false;
    if (landed->errand == ERRAND_LEAVE)
        return;
    feed_turn(feed);
    if (landing != DB_LANDING_ANSWERED)
        return; /* the connection is down, and sight is lost */
    struct db_result result = db_result_of(answer);
    if (db_result_outcome(answer) == DB_DONE) {
        answered[landed->errand](feed, &result);
    } else {
        log_event(LOG_LEVEL_ERROR, "feed_refused", "\"sqlstate\":\"%.*s\"", SLICE_ARGS(result.sqlstate));
        feed->has_news = true;
        feed->quiet_until_ms = clock_monotonic_ms() + LIMIT_FEED_BEAT_MS;
    }
}

/* --- the connection --------------------------------------------------------------------------- */

static bool feed_prepares(enum statement statement)
{
    return statement == STATEMENT_FEED_BOUNDS || statement == STATEMENT_FEED_READ || statement == STATEMENT_NODE_BEAT ||
           statement == STATEMENT_NODE_LEAVE;
}

static void feed_on_ready(struct db_connection *connection, void *cookie)
{
    (void)connection;
    feed_turn(cookie);
}

/* Notifications are lost from now on, and nobody knows how many. */
static void feed_on_down(struct db_connection *connection, void *cookie)
{
    (void)connection;
    struct feed *feed = cookie;
    feed->has_sight = false;
}

/* The one channel that is listened to. */
static void feed_on_notified(struct db_connection *connection, const char *channel, const char *payload, void *cookie)
{
    (void)connection;
    (void)channel;
    (void)payload; /* only a wake-up: the table is the truth */
    struct feed *feed = cookie;
    feed->has_news = true;
    feed_turn(feed);
}

static void feed_on_tick(h2o_timeout_entry_t *entry)
{
    struct feed *feed = H2O_STRUCT_FROM_MEMBER(struct feed, tick, entry);
    db_timers_link(&feed->timers, &feed->timers.tick, &feed->tick);
    int64_t now_ms = clock_monotonic_ms();
    db_connection_tick(feed->connection, now_ms);
    bool read_lately = now_ms < feed->flights[ERRAND_READ].sent_ms + LIMIT_FEED_BEAT_MS;
    if (feed_age_ms(feed) > LIMIT_FEED_SILENCE_MS && !read_lately)
        feed->has_news = true; /* read the table rather than wait any longer */
    feed_turn(feed);
}

/* --- start and stop --------------------------------------------------------------------------- */

struct feed *feed_create(h2o_loop_t *loop, const char *conninfo, struct feed_callbacks callbacks)
{
    static const char *const set_up[] = {"listen hallmark_policy", NULL};
    struct feed *feed = h2o_mem_alloc(sizeof(*feed));
    *feed = (struct feed){.callbacks = callbacks,
                          .conninfo = db_conninfo_create(conninfo),
                          .told_ms = NEVER_MS,
                          .known_ms = NEVER_MS,
                          .applied_ms = NEVER_MS};
    atomic_init(&feed->proven_ms, NEVER_MS);
    feed->plan = (struct db_connection_plan){
        .name = "feed", .conninfo = feed->conninfo, .options = "", .prepares = feed_prepares, .set_up = set_up};
    for (enum errand errand = 0; errand < ERRAND__MAX; ++errand)
        feed->flights[errand].errand = errand;
    uint8_t random[NODE_RANDOM_BYTES];
    secret_random(random, sizeof(random));
    size_t prefix = strlen(strcpy(feed->node, "node_"));
    feed->node[prefix + codec_hex_encode(feed->node + prefix, random, sizeof(random))] = '\0';
    db_timers_start(&feed->timers, loop);
    feed->turn.cb = feed_on_turn;
    feed->tick.cb = feed_on_tick;
    feed->connection = db_connection_create(&feed->timers, &feed->plan,
                                            (struct db_connection_owner){.ready = feed_on_ready,
                                                                         .down = feed_on_down,
                                                                         .landed = feed_on_landed,
                                                                         .notified = feed_on_notified,
                                                                         .cookie = feed});
    feed_on_tick(&feed->tick);
    return feed;
}

/* It is sent, and done or not: a node that could not say so is forgotten a little later. */
static void feed_leave(struct feed *feed)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(feed->node));
    feed_send(feed, ERRAND_LEAVE, &parameters);
}

void feed_destroy(struct feed *feed)
{
    if (feed == NULL)
        return;
    if (db_connection_is_ready(feed->connection))
        feed_leave(feed);
    db_connection_destroy(feed->connection);
    h2o_timeout_unlink(&feed->turn);
    h2o_timeout_unlink(&feed->tick);
    db_timers_stop(&feed->timers);
    db_conninfo_destroy(feed->conninfo);
    free(feed);
}

void feed_applied(struct feed *feed, int64_t through)
{
    if (through > feed->applied && through <= feed->seen) /* else it is from before sight was lost */
        feed->applied = through;
    feed_prove(feed);
    feed_turn(feed);
}

int64_t feed_applied_through(const struct feed *feed)
{
    return atomic_load_explicit(&feed->applied, memory_order_relaxed);
}

int64_t feed_age_ms(const struct feed *feed)
{
    return clock_monotonic_ms() - atomic_load_explicit(&feed->proven_ms, memory_order_relaxed);
}
