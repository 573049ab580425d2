/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_book.h"

#include "base/cache.h"
#include "base/credential.h"
#include "base/log.h"
#include "client/client.h"
#include <assert.h>
#include <stdlib.h>

#define FLIGHT_BUCKETS 64 /* by a byte of the client's id; seldom more than a few reads are under way */

struct client_book {
    struct db *db;
    struct cache *clients;
    struct rate_table *rates; /* NULL: nobody is counted */
    uint64_t epoch;           /* moves with each change that this thread is told of */
    h2o_linklist_t flights[FLIGHT_BUCKETS];
};

/* One read under way, and all who wait for it: they all asked in the same epoch. */
struct flight {
    h2o_linklist_t link; /* in the book; unlinked when its answer has come */
    struct client_book *book;
    struct store_client_call *call;
    uint64_t epoch;
    h2o_linklist_t fetches; /* in the order of asking */
    size_t client_id_len;
    char client_id[CREDENTIAL_BYTES_MAX];
};

struct client_fetch {
    h2o_linklist_t link;
    struct flight *flight;
    client_book_cb *callback;
    void *cookie;
};

static void dispose_of_client(void *value)
{
    client_release(value);
}

struct client_book *client_book_create(struct db *db, size_t bytes_max)
{
    struct client_book *book = h2o_mem_alloc(sizeof(*book));
    *book = (struct client_book){.db = db, .clients = cache_create(bytes_max, dispose_of_client)};
    for (size_t i = 0; i < FLIGHT_BUCKETS; ++i)
        h2o_linklist_init_anchor(&book->flights[i]);
    return book;
}

void client_book_count_in(struct client_book *book, struct rate_table *rates)
{
    book->rates = rates;
}

struct client *client_book_find(struct client_book *book, h2o_iovec_t client_id)
{
    return cache_find(book->clients, client_id);
}

/* --- asking the database ----------------------------------------------------------------------------------------- */

static void flight_answered(enum db_outcome outcome, const struct client_row *row, void *cookie);

/* The last characters are the checksum of the rest. */
static h2o_linklist_t *bucket_of(struct client_book *book, h2o_iovec_t client_id)
{
    return &book->flights[(uint8_t)client_id.base[client_id.len - 1] % FLIGHT_BUCKETS];
}

static struct flight *flight_find(struct client_book *book, h2o_iovec_t client_id)
{
    h2o_linklist_t *bucket = bucket_of(book, client_id);
    for (h2o_linklist_t *at = bucket->next; at != bucket; at = at->next) {
        struct flight *flight = H2O_STRUCT_FROM_MEMBER(struct flight, link, at);
        h2o_iovec_t of_flight = {flight->client_id, flight->client_id_len};
        if (flight->epoch == book->epoch && slice_equal(of_flight, client_id))
            return flight;
    }
    return NULL;
}

static struct flight *flight_start(struct client_book *book, h2o_iovec_t client_id)
{
    int64_t account_id;
    bool well_formed = credential_check(CREDENTIAL_CLIENT_ID, client_id, &account_id);
    assert(well_formed);
    struct flight *flight = h2o_mem_alloc(sizeof(*flight));
    *flight = (struct flight){.book = book, .epoch = book->epoch, .client_id_len = client_id.len};
    memcpy(flight->client_id, client_id.base, client_id.len);
    h2o_linklist_init_anchor(&flight->fetches);
    h2o_linklist_insert(bucket_of(book, client_id), &flight->link);
    flight->call = store_client_find(book->db, account_id, client_id, flight_answered, flight);
    return flight;
}

struct client_fetch *client_book_fetch(struct client_book *book, h2o_iovec_t client_id, client_book_cb *callback,
                                       void *cookie)
{
    struct flight *flight = flight_find(book, client_id);
    if (flight == NULL)
        flight = flight_start(book, client_id);
    struct client_fetch *fetch = h2o_mem_alloc(sizeof(*fetch));
    *fetch = (struct client_fetch){.flight = flight, .callback = callback, .cookie = cookie};
    h2o_linklist_insert(&flight->fetches, &fetch->link);
    return fetch;
}

/* The client that a row describes, kept when nothing changed since it was asked for: then the feed will tell of every
 * change to it. Otherwise the row may be older than a change that this thread has applied already, and lives only for
 * those who asked before it. */
static struct client *client_of_row(struct flight *flight, const struct client_row *row)
{
    struct client_book *book = flight->book;
    struct client *client = client_create(row);
    bool is_newest = flight->epoch == book->epoch;
    if (client != NULL && book->rates != NULL)
        client_count_in(client, book->rates, row, is_newest);
    if (client == NULL || !is_newest)
        return client;
    client_share(client);
    cache_put(book->clients, client->client_id, client, client_bytes(client));
    return client;
}

