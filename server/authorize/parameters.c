/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"

#define AGAIN_BYTES_USUAL 1024

static const char *const own_marks[] = {MARK_LOGIN_AFTER, MARK_ACCOUNT};

static bool is_own_mark(h2o_iovec_t name)
{
    for (size_t i = 0; i < sizeof(own_marks) / sizeof(own_marks[0]); ++i)
        if (slice_equal(name, slice_of(own_marks[i])))
            return true;
    return false;
}

static enum err fail(struct authorization *authorization, h2o_iovec_t detail)
{
    authorization->detail = detail;
    return ERR_INVALID_REQUEST;
}

/* Names come from outside: only what the character set of error_description allows is repeated (RFC 6749 section 5.2).
 */
static bool can_be_told(h2o_iovec_t name)
{
    for (size_t i = 0; i < name.len; ++i)
        if (name.base[i] <= ' ' || name.base[i] >= 0x7f || name.base[i] == '"' || name.base[i] == '\\')
            return false;
    return name.len > 0 && name.len <= LIMIT_SCOPE_BYTES_MAX;
}

enum err authorization_read(struct authorization *authorization, h2o_iovec_t text)
{
    static const char *const repeatable[] = {"resource", NULL};
    struct form *form = &authorization->form;
    if (form_parse(authorization->call->pool, text, repeatable, form) != ERR_NONE)
        return fail(authorization, can_be_told(form->wrong)
                                       ? slice_format(authorization->call->pool,
                                                      "The parameters are not well formed, or one comes twice: %.*s.",
                                                      SLICE_ARGS(form->wrong))
                                       : SLICE("The parameters are not well formed, or one comes twice."));
    h2o_iovec_t client_id = form_get(form, SLICE("client_id"));
    if (client_id.base == NULL)
        return fail(authorization, SLICE("The parameter client_id is missing."));
    if (!credential_check(CREDENTIAL_CLIENT_ID, client_id, &authorization->client_account_id))
        return fail(authorization, SLICE("The parameter client_id is not one of ours; look for a typing error."));
    authorization->client_id = client_id;
    return ERR_NONE;
}

enum err authorization_fits(struct authorization *authorization)
{
    if (authorization_again(authorization).len <= LIMIT_AUTHORIZATION_BYTES_MAX)
        return ERR_NONE;
    return fail(authorization, SLICE("The parameters are longer than 5000 bytes; push them (RFC 9126)."));
}

h2o_iovec_t authorization_again(const struct authorization *authorization)
{
    struct text out;
    text_start(&out, authorization->call->pool, AGAIN_BYTES_USUAL);
    text_add(&out, SLICE(AUTHORIZE_PATH));
    if (authorization->request_uri.base != NULL) {
        redirect_uri_add(&out, SLICE("client_id"), authorization->client_id);
        redirect_uri_add(&out, SLICE("request_uri"), authorization->request_uri);
        return text_slice(&out);
    }
    for (size_t i = 0; i < authorization->form.count; ++i)
        if (!is_own_mark(authorization->form.fields[i].name))
            redirect_uri_add(&out, authorization->form.fields[i].name, authorization->form.fields[i].value);
    return text_slice(&out);
}

/* They stand in what the browser brought, even when the rest was pushed. */
h2o_iovec_t authorization_mark(const struct authorization *authorization, const char *name)
{
    return form_get(&authorization->visit->query, slice_of(name));
}
