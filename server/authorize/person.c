/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "base/clock.h"
#include "http/reply.h"
#include "token/subject.h"

#define US_PER_SECOND 1000000

/* --- 4: who is at the browser ---------------------------------------------------------------------------------------
 */

static void find_accounts(struct authorization *authorization);

/* The login that this request asked for has been: it was sent for not long ago, and the session is younger. */
static bool has_logged_in_since(const struct authorization *authorization, int64_t now_s)
{
    uint64_t after;
    if (!slice_to_u64(authorization_mark(authorization, MARK_LOGIN_AFTER), INT64_MAX, &after))
        return false;
    return (int64_t)after > now_s - LIMIT_LOGIN_FORM_SECONDS &&
           authorization->session.created_us / US_PER_SECOND + LIMIT_LOGIN_SKEW_SECONDS >= (int64_t)after;
}

/* OpenID Connect Core section 3.1.2.1: whoever the hint is not about is asked to let that person log in. */
static bool is_somebody_else(const struct authorization *authorization)
{
    h2o_mem_pool_t *pool = authorization->call->pool;
    if (authorization->hinted.base == NULL)
        return false;
    return !slice_equal(subject_text(pool, authorization->session.user_id, authorization->client.subject_salt),
                        authorization->hinted);
}

static bool has_two_factors(const struct authorization *authorization)
{
    h2o_iovec_t rest = authorization->session.methods;
    while (rest.len > 0)
        if (slice_equal(slice_cut(&rest, ' '), SLICE("mfa")))
            return true;
    return false;
}

bool authorization_falls_short(const struct authorization *authorization)
{
    return authorization->acr == ACR_TWO && !has_two_factors(authorization);
}

static bool needs_login(const struct authorization *authorization)
{
    int64_t now_s = clock_unix_s(), age_s = now_s - authorization->session.created_us / US_PER_SECOND;
    if (authorization->session.user_id == 0 || is_somebody_else(authorization))
        return true;
    if (has_logged_in_since(authorization, now_s))
        return false;
    if (authorization_falls_short(authorization) && authorization->session.has_second)
        return true; /* the second step was switched on after this login */
    return (authorization->prompts & PROMPT_LOGIN) != 0 ||
           (authorization->max_age_s != MAX_AGE_NONE && age_s > authorization->max_age_s);
}

/* They were sent to log in, and did, as somebody else: asking once more would be a circle. */
static bool has_logged_in_as_another(const struct authorization *authorization)
{
    return authorization->session.user_id != 0 && is_somebody_else(authorization) &&
           has_logged_in_since(authorization, clock_unix_s());
}

/* Where to log in, and then come back; as another person, too. */
static h2o_iovec_t login_location(const struct authorization *authorization, bool afresh)
{
    struct call *call = authorization->call;
    struct text again;
    text_start(&again, call->pool, LIMIT_AUTHORIZATION_BYTES_MAX);
    text_add(&again, authorization_again(authorization));
    if (afresh)
        redirect_uri_add(&again, SLICE(MARK_LOGIN_AFTER), slice_format(call->pool, "%lld", (long long)clock_unix_s()));
    return visit_login_location(
        call, &(struct visit_onward){.target = text_slice(&again),
                                     .form_target = redirect_uri_form_target(call->pool, authorization->redirect_uri),
                                     .hint = form_get(&authorization->form, SLICE("login_hint"))});
}

static void person_found(struct visit *visit, const struct session_row *session)
{
    struct authorization *authorization = visit->owner;
    authorization_take_session(authorization, session);
    bool needs = needs_login(authorization);
    if (!needs && authorization_falls_short(authorization))
        authorization_refuse(authorization, ERR_UNMET_AUTHENTICATION_REQUIREMENTS);
    else if (!needs)
        find_accounts(authorization);
    else if ((authorization->prompts & PROMPT_NONE) != 0 || has_logged_in_as_another(authorization))
        authorization_refuse(authorization, ERR_LOGIN_REQUIRED);
    else
        reply_see_other(authorization->call, login_location(authorization, true));
}

void authorization_find_person(struct authorization *authorization)
{
    visit_find_session(authorization->visit, person_found);
}

void authorization_take_session(struct authorization *authorization, const struct session_row *session)
{
    h2o_mem_pool_t *pool = authorization->call->pool;
    if (session == NULL)
        return;
    authorization->session = *session;
    authorization->session.name = slice_copy(pool, session->name);
    authorization->session.email = slice_copy(pool, session->email);
    authorization->session.methods = slice_copy(pool, session->methods);
}

