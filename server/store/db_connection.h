/* SPDX-License-Identifier: Apache-2.0 */
/* One libpq connection on a loop, as a state machine, always in pipeline mode. It connects by itself, again and again
 * with back-off, and prepares its statements; what is sent on it comes back exactly once. Inside server/store only.
 *
 *   DOWN -> CONNECTING -> SETUP -> READY     any of them -> DOWN
 *
 * Nobody is told anything inside db_connection_send and db_connection_sync but the loss of this very connection. */
#ifndef HALLMARK_STORE_DB_CONNECTION_H
#define HALLMARK_STORE_DB_CONNECTION_H

#include "store/db.h"
#include "store/db_conninfo.h"
#include "store/db_pipeline.h"
#include "store/db_timers.h"

struct db_connection;

struct db_connection_owner {
    void (*ready)(struct db_connection *connection, void *cookie);
    void (*down)(struct db_connection *connection, void *cookie); /* before its flights land as lost */
    db_landed_cb *landed;
    void (*notified)(struct db_connection *connection, const char *channel, const char *payload,
                     void *cookie); /* may be NULL */
    void *cookie;
};

struct db_connection_plan {
    const char *name; /* for the log */
    const struct db_conninfo *conninfo;
    const char *options; /* more of them: "-c name=value ..." */
    bool (*prepares)(enum statement statement);
    const char *const *set_up; /* SQL to run at each connect, ends with NULL; NULL: none */
};

/* Down; the first tick connects. The plan and all it points to are borrowed until the destruction. */
struct db_connection *db_connection_create(struct db_timers *timers, const struct db_connection_plan *plan,
                                           struct db_connection_owner owner);

/* Lands what is in flight as lost. Never inside a callback of the owner. NULL is a no-op. */
void db_connection_destroy(struct db_connection *connection);

bool db_connection_is_ready(const struct db_connection *connection);
/* Down, and the last attempt to connect failed too. */
bool db_connection_is_hopeless(const struct db_connection *connection);
unsigned db_connection_in_flight(const struct db_connection *connection);
unsigned db_connection_unsynced(const struct db_connection *connection);         /* of these, behind the last sync */
struct db_backend db_connection_backend(const struct db_connection *connection); /* zeros when not ready */

/* Sends a statement without its sync; only when ready. False: it was not sent, and the connection went down. */
__attribute__((warn_unused_result)) bool db_connection_send(struct db_connection *connection, struct db_flight *flight,
                                                            enum statement statement,
                                                            const struct db_parameters_copy *parameters);
/* Ends the batch of what was sent since the last sync, if there is any, and flushes. What is sent in a turn of the loop
 * has to be ended in that turn. */
void db_connection_sync(struct db_connection *connection);

/* Gives the connection up: its flights land as lost and it connects anew. */
void db_connection_drop(struct db_connection *connection, const char *why);

/* Every DB_TICK_MS: connects when it is time, gives up what takes too long. */
void db_connection_tick(struct db_connection *connection, int64_t now_ms);

#endif
