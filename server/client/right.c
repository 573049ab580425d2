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
    static const struct scope_set nothing;
    struct scope_set asked, own, all;
    scope_set_intersect(pool, &principal->claims->scopes, &principal->client->scopes, &asked);
    scope_set_intersect(pool, &asked, bound_of(principal), &own);
    if (!principal_needs_link(principal))
        return own;
    scope_set_intersect(pool, &own, principal->link == NULL ? &nothing : &principal->link->scopes, &all);
    return all;
}
