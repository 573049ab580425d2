/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"

/* The same request, with this account. */
static h2o_iovec_t location_of(const struct authorization *authorization, int64_t account_id)
{
    char account[IDENT_BYTES_MAX];
    struct text again;
    h2o_iovec_t after = authorization_mark(authorization, MARK_LOGIN_AFTER);
    text_start(&again, authorization->call->pool, LIMIT_AUTHORIZATION_BYTES_MAX);
    text_add(&again, authorization_again(authorization));
    if (after.base != NULL)
        redirect_uri_add(&again, SLICE(MARK_LOGIN_AFTER), after);
    ident_text(IDENT_ACCOUNT, account_id, account);
    redirect_uri_add(&again, SLICE(MARK_ACCOUNT), slice_of(account));
    return text_slice(&again);
}

static struct page_choice_accounts *rows_of(const struct authorization *authorization,
                                            const struct authorize_account *accounts, size_t count)
{
    struct page_choice_accounts *rows = h2o_mem_alloc_pool(authorization->call->pool, sizeof(*rows) * (count + 1));
    for (size_t i = 0; i < count; ++i)
        rows[i] = (struct page_choice_accounts){.name = accounts[i].name,
                                                .to = location_of(authorization, accounts[i].account_id),
                                                .open = accounts[i].open,
                                                .known = accounts[i].granted.len > 0};
    return rows;
}

void choice_show(struct authorization *authorization, const struct authorize_account *accounts, size_t count)
{
    struct visit *visit = authorization->visit;
    struct text out;
    struct page_choice page = {.application = authorization->client.name,
                               .name = authorization->session.name,
                               .email = authorization->session.email,
                               .as_another = authorization_as_another(authorization),
                               .any = count > 0,
                               .more = count == LIMIT_ACCOUNTS_OFFERED,
                               .accounts = rows_of(authorization, accounts, count),
                               .accounts_count = count};
    visit_page_start(visit, &out);
    page_choice(&out, visit->language, &page);
    visit_page_send(visit, 200, &out);
}
