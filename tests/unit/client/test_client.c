/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include "base/credential.h"
#include "check.h"

#define NOW_US INT64_C(1800000000000000)

static struct client_row usual_row(void)
{
    return (struct client_row){.account_id = 7,
                               .client_id = SLICE("hmk_x"),
                               .name = SLICE("Bookkeeping"),
                               .application_id = 5,
                               .application_name = SLICE("Books"),
                               .holder_id = 3,
                               .holder_name = SLICE("Ada"),
                               .scopes = SLICE("customers:read customers:write history:read"),
                               .holder_permissions = SLICE("customers:read history:read keys:write"),
                               .generation = 4,
                               .expires_us = INT64_MAX,
                               .client_active = true,
                               .application_active = true,
                               .account_active = true,
                               .api_access = true,
                               .holder_active = true};
}

/* --- making ------------------------------------------------------------------------------------------------------ */

static void malformed_scopes_make_no_client(void **state)
{
    (void)state;
    static const char *const texts[] = {" ", "a  b", "a ", " a", "a\"b", "a\\b", "a\nb", "\xc3\xa9"};
    for (size_t i = 0; i < COUNT_OF(texts); ++i) {
        struct client_row row = usual_row();
        row.scopes = slice_of(texts[i]);
        check(texts[i], client_create(&row) == NULL);
        row = usual_row();
        row.holder_permissions = slice_of(texts[i]);
        check(texts[i], client_create(&row) == NULL);
    }
}

