/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's memory of links: what an office's key may in one client account, as the database last said. Facts and
 * never verdicts, told of every change by the feed, with the rule of client_book.h: a fill that was under way when the
 * thread's epoch moved is used once and not kept. */
#ifndef HALLMARK_CLIENT_LINK_BOOK_H
#define HALLMARK_CLIENT_LINK_BOOK_H

#include "base/err.h"
#include "base/scope.h"
#include "client/access.h"
#include "store/feed.h"
#include "store/store_link.h"

struct office_link { /* immutable; counted (this thread only) */
    int64_t account_id, office_account_id;
    int64_t generation; /* of the client account */
    h2o_iovec_t client_id, template_name;
    struct scope_set scopes; /* of the template's version that the link follows */
    bool active, allowed, account_active;
    enum err access; /* of the client account to the API: ERR_NONE, or why it is shut (client/access.h) */
    unsigned references;
};

struct link_book;
struct link_book *link_book_create(struct db *db, size_t bytes_max);
void link_book_destroy(struct link_book *book);

void office_link_share(struct office_link *link);
void office_link_release(struct office_link *link); /* NULL is a no-op */

/* From memory, or NULL: then ask link_book_fetch. Borrowed until the next turn of the loop; share it to keep it. */
struct office_link *link_book_find(struct link_book *book, h2o_iovec_t client_id, int64_t account_id);

/* outcome DB_DONE with link NULL: there is none. The link is borrowed for the callback. */
typedef void link_book_cb(enum db_outcome outcome, struct office_link *link, void *cookie);
struct link_fetch;
/* Fires once, never inside, never after the cancellation. client_id must have passed credential_check: the office's
 * account stands in it. Each fetch is a read of its own: few requests wait for one link. */
struct link_fetch *link_book_fetch(struct link_book *book, h2o_iovec_t client_id, int64_t account_id,
                                   link_book_cb *callback, void *cookie);
void link_book_cancel(struct link_fetch **fetch); /* NULL is a no-op */

/* Applies a change: moves the epoch and forgets what it touches. A change of a link is told as one of its key; one of a
 * template, an account or a client's switch as one of that account. */
void link_book_apply(struct link_book *book, const struct policy_change *change);
void link_book_clear(struct link_book *book); /* sight was lost */
size_t link_book_count(const struct link_book *book);

/* Why nothing can be done through the link now, whatever the rights: ERR_LINK_MISSING (`link` NULL), ERR_LINK_ENDED,
 * ERR_CLIENT_ACCOUNT_CLOSED, `access`, ERR_OFFICE_OFF; or ERR_NONE. */
enum err office_link_usable(const struct office_link *link);

#endif