h2o_iovec_t authorization_as_another(const struct authorization *authorization)
{
    return login_location(authorization, false);
}

/* --- 5: in which account --------------------------------------------------------------------------------------------
 */

static void accounts_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

/* The account that the request names, or that the person picked on our page; 0: neither. */
static int64_t named_account(const struct authorization *authorization)
{
    int64_t picked = 0;
    if (authorization->account_id != 0)
        return authorization->account_id;
    return ident_parse(IDENT_ACCOUNT, authorization_mark(authorization, MARK_ACCOUNT), &picked) ? picked : 0;
}

static void find_accounts(struct authorization *authorization)
{
    authorization->reading =
        store_authorize_accounts(authorization->call->worker->db, authorization->session.user_id,
                                 authorization->client.application_id, authorization->client_account_id,
                                 named_account(authorization), LIMIT_ACCOUNTS_OFFERED, accounts_found, authorization);
}

/* Nobody is asked twice for the same; but whoever could pretend to be a public client without an https address of its
 * own is asked for every time (RFC 8252 section 8.6). */
static bool is_remembered(const struct authorization *authorization, const struct authorize_account *account)
{
    struct scope_set reach, granted;
    bool is_provable =
        !authorization->client.is_public || slice_starts_with(authorization->redirect_uri, SLICE("https://"));
    consent_reach(authorization, account->permissions, &reach);
    return account->open && is_provable && (authorization->prompts & PROMPT_CONSENT) == 0 && reach.count > 0 &&
           scope_set_parse(authorization->call->pool, account->granted, &granted) == ERR_NONE &&
           scope_set_covers(&granted, &reach);
}

static void account_chosen(struct authorization *authorization, const struct authorize_account *account)
{
    struct scope_set reach;
    if (is_remembered(authorization, account)) {
        consent_reach(authorization, account->permissions, &reach);
        consent_issue(authorization, account->account_id, &reach);
    } else if ((authorization->prompts & PROMPT_NONE) != 0)
        authorization_refuse(authorization, ERR_CONSENT_REQUIRED);
    else
        consent_show(authorization, account, false);
}

/* The one that is open; NULL: none, or several. */
static const struct authorize_account *only_open(const struct authorize_account *accounts, size_t count)
{
    const struct authorize_account *only = NULL;
    for (size_t i = 0; i < count; ++i) {
        if (accounts[i].open && only != NULL)
            return NULL;
        if (accounts[i].open)
            only = &accounts[i];
    }
    return only;
}

/* Without asking: the one in which nothing has to be asked. */
static const struct authorize_account *only_remembered(const struct authorization *authorization,
                                                       const struct authorize_account *accounts, size_t count)
{
    const struct authorize_account *only = NULL;
    for (size_t i = 0; i < count; ++i) {
        bool remembered = is_remembered(authorization, &accounts[i]);
        if (remembered && only != NULL)
            return NULL;
        if (remembered)
            only = &accounts[i];
    }
    return only;
}

static void answer_unasked(struct authorization *authorization, const struct authorize_account *accounts, size_t count)
{
    const struct authorize_account *one = only_remembered(authorization, accounts, count);
    if (one != NULL)
        account_chosen(authorization, one);
    else if (count > 1)
        authorization_refuse(authorization, ERR_ACCOUNT_SELECTION_REQUIRED);
    else if (count == 1 && accounts->open)
        authorization_refuse(authorization, ERR_CONSENT_REQUIRED);
    else {
        authorization->detail = SLICE("The person has no account in which this application could be let in.");
        authorization_refuse(authorization, ERR_ACCESS_DENIED);
    }
}

static void accounts_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct authorization *authorization = cookie;
    const struct authorize_account *only = only_open(rows, count);
    bool wants_choice = (authorization->prompts & PROMPT_SELECT_ACCOUNT) != 0 && named_account(authorization) == 0;
    authorization->reading = NULL;
    if (outcome != DB_DONE)
        authorization_failed(authorization, outcome);
    else if ((authorization->prompts & PROMPT_NONE) != 0)
        answer_unasked(authorization, rows, count);
    else if (only != NULL && !wants_choice)
        account_chosen(authorization, only);
    else
        choice_show(authorization, rows, count);
}
