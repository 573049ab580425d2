/* SPDX-License-Identifier: Apache-2.0 */
#include "client/right.h"

/* Whose permissions bound what the client does: the person's whom it acts for, or its holder's. Who is not known has
 * none, and so has nobody. */
static const struct scope_set *bound_of(const struct principal *principal)
{
    static const struct scope_set nothing;
    if (principal_speaks_for_person(principal))
        return principal->member == NULL ? &nothing : &principal->member->permissions;
    return client_is_application(principal->client) ? &nothing : &principal->client->holder_permissions;
}

enum err right_of_scope(const struct principal *principal, h2o_iovec_t scope)
{
    if (!scope_set_has(&principal->claims->scopes, scope))
        return ERR_INSUFFICIENT_SCOPE;
    if (principal_speaks_for_person(principal) && scope_is_identity(scope))
        return ERR_NONE;
    if (!scope_set_has(&principal->client->scopes, scope))
        return principal_speaks_for_person(principal) ? ERR_APPLICATION_RIGHT_MISSING : ERR_KEY_RIGHT_MISSING;
    if (!scope_set_has(bound_of(principal), scope))
        return principal_speaks_for_person(principal) ? ERR_PERSON_RIGHT_MISSING : ERR_HOLDER_RIGHT_MISSING;
    if (principal_needs_link(principal) && (principal->link == NULL || !scope_set_has(&principal->link->scopes, scope)))
        return ERR_TEMPLATE_RIGHT_MISSING;
    return ERR_NONE;
}

enum err right_to_account(const struct principal *principal)
{
    const struct client *client = principal->client;
    if (client->access != ERR_NONE)
        return client->access;
    if (principal_speaks_for_person(principal)) /* who is no member was refused with the credential */
        return member_usable(principal->member) == ERR_INVALID_TOKEN ? ERR_API_ACCESS_OFF : principal->member->access;
    if (!client->office)
        return ERR_NONE;
    return principal_needs_link(principal) ? office_link_usable(principal->link) : ERR_ACCOUNT_NEEDED;
}

struct scope_set right_scopes(h2o_mem_pool_t *pool, const struct principal *principal)
{
    const struct scope_set *scopes = &principal->claims->scopes;
    h2o_iovec_t *tokens = h2o_mem_alloc_pool(pool, (scopes->count + 1) * sizeof(*tokens));
    struct scope_set left = {SLICE_NONE, tokens, 0}, all;
    for (size_t i = 0; i < scopes->count; ++i)
        if (right_of_scope(principal, scopes->tokens[i]) == ERR_NONE)
            tokens[left.count++] = scopes->tokens[i];
    scope_set_intersect(pool, &left, &left, &all); /* with its text */
    return all;
}
