/* SPDX-License-Identifier: Apache-2.0 */
/* A database for the tests of client_book: it stands in for server/store/store_client.c, so that a test decides when a
 * read looks at the rows and when its answer comes, in whatever order. */
#ifndef HALLMARK_TESTS_CLIENT_LATE_STORE_H
#define HALLMARK_TESTS_CLIENT_LATE_STORE_H

#include "base/credential.h"
#include "check.h"
#include "client/client_book.h"

#define CLIENTS      12
#define HOLDERS      4
#define ACCOUNTS     3
#define APPLICATIONS 3
#define READS_MAX    512
#define BOOK_BYTES   (1024 * 1024)

struct known { /* a row of the database, and what the book was told of it */
    char client_id[CREDENTIAL_BYTES_MAX];
    int64_t committed; /* the generation that stands in the database */
    int64_t applied;   /* the last generation whose change the book has applied */
    int64_t holder_id, account_id, application_id;
    bool exists;
};

struct store_client_call {
    store_client_cb *callback;
    void *cookie;
    struct known *row;
    int64_t seen; /* the generation that it read; 0: it has not looked yet */
};

extern struct known late_rows[CLIENTS];
extern struct store_client_call *late_reads[READS_MAX]; /* under way */
extern size_t late_read_count, late_reads_started;

/* For cmocka: new ids, and everything as at the start. late_forget_changes keeps the ids. */
int late_setup(void **state);
void late_forget_changes(void);
h2o_iovec_t late_id(size_t row);

/* A read sees its row as it stands now, unless it has looked already. */
void late_look(struct store_client_call *call);
/* Tells the answer of one read under way, or of all of them. */
void late_answer(size_t index, enum db_outcome outcome);
void late_answer_all(enum db_outcome outcome);

/* Tells the book of a change. */
void late_apply(struct client_book *book, enum policy_kind kind, int64_t account_id, const char *subject);
/* Which clients a change touches, by what stands in their rows. */
bool late_is_touched(const struct known *row, enum policy_kind kind, int64_t account_id, const char *subject);

#endif
