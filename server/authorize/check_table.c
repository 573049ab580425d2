/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "base/redirect_uri.h"
#include "grants/grant.h"
#include "grants/pkce.h"
#include "token/id_token_hint.h"

typedef enum err check(struct authorization *authorization);

static h2o_iovec_t get(const struct authorization *authorization, const char *name)
{
    return form_get(&authorization->form, slice_of(name));
}

static enum err fail(struct authorization *authorization, enum err err, h2o_iovec_t detail)
{
    authorization->detail = detail;
    return err;
}

/* --- where the answer goes (RFC 6749 section 3.1.2; RFC 9700 section 2.1) -------------------------------------------
 */

static h2o_iovec_t registered_for(const struct authorization *authorization, h2o_iovec_t asked)
{
    h2o_iovec_t rest = authorization->client.redirect_uris;
    while (rest.len > 0) {
        h2o_iovec_t uri = slice_cut(&rest, ' ');
        if (redirect_uri_matches(uri, asked))
            return uri;
    }
    return SLICE_NONE;
}

static enum err check_redirect_uri(struct authorization *authorization)
{
    h2o_iovec_t asked = get(authorization, "redirect_uri"), all = authorization->client.redirect_uris;
    authorization->redirect_sent = asked.base != NULL;
    if (asked.base == NULL && (all.len == 0 || slice_find(all, ' ') != SIZE_MAX))
        return fail(authorization, ERR_INVALID_REQUEST,
                    SLICE("The parameter redirect_uri is missing, and the application has not exactly one."));
    if (asked.base != NULL && registered_for(authorization, asked).base == NULL)
        return fail(authorization, ERR_INVALID_REQUEST,
                    SLICE("This redirect_uri is not registered for the application: it has to be the same, byte for "
                          "byte, but for the port of a loopback address."));
    authorization->redirect_uri = asked.base == NULL ? all : asked;
    authorization->may_redirect = true;
    return ERR_NONE;
}

/* --- how it comes there ---------------------------------------------------------------------------------------------
 */

static enum err check_response_mode(struct authorization *authorization)
{
    h2o_iovec_t mode = get(authorization, "response_mode");
    if (mode.base == NULL || slice_equal(mode, SLICE("query")))
        return ERR_NONE;
    if (!slice_equal(mode, SLICE("form_post")))
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("A response_mode is query or form_post."));
    if (!slice_starts_with(authorization->redirect_uri, SLICE("http")))
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("form_post needs a redirect_uri with http or https."));
    authorization->form_post = true;
    return ERR_NONE;
}

/* RFC 6749 appendix A.5: it is sent back as it came, so what could not be is refused. */
static enum err check_state(struct authorization *authorization)
{
    h2o_iovec_t state = get(authorization, "state");
    for (size_t i = 0; i < state.len; ++i)
        if (state.base[i] < ' ' || state.base[i] > '~')
            return fail(authorization, ERR_INVALID_REQUEST, SLICE("A state has printable ASCII characters only."));
    return ERR_NONE;
}

/* --- in which form it is asked (RFC 9101, RFC 9126) -----------------------------------------------------------------
 */

static enum err check_request_object(struct authorization *authorization)
{
    return get(authorization, "request").base == NULL ? ERR_NONE : ERR_REQUEST_NOT_SUPPORTED;
}

static enum err check_registration(struct authorization *authorization)
{
    return get(authorization, "registration").base == NULL ? ERR_NONE : ERR_REGISTRATION_NOT_SUPPORTED;
}

static enum err check_no_request_uri(struct authorization *authorization)
{
    return get(authorization, "request_uri").base == NULL
               ? ERR_NONE
               : fail(authorization, ERR_INVALID_REQUEST, SLICE("A pushed request has no request_uri of its own."));
}

static enum err check_pushed(struct authorization *authorization)
{
    return !authorization->client.pushed_only || authorization->request_uri.base != NULL
               ? ERR_NONE
               : fail(authorization, ERR_INVALID_REQUEST,
                      SLICE("This application has to push its requests (RFC 9126): POST them to /oauth2/par."));
}

static enum err check_response_type(struct authorization *authorization)
{
    h2o_iovec_t type = get(authorization, "response_type");
    if (type.base == NULL)
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("The parameter response_type is missing: it is code."));
    return slice_equal(type, SLICE("code")) ? ERR_NONE : ERR_UNSUPPORTED_RESPONSE_TYPE;
}

