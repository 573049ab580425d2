/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_lane.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/db_result.h"

#include <assert.h>
#include <stdlib.h>

#define LOG_MESSAGE_BYTES 512
#define BATCH_MAX         64 /* calls: so the database answers the first ones while the last are still being sent */

struct lane_seat {
    struct lane *lane;
    struct db_connection *connection;
    h2o_linklist_t open_link; /* linked: it can take a call */
};

static struct db_call *call_of(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(struct db_call, flight.link, link);
}

static struct lane_seat *seat_of(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(struct lane_seat, open_link, link);
}

/* --- the end of a call ------------------------------------------------------------------------ */

static void call_free(struct db_call *call)
{
    free(call->parameters);
    free(call);
}

/* A message about data (22...) may quote them, and what is quoted may be anything: only the code is logged then. So it
 * is with what our own statements refuse (HK...), which is told to who asked. */
static void lane_log_refusal(const struct db_call *call, const struct db_result *result)
{
    char quoted[LOG_MESSAGE_BYTES];
    bool is_about_data =
        slice_starts_with(result->sqlstate, SLICE("22")) || slice_starts_with(result->sqlstate, SLICE("HK"));
    log_event(is_about_data ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "statement_refused",
              "\"statement\":\"%s\",\"sqlstate\":\"%.*s\",\"message\":%s", statement_row(call->statement)->name,
              SLICE_ARGS(result->sqlstate),
              log_quote(quoted, sizeof(quoted), is_about_data ? SLICE("") : result->message));
}

static void lane_answer(struct db_call *call, enum db_outcome outcome, const PGresult *answer)
{
    call->state = DB_CALL_ANSWERING;
    if (outcome == DB_LOST)
        ++call->lane->lost;
    if (outcome == DB_BUSY)
        ++call->lane->refused_busy;
    bool has_result = answer != NULL && (outcome == DB_DONE || outcome == DB_REFUSED);
    struct db_result result = db_result_of(has_result ? answer : NULL);
    if (outcome == DB_REFUSED)
        lane_log_refusal(call, &result);
    if (call->callback != NULL)
        call->callback(outcome, has_result ? &result : NULL, call->cookie);
    call_free(call);
}

/* Told on a later turn of the loop. */
static void lane_refuse(struct lane *lane, struct db_call *call)
{
    call->state = DB_CALL_REFUSED;
    h2o_linklist_insert(&lane->refused, &call->flight.link);
    db_timers_link(lane->timers, &lane->timers->soon, &lane->soon);
}

bool db_lane_answer_refused(struct lane *lane)
{
    h2o_linklist_t refused; /* what is refused meanwhile has to wait for the next time */
    h2o_linklist_init_anchor(&refused);
    h2o_linklist_insert_list(&refused, &lane->refused);
    bool some = !h2o_linklist_is_empty(&refused);
    while (!h2o_linklist_is_empty(&refused)) {
        struct db_call *call = call_of(refused.next);
        h2o_linklist_unlink(&call->flight.link);
        lane_answer(call, DB_BUSY, NULL);
    }
    return some;
}

