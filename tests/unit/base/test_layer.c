/* SPDX-License-Identifier: Apache-2.0 */
/* The table of layers is part of the API, as the table of refusals is. */
#include "check.h"

#include "base/layer.h"

#define EVERYBODY 1 /* who has no valid token can cause it, too */

static const struct {
    enum err err;
    const char *layer, *granted_by;
    int flags;
} rows[] = {
    {ERR_TOKEN_MISSING, "token", "caller", EVERYBODY},
    {ERR_INVALID_TOKEN, "token", "caller", EVERYBODY},
    {ERR_INSUFFICIENT_SCOPE, "token", "caller", 0},
    {ERR_ACCOUNT_NEEDED, "token", "caller", 0},
    {ERR_INVALID_CLIENT, "client", "account_admin", EVERYBODY},
    {ERR_KEY_RIGHT_MISSING, "client", "account_admin", 0},
    {ERR_HOLDER_RIGHT_MISSING, "holder", "account_admin", 0},
    {ERR_APPLICATION_RIGHT_MISSING, "client", "operator", 0},
    {ERR_PERSON_RIGHT_MISSING, "holder", "account_admin", 0},
    {ERR_RIGHT_NOT_YOURS, "holder", "account_admin", 0},
    {ERR_LINK_MISSING, "link", "office_admin", 0},
    {ERR_LINK_ENDED, "link", "office_admin", 0},
    {ERR_OFFICE_OFF, "link", "client_account_admin", 0},
    {ERR_TEMPLATE_RIGHT_MISSING, "template", "office_admin", 0},
    {ERR_CLIENT_ACCOUNT_CLOSED, "activation", "operator", 0},
    {ERR_API_ACCESS_OFF, "activation", "account_admin", 0},
    {ERR_ACCESS_NOT_GRANTED, "activation", "operator", 0},
    {ERR_PLAN_MISSING, "activation", "operator", 0},
    {ERR_ADDRESS_NOT_ALLOWED, "address", "account_admin", 0},
    {ERR_RATE_LIMITED, "limit", "time", 0},
    {ERR_TOO_MANY_FAILURES, "limit", "time", EVERYBODY},
};

static void every_row_is_as_it_was_told(void **state)
{
    (void)state;
    size_t count = 0;
    for (int err = ERR_NONE; err < ERR__MAX; ++err)
        count += layer_of(err) != NULL;
    assert_int_equal(count, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); ++i) {
        const struct layer_row *row = layer_of(rows[i].err);
        assert_non_null(row);
        check_slice(rows[i].layer, row->layer, slice_of(rows[i].layer));
        check_slice(rows[i].layer, row->granted_by, slice_of(rows[i].granted_by));
    }
}

/* A refusal of somebody for what he may not explains itself: none is without a layer. */
static void every_401_403_and_429_has_a_layer(void **state)
{
    (void)state;
    for (int err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        int status = err_row(err)->status;
        bool refuses_somebody = status == 401 || status == 403 || status == 429;
        check(err_row(err)->code.base, !refuses_somebody || layer_of(err) != NULL);
    }
}

/* Who has not proven anything learns nothing of links, templates, holders and activations. */
static void without_a_valid_token_three_layers_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); ++i) {
        bool is_told = strcmp(rows[i].layer, "token") == 0 || strcmp(rows[i].layer, "client") == 0 ||
                       strcmp(rows[i].layer, "limit") == 0;
        check(rows[i].layer, rows[i].flags != EVERYBODY || is_told);
        check(rows[i].layer, err_row(rows[i].err)->status != 401 || rows[i].flags == EVERYBODY);
    }
}

static void behind_the_last(void)
{
    (void)layer_of(ERR__MAX);
}

static void nothing_is_behind_the_table(void **state)
{
    (void)state;
    assert_null(layer_of(ERR_NONE));
    assert_true(aborts(behind_the_last));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_as_it_was_told),
        cmocka_unit_test(every_401_403_and_429_has_a_layer),
        cmocka_unit_test(without_a_valid_token_three_layers_are_told),
        cmocka_unit_test(nothing_is_behind_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
