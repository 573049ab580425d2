/* SPDX-License-Identifier: Apache-2.0 */
#include "client/member_book.h"

#include "base/cache.h"
#include "base/log.h"
#include <stdlib.h>

#define ALLOCATION_OVERHEAD 16 /* what malloc keeps beside a block */
#define ALLOCATIONS         2  /* the member and the set */

struct member_book {
    struct db *db;
    struct cache *members;
    uint64_t epoch; /* moves with each change that this thread is told of */
    h2o_linklist_t fetches;
};

struct member_fetch {
    h2o_linklist_t link; /* in the book */
    struct member_book *book;
    struct rows_call *call;
    uint64_t epoch;
    member_book_cb *callback;
    void *cookie;
};

/* --- members ----------------------------------------------------------------------------------------------------- */

/* Copies the row; one reference. NULL when its permissions are not well formed, which the schema's checks rule out. Who
 * is no active member may nothing, whatever the row says. */
static struct member *member_create(const struct member_row *row)
{
    struct scope_set permissions;
    if (scope_set_parse(NULL, row->active ? row->permissions : SLICE(""), &permissions) != ERR_NONE)
        return NULL;
    struct member *member = h2o_mem_alloc(sizeof(*member) + row->name.len);
    *member = (struct member){.account_id = row->account_id,
                              .user_id = row->user_id,
                              .name = {(char *)(member + 1), row->name.len},
                              .permissions = permissions,
                              .generation = row->generation,
                              .active = row->active,
                              .account_active = row->account_active,
                              .access = access_shut(row->api_access, row->access_shut),
                              .references = 1};
    memcpy(member->name.base, row->name.base, row->name.len);
    return member;
}

static size_t member_bytes(const struct member *member)
{
    return sizeof(*member) + member->name.len + member->permissions.count * sizeof(*member->permissions.tokens) +
           member->permissions.text.len + 1 + ALLOCATIONS * ALLOCATION_OVERHEAD;
}

void member_share(struct member *member)
{
    ++member->references;
}

void member_release(struct member *member)
{
    if (member == NULL || --member->references > 0)
        return;
    scope_set_free(&member->permissions);
    free(member);
}

enum err member_usable(const struct member *member)
{
    if (member == NULL || !member->active || !member->account_active)
        return ERR_INVALID_TOKEN;
    return member->access;
}

/* --- the book ---------------------------------------------------------------------------------------------------- */

/* What a member is called in the cache: these bytes. */
struct name {
    int64_t account_id, user_id;
};

static h2o_iovec_t bytes_of(struct name *name)
{
    return (h2o_iovec_t){(char *)name, sizeof(*name)};
}

static void dispose_of_member(void *value)
{
    member_release(value);
}

struct member_book *member_book_create(struct db *db, size_t bytes_max)
{
    struct member_book *book = h2o_mem_alloc(sizeof(*book));
    *book = (struct member_book){.db = db, .members = cache_create(bytes_max, dispose_of_member)};
    h2o_linklist_init_anchor(&book->fetches);
    return book;
}

struct member *member_book_find(struct member_book *book, int64_t account_id, int64_t user_id)
{
    return cache_find(book->members, bytes_of(&(struct name){account_id, user_id}));
}

static void fetch_answered(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

struct member_fetch *member_book_fetch(struct member_book *book, int64_t account_id, int64_t user_id,
                                       member_book_cb *callback, void *cookie)
{
    struct member_fetch *fetch = h2o_mem_alloc(sizeof(*fetch));
    *fetch = (struct member_fetch){.book = book, .epoch = book->epoch, .callback = callback, .cookie = cookie};
    h2o_linklist_insert(&book->fetches, &fetch->link);
    fetch->call = store_member_find(book->db, account_id, user_id, fetch_answered, fetch);
    return fetch;
}

/* Kept when nothing changed since it was asked for: then the feed will tell of every change to it. */
static struct member *member_of_row(struct member_fetch *fetch, const struct member_row *row)
{
    struct member_book *book = fetch->book;
    struct member *member = member_create(row);
    if (member == NULL || fetch->epoch != book->epoch)
        return member;
    member_share(member);
    cache_put(book->members, bytes_of(&(struct name){member->account_id, member->user_id}), member,
              member_bytes(member));
    return member;
}

static void fetch_answered(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct member_fetch *fetch = cookie;
    struct member *member = NULL;
    h2o_linklist_unlink(&fetch->link);
    if (count > 0) {
        const struct member_row *row = rows;
        member = member_of_row(fetch, row);
        if (member == NULL) {
            log_event(LOG_LEVEL_ERROR, "member_row_refused", "\"account\":%lld,\"user\":%lld",
                      (long long)row->account_id, (long long)row->user_id);
            outcome = DB_REFUSED;
        }
    }
    fetch->callback(outcome, member, fetch->cookie);
    member_release(member);
    free(fetch);
}

void member_book_cancel(struct member_fetch **fetch_pointer)
{
    struct member_fetch *fetch = *fetch_pointer;
    if (fetch == NULL)
        return;
    rows_call_cancel(&fetch->call);
    h2o_linklist_unlink(&fetch->link);
    free(fetch);
    *fetch_pointer = NULL;
}

/* --- forgetting -------------------------------------------------------------------------------------------------- */

static bool is_person(const void *value, const void *cookie)
{
    const struct member *member = value;
    const struct policy_change *change = cookie;
    uint64_t user_id;
    if (change->account_id != 0 && change->account_id != member->account_id)
        return false;
    return !slice_to_u64(change->subject, INT64_MAX, &user_id) || /* not understood: forget rather than trust */
           member->user_id == (int64_t)user_id;
}

static bool is_of_account(const void *value, const void *cookie)
{
    const struct member *member = value;
    const struct policy_change *change = cookie;
    return change->account_id == 0 || member->account_id == change->account_id;
}

void member_book_apply(struct member_book *book, const struct policy_change *change)
{
    ++book->epoch;
    if (cache_count(book->members) == 0)
        return;
    if (change->kind == POLICY_MEMBER)
        cache_remove_if(book->members, is_person, change);
    if (change->kind == POLICY_ACCOUNT)
        cache_remove_if(book->members, is_of_account, change);
}

void member_book_clear(struct member_book *book)
{
    ++book->epoch;
    cache_clear(book->members);
}

size_t member_book_count(const struct member_book *book)
{
    return cache_count(book->members);
}

/* Whoever still waits is told that nothing was done, as the database's own end tells it. */
void member_book_destroy(struct member_book *book)
{
    if (book == NULL)
        return;
    while (!h2o_linklist_is_empty(&book->fetches)) {
        struct member_fetch *fetch = H2O_STRUCT_FROM_MEMBER(struct member_fetch, link, book->fetches.next);
        h2o_linklist_unlink(&fetch->link);
        rows_call_cancel(&fetch->call);
        fetch->callback(DB_BUSY, NULL, fetch->cookie);
        free(fetch);
    }
    cache_destroy(book->members);
    free(book);
}
