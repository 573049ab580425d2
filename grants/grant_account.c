/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "base/credential.h"

static enum err fail(struct grant_ask *ask, h2o_iovec_t detail)
{
    ask->detail = detail;
    return ERR_INVALID_TARGET;
}

/* Takes one more account that the request names; false when it named another one before. */
static bool take(int64_t named, int64_t *account_id)
{
    if (*account_id != 0 && *account_id != named)
        return false;
    *account_id = named;
    return true;
}

enum err grant_named_account(struct grant_ask *ask, int64_t *named_out)
{
    int64_t named = 0;
    h2o_iovec_t parameter = form_get(ask->form, SLICE("account"));
    if (parameter.base != NULL && (!ident_parse(IDENT_ACCOUNT, parameter, &named) || named == 0))
        return fail(ask, SLICE("The parameter account has to be the id of an account, acc_ and eight characters."));
    for (size_t i = 0; i < ask->form->count; ++i) {
        int64_t of_resource = 0;
        if (!slice_equal(ask->form->fields[i].name, SLICE("resource")))
            continue;
        (void)grant_resource(ask->policy, ask->form->fields[i].value, &of_resource);
        if (of_resource != 0 && !take(of_resource, &named))
            return fail(ask, SLICE("A token is for one account: name one at a time."));
    }
    *named_out = named;
    return ERR_NONE;
}

enum err grant_account(struct grant_ask *ask)
{
    const struct client *client = ask->client;
    int64_t named = 0;
    enum err err = grant_named_account(ask, &named);
    if (err != ERR_NONE)
        return err;
    if (!client->office && named != 0 && named != client->account_id)
        return fail(ask, SLICE("This key opens its own account only: to reach other accounts it has to be an office "
                               "key, linked to them."));
    if (client->office && named == client->account_id)
        return fail(ask, SLICE("An office key opens client accounts only: for the office's own account make a key of "
                               "its own."));
    ask->account_id = named != 0 ? named : client->account_id;
    return ERR_NONE;
}

bool grant_needs_link(const struct grant_ask *ask)
{
    return ask->client->office && ask->account_id != ask->client->account_id;
}

enum err grant_judge_link(struct grant_ask *ask)
{
    if (!grant_needs_link(ask))
        return ERR_NONE;
    enum err err = office_link_usable(ask->link);
    ask->cause = err;
    return err == ERR_NONE ? ERR_NONE : fail(ask, err_row(err)->text);
}
