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

    [ERR_RATE_LIMITED] = {SLICE("limit"), SLICE("time")},
    [ERR_TOO_MANY_FAILURES] = {SLICE("limit"), SLICE("time")},
};

const struct layer_row *layer_of(enum err err)
{
    assert(err >= ERR_NONE);
    assert(err < ERR__MAX);
    return rows[err].layer.base == NULL ? NULL : &rows[err];
}
