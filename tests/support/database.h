/* SPDX-License-Identifier: Apache-2.0 */
/* Tests against a real PostgreSQL. HALLMARK_TEST_DATABASE names it, as the server's role and migrated;
 * HALLMARK_OWNER_DATABASE the same as the role that owns the schema. Without them such a test fails: it proves nothing
 * without a database. */
#ifndef HALLMARK_TESTS_DATABASE_H
#define HALLMARK_TESTS_DATABASE_H

#include "relay.h"
#include "store/db.h"
#include <libpq-fe.h>

const char *database_conninfo(void); /* as the server */
PGconn *database_owner(void);        /* a new connection; the caller finishes it */

/* Runs SQL on a connection; fails the test when the database refuses it. printf's format. */
void database_run(PGconn *connection, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for one number. */
long long database_number(PGconn *connection, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A relay before that database, and the conninfo that goes through it, with `more` behind it. The text is malloc. */
struct relay *database_relay(const char *more, char **conninfo_out);

/* Runs the loop until the condition is true; false when that took longer than `ms`. */
#define LOOP_UNTIL(loop, ms, condition)                                                                                \
    ({                                                                                                                 \
        int64_t until_ms_ = loop_now_ms() + (ms);                                                                      \
        while (!(condition) && loop_now_ms() < until_ms_)                                                              \
            loop_turn(loop);                                                                                           \
        (condition);                                                                                                   \
    })
int64_t loop_now_ms(void);
void loop_turn(h2o_loop_t *loop); /* one turn, at most a few milliseconds */

#endif
