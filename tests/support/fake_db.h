/* SPDX-License-Identifier: Apache-2.0 */
/* A database that answers what a test says: it stands in for server/store/db.c, so that everything above it runs as it
 * is, without PostgreSQL. Compile fake_db.c into the test (its functions then take the place of db.c's);
 * db_parameters.c and db_result.c are the real ones.
 *
 *     struct db *db = fake_db_create();
 *     fake_db_expect(db, STATEMENT_RECORD_FIND, FAKE_TEXTS("7", "1", "42"));  what the next call has to be, in order of
 * the calls fake_db_row(db, FAKE_TEXTS("3", "{\"Id\": 42}"));                       its answer: as many rows as are
 * added, or ... store_record_find(db, 7, 1, 42, callback, cookie);                      (nothing calls back yet)
 *     fake_db_turn(db);                                                       answers all that is due, and what was
 * started meanwhile fake_db_destroy(db);                                                    fails when an expected call
 * did not come
 *
 * A call that was not expected fails the test at once and prints what came. Values are texts as PostgreSQL writes them:
 * numbers in decimal, booleans "t" and "f", bytea "\\x0a0b", and a C NULL for an SQL NULL. Parameters are compared in
 * the same form (bytea that was given as bytes is compared as "\\x..."). */
#ifndef HALLMARK_TESTS_FAKE_DB_H
#define HALLMARK_TESTS_FAKE_DB_H

#include "store/db.h"

extern const char fake_any[]; /* stands for any parameter */
extern const char fake_end[]; /* ends a list */
#define FAKE_ANY        fake_any
#define FAKE_TEXTS(...) ((const char *const[]){__VA_ARGS__, fake_end})
#define FAKE_NONE       ((const char *const[]){fake_end}) /* no parameters */

/* Without a loop: answers come in fake_db_turn. db_create makes one too (its settings do not matter), which answers by
 * itself at the next turn of its loop; a test gets at it to say what it expects since it is the same struct db. */
struct db *fake_db_create(void);

/* Fails when an expectation is left, then db_destroy. */
void fake_db_destroy(struct db *db);

/* The next call. `parameters` NULL: any. Unless more is said it is answered DB_DONE without a row. */
void fake_db_expect(struct db *db, enum statement statement, const char *const *parameters);

/* Any number of calls of this statement, at any time; the expectations above go first. */
void fake_db_always(struct db *db, enum statement statement);

/* What follows is about the expectation that was stated last. */
void fake_db_row(struct db *db, const char *const *values);
void fake_db_refuse(struct db *db, const char *sqlstate);       /* DB_REFUSED */
void fake_db_fail(struct db *db, enum db_outcome outcome);      /* DB_BUSY or DB_LOST */
void fake_db_backend(struct db *db, struct db_backend backend); /* what db_call_backend says of it */
void fake_db_hold(struct db *db);                               /* not answered before fake_db_release */
void fake_db_expect_cancel(struct db *db); /* has to be cancelled before it is answered; implies fake_db_hold */

/* Answers every call that is due, in the order of their starts, until nothing is left to answer. Pauses are due by
 * clock_monotonic_ms. */
void fake_db_turn(struct db *db);
void fake_db_release(struct db *db); /* held calls are due now */

size_t
fake_db_waiting(const struct db *db); /* calls that are started and neither answered nor cancelled; pauses count */
void fake_db_set_lane_state(struct db *db, enum db_lane lane, struct db_lane_state state);

#endif
