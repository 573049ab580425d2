/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/client_credentials.h"

static enum err check(struct grant_ask *ask)
{
    h2o_iovec_t asked = form_get(ask->form, SLICE("scope"));
    enum err err = grant_narrow_scope(ask, asked, &ask->granted);
    return err == ERR_NONE ? grant_audience(ask, &ask->granted, asked.base != NULL) : err;
}

/* Nobody stands behind the request but the client, so it is the subject itself (RFC 9068 section 2.2); a client id is
 * never a user's id. There is no refresh token: the client has its secret (RFC 6749 section 4.4.3). */
static enum err issue(struct grant_ask *ask, struct grant_yield *yield)
{
    struct access_token token = {.subject = ask->client->client_id, .account_id = ask->account_id};
    enum err err = grant_mint(ask, &token, yield);
    /* What was asked is granted as a whole or refused, so it needs no repeating. */
    yield->scope = form_get(ask->form, SLICE("scope")).base == NULL ? token.scope : SLICE_NONE;
    return err;
}

const struct grant client_credentials_grant = {
    .name = {(char *)"client_credentials", sizeof("client_credentials") - 1},
    .flags = GRANT_CONFIDENTIAL_ONLY | GRANT_OF_KEYS,
    .check = check,
    .issue = issue,
};
