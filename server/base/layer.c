/* SPDX-License-Identifier: Apache-2.0 */
#include "base/layer.h"

#include <assert.h>

static const struct layer_row rows[ERR__MAX] = {
    [ERR_TOKEN_MISSING] = {SLICE("token"), SLICE("caller")},
    [ERR_INVALID_TOKEN] = {SLICE("token"), SLICE("caller")},
    [ERR_INSUFFICIENT_SCOPE] = {SLICE("token"), SLICE("caller")},
    [ERR_ACCOUNT_NEEDED] = {SLICE("token"), SLICE("caller")},

    [ERR_INVALID_CLIENT] = {SLICE("client"), SLICE("account_admin")},
    [ERR_KEY_RIGHT_MISSING] = {SLICE("client"), SLICE("account_admin")},
    [ERR_APPLICATION_RIGHT_MISSING] = {SLICE("client"), SLICE("operator")},
    [ERR_PERSON_RIGHT_MISSING] = {SLICE("holder"), SLICE("account_admin")},
    [ERR_RIGHT_NOT_YOURS] = {SLICE("holder"), SLICE("account_admin")},
    [ERR_HOLDER_RIGHT_MISSING] = {SLICE("holder"), SLICE("account_admin")},

    [ERR_LINK_MISSING] = {SLICE("link"), SLICE("office_admin")},
    [ERR_LINK_ENDED] = {SLICE("link"), SLICE("office_admin")},
    [ERR_OFFICE_OFF] = {SLICE("link"), SLICE("client_account_admin")},
    [ERR_TEMPLATE_RIGHT_MISSING] = {SLICE("template"), SLICE("office_admin")},

    [ERR_CLIENT_ACCOUNT_CLOSED] = {SLICE("activation"), SLICE("operator")},
    [ERR_API_ACCESS_OFF] = {SLICE("activation"), SLICE("account_admin")},
    [ERR_ACCESS_NOT_GRANTED] = {SLICE("activation"), SLICE("operator")},
    [ERR_PLAN_MISSING] = {SLICE("activation"), SLICE("operator")},

    [ERR_ADDRESS_NOT_ALLOWED] = {SLICE("address"), SLICE("account_admin")},

    [ERR_RATE_LIMITED] = {SLICE("limit"), SLICE("time")},
    [ERR_TOO_MANY_FAILURES] = {SLICE("limit"), SLICE("time")},
};

const struct layer_row *layer_of(enum err err)
{
    assert(err >= ERR_NONE);
    assert(err < ERR__MAX);
    return rows[err].layer.base == NULL ? NULL : &rows[err];
}

void layer_add_members(struct text *out, enum err err, h2o_iovec_t missing)
{
    const struct layer_row *row = layer_of(err);
    if (row == NULL)
        return;
    text_add_string_member(out, SLICE("layer"), row->layer);
    text_add_string_member(out, SLICE("missing"), missing);
    text_add_string_member(out, SLICE("granted_by"), row->granted_by);
}

void layer_add_entry(struct text *out, enum err err, h2o_iovec_t missing)
{
    assert(out->len > 0);
    if (out->base[out->len - 1] != '[')
        text_add_char(out, ',');
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("code"), err_row(err)->code);
    layer_add_members(out, err, missing);
    text_add_char(out, '}');
}
