/* SPDX-License-Identifier: Apache-2.0 */
#include "client/link_book.h"

#include "base/cache.h"
#include "base/credential.h"
#include "base/log.h"
#include <assert.h>
#include <stdlib.h>

#define NAME_BYTES_MAX      (CREDENTIAL_BYTES_MAX + sizeof(int64_t))
#define ALLOCATION_OVERHEAD 16 /* what malloc keeps beside a block */
#define ALLOCATIONS         2  /* the link and its set */

struct link_book {
    struct db *db;
    struct cache *links;
    uint64_t epoch; /* moves with each change that this thread is told of */
    h2o_linklist_t fetches;
};

struct link_fetch {
    h2o_linklist_t link; /* in the book */
    struct link_book *book;
    struct rows_call *call;
    uint64_t epoch;
    link_book_cb *callback;
    void *cookie;
};

/* --- links ------------------------------------------------------------------------------------------------------- */

static h2o_iovec_t append(char **at, h2o_iovec_t text)
{
    h2o_iovec_t copy = {*at, text.len};
    memcpy(*at, text.base, text.len);
    *at += text.len;
    return copy;
}

/* Copies the row; one reference. NULL when its scopes are not well formed, which the schema's checks rule out. */
static struct office_link *link_create(const struct link_row *row)
{
    struct scope_set scopes;
    if (scope_set_parse(NULL, row->scopes, &scopes) != ERR_NONE)
        return NULL;
    struct office_link *link = h2o_mem_alloc(sizeof(*link) + row->client_id.len + row->template_name.len);
    char *at = (char *)(link + 1);
    *link = (struct office_link){.account_id = row->account_id,
                                 .office_account_id = row->office_account_id,
                                 .generation = row->generation,
                                 .client_id = append(&at, row->client_id),
                                 .template_name = append(&at, row->template_name),
                                 .scopes = scopes,
                                 .active = row->active,
                                 .allowed = row->allowed,
                                 .account_active = row->account_active,
                                 .access = access_shut(row->api_access, row->access_shut),
                                 .references = 1};
    return link;
}

static size_t link_bytes(const struct office_link *link)
{
    return sizeof(*link) + link->client_id.len + link->template_name.len +
           link->scopes.count * sizeof(*link->scopes.tokens) + link->scopes.text.len + 1 +
           ALLOCATIONS * ALLOCATION_OVERHEAD;
}

void office_link_share(struct office_link *link)
{
    ++link->references;
}

void office_link_release(struct office_link *link)
{
    if (link == NULL || --link->references > 0)
        return;
    scope_set_free(&link->scopes);
    free(link);
}

/* In the order in which somebody has to mend it: the office, the operator, the client company. */
enum err office_link_usable(const struct office_link *link)
{
    if (link == NULL)
        return ERR_LINK_MISSING;
    if (!link->active)
        return ERR_LINK_ENDED;
    if (!link->account_active)
        return ERR_CLIENT_ACCOUNT_CLOSED;
    if (link->access != ERR_NONE)
        return link->access;
    return link->allowed ? ERR_NONE : ERR_OFFICE_OFF;
}

/* --- the book ---------------------------------------------------------------------------------------------------- */

static void dispose_of_link(void *value)
{
    office_link_release(value);
}

struct link_book *link_book_create(struct db *db, size_t bytes_max)
{
    struct link_book *book = h2o_mem_alloc(sizeof(*book));
    *book = (struct link_book){.db = db, .links = cache_create(bytes_max, dispose_of_link)};
    h2o_linklist_init_anchor(&book->fetches);
    return book;
}

/* What a link is called in the cache: the key's id and the account's bytes. */
static h2o_iovec_t name_of(h2o_iovec_t client_id, int64_t account_id, char out[static NAME_BYTES_MAX])
{
    assert(client_id.len < CREDENTIAL_BYTES_MAX);
    memcpy(out, client_id.base, client_id.len);
    memcpy(out + client_id.len, &account_id, sizeof(account_id));
    return (h2o_iovec_t){out, client_id.len + sizeof(account_id)};
}