/* --- proof of possession of what begins here (RFC 7636; RFC 9700 section 2.1.1) -------------------------------------
 */

static enum err check_nonce(struct authorization *authorization)
{
    authorization->nonce = get(authorization, "nonce");
    return authorization->nonce.len <= LIMIT_NONCE_BYTES_MAX
               ? ERR_NONE
               : fail(authorization, ERR_INVALID_REQUEST, SLICE("A nonce has at most 512 bytes."));
}

static enum err check_challenge(struct authorization *authorization)
{
    const struct authorize_client *client = &authorization->client;
    h2o_iovec_t challenge = get(authorization, "code_challenge"), method = get(authorization, "code_challenge_method");
    bool may_go_without = client->pkce_optional && !client->is_public && authorization->nonce.base != NULL;
    authorization->code_challenge = challenge;
    if (challenge.base == NULL && method.base == NULL && may_go_without)
        return ERR_NONE;
    if (challenge.base == NULL)
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("The parameter code_challenge is missing (RFC 7636)."));
    if (!slice_equal(method, SLICE("S256")))
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("The code_challenge_method has to be S256."));
    return pkce_challenge_ok(challenge) ? ERR_NONE
                                        : fail(authorization, ERR_INVALID_REQUEST,
                                               SLICE("A code_challenge has 43 characters of base64url, without '='."));
}

/* --- what is wanted -------------------------------------------------------------------------------------------------
 */

/* OpenID Connect Core section 5.4: what is not understood is passed over. These two are no scopes of ours, but clients
 * ask for them as a matter of course. */
static bool is_passed_over(h2o_iovec_t scope)
{
    return slice_equal(scope, SLICE("address")) || slice_equal(scope, SLICE("phone"));
}

static enum err refuse_scope(struct authorization *authorization, h2o_iovec_t scope)
{
    return fail(authorization, ERR_INVALID_SCOPE,
                slice_format(authorization->call->pool,
                             "The scope %.*s is not among those that the application may ask for.", SLICE_ARGS(scope)));
}

static enum err check_scope(struct authorization *authorization)
{
    h2o_mem_pool_t *pool = authorization->call->pool;
    h2o_iovec_t text = get(authorization, "scope");
    struct scope_set own, asked, kept = {SLICE_NONE, NULL, 0};
    if (scope_set_parse(pool, authorization->client.scopes, &own) != ERR_NONE)
        return ERR_INTERNAL;
    if (text.base == NULL)
        text = authorization->client.scopes;
    if (scope_set_parse(pool, text, &asked) != ERR_NONE)
        return fail(authorization, ERR_INVALID_SCOPE,
                    SLICE("The parameter scope is not a list of scopes with one space between two of them."));
    kept.tokens = h2o_mem_alloc_pool(pool, (asked.count + 1) * sizeof(*kept.tokens));
    for (size_t i = 0; i < asked.count; ++i) {
        bool is_own = scope_is_identity(asked.tokens[i]) || scope_set_has(&own, asked.tokens[i]);
        if (!is_own && !is_passed_over(asked.tokens[i]))
            return refuse_scope(authorization, asked.tokens[i]);
        if (is_own)
            kept.tokens[kept.count++] = asked.tokens[i];
    }
    scope_set_intersect(pool, &asked, &kept, &authorization->scopes);
    return authorization->scopes.count > 0 ? ERR_NONE
                                           : fail(authorization, ERR_INVALID_SCOPE, SLICE("No scope is asked for."));
}

/* RFC 8707. An account can be named behind a resource or by a parameter of its own. */
static enum err check_resource(struct authorization *authorization)
{
    const struct policy *policy = authorization->call->worker->policy;
    const struct api *api = NULL;
    if (get(authorization, "resource").base == NULL)
        return ERR_NONE;
    enum err err = grant_target(policy, &authorization->form, NULL, &api, &authorization->detail);
    if (err != ERR_NONE)
        return err;
    authorization->resource = slice_copy(authorization->call->pool, api->audience);
    (void)grant_resource(policy, get(authorization, "resource"), &authorization->account_id);
    return ERR_NONE;
}