/* A key never reaches further than its holder reaches now. */
static void effective_is_what_key_and_holder_both_have(void **state)
{
    (void)state;
    static const struct {
        const char *name, *scopes, *permissions;
        int64_t holder_id;
        bool holder_active;
        const char *effective;
    } cases[] = {
        {"both", "a b c", "b c d", 3, true, "b c"},
        {"nothing in common", "a", "b", 3, true, ""},
        {"holder without permissions", "a b", "", 3, true, ""},
        {"key without scopes", "", "a b", 3, true, ""},
        {"holder left", "a b", "a b", 3, false, ""},
        {"no holder", "a b", "", 0, false, ""},
        {"no holder, whatever permissions", "a b", "a b", 0, true, ""},
        {"no holder, no scopes", "", "", 0, false, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client_row row = usual_row();
        row.scopes = slice_of(cases[i].scopes);
        row.holder_permissions = slice_of(cases[i].permissions);
        row.holder_id = cases[i].holder_id;
        row.holder_active = cases[i].holder_active;
        struct client *client = client_create(&row);
        check_slice(cases[i].name, client->effective.text, slice_of(cases[i].effective));
        check_slice(cases[i].name, client->scopes.text, slice_of(cases[i].scopes));
        check(cases[i].name, cases[i].holder_active || client->holder_permissions.count == 0);
        client_release(client);
    }
}

static void a_client_is_a_copy(void **state)
{
    (void)state;
    char texts[] = "hmk_xBookkeepingBooksAda";
    struct client_row row = usual_row();
    row.client_id = (h2o_iovec_t){texts, 5};
    row.name = (h2o_iovec_t){texts + 5, 11};
    row.application_name = (h2o_iovec_t){texts + 16, 5};
    row.holder_name = (h2o_iovec_t){texts + 21, 3};
    row.office = true;
    row.secret_count = 1;
    row.secrets[0] = (struct client_secret_row){.digest = {1, 2, 3}, .not_after_us = 99};
    struct client *client = client_create(&row);
    memset(texts, '-', sizeof(texts));
    check_slice("id", client->client_id, SLICE("hmk_x"));
    check_slice("name", client->name, SLICE("Bookkeeping"));
    check_slice("application", client->application_name, SLICE("Books"));
    check_slice("holder", client->holder_name, SLICE("Ada"));
    assert_int_equal(client->account_id, 7);
    assert_int_equal(client->application_id, 5);
    assert_int_equal(client->holder_id, 3);
    assert_int_equal(client->generation, 4);
    assert_true(client->office);
    assert_int_equal(client->secrets[0].digest[2], 3);
    assert_int_equal(client->secrets[0].not_after_us, 99);
    assert_true(client_bytes(client) > sizeof(*client));
    client_share(client);
    client_release(client);
    check_slice("still there", client->name, SLICE("Bookkeeping"));
    client_release(client);
    client_release(NULL);
}

/* --- judging ----------------------------------------------------------------------------------------------------- */

/* Item 45: whatever is switched off ends the client; at the token endpoint nobody hears what it was. */
static void item_45_nothing_switched_off_is_usable(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool client, application, account, api_access, holder;
        int64_t not_before_us, expires_us;
        enum err at_token, at_gateway;
    } cases[] = {
        {"client", false, true, true, true, true, 0, INT64_MAX, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"application", true, false, true, true, true, 0, INT64_MAX, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"account closed", true, true, false, true, true, 0, INT64_MAX, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"api access off", true, true, true, false, true, 0, INT64_MAX, ERR_INVALID_CLIENT, ERR_API_ACCESS_OFF},
        {"closed and off", true, true, false, false, true, 0, INT64_MAX, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"not yet", true, true, true, true, true, NOW_US + 1, INT64_MAX, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"expired", true, true, true, true, true, 0, NOW_US, ERR_INVALID_CLIENT, ERR_INVALID_TOKEN},
        {"first moment", true, true, true, true, true, NOW_US, INT64_MAX, ERR_NONE, ERR_NONE},
        {"last moment", true, true, true, true, true, 0, NOW_US + 1, ERR_NONE, ERR_NONE},
        {"the holder's rights are no matter of this", true, true, true, true, false, 0, INT64_MAX, ERR_NONE, ERR_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client_row row = usual_row();
        row.client_active = cases[i].client;
        row.application_active = cases[i].application;
        row.account_active = cases[i].account;
        row.api_access = cases[i].api_access;
        row.holder_active = cases[i].holder;
        row.not_before_us = cases[i].not_before_us;
        row.expires_us = cases[i].expires_us;
        struct client *client = client_create(&row);
        check(cases[i].name, client_usable(client, NOW_US, true) == cases[i].at_token);
        check(cases[i].name, client_usable(client, NOW_US, false) == cases[i].at_gateway);
        client_release(client);
    }
}

/* Item 47: while one secret replaces another both work, each until its stated moment. */
static void item_47_each_live_secret_works_until_its_end(void **state)
{
    (void)state;
    char texts[3][CREDENTIAL_BYTES_MAX];
    h2o_iovec_t secrets[3];
    struct client_row row = usual_row();
    for (size_t i = 0; i < 3; ++i)
        secrets[i] = (h2o_iovec_t){texts[i], credential_make(CREDENTIAL_CLIENT_SECRET, 7, texts[i])};
    row.secret_count = 2;
    secret_digest(row.secrets[0].digest, secrets[0]);
    row.secrets[0].not_after_us = NOW_US;
    row.secrets[0].number = 3;
    secret_digest(row.secrets[1].digest, secrets[1]);
    row.secrets[1].not_after_us = INT64_MAX;
    row.secrets[1].number = 4;
    struct client *client = client_create(&row);
    assert_int_equal(client_secret_right(client, secrets[0], NOW_US - 1), 3);
    assert_false(client_secret_right(client, secrets[0], NOW_US));
    assert_int_equal(client_secret_right(client, secrets[1], NOW_US - 1), 4);
    assert_int_equal(client_secret_right(client, secrets[1], NOW_US), 4);
    assert_false(client_secret_right(client, secrets[2], NOW_US - 1));
    assert_false(client_secret_right(client, SLICE(""), NOW_US));
    assert_false(client_secret_right(client, SLICE_NONE, NOW_US));
    assert_false(client_secret_right(NULL, secrets[0], NOW_US - 1));
    client_release(client);
}

/* An empty place is no secret, and neither is what an empty place holds. */
static void a_place_without_secret_is_never_right(void **state)
{
    (void)state;
    struct client_row row = usual_row();
    secret_digest(row.secrets[1].digest, SLICE("hms_left_over"));
    row.secrets[1].number = 2;
    row.secrets[1].not_after_us = INT64_MAX;
    for (size_t count = 0; count < 2; ++count) {
        row.secret_count = count;
        struct client *client = client_create(&row);
        assert_false(client_secret_right(client, SLICE("hms_left_over"), NOW_US));
        client_release(client);
    }
}

static void it_may_be_used_from_where_its_blocks_say(void **state)
{
    (void)state;
    static const struct {
        const char *blocks, *address;
        bool allowed;
    } cases[] = {
        {"", "198.51.100.7", true},
        {"", "2001:db8::1", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.0/24", "::ffff:192.0.2.1", true}, /* mapped: it is the IPv4 address */
        {"::ffff:192.0.2.0/120", "192.0.2.9", true},
        {"::ffff:192.0.2.0/120", "192.0.3.9", false},
        {"192.0.2.1/32", "192.0.2.1", true},
        {"192.0.2.1/32", "192.0.2.2", false},
        {"2001:db8::/32", "2001:db8:ffff::1", true},
        {"2001:db8::/32", "2001:db9::1", false},
        {"2001:db8::/32,10.0.0.0/8", "10.1.2.3", true},
        {"2001:db8::/32,10.0.0.0/8", "11.1.2.3", false},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "192.0.2.1", false},
        {"0.0.0.0/0,::/0", "192.0.2.1", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client_row row = usual_row();
        struct address address;
        row.addresses = slice_of(cases[i].blocks);
        struct client *client = client_create(&row);
        assert_non_null(client);
        assert_true(address_parse(slice_of(cases[i].address), &address));
        check(cases[i].address, client_address_allowed(client, &address) == cases[i].allowed);
        client_release(client);
    }
    struct client_row row = usual_row();
    row.addresses = SLICE("10.0.0.1/8"); /* the database has none of these */
    assert_null(client_create(&row));
}

static void access_is_shut_for_a_reason(void **state)
{
    (void)state;
    static const struct {
        bool api_access;
        const char *shut;
        enum err err;
    } cases[] = {
        {true, "", ERR_NONE},
        {false, "switched off", ERR_API_ACCESS_OFF},
        {false, "none", ERR_ACCESS_NOT_GRANTED},
        {false, "requested", ERR_ACCESS_NOT_GRANTED},
        {false, "refused", ERR_ACCESS_NOT_GRANTED},
        {false, "plan missing", ERR_PLAN_MISSING},
        {false, "", ERR_API_ACCESS_OFF},
        {false, "a reason of a later version", ERR_API_ACCESS_OFF},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client_row row = usual_row();
        row.api_access = cases[i].api_access;
        row.access_shut = slice_of(cases[i].shut);
        struct client *client = client_create(&row);
        check(cases[i].shut, client_usable(client, NOW_US, false) == cases[i].err);
        check(cases[i].shut, (client_usable(client, NOW_US, true) == ERR_NONE) == cases[i].api_access);
        client_release(client);
    }
}

/* A Unix socket has no address. */
static void from_nowhere_only_who_may_be_anywhere(void **state)
{
    (void)state;
    const struct address none = {.family = 0};
    struct client_row row = usual_row();
    struct client *anywhere = client_create(&row);
    row.addresses = SLICE("0.0.0.0/0,::/0");
    struct client *bound = client_create(&row);
    assert_true(client_address_allowed(anywhere, &none));
    assert_false(client_address_allowed(bound, &none));
    client_release(anywhere);
    client_release(bound);
}

static int start_secrets(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_scopes_make_no_client),
        cmocka_unit_test(effective_is_what_key_and_holder_both_have),
        cmocka_unit_test(a_client_is_a_copy),
        cmocka_unit_test(item_45_nothing_switched_off_is_usable),
        cmocka_unit_test(item_47_each_live_secret_works_until_its_end),
        cmocka_unit_test(a_place_without_secret_is_never_right),
        cmocka_unit_test(access_is_shut_for_a_reason),
        cmocka_unit_test(it_may_be_used_from_where_its_blocks_say),
        cmocka_unit_test(from_nowhere_only_who_may_be_anywhere),
    };
    return cmocka_run_group_tests(tests, start_secrets, NULL);
}
