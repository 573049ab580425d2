/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "console/scope_face.h"

#define SECONDS_PER_DAY 86400

void consent_reach(const struct authorization *authorization, h2o_iovec_t permissions_text, struct scope_set *out)
{
    h2o_mem_pool_t *pool = authorization->call->pool;
    const struct scope_set *asked = &authorization->scopes;
    struct scope_set permissions = {SLICE_NONE, NULL, 0}, can = {SLICE_NONE, NULL, 0};
    can.tokens = h2o_mem_alloc_pool(pool, (asked->count + 1) * sizeof(*can.tokens));
    bool known = scope_set_parse(pool, permissions_text, &permissions) == ERR_NONE;
    for (size_t i = 0; i < asked->count; ++i)
        if (scope_is_identity(asked->tokens[i]) || (known && scope_set_has(&permissions, asked->tokens[i])))
            can.tokens[can.count++] = asked->tokens[i];
    scope_set_intersect(pool, asked, &can, out);
}

/* Openid says no more than that the application knows whom it has before it, which nothing works without. */
bool consent_is_fixed(h2o_iovec_t scope)
{
    return slice_equal(scope, SLICE("openid"));
}

/* What can be given first, then what cannot. */
static struct page_consent_scopes *rows_of(const struct authorization *authorization, const struct scope_set *reach)
{
    const struct scope_set *asked = &authorization->scopes;
    struct page_consent_scopes *rows =
        h2o_mem_alloc_pool(authorization->call->pool, sizeof(*rows) * (asked->count + 1));
    size_t open = 0, locked = reach->count;
    for (size_t i = 0; i < asked->count; ++i) {
        bool can = scope_set_has(reach, asked->tokens[i]);
        struct scope_face face = scope_face(asked->tokens[i]);
        rows[can ? open++ : locked++] = (struct page_consent_scopes){.word = face.word,
                                                                     .subject = face.subject,
                                                                     SCOPE_FACE_MEMBERS(face),
                                                                     .can = can && !consent_is_fixed(face.word),
                                                                     .fixed = can && consent_is_fixed(face.word),
                                                                     .locked = !can};
    }
    return rows;
}

/* What the form brings back, and nobody can change meanwhile. */
static json_t *claims_of(const struct authorization *authorization, int64_t account_id, const struct scope_set *reach)
{
    h2o_iovec_t again = authorization_again(authorization);
    return json_pack("{s:s%, s:I, s:I, s:s%}", "again", again.base, again.len, "account", (json_int_t)account_id,
                     "session", (json_int_t)authorization->session.id, "offered",
                     reach->text.base == NULL ? "" : reach->text.base, reach->text.len);
}

static h2o_iovec_t host_of(const struct authorization *authorization)
{
    h2o_iovec_t target = redirect_uri_form_target(authorization->call->pool, authorization->redirect_uri);
    size_t slashes = slice_find(target, '/');
    return slashes == SIZE_MAX ? target : slice_from(target, slashes + 2);
}

void consent_show(struct authorization *authorization, const struct authorize_account *account, bool ticked_none)
{
    struct visit *visit = authorization->visit;
    struct scope_set reach;
    struct text out;
    consent_reach(authorization, account->permissions, &reach);
    struct page_consent page = {.form = visit_ticket(visit, VISIT_CONSENT,
                                                     claims_of(authorization, account->account_id, &reach),
                                                     LIMIT_LOGIN_FORM_SECONDS),
                                .application = authorization->client.name,
                                .maker = authorization->client.maker,
                                .host = host_of(authorization),
                                .on_device = !slice_starts_with(authorization->redirect_uri, SLICE("https://")),
                                .account = account->name,
                                .name = authorization->session.name,
                                .email = authorization->session.email,
                                .as_another = authorization_as_another(authorization),
                                .days = authorization->client.seconds / SECONDS_PER_DAY,
                                .ticked_none = ticked_none,
                                .any = reach.count > 0,
                                .scopes = rows_of(authorization, &reach),
                                .scopes_count = authorization->scopes.count};
    visit->page_allowed.form_target = redirect_uri_form_target(authorization->call->pool, authorization->redirect_uri);
    visit_page_start(visit, &out);
    page_consent(&out, visit->language, &page);
    visit_page_send(visit, ticked_none ? 400 : 200, &out);
}