/* A callback may cancel its neighbours and start fetches of its own: each is taken off the list before it is told. */
static void tell_all(struct flight *flight, enum db_outcome outcome, struct client *client)
{
    while (!h2o_linklist_is_empty(&flight->fetches)) {
        struct client_fetch *fetch = H2O_STRUCT_FROM_MEMBER(struct client_fetch, link, flight->fetches.next);
        client_book_cb *callback = fetch->callback;
        void *callback_cookie = fetch->cookie;
        h2o_linklist_unlink(&fetch->link);
        free(fetch);
        callback(outcome, client, callback_cookie);
    }
}

static void flight_answered(enum db_outcome outcome, const struct client_row *row, void *cookie)
{
    struct flight *flight = cookie;
    struct client *client = NULL;
    h2o_linklist_unlink(&flight->link);
    flight->call = NULL;
    if (outcome == DB_DONE && row != NULL) {
        client = client_of_row(flight, row);
        if (client == NULL) {
            log_event(LOG_LEVEL_ERROR, "client_row_refused", "\"client\":\"%.*s\"", (int)flight->client_id_len,
                      flight->client_id);
            outcome = DB_REFUSED;
        }
    }
    tell_all(flight, outcome, client);
    client_release(client);
    free(flight);
}

void client_book_cancel(struct client_fetch **fetch_pointer)
{
    struct client_fetch *fetch = *fetch_pointer;
    if (fetch == NULL)
        return;
    struct flight *flight = fetch->flight;
    h2o_linklist_unlink(&fetch->link);
    free(fetch);
    *fetch_pointer = NULL;
    if (flight->call == NULL || !h2o_linklist_is_empty(&flight->fetches))
        return; /* it is being answered, or others wait for it */
    store_client_cancel(&flight->call);
    h2o_linklist_unlink(&flight->link);
    free(flight);
}

/* --- forgetting -------------------------------------------------------------------------------------------------- */

static bool is_of_holder(const void *value, const void *cookie)
{
    const struct client *client = value;
    const struct policy_change *member = cookie;
    uint64_t user_id;
    if (!slice_to_u64(member->subject, INT64_MAX, &user_id))
        return true; /* not understood: forget rather than trust */
    return client->holder_id == (int64_t)user_id &&
           (member->account_id == 0 || client->account_id == member->account_id);
}

static bool is_of_account(const void *value, const void *cookie)
{
    const struct client *client = value;
    const struct policy_change *account = cookie;
    return account->account_id == 0 || client->account_id == account->account_id;
}

static bool is_of_application(const void *value, const void *cookie)
{
    const struct client *client = value;
    const struct policy_change *application = cookie;
    uint64_t application_id;
    if (!slice_to_u64(application->subject, INT64_MAX, &application_id))
        return true;
    return client->application_id == (int64_t)application_id;
}

static bool is_client(const void *value, const void *cookie)
{
    const struct client *client = value;
    const struct policy_change *change = cookie;
    return change->subject.len == 0 || slice_equal(client->client_id, change->subject);
}

/* What a change of each kind touches; NULL: no client. */
static bool (*const touches[POLICY__MAX])(const void *value, const void *cookie) = {
    [POLICY_CLIENT] = is_client,
    [POLICY_MEMBER] = is_of_holder,
    [POLICY_ACCOUNT] = is_of_account,
    [POLICY_APPLICATION] = is_of_application,
};

void client_book_apply(struct client_book *book, const struct policy_change *change)
{
    assert(change->kind < POLICY__MAX);
    ++book->epoch;
    if (change->kind == POLICY_CLIENT && change->subject.len > 0)
        cache_remove(book->clients, change->subject);
    else if (touches[change->kind] != NULL)
        cache_remove_if(book->clients, touches[change->kind], change);
}

void client_book_clear(struct client_book *book)
{
    ++book->epoch;
    cache_clear(book->clients);
}

size_t client_book_count(const struct client_book *book)
{
    return cache_count(book->clients);
}

/* Whoever still waits is told that nothing was done, as the database's own end tells it. */
static void end_flight(struct flight *flight)
{
    h2o_linklist_unlink(&flight->link);
    store_client_cancel(&flight->call);
    tell_all(flight, DB_BUSY, NULL);
    free(flight);
}

void client_book_destroy(struct client_book *book)
{
    if (book == NULL)
        return;
    for (size_t i = 0; i < FLIGHT_BUCKETS; ++i)
        while (!h2o_linklist_is_empty(&book->flights[i]))
            end_flight(H2O_STRUCT_FROM_MEMBER(struct flight, link, book->flights[i].next));
    cache_destroy(book->clients);
    free(book);
}
