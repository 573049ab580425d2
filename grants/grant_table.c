/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "grants/client_credentials.h"
#include "grants/grant_code.h"
#include "grants/grant_refresh.h"
#include <assert.h>

/* In the order in which the metadata lists them. */
static const struct grant *const grants[] = {
    &client_credentials_grant,
    &authorization_code_grant,
    &refresh_token_grant,
};

#define GRANT_COUNT (sizeof(grants) / sizeof(grants[0]))

const struct grant *grant_find(h2o_iovec_t name)
{
    for (size_t i = 0; i < GRANT_COUNT; ++i)
        if (slice_equal(grants[i]->name, name))
            return grants[i];
    return NULL;
}

size_t grant_count(void)
{
    return GRANT_COUNT;
}

const struct grant *grant_at(size_t index)
{
    assert(index < GRANT_COUNT);
    return grants[index];
}
