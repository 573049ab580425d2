/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

static enum err refuse(struct grant_ask *ask, enum err cause, h2o_iovec_t missing, h2o_iovec_t detail)
{
    ask->cause = cause;
    ask->missing = missing;
    ask->detail = detail;
    return ERR_INVALID_SCOPE;
}

/* Said to a client that has proven who it is, so that its admin knows what to mend. */
static enum err refuse_everything(struct grant_ask *ask)
{
    const struct client *client = ask->client;
    if (client->effective.count > 0)
        return refuse(ask, ERR_TEMPLATE_RIGHT_MISSING, client->effective.text,
                      SLICE("The access template of the link to this account has none of the scopes that the key "
                            "may use now; an admin of the office can link the account with another one."));
    if (client->scopes.count == 0)
        return refuse(ask, ERR_KEY_RIGHT_MISSING, SLICE_NONE,
                      SLICE("This key has no scopes; an account admin can give it some."));
    if (client->holder_id != 0 && !client->holder_active)
        return refuse(ask, ERR_HOLDER_RIGHT_MISSING, client->scopes.text,
                      SLICE("The holder of this key is no active member of the account; an account admin can hand the "
                            "key to another member."));
    return refuse(
        ask, ERR_HOLDER_RIGHT_MISSING, client->scopes.text,
        SLICE("The holder of this key has none of the permissions that the key has; an account admin can give them."));
}

/* What the client may now, in the account that the token is for. */
static struct scope_set reach_of(const struct grant_ask *ask)
{
    struct scope_set reach;
    if (ask->link == NULL)
        return ask->client->effective;
    scope_set_intersect(ask->pool, &ask->client->effective, &ask->link->scopes, &reach);
    return reach;
}

static enum err grant_everything(struct grant_ask *ask, const struct scope_set *reach, struct scope_set *out)
{
    if (reach->count == 0)
        return refuse_everything(ask);
    *out = *reach;
    return ERR_NONE;
}

/* Words and not characters reach the answer: a scope-token has no quotes, backslashes or controls. */
static enum err refuse_scope(struct grant_ask *ask, h2o_iovec_t missing)
{
    if (!scope_set_has(&ask->client->scopes, missing))
        return refuse(ask, ERR_KEY_RIGHT_MISSING, missing,
                      slice_format(ask->pool, "The scope %.*s is not among those of this key.", SLICE_ARGS(missing)));
    if (scope_set_has(&ask->client->effective, missing))
        return refuse(ask, ERR_TEMPLATE_RIGHT_MISSING, missing,
                      slice_format(ask->pool, "The access template of the link to this account lacks the scope %.*s.",
                                   SLICE_ARGS(missing)));
    return refuse(
        ask, ERR_HOLDER_RIGHT_MISSING, missing,
        slice_format(ask->pool, "The holder of this key does not have the permission %.*s now.", SLICE_ARGS(missing)));
}

/* The office's own account is never opened by an office key, so nothing may look as if it were. */
static enum err grant_list_alone(struct grant_ask *ask, h2o_iovec_t asked, struct scope_set *out)
{
    if (asked.base != NULL)
        return refuse(ask, ERR_ACCOUNT_NEEDED, SLICE_NONE,
                      SLICE("An office key has scopes in its client accounts only: name one with the parameter "
                            "account. Without it, and without scope, the token lists them."));
    *out = (struct scope_set){SLICE_NONE, NULL, 0};
    return ERR_NONE;
}

enum err grant_narrow_scope(struct grant_ask *ask, h2o_iovec_t asked, struct scope_set *out)
{
    struct scope_set wanted;
    if (ask->client->office && ask->link == NULL)
        return grant_list_alone(ask, asked, out);
    struct scope_set reach = reach_of(ask);
    if (asked.base == NULL)
        return grant_everything(ask, &reach, out);
    if (scope_set_parse(ask->pool, asked, &wanted) != ERR_NONE) {
        ask->detail = SLICE("The parameter scope is not a list of scopes with one space between two of them.");
        return ERR_INVALID_SCOPE;
    }
    h2o_iovec_t missing = scope_set_missing(&reach, &wanted);
    if (missing.base != NULL)
        return refuse_scope(ask, missing);
    *out = wanted;
    return ERR_NONE;
}
