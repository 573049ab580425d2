/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes on a real database for one test, with the statements of tests/unit/store/statements: through a relay, in a
 * schema of their own. */
#ifndef HALLMARK_TESTS_STORE_BED_H
#define HALLMARK_TESTS_STORE_BED_H

#include "check.h"
#include "database.h"
#include "store/db.h"

struct bed {
    h2o_loop_t *loop;
    struct db *db;
    struct relay *relay;
    char *conninfo;
    PGconn *owner;
    char schema[32];
};

/* What came of one call, or of many. Every callback checks the contract: exactly once a call, and never inside a start.
 */
struct tally {
    int asked, answered;
    int outcomes[4]; /* by enum db_outcome */
    int64_t number;  /* first column of the last row that was a number */
    size_t rows;
    char sqlstate[6];
    int64_t last_ms; /* when the last answer came */
};

int bed_setup(void **state);
int bed_teardown(void **state);
#define test_on_bed(test) cmocka_unit_test_setup_teardown(test, bed_setup, bed_teardown)

void bed_open(struct bed *bed, unsigned write_connections,
              unsigned list_connections); /* and waits until all are ready */
void bed_close(struct bed *bed);
bool bed_is_ready(const struct bed *bed);

/* Starts a statement that takes one number. */
struct db_call *bed_ask(struct bed *bed, struct tally *tally, enum statement statement, int64_t number);
struct db_call *bed_ask_with(struct bed *bed, struct tally *tally, enum statement statement,
                             const struct db_parameters *parameters);

/* Runs the loop until every call that was asked is answered; fails after `ms`. */
void bed_await(struct bed *bed, const struct tally *tally, int64_t ms);

#endif
