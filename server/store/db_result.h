/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind struct db_result, and what an answer of PostgreSQL means to a caller. Inside server/store (and for
 * tests that answer in the database's place) only. */
#ifndef HALLMARK_STORE_DB_RESULT_H
#define HALLMARK_STORE_DB_RESULT_H

#include "store/db.h"
#include <libpq-fe.h>

struct db_result {
    const PGresult *rows; /* borrowed */
    h2o_iovec_t sqlstate, message;
};

/* A view of an answer, rows or error; nothing is copied. */
struct db_result db_result_of(const PGresult *answer);

/* DB_DONE, DB_BUSY or DB_REFUSED for an answer that the database gave; DB_LOST for an error that libpq made up itself
 * (it has no SQLSTATE), since then nobody knows. */
enum db_outcome db_result_outcome(const PGresult *answer);

/* The backend ends after this error (FATAL, PANIC). */
bool db_result_is_fatal(const PGresult *answer);

/* This connection cannot do our work any more though it lives: its server has become read-only (a standby after a
 * switch-over). */
bool db_result_is_wrong_server(const PGresult *answer);

#endif
