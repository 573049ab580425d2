/* SPDX-License-Identifier: Apache-2.0 */
/* A thread's memory of clients: what each is and may, as the database last said. It caches facts, never verdicts, and
 * it is told of every change by the feed: a fill that was under way when the thread's epoch moved is used once and not
 * kept. */
#ifndef HALLMARK_CLIENT_CLIENT_BOOK_H
#define HALLMARK_CLIENT_CLIENT_BOOK_H

#include "base/address.h"
#include "base/err.h"
#include "base/scope.h"
#include "client/access.h"
#include "client/rate.h"
#include "store/feed.h"
#include "store/store_client.h"

struct client { /* immutable; counted (this thread only) */
    int64_t account_id, application_id, holder_id;
    h2o_iovec_t client_id, name, application_name, holder_name;
    struct scope_set scopes;             /* of the client */
    struct scope_set holder_permissions; /* now */
    struct scope_set effective; /* both: what it may at most now. Without a holder nothing: it acts for persons alone */
    int64_t generation, not_before_us, expires_us;
    bool client_active, application_active, account_active, holder_active, office, is_public, is_waiting;
    enum err access;     /* of the account to the API: ERR_NONE, or why it is shut (client/access.h) */
    int64_t introspects; /* the api whose tokens it may ask about; 0: none */
    struct client_secret_row secrets[LIMIT_SECRETS_LIVE_MAX];
    size_t secret_count;
    struct cidr_list addresses;         /* from where it may be used; empty: anywhere */
    struct rate_cell *rates[RATE__MAX]; /* where its requests are counted; NULL: there is no such limit */
    bool counted;                       /* one of them is not NULL */
    unsigned references;
};

/* An application itself: it has no holder and no rights of its own, but acts for persons. Everything else is a key. */
static inline bool client_is_application(const struct client *client)
{
    return client->holder_id == 0;
}

struct client_book;
struct client_book *client_book_create(struct db *db, size_t bytes_max);
void client_book_destroy(struct client_book *book);

/* From now on clients that are read find their cells in this table, which outlives the book. Without it nobody has a
 * limit. */
void client_book_count_in(struct client_book *book, struct rate_table *rates);

void client_share(struct client *client);
void client_release(struct client *client); /* NULL is a no-op */

/* From memory, or NULL: then ask client_book_fetch. Borrowed until the next turn of the loop; share it to keep it. */
struct client *client_book_find(struct client_book *book, h2o_iovec_t client_id);

/* outcome DB_DONE with client NULL: there is none. The client is borrowed for the callback. */
typedef void client_book_cb(enum db_outcome outcome, struct client *client, void *cookie);
struct client_fetch;
/* Fires once, never inside, never after the cancellation. Fetches of one client in the same epoch share one read; one
 * that starts after the epoch moved never joins an older one. client_id must have passed credential_check. */
struct client_fetch *client_book_fetch(struct client_book *book, h2o_iovec_t client_id, client_book_cb *callback,
                                       void *cookie);
void client_book_cancel(struct client_fetch **fetch);

/* Applies a change: moves the epoch and forgets whom it touches. */
void client_book_apply(struct client_book *book, const struct policy_change *change);
void client_book_clear(struct client_book *book); /* sight was lost */
size_t client_book_count(const struct client_book *book);

/* Is it usable at all now? ERR_NONE, or why not. At the gateway (`at_token_endpoint` false) a switched-off account is
 * what `access` says and everything else that is not active is ERR_INVALID_TOKEN; at the token endpoint all of them are
 * ERR_INVALID_CLIENT. A holder who is no active member is a matter of rights and not of this: then `effective` and
 * holder_permissions are empty. */
enum err client_usable(const struct client *client, int64_t now_us, bool at_token_endpoint);

/* Whether it may be used from there. A Unix socket has no address: then only who may be anywhere may be there. */
bool client_address_allowed(const struct client *client, const struct address *address);

/* Checks a presented secret (already past credential_check) against the live ones; the time does not depend on which,
 * if any, is right. The number of the right one, or 0: none is. `client` may be NULL (unknown): it costs the same and
 * is 0. */
int64_t client_secret_right(const struct client *client, h2o_iovec_t secret, int64_t now_us);

#endif
