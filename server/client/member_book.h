/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's memory of members: what a person may in one account, as the database last said. Facts and never verdicts,
 * told of every change by the feed, with the rule of client_book.h: a fill that was under way when the thread's epoch
 * moved is used once and not kept. */
#ifndef HALLMARK_CLIENT_MEMBER_BOOK_H
#define HALLMARK_CLIENT_MEMBER_BOOK_H

#include "base/err.h"
#include "base/scope.h"
#include "client/access.h"
#include "store/feed.h"
#include "store/store_member.h"

struct member { /* immutable; counted (this thread only) */
    int64_t account_id, user_id;
    h2o_iovec_t name; /* of the person */
    struct scope_set permissions;
    int64_t generation; /* of person and account (store_member.h) */
    bool active, account_active;
    enum err access; /* of the account to the API: ERR_NONE, or why it is shut (client/access.h) */
    unsigned references;
};

struct member_book;
struct member_book *member_book_create(struct db *db, size_t bytes_max);
void member_book_destroy(struct member_book *book);

void member_share(struct member *member);
void member_release(struct member *member); /* NULL is a no-op */

/* From memory, or NULL: then ask member_book_fetch. Borrowed until the next turn of the loop; share it to keep it. */
struct member *member_book_find(struct member_book *book, int64_t account_id, int64_t user_id);

/* outcome DB_DONE with member NULL: there is none. The member is borrowed for the callback. */
typedef void member_book_cb(enum db_outcome outcome, struct member *member, void *cookie);
struct member_fetch;
/* Fires once, never inside, never after the cancellation. Each fetch is a read of its own: few requests wait for one
 * person. */
struct member_fetch *member_book_fetch(struct member_book *book, int64_t account_id, int64_t user_id,
                                       member_book_cb *callback, void *cookie);
void member_book_cancel(struct member_fetch **fetch); /* NULL is a no-op */

/* Applies a change: moves the epoch and forgets what it touches. A change of a person is told as one of each of their
 * memberships. */
void member_book_apply(struct member_book *book, const struct policy_change *change);
void member_book_clear(struct member_book *book); /* sight was lost */
size_t member_book_count(const struct member_book *book);

/* May a token of this person in this account be used at all now? ERR_INVALID_TOKEN: there is no such member (NULL), the
 * membership has ended, the person is disabled or the account closed. `access`: the account's, which is a matter
 * of rights. */
enum err member_usable(const struct member *member);

#endif
