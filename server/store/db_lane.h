/* SPDX-License-Identifier: Apache-2.0 */
/* One lane: some connections, the calls that wait for them, and their deadlines. Calls go out at the end of the turn of
 * the loop in which they were started; nothing is sent, and nobody is told anything, inside db_lane_add. Inside
 * server/store only. */
#ifndef HALLMARK_STORE_DB_LANE_H
#define HALLMARK_STORE_DB_LANE_H

#include "store/db_connection.h"

enum db_call_state {
    DB_CALL_WAITING,   /* for a connection, in `waiting` or `again` */
    DB_CALL_PAUSING,   /* until its deadline, in `pausing` */
    DB_CALL_REFUSED,   /* will be told so, in `refused` */
    DB_CALL_FLYING,    /* the connection has it */
    DB_CALL_ANSWERING, /* its callback runs, and then it is freed */
};

struct db_call {
    struct db_flight flight; /* its link is that of the list for its state */
    struct lane *lane;
    enum db_call_state state;
    enum statement statement;
    struct db_parameters_copy *parameters; /* owned; NULL for a pause */
    db_call_cb *callback;                  /* NULL: cancelled while flying */
    void *cookie;
    int64_t started_ms;
    bool alone; /* was aborted by another of its batch: gets a sync of its own now */
    struct db_backend backend;
};

struct lane_seat; /* a connection in its lane */

struct lane_plan {
    struct db_connection_plan connection;
    unsigned in_flight_max; /* on one connection */
    bool batches;           /* one sync for what was sent in a turn: for reads, which do not mind each other's errors */
};

struct lane {
    struct db_timers *timers;
    const struct lane_plan *plan;
    struct lane_seat *seats;
    unsigned seat_count;
    h2o_linklist_t
        open; /* seats that can take a call, the one used last first: few backends stay warm, the others sleep */
    h2o_linklist_t again;   /* calls to be sent before all others */
    h2o_linklist_t waiting; /* calls in the order of their start */
    unsigned waiting_count; /* both */
    h2o_linklist_t pausing, refused;
    h2o_timeout_entry_t turn, soon, tick;
    bool stopping;
    uint64_t lost, refused_busy;
};

void db_lane_start(struct lane *lane, struct db_timers *timers, const struct lane_plan *plan, unsigned connections);

/* Closes the connections; every call that is left is answered, and what is added from now on is refused. */
void db_lane_stop(struct lane *lane);

/* Answers what has been refused since; returns whether there was something. */
bool db_lane_answer_refused(struct lane *lane);
void db_lane_dispose(struct lane *lane); /* after the stop, when nothing is refused any more */

/* Takes the call over. */
void db_lane_add(struct lane *lane, struct db_call *call);
void db_lane_pause(struct lane *lane, struct db_call *call, int64_t ms);
void db_lane_cancel(struct db_call *call);

struct db_lane_state db_lane_look(const struct lane *lane);

#endif