static void lane_on_soon(h2o_timeout_entry_t *entry)
{
    db_lane_answer_refused(H2O_STRUCT_FROM_MEMBER(struct lane, soon, entry));
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void lane_wait(struct lane *lane, h2o_linklist_t *list, struct db_call *call)
{
    call->state = DB_CALL_WAITING;
    h2o_linklist_insert(list, &call->flight.link);
    ++lane->waiting_count;
    db_timers_link(lane->timers, &lane->timers->turn, &lane->turn);
}

static void lane_wait_no_more(struct lane *lane, struct db_call *call)
{
    h2o_linklist_unlink(&call->flight.link);
    --lane->waiting_count;
}

/* The call that has waited longest, or NULL. */
static struct db_call *lane_first_waiting(struct lane *lane)
{
    if (!h2o_linklist_is_empty(&lane->again))
        return call_of(lane->again.next);
    return h2o_linklist_is_empty(&lane->waiting) ? NULL : call_of(lane->waiting.next);
}

/* No connection, and none to be expected: waiting would only make the refusal late. */
static bool lane_is_hopeless(const struct lane *lane)
{
    for (unsigned i = 0; i < lane->seat_count; ++i) {
        if (!db_connection_is_hopeless(lane->seats[i].connection))
            return false;
    }
    return true;
}

void db_lane_add(struct lane *lane, struct db_call *call)
{
    call->lane = lane;
    call->started_ms = clock_monotonic_ms();
    call->flight.deadline_ms = call->started_ms + LIMIT_DB_STATEMENT_MS;
    if (lane->stopping || lane->waiting_count >= LIMIT_DB_QUEUE_MAX || lane_is_hopeless(lane))
        lane_refuse(lane, call);
    else
        lane_wait(lane, &lane->waiting, call);
}

void db_lane_pause(struct lane *lane, struct db_call *call, int64_t ms)
{
    call->lane = lane;
    call->started_ms = clock_monotonic_ms();
    call->flight.deadline_ms = call->started_ms + ms;
    if (lane->stopping) {
        lane_refuse(lane, call);
        return;
    }
    call->state = DB_CALL_PAUSING;
    h2o_linklist_insert(&lane->pausing, &call->flight.link);
}

void db_lane_cancel(struct db_call *call)
{
    switch (call->state) {
    case DB_CALL_WAITING:
        --call->lane->waiting_count;
        /* fall through */
    case DB_CALL_PAUSING:
    case DB_CALL_REFUSED:
        h2o_linklist_unlink(&call->flight.link);
        call_free(call);
        return;
    case DB_CALL_FLYING:
        call->callback = NULL;
        return;
    case DB_CALL_ANSWERING:
        return;
    }
}

/* --- sending, at the end of a turn ------------------------------------------------------------ */

static void lane_send(struct lane *lane, struct lane_seat *seat, struct db_call *call)
{
    bool own_sync = call->alone || !lane->plan->batches;
    lane_wait_no_more(lane, call);
    if (own_sync)
        db_connection_sync(seat->connection); /* what went before it is not to share its fate */
    if (!db_connection_is_ready(seat->connection)) {
        lane_wait(lane, &lane->again, call);
        return;
    }
    call->backend = db_connection_backend(seat->connection);
    call->state = DB_CALL_FLYING;
    if (!db_connection_send(seat->connection, &call->flight, call->statement, call->parameters)) {
        lane_refuse(lane, call);
        return;
    }
    if (own_sync || db_connection_unsynced(seat->connection) >= BATCH_MAX)
        db_connection_sync(seat->connection);
    if (db_connection_in_flight(seat->connection) >= lane->plan->in_flight_max &&
        h2o_linklist_is_linked(&seat->open_link))
        h2o_linklist_unlink(&seat->open_link);
}

static void lane_on_turn(h2o_timeout_entry_t *entry)
{
    struct lane *lane = H2O_STRUCT_FROM_MEMBER(struct lane, turn, entry);
    struct db_call *call;
    while (!h2o_linklist_is_empty(&lane->open) && (call = lane_first_waiting(lane)) != NULL)
        lane_send(lane, seat_of(lane->open.next), call);
    for (unsigned i = 0; lane->plan->batches && i < lane->seat_count; ++i)
        db_connection_sync(lane->seats[i].connection);
}

/* --- what a connection tells ------------------------------------------------------------------ */

static void lane_open(struct lane_seat *seat)
{
    struct lane *lane = seat->lane;
    if (!h2o_linklist_is_linked(&seat->open_link))
        h2o_linklist_insert(lane->open.next, &seat->open_link);
    if (lane->waiting_count != 0)
        db_timers_link(lane->timers, &lane->timers->turn, &lane->turn);
}

static void lane_on_ready(struct db_connection *connection, void *cookie)
{
    (void)connection;
    lane_open(cookie);
}

static void lane_on_down(struct db_connection *connection, void *cookie)
{
    (void)connection;
    struct lane_seat *seat = cookie;
    struct lane *lane = seat->lane;
    if (h2o_linklist_is_linked(&seat->open_link))
        h2o_linklist_unlink(&seat->open_link);
    struct db_call *call;
    while (lane_is_hopeless(lane) && (call = lane_first_waiting(lane)) != NULL) {
        lane_wait_no_more(lane, call);
        lane_refuse(lane, call);
    }
}

static void lane_on_landed(struct db_flight *flight, enum db_landing landing, const PGresult *answer, void *cookie)
{
    struct lane_seat *seat = cookie;
    struct db_call *call = H2O_STRUCT_FROM_MEMBER(struct db_call, flight, flight);
    if (landing == DB_LANDING_ABORTED && call->callback == NULL) {
        call_free(call);
    } else if (landing == DB_LANDING_ABORTED) {
        call->alone = true;
        lane_wait(seat->lane, &seat->lane->again, call);
    } else {
        lane_answer(call, landing == DB_LANDING_ANSWERED ? db_result_outcome(answer) : DB_LOST, answer);
    }
    if (db_connection_is_ready(seat->connection))
        lane_open(seat);
}

/* --- time ------------------------------------------------------------------------------------- */

static void lane_end_pauses(struct lane *lane, int64_t now_ms)
{
    h2o_linklist_t ended, *next;
    h2o_linklist_init_anchor(&ended);
    for (h2o_linklist_t *link = lane->pausing.next; link != &lane->pausing; link = next) {
        next = link->next;
        if (call_of(link)->flight.deadline_ms > now_ms)
            continue;
        h2o_linklist_unlink(link);
        h2o_linklist_insert(&ended, link);
    }
    while (!h2o_linklist_is_empty(&ended)) {
        struct db_call *call = call_of(ended.next);
        h2o_linklist_unlink(&call->flight.link);
        lane_answer(call, DB_DONE, NULL);
    }
}

static void lane_refuse_late(struct lane *lane, int64_t now_ms)
{
    struct db_call *call;
    while ((call = lane_first_waiting(lane)) != NULL && call->started_ms + LIMIT_DB_WAIT_MS <= now_ms) {
        lane_wait_no_more(lane, call);
        lane_refuse(lane, call);
    }
}

static void lane_on_tick(h2o_timeout_entry_t *entry)
{
    struct lane *lane = H2O_STRUCT_FROM_MEMBER(struct lane, tick, entry);
    int64_t now_ms = clock_monotonic_ms();
    db_timers_link(lane->timers, &lane->timers->tick, &lane->tick);
    for (unsigned i = 0; i < lane->seat_count; ++i)
        db_connection_tick(lane->seats[i].connection, now_ms);
    lane_refuse_late(lane, now_ms);
    lane_end_pauses(lane, now_ms);
}

/* --- start and stop --------------------------------------------------------------------------- */

void db_lane_start(struct lane *lane, struct db_timers *timers, const struct lane_plan *plan, unsigned connections)
{
    assert(connections > 0);
    *lane = (struct lane){.timers = timers, .plan = plan, .seat_count = connections};
    lane->turn.cb = lane_on_turn;
    lane->soon.cb = lane_on_soon;
    lane->tick.cb = lane_on_tick;
    h2o_linklist_t *lists[] = {&lane->open, &lane->again, &lane->waiting, &lane->pausing, &lane->refused};
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); ++i)
        h2o_linklist_init_anchor(lists[i]);
    lane->seats = h2o_mem_alloc(connections * sizeof(*lane->seats));
    for (unsigned i = 0; i < connections; ++i) {
        struct lane_seat *seat = &lane->seats[i];
        *seat = (struct lane_seat){.lane = lane};
        seat->connection = db_connection_create(
            timers, &plan->connection,
            (struct db_connection_owner){
                .ready = lane_on_ready, .down = lane_on_down, .landed = lane_on_landed, .cookie = seat});
    }
    lane_on_tick(&lane->tick); /* connects */
}