struct office_link *link_book_find(struct link_book *book, h2o_iovec_t client_id, int64_t account_id)
{
    char name[NAME_BYTES_MAX];
    return cache_find(book->links, name_of(client_id, account_id, name));
}

static void fetch_answered(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

struct link_fetch *link_book_fetch(struct link_book *book, h2o_iovec_t client_id, int64_t account_id,
                                   link_book_cb *callback, void *cookie)
{
    int64_t office_account_id;
    bool well_formed = credential_check(CREDENTIAL_CLIENT_ID, client_id, &office_account_id);
    assert(well_formed);
    struct link_fetch *fetch = h2o_mem_alloc(sizeof(*fetch));
    *fetch = (struct link_fetch){.book = book, .epoch = book->epoch, .callback = callback, .cookie = cookie};
    h2o_linklist_insert(&book->fetches, &fetch->link);
    fetch->call = store_link_find(book->db, account_id, office_account_id, client_id, fetch_answered, fetch);
    return fetch;
}

/* Kept when nothing changed since it was asked for: then the feed will tell of every change to it. */
static struct office_link *link_of_row(struct link_fetch *fetch, const struct link_row *row)
{
    char name[NAME_BYTES_MAX];
    struct link_book *book = fetch->book;
    struct office_link *link = link_create(row);
    if (link == NULL || fetch->epoch != book->epoch)
        return link;
    office_link_share(link);
    cache_put(book->links, name_of(link->client_id, link->account_id, name), link, link_bytes(link));
    return link;
}

static void fetch_answered(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct link_fetch *fetch = cookie;
    struct office_link *link = NULL;
    h2o_linklist_unlink(&fetch->link);
    if (count > 0) {
        const struct link_row *row = rows;
        link = link_of_row(fetch, row);
        if (link == NULL) {
            log_event(LOG_LEVEL_ERROR, "link_row_refused", "\"client\":\"%.*s\"", SLICE_ARGS(row->client_id));
            outcome = DB_REFUSED;
        }
    }
    fetch->callback(outcome, link, fetch->cookie);
    office_link_release(link);
    free(fetch);
}

void link_book_cancel(struct link_fetch **fetch_pointer)
{
    struct link_fetch *fetch = *fetch_pointer;
    if (fetch == NULL)
        return;
    rows_call_cancel(&fetch->call);
    h2o_linklist_unlink(&fetch->link);
    free(fetch);
    *fetch_pointer = NULL;
}

/* --- forgetting -------------------------------------------------------------------------------------------------- */

static bool is_of_key(const void *value, const void *cookie)
{
    const struct office_link *link = value;
    const struct policy_change *change = cookie;
    return change->subject.len == 0 || slice_equal(link->client_id, change->subject);
}

static bool is_of_account(const void *value, const void *cookie)
{
    const struct office_link *link = value;
    const struct policy_change *change = cookie;
    return change->account_id == 0 || link->account_id == change->account_id ||
           link->office_account_id == change->account_id;
}

void link_book_apply(struct link_book *book, const struct policy_change *change)
{
    ++book->epoch;
    if (cache_count(book->links) == 0)
        return;
    if (change->kind == POLICY_CLIENT)
        cache_remove_if(book->links, is_of_key, change);
    if (change->kind == POLICY_ACCOUNT)
        cache_remove_if(book->links, is_of_account, change);
}

void link_book_clear(struct link_book *book)
{
    ++book->epoch;
    cache_clear(book->links);
}

size_t link_book_count(const struct link_book *book)
{
    return cache_count(book->links);
}

/* Whoever still waits is told that nothing was done, as the database's own end tells it. */
void link_book_destroy(struct link_book *book)
{
    if (book == NULL)
        return;
    while (!h2o_linklist_is_empty(&book->fetches)) {
        struct link_fetch *fetch = H2O_STRUCT_FROM_MEMBER(struct link_fetch, link, book->fetches.next);
        h2o_linklist_unlink(&fetch->link);
        rows_call_cancel(&fetch->call);
        fetch->callback(DB_BUSY, NULL, fetch->cookie);
        free(fetch);
    }
    cache_destroy(book->links);
    free(book);
}
