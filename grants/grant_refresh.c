/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant_refresh.h"

#include "base/text.h"
#include "grants/grant_person.h"

static enum err read_scope(struct grant_ask *ask)
{
    struct scope_set asked;
    h2o_iovec_t scope = form_get(ask->form, SLICE("scope"));
    if (scope.base == NULL)
        return ERR_NONE;
    if (scope_set_parse(ask->pool, scope, &asked) != ERR_NONE) {
        ask->detail = SLICE("The parameter scope is not a list of scopes with one space between two of them.");
        return ERR_INVALID_SCOPE;
    }
    ask->person.scopes_asked = scope;
    ask->person.claim.scopes = text_braced_words(ask->pool, asked.tokens, asked.count);
    return ERR_NONE;
}

static enum err check(struct grant_ask *ask)
{
    h2o_iovec_t token = form_get(ask->form, SLICE("refresh_token"));
    if (token.base == NULL) {
        ask->detail = SLICE("The parameter refresh_token is missing.");
        return ERR_INVALID_REQUEST;
    }
    enum err err = grant_person_begin(ask, CREDENTIAL_REFRESH_TOKEN, token);
    return err == ERR_NONE ? read_scope(ask) : err;
}

static void start(struct grant_ask *ask)
{
    if (!ask->client->is_public) {
        grant_person_run(ask, store_refresh_keep, store_refresh_again);
        return;
    }
    grant_person_draw(ask);
    grant_person_run(ask, store_refresh_rotate, store_refresh_again);
}

const struct grant refresh_token_grant = {
    .name = {(char *)"refresh_token", sizeof("refresh_token") - 1},
    .flags = GRANT_OF_PERSONS,
    .check = check,
    .start = start,
};