void db_lane_stop(struct lane *lane)
{
    lane->stopping = true;
    h2o_timeout_unlink(&lane->turn);
    h2o_timeout_unlink(&lane->tick);
    struct db_call *call;
    while ((call = lane_first_waiting(lane)) != NULL) {
        lane_wait_no_more(lane, call);
        lane_refuse(lane, call);
    }
    while (!h2o_linklist_is_empty(&lane->pausing)) {
        call = call_of(lane->pausing.next);
        h2o_linklist_unlink(&call->flight.link);
        lane_refuse(lane, call);
    }
    while (lane->seat_count != 0)
        db_connection_destroy(lane->seats[--lane->seat_count].connection); /* callbacks may look at the lane */
}

void db_lane_dispose(struct lane *lane)
{
    assert(lane->stopping);
    assert(h2o_linklist_is_empty(&lane->refused));
    h2o_timeout_unlink(&lane->soon);
    free(lane->seats);
}

struct db_lane_state db_lane_look(const struct lane *lane)
{
    struct db_lane_state state = {.connections = lane->seat_count,
                                  .waiting = lane->waiting_count,
                                  .lost = lane->lost,
                                  .refused_busy = lane->refused_busy};
    for (unsigned i = 0; i < lane->seat_count; ++i) {
        state.ready += db_connection_is_ready(lane->seats[i].connection) ? 1 : 0;
        state.in_flight += db_connection_in_flight(lane->seats[i].connection);
    }
    return state;
}
