/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant_code.h"

#include "grants/grant_person.h"
#include "grants/pkce.h"

/* A code that is not of our form is as unknown as any other. */
static enum err check(struct grant_ask *ask)
{
    h2o_iovec_t code = form_get(ask->form, SLICE("code")), verifier = form_get(ask->form, SLICE("code_verifier"));
    if (code.base == NULL) {
        ask->detail = SLICE("The parameter code is missing.");
        return ERR_INVALID_REQUEST;
    }
    if (verifier.base != NULL && !pkce_verifier_ok(verifier)) {
        ask->detail = SLICE("A code_verifier has 43 to 128 letters, digits, '-', '.', '_' and '~'.");
        return ERR_INVALID_GRANT;
    }
    enum err err = grant_person_begin(ask, CREDENTIAL_CODE, code);
    if (err != ERR_NONE)
        return err;
    struct grant_claim *claim = &ask->person.claim;
    claim->redirect_uri = form_get(ask->form, SLICE("redirect_uri"));
    if (verifier.base != NULL) {
        claim->code_challenge =
            (h2o_iovec_t){h2o_mem_alloc_pool(ask->pool, PKCE_CHALLENGE_BYTES), PKCE_CHALLENGE_BYTES};
        pkce_challenge(verifier, claim->code_challenge.base);
    }
    return ERR_NONE;
}

static void start(struct grant_ask *ask)
{
    grant_person_draw(ask);
    grant_person_run(ask, store_code_redeem, store_code_again);
}

const struct grant authorization_code_grant = {
    .name = {(char *)"authorization_code", sizeof("authorization_code") - 1},
    .flags = GRANT_OF_PERSONS,
    .check = check,
    .start = start,
};
