/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/right.h"

#include "check.h"

static void read_scopes_are_named_after_collections(void **state)
{
    check_slice("scope", right_read_scope(pool_of(state), SLICE("invoices")), SLICE("invoices:read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {test_with_pool(read_scopes_are_named_after_collections)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
