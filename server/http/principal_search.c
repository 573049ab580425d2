/* SPDX-License-Identifier: Apache-2.0 */
#include "http/principal_search.h"

#define US_PER_SECOND 1000000

/* --- the token --------------------------------------------------------------------------------------------------- */

/* The request gets claims of its own, since the cache may throw out what it was just given. */
static struct claims *remember(struct worker *worker, h2o_mem_pool_t *pool, h2o_iovec_t text, h2o_iovec_t digest,
                               const struct access_token *token, const struct scope_set *scopes)
{
    size_t bytes = claims_bytes(token, scopes);
    struct claims *claims = claims_write(h2o_mem_alloc_pool(pool, bytes), token, scopes);
    if (claims_note_key(claims, worker->policy->keys, text)) {
        struct claims *kept = claims_write(h2o_mem_alloc(bytes), token, scopes);
        claims_note_key(kept, worker->policy->keys, text);
        (void)cache_put(worker->tokens, digest, kept, bytes);
    }
    return claims;
}

struct claims *principal_claims(struct worker *worker, h2o_mem_pool_t *pool, h2o_iovec_t text, const struct api *likely,
                                int64_t now_us, enum jws_fault *fault_out)
{
    uint8_t digest[DIGEST_BYTES];
    h2o_iovec_t key = {(char *)digest, sizeof(digest)};
    struct access_token token;
    struct scope_set scopes;
    secret_digest(digest, text);
    struct claims *claims = cache_find(worker->tokens, key);
    if (claims != NULL) {
        worker_count(&worker->counters.token_cache_hits);
        return claims;
    }
    worker_count(&worker->counters.token_cache_misses);
    *fault_out = claims_check(worker->policy, worker->jws, pool, text, worker->settings->issuer, likely,
                              now_us / US_PER_SECOND, &token);
    if (*fault_out == JWS_OK && !principal_read(pool, &token, &scopes))
        *fault_out = JWS_CLAIM;
    return *fault_out == JWS_OK ? remember(worker, pool, text, key, &token, &scopes) : NULL;
}

/* --- the client -------------------------------------------------------------------------------------------------- */

static void keep_client(struct principal *principal, struct client *client)
{
    if (client != NULL)
        client_share(client);
    principal->client = client;
    principal->known = true;
}

static void client_came(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct principal_search *search = cookie;
    search->client_fetch = NULL;
    if (outcome == DB_DONE)
        keep_client(search->principal, client);
    search->come(outcome, search->cookie);
}

static bool find_client(struct principal_search *search)
{
    struct worker *worker = search->worker;
    h2o_iovec_t client_id = search->principal->claims->client_id;
    struct client *client = client_book_find(worker->clients, client_id);
    if (client == NULL) {
        worker_count(&worker->counters.client_cache_misses);
        search->client_fetch = client_book_fetch(worker->clients, client_id, client_came, search);
        return false;
    }
    worker_count(&worker->counters.client_cache_hits);
    keep_client(search->principal, client);
    return true;
}

/* --- the link ---------------------------------------------------------------------------------------------------- */

static void keep_link(struct principal *principal, struct office_link *link)
{
    if (link != NULL)
        office_link_share(link);
    principal->link = link;
    principal->linked = true;
}

static void link_came(enum db_outcome outcome, struct office_link *link, void *cookie)
{
    struct principal_search *search = cookie;
    search->link_fetch = NULL;
    if (outcome == DB_DONE)
        keep_link(search->principal, link);
    search->come(outcome, search->cookie);
}

static bool find_link(struct principal_search *search)
{
    struct worker *worker = search->worker;
    const struct claims *claims = search->principal->claims;
    struct office_link *link = link_book_find(worker->links, claims->client_id, claims->account_id);
    if (link == NULL) {
        worker_count(&worker->counters.link_cache_misses);
        search->link_fetch = link_book_fetch(worker->links, claims->client_id, claims->account_id, link_came, search);
        return false;
    }
    worker_count(&worker->counters.link_cache_hits);
    keep_link(search->principal, link);
    return true;
}

/* --- the person -------------------------------------------------------------------------------------------------- */

static void keep_member(struct principal *principal, struct member *member)
{
    if (member != NULL)
        member_share(member);
    principal->member = member;
    principal->met = true;
}

static void member_came(enum db_outcome outcome, struct member *member, void *cookie)
{
    struct principal_search *search = cookie;
    search->member_fetch = NULL;
    if (outcome == DB_DONE)
        keep_member(search->principal, member);
    search->come(outcome, search->cookie);
}

static bool find_member(struct principal_search *search)
{
    struct worker *worker = search->worker;
    const struct claims *claims = search->principal->claims;
    struct member *member = member_book_find(worker->members, claims->account_id, claims->user_id);
    if (member == NULL) {
        worker_count(&worker->counters.member_cache_misses);
        search->member_fetch =
            member_book_fetch(worker->members, claims->account_id, claims->user_id, member_came, search);
        return false;
    }
    worker_count(&worker->counters.member_cache_hits);
    keep_member(search->principal, member);
    return true;
}

/* --- in order of time -------------------------------------------------------------------------------------------- */

bool principal_search(struct principal_search *search)
{
    struct principal *principal = search->principal;
    bool is_there = principal->known || find_client(search);
    if (is_there && principal->client != NULL && principal_needs_link(principal) && !principal->linked)
        is_there = find_link(search);
    if (is_there && principal->client != NULL && principal_speaks_for_person(principal) && !principal->met)
        is_there = find_member(search);
    if (!is_there)
        principal->claims = NULL;
    return is_there;
}

void principal_search_end(struct principal_search *search)
{
    client_book_cancel(&search->client_fetch);
    link_book_cancel(&search->link_fetch);
    member_book_cancel(&search->member_fetch);
    if (search->principal != NULL)
        principal_release(search->principal);
}
