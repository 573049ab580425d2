/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "check.h"

struct rights {
    const char *scopes, *effective;
    int64_t holder_id;
    bool holder_active;
};

static void ask_of(h2o_mem_pool_t *pool, const struct rights *rights, struct client *client, struct grant_ask *ask)
{
    *client = (struct client){.holder_id = rights->holder_id, .holder_active = rights->holder_active};
    assert_int_equal(scope_set_parse(pool, slice_of(rights->scopes), &client->scopes), ERR_NONE);
    assert_int_equal(scope_set_parse(pool, slice_of(rights->effective), &client->effective), ERR_NONE);
    *ask = (struct grant_ask){.pool = pool, .client = client, .detail = SLICE_NONE};
}

static const struct rights usual = {"a b c", "a b", 3, true};

/* Item 72: nothing outside of what the client may now is ever granted. */
static void item_72_a_scope_outside_of_the_rights_is_refused_by_name(void **state)
{
    static const struct {
        const char *asked, *named;
    } cases[] = {
        {"c", "c"}, {"a c", "c"}, {"d", "d"}, {"a b c d", "c"}, {"A", "A"}, {"admin", "admin"}, {"a:write", "a:write"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client client;
        struct grant_ask ask;
        struct scope_set out = {.count = 99};
        ask_of(pool_of(state), &usual, &client, &ask);
        check(cases[i].asked, grant_narrow_scope(&ask, slice_of(cases[i].asked), &out) == ERR_INVALID_SCOPE);
        check(cases[i].asked, out.count == 99);
        h2o_iovec_t named = slice_format(pool_of(state), " %s ", cases[i].named);
        check(cases[i].asked, memmem(ask.detail.base, ask.detail.len, named.base, named.len) != NULL);
    }
}

static void a_malformed_scope_is_refused(void **state)
{
    static const char *const texts[] = {" ", "a ", " a", "a  b", "a\tb", "a\"", "a\\", "a\n", "\x7f", "a,b\x80"};
    for (size_t i = 0; i < COUNT_OF(texts); ++i) {
        struct client client;
        struct grant_ask ask;
        struct scope_set out;
        ask_of(pool_of(state), &usual, &client, &ask);
        check(texts[i], grant_narrow_scope(&ask, slice_of(texts[i]), &out) == ERR_INVALID_SCOPE);
        check(texts[i], ask.detail.base != NULL);
    }
}

static void what_is_asked_is_granted_as_a_set(void **state)
{
    static const struct {
        const char *asked, *granted;
    } cases[] = {{"a", "a"}, {"b a", "a b"}, {"a a a", "a"}, {NULL, "a b"}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client client;
        struct grant_ask ask;
        struct scope_set out;
        const char *name = cases[i].asked == NULL ? "nothing" : cases[i].asked;
        ask_of(pool_of(state), &usual, &client, &ask);
        check(name, grant_narrow_scope(&ask, slice_of(cases[i].asked), &out) == ERR_NONE);
        check_slice(name, out.text, slice_of(cases[i].granted));
        check(name, ask.detail.base == NULL);
    }
}

/* A token without any scope is of no use; its refusal says what to mend. */
static void without_rights_the_refusal_says_why(void **state)
{
    static const struct {
        struct rights rights;
        const char *word;
        enum err cause;
        const char *missing;
    } cases[] = {
        {{"", "", 3, true}, "no scopes", ERR_KEY_RIGHT_MISSING, NULL},
        {{"", "", 0, false}, "no scopes", ERR_KEY_RIGHT_MISSING, NULL},
        {{"a", "", 3, false}, "no active member", ERR_HOLDER_RIGHT_MISSING, "a"},
        {{"a b", "", 3, true}, "none of the permissions", ERR_HOLDER_RIGHT_MISSING, "a b"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client client;
        struct grant_ask ask;
        struct scope_set out;
        ask_of(pool_of(state), &cases[i].rights, &client, &ask);
        check(cases[i].word, grant_narrow_scope(&ask, SLICE_NONE, &out) == ERR_INVALID_SCOPE);
        check(cases[i].word, memmem(ask.detail.base, ask.detail.len, cases[i].word, strlen(cases[i].word)) != NULL);
        check(cases[i].word, ask.cause == cases[i].cause);
        check_slice(cases[i].word, ask.missing, slice_of(cases[i].missing));
    }
}

/* The key has it and its holder does not: the admin has to look at the holder. */
static void a_right_that_the_holder_lacks_is_told_apart(void **state)
{
    struct client client;
    struct grant_ask ask;
    struct scope_set out;
    ask_of(pool_of(state), &usual, &client, &ask);
    assert_int_equal(grant_narrow_scope(&ask, SLICE("c"), &out), ERR_INVALID_SCOPE);
    assert_non_null(memmem(ask.detail.base, ask.detail.len, "holder", 6));
    ask_of(pool_of(state), &usual, &client, &ask);
    assert_int_equal(grant_narrow_scope(&ask, SLICE("d"), &out), ERR_INVALID_SCOPE);
    assert_null(memmem(ask.detail.base, ask.detail.len, "holder", 6));
}

/* A link bounds what is granted; without one an office key has nothing to grant. */
static void an_office_gets_what_the_template_has(void **state)
{
    static const struct {
        const char *template, *asked; /* template NULL: no client account was named */
        enum err err;
        const char *granted, *says;
        enum err cause;
        const char *missing;
    } cases[] = {
        {NULL, "a", ERR_INVALID_SCOPE, NULL, "parameter account", ERR_ACCOUNT_NEEDED, NULL},
        {NULL, NULL, ERR_NONE, "", NULL, ERR_NONE, NULL},
        {"a", "b", ERR_INVALID_SCOPE, NULL, "template of the link to this account lacks the scope b",
         ERR_TEMPLATE_RIGHT_MISSING, "b"},
        {"a c", "c", ERR_INVALID_SCOPE, NULL, "does not have the permission c", ERR_HOLDER_RIGHT_MISSING, "c"},
        {"a d", "d", ERR_INVALID_SCOPE, NULL, "not among those of this key", ERR_KEY_RIGHT_MISSING, "d"},
        {"c", NULL, ERR_INVALID_SCOPE, NULL, "template", ERR_TEMPLATE_RIGHT_MISSING, "a b"},
        {"", NULL, ERR_INVALID_SCOPE, NULL, "template", ERR_TEMPLATE_RIGHT_MISSING, "a b"},
        {"b c d", NULL, ERR_NONE, "b", NULL, ERR_NONE, NULL},
        {"a b", "b a", ERR_NONE, "a b", NULL, ERR_NONE, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct client client;
        struct grant_ask ask;
        struct scope_set out;
        struct office_link link;
        const char *name = cases[i].template == NULL ? "no account" : cases[i].template;
        ask_of(pool_of(state), &usual, &client, &ask);
        client.office = true;
        if (cases[i].template != NULL) {
            assert_int_equal(scope_set_parse(pool_of(state), slice_of(cases[i].template), &link.scopes), ERR_NONE);
            ask.link = &link;
        }
        check(name, grant_narrow_scope(&ask, slice_of(cases[i].asked), &out) == cases[i].err);
        check(name, ask.cause == cases[i].cause);
        check_slice(name, ask.missing, slice_of(cases[i].missing));
        if (cases[i].err == ERR_NONE)
            check_slice(name, out.text, slice_of(cases[i].granted));
        else
            check(name, memmem(ask.detail.base, ask.detail.len, cases[i].says, strlen(cases[i].says)) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(an_office_gets_what_the_template_has),
        test_with_pool(item_72_a_scope_outside_of_the_rights_is_refused_by_name),
        test_with_pool(a_malformed_scope_is_refused),
        test_with_pool(what_is_asked_is_granted_as_a_set),
        test_with_pool(without_rights_the_refusal_says_why),
        test_with_pool(a_right_that_the_holder_lacks_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