static enum err check_account(struct authorization *authorization)
{
    h2o_iovec_t named = get(authorization, "account");
    int64_t account_id;
    if (named.base == NULL)
        return ERR_NONE;
    if (!ident_parse(IDENT_ACCOUNT, named, &account_id))
        return fail(authorization, ERR_INVALID_TARGET, SLICE("The parameter account is no account: acc_..."));
    if (authorization->account_id != 0 && authorization->account_id != account_id)
        return fail(authorization, ERR_INVALID_TARGET, SLICE("account and resource name two different accounts."));
    authorization->account_id = account_id;
    return ERR_NONE;
}

/* --- how the person is asked (OpenID Connect Core section 3.1.2.1) --------------------------------------------------
 */

static bool read_prompt(h2o_iovec_t word, unsigned *prompts)
{
    static const struct {
        h2o_iovec_t word;
        enum prompt prompt;
    } rows[] = {
        {{(char *)"none", 4}, PROMPT_NONE},
        {{(char *)"login", 5}, PROMPT_LOGIN},
        {{(char *)"consent", 7}, PROMPT_CONSENT},
        {{(char *)"select_account", 14}, PROMPT_SELECT_ACCOUNT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        if (slice_equal(rows[i].word, word)) {
            *prompts |= rows[i].prompt;
            return true;
        }
    return false;
}

static enum err check_prompt(struct authorization *authorization)
{
    h2o_iovec_t rest = get(authorization, "prompt");
    while (rest.base != NULL)
        if (!read_prompt(slice_cut(&rest, ' '), &authorization->prompts))
            return fail(authorization, ERR_INVALID_REQUEST,
                        SLICE("A prompt is none, or some of login, consent and select_account."));
    return (authorization->prompts & PROMPT_NONE) == 0 || authorization->prompts == PROMPT_NONE
               ? ERR_NONE
               : fail(authorization, ERR_INVALID_REQUEST, SLICE("prompt=none stands alone."));
}

static enum err check_max_age(struct authorization *authorization)
{
    uint64_t seconds;
    h2o_iovec_t age = get(authorization, "max_age");
    authorization->max_age_s = MAX_AGE_NONE;
    if (age.base == NULL)
        return ERR_NONE;
    if (!slice_to_u64(age, LIMIT_MAX_AGE_SECONDS, &seconds))
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("A max_age is a number of seconds."));
    authorization->max_age_s = (int64_t)seconds;
    return ERR_NONE;
}

/* Whom the client has seen here before; it may have expired long ago. */
static enum err check_id_token_hint(struct authorization *authorization)
{
    struct call *call = authorization->call;
    struct id_token_hint hint;
    h2o_iovec_t text = get(authorization, "id_token_hint");
    if (text.base == NULL)
        return ERR_NONE;
    if (id_token_hint_check(call->worker->jws, call->worker->policy->keys, call->pool, text,
                            call->worker->settings->issuer, &hint) != JWS_OK)
        return fail(authorization, ERR_INVALID_REQUEST, SLICE("The id_token_hint is no ID token of ours."));
    authorization->hinted = hint.subject;
    return ERR_NONE;
}

/* After the scopes: it adds to them. */
static enum err check_claims(struct authorization *authorization)
{
    h2o_iovec_t claims = get(authorization, "claims");
    return claims.base == NULL ? ERR_NONE : authorization_read_claims(authorization, claims);
}

/* --- the table ------------------------------------------------------------------------------------------------------
 */

#define EVERYWHERE (CHECK_AT_AUTHORIZE | CHECK_AT_PUSHED)

static const struct {
    check *check;
    unsigned at;
} rows[] = {
    {check_redirect_uri, EVERYWHERE}, /* from here on the client is told */
    {check_response_mode, EVERYWHERE},  {check_state, EVERYWHERE},
    {check_request_object, EVERYWHERE}, {check_no_request_uri, CHECK_AT_PUSHED},
    {check_pushed, CHECK_AT_AUTHORIZE}, {check_registration, EVERYWHERE},
    {check_response_type, EVERYWHERE},  {check_nonce, EVERYWHERE},
    {check_challenge, EVERYWHERE},      {check_scope, EVERYWHERE},
    {check_resource, EVERYWHERE},       {check_account, EVERYWHERE},
    {check_prompt, EVERYWHERE},         {check_max_age, EVERYWHERE},
    {check_id_token_hint, EVERYWHERE},  {check_claims, EVERYWHERE},
};

enum err authorization_check(struct authorization *authorization, unsigned at)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; err == ERR_NONE && i < sizeof(rows) / sizeof(rows[0]); ++i)
        if ((rows[i].at & at) != 0)
            err = rows[i].check(authorization);
    return err;
}
