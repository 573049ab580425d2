/* SPDX-License-Identifier: Apache-2.0 */
#include "client/principal.h"

#include "base/credential.h"

bool principal_read(h2o_mem_pool_t *pool, const struct access_token *token, struct scope_set *scopes_out)
{
    bool subject_fits = token->user_id != 0 || slice_equal(token->subject, token->client_id);
    return subject_fits && credential_check(CREDENTIAL_CLIENT_ID, token->client_id, NULL) &&
           scope_set_parse(pool, token->scope, scopes_out) == ERR_NONE;
}

bool principal_speaks_for_person(const struct principal *principal)
{
    return principal->claims->user_id != 0;
}

bool principal_needs_link(const struct principal *principal)
{
    return principal->client->office && principal->claims->account_id != principal->client->account_id;
}

/* The client as it is now, beside what the token said of it. An application acts for persons alone, and for any
 * account when it is known to all; a key acts for nobody, and in its own account unless it is an office's. */
static bool client_fits(const struct claims *claims, const struct client *client, int64_t now_us)
{
    if (client == NULL || claims->account_id == 0 || claims->application_id != client->application_id)
        return false;
    if (client_is_application(client) != (claims->user_id != 0))
        return false;
    bool serves_all = client->account_id == 0 ? client_is_application(client) : client->office;
    if (client->account_id != claims->account_id && !serves_all)
        return false;
    return client_usable(client, now_us, false) != ERR_INVALID_TOKEN;
}

/* The person whom the token speaks for, and their account: an application's own (account 0) says nothing of it. */
static bool member_fits(const struct principal *principal)
{
    return !principal_speaks_for_person(principal) || member_usable(principal->member) != ERR_INVALID_TOKEN;
}

/* What the link says of rights is asked later; that its account is closed, or the office's own revoked, ends the token
 * as it ends any other. */
static bool link_fits(const struct principal *principal, const struct policy *policy, int64_t now_us)
{
    return !principal_needs_link(principal) || ((principal->link == NULL || principal->link->account_active) &&
                                                !policy_revoked_client(policy, principal->client, now_us));
}

/* No generation ever falls, so their sum is that of the token only while none has risen since. */
static bool generation_fits(const struct principal *principal)
{
    int64_t now = principal->client->generation;
    if (principal_speaks_for_person(principal))
        now += principal->member->generation;
    if (principal_needs_link(principal)) /* where there is none, the gateway says that next */
        now = principal->link == NULL ? principal->claims->generation : now + principal->link->generation;
    return principal->claims->generation == now;
}

bool principal_fits(const struct principal *principal, const struct policy *policy, int64_t now_us)
{
    return client_fits(principal->claims, principal->client, now_us) && member_fits(principal) &&
           generation_fits(principal) && link_fits(principal, policy, now_us);
}

void principal_release(struct principal *principal)
{
    client_release(principal->client);
    office_link_release(principal->link);
    member_release(principal->member);
    *principal = (struct principal){.claims = NULL};
}
