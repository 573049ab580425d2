/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/right.h"

#include "base/text.h"
#include "gateway/ask.h"

#include <assert.h>

#define SCOPES_NEEDED_MAX 2

struct needed {
    h2o_iovec_t scopes[SCOPES_NEEDED_MAX];
    size_t count;
};

static bool is_of_person(const struct principal *principal)
{
    return principal->claims->user_id != 0;
}

/* Whose permissions bound what the client does: the person's whom it acts for, or its holder's. Who is not known has
 * none, and so has nobody. */
static const struct scope_set *bound_of(const struct principal *principal)
{
    static const struct scope_set nothing;
    if (is_of_person(principal))
        return principal->member == NULL ? &nothing : &principal->member->permissions;
    return client_is_application(principal->client) ? &nothing : &principal->client->holder_permissions;
}

enum err right_of_scope(const struct principal *principal, h2o_iovec_t scope)
{
    if (!scope_set_has(&principal->claims->scopes, scope))
        return ERR_INSUFFICIENT_SCOPE;
    if (!scope_set_has(&principal->client->scopes, scope))
        return is_of_person(principal) ? ERR_APPLICATION_RIGHT_MISSING : ERR_KEY_RIGHT_MISSING;
    if (!scope_set_has(bound_of(principal), scope))
        return is_of_person(principal) ? ERR_PERSON_RIGHT_MISSING : ERR_HOLDER_RIGHT_MISSING;
    if (principal_needs_link(principal) && (principal->link == NULL || !scope_set_has(&principal->link->scopes, scope)))
        return ERR_TEMPLATE_RIGHT_MISSING;
    return ERR_NONE;
}

enum err right_to_account(const struct principal *principal)
{
    const struct client *client = principal->client;
    if (client->access != ERR_NONE)
        return client->access;
    if (is_of_person(principal)) /* who is no member was refused with the credential */
        return member_usable(principal->member) == ERR_INVALID_TOKEN ? ERR_API_ACCESS_OFF : principal->member->access;
    if (!client->office)
        return ERR_NONE;
    return principal_needs_link(principal) ? office_link_usable(principal->link) : ERR_ACCOUNT_NEEDED;
}

struct scope_set right_scopes(h2o_mem_pool_t *pool, const struct principal *principal)
{
    static const struct scope_set nothing;
    struct scope_set asked, own, all;
    scope_set_intersect(pool, &principal->claims->scopes, &principal->client->scopes, &asked);
    scope_set_intersect(pool, &asked, bound_of(principal), &own);
    if (!principal_needs_link(principal))
        return own;
    scope_set_intersect(pool, &own, principal->link == NULL ? &nothing : &principal->link->scopes, &all);
    return all;
}

h2o_iovec_t right_read_scope(h2o_mem_pool_t *pool, h2o_iovec_t collection)
{
    return slice_format(pool, "%.*s:read", SLICE_ARGS(collection));
}

static struct needed scopes_needed(const struct ask *ask)
{
    struct needed needed = {.count = 0};
    unsigned rights = ask->action->rights;
    if (rights & RIGHT_READ)
        needed.scopes[needed.count++] = ask->target.collection->scope_read;
    if (rights & RIGHT_WRITE)
        needed.scopes[needed.count++] = ask->target.collection->scope_write;
    if (rights & RIGHT_HISTORY)
        needed.scopes[needed.count++] = SLICE("history:read");
    assert(needed.count > 0);
    assert(needed.count <= SCOPES_NEEDED_MAX);
    return needed;
}

static void add_word(struct text *list, h2o_iovec_t word)
{
    if (list->len > 0)
        text_add_char(list, ' ');
    text_add(list, word);
}

/* `err` is what the first scope lacks; every other one that lacks the same is told with it. */
static enum contract_step refuse(struct ask *ask, enum err err, const struct needed *needed)
{
    struct text all, missing;
    h2o_mem_pool_t *pool = ask->call->pool;
    text_start(&all, pool, SCOPES_NEEDED_MAX * LIMIT_SCOPE_BYTES_MAX);
    text_start(&missing, pool, SCOPES_NEEDED_MAX * LIMIT_SCOPE_BYTES_MAX);
    for (size_t i = 0; i < needed->count; ++i) {
        add_word(&all, needed->scopes[i]);
        if (right_of_scope(&ask->principal, needed->scopes[i]) == err)
            add_word(&missing, needed->scopes[i]);
    }
    h2o_iovec_t lacked = text_slice(&missing);
    h2o_iovec_t detail =
        slice_format(pool, "%.*s What is missing: %.*s.", SLICE_ARGS(err_row(err)->text), SLICE_ARGS(lacked));
    ask_refuse(ask, err, detail);
    ask->refusal.missing = lacked;
    ask->refusal.scope = text_slice(&all);
    return CONTRACT_REFUSED;
}

enum contract_step right_check(struct ask *ask)
{
    struct needed needed = scopes_needed(ask);
    enum err account = right_to_account(&ask->principal);
    if (account != ERR_NONE)
        return ask_refuse(ask, account, SLICE_NONE);
    for (size_t i = 0; i < needed.count; ++i) {
        enum err err = right_of_scope(&ask->principal, needed.scopes[i]);
        if (err != ERR_NONE)
            return refuse(ask, err, &needed);
    }
    return CONTRACT_PASSED;
}
