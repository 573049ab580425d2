/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/layer.h"
#include "base/member.h"

static void members_are_written(void **state)
{
    struct text out;
    text_start(&out, pool_of(state), 8);
    text_add_char(&out, '{');
    member_ident(&out, SLICE("account"), IDENT_ACCOUNT, 7);
    member_ident(&out, SLICE("user"), IDENT_USER, INT64_MAX);
    member_time(&out, SLICE("at"), 0);
    check_slice(
        "members", text_slice(&out),
        SLICE("{\"account\":\"acc_00000007\",\"user\":\"usr_AzL8n0Y58m7\",\"at\":\"1970-01-01T00:00:00.000000Z\""));
}

static void entries_of_layers_are_written(void **state)
{
    struct text out;
    text_start(&out, pool_of(state), 8);
    text_add_char(&out, '[');
    layer_add_entry(&out, ERR_HOLDER_RIGHT_MISSING, SLICE("a:read b:read"));
    layer_add_entry(&out, ERR_LINK_ENDED, SLICE_NONE);
    layer_add_entry(&out, ERR_NOT_FOUND, SLICE("a"));
    check_slice("entries", text_slice(&out),
                SLICE("[{\"code\":\"holder_right_missing\",\"layer\":\"holder\",\"missing\":\"a:read b:read\","
                      "\"granted_by\":\"account_admin\"},{\"code\":\"link_ended\",\"layer\":\"link\","
                      "\"granted_by\":\"office_admin\"},{\"code\":\"not_found\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(members_are_written),
        test_with_pool(entries_of_layers_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
