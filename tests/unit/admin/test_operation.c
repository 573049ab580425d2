/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/operation.h"

#include "base/scope.h"
#include "check.h"

/* How many parameters of its statement each kind of operand stands for. */
static int parameters_of(enum operand_kind kind)
{
    switch (kind) {
    case OPERAND_ASKED:
    case OPERAND_NEW_SIGNING_KEY:
        return 3;
    case OPERAND_SEGMENT_KEY:
    case OPERAND_KEY:
    case OPERAND_NEW_SECRET:
    case OPERAND_PAGE:
        return 2;
    default:
        return 1;
    }
}

/* Every row is whole: what it gives to its statement is what that takes, and writes go where writes go. */
static void test_every_row_fits_its_statement(void **state)
{
    (void)state;
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        const struct statement_row *statement = statement_row(operation->statement);
        int parameters = 0;
        for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand)
            parameters += parameters_of(operand->kind);
        check(operation->path, parameters == statement->parameters);
        check(operation->path, (statement->lane == STATEMENT_LANE_ADMIN_LIST) == (operation->method == METHOD_GET));
        check(operation->path, strchr(operation->scope, ':') != NULL);
        /* what stands in no token for an api; the history alone is read at both */
        check(operation->path,
              scope_is_administrative(slice_of(operation->scope)) || strcmp(operation->scope, "history:read") == 0);
    }
}

static bool has(const struct operation *operation, enum operand_kind kind)
{
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (operand->kind == kind)
            return true;
    }
    return false;
}

/* A change says who makes it, and reading is by a scope that reads. */
static void test_every_change_names_its_maker(void **state)
{
    (void)state;
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        bool is_read = operation->method == METHOD_GET,
             says = has(operation, OPERAND_ACTOR) || has(operation, OPERAND_ASKED);
        check(operation->path, says != is_read);
        check(operation->path, (strstr(operation->scope, ":read") != NULL) == is_read);
        check(operation->path, has(operation, OPERAND_VERSION) == ((operation->flags & OPERATION_VERSION) != 0));
        bool is_pages = (operation->flags & OPERATION_LIST) && !(operation->flags & OPERATION_ROWS);
        check(operation->path, has(operation, OPERAND_PAGE) == is_pages);
    }
}

/* What all accounts share is for operators' scopes; what is of an account stands under it. */
static void test_scopes_of_operators_are_where_no_account_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        bool is_of_account = strncmp(operation->path, "accounts/{account}", 18) == 0;
        bool is_shared = (operation->flags & OPERATION_ALL) != 0;
        check(operation->path, is_of_account || is_shared || strcmp(operation->path, "accounts") == 0);
    }
}

static const char *example_of(h2o_iovec_t name)
{
    static char key[CREDENTIAL_BYTES_MAX], ident[IDENT_BYTES_MAX];
    enum ident_kind kind = operation_segment_kind(name);
    if (kind != IDENT__MAX) {
        ident_text(kind, 7, ident);
        return ident;
    }
    credential_make(CREDENTIAL_CLIENT_ID, 7, key);
    return slice_equal(name, SLICE("key")) || slice_equal(name, SLICE("office_key")) ? key : "word";
}

static h2o_iovec_t example_path(h2o_mem_pool_t *pool, const char *row)
{
    h2o_iovec_t rest = slice_of(row), path = SLICE("");
    while (rest.base != NULL) {
        h2o_iovec_t segment = slice_cut(&rest, '/');
        if (segment.base[0] == '{')
            segment = slice_of(example_of((h2o_iovec_t){segment.base + 1, segment.len - 2}));
        path = slice_format(pool, "%.*s%s%.*s", SLICE_ARGS(path), path.len > 0 ? "/" : "", SLICE_ARGS(segment));
    }
    return path;
}

static void test_every_row_is_found_at_its_path(void **state)
{
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        struct operation_path path;
        unsigned methods;
        h2o_iovec_t text = example_path(pool_of(state), operation->path);
        const struct operation *found = operation_find(operation->method, text, &path, &methods);
        check(operation->path, found == operation);
        check(operation->path, (methods & METHOD_BIT(operation->method)) != 0);
    }
}

/* What a POST made is shown by a GET at the path that its row names. */
static void test_what_was_made_is_shown(void **state)
{
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        struct operation_path path;
        unsigned methods;
        check(operation->path, (operation->shown_at != NULL) <= (operation->method == METHOD_POST));
        check(operation->path, has(operation, OPERAND_ASKED) == (operation->shown_at != NULL));
        if (operation->shown_at == NULL)
            continue;
        h2o_iovec_t text = example_path(pool_of(state), operation->shown_at);
        check(operation->path, operation_find(METHOD_GET, text, &path, &methods) != NULL);
    }
}

static void test_what_is_no_path(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "/",
        "accounts/",
        "accounts//keys",
        "accounts/acc_0000000",
        "accounts/acc_000000000",
        "accounts/usr_00000000007",
        "accounts/acc_00000007/keys/hmk_00000007",
        "accounts/acc_00000007/keys/",
        "accounts/acc_00000007/keys/../members",
        "accounts/{account}",
        "collections/no%20word",
        "collections/n\xc3\xb6",
    };
    for (size_t i = 0; i < COUNT_OF(wrong); ++i) {
        struct operation_path path;
        unsigned methods = 1;
        check(wrong[i], operation_find(METHOD_GET, slice_of(wrong[i]), &path, &methods) == NULL);
        check(wrong[i], methods == 0);
    }
}

static void test_a_key_of_another_account_is_not_there(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    char key[CREDENTIAL_BYTES_MAX], account[IDENT_BYTES_MAX];
    struct operation_path path;
    unsigned methods;
    credential_make(CREDENTIAL_CLIENT_ID, 8, key);
    ident_text(IDENT_ACCOUNT, 7, account);
    assert_null(operation_find(METHOD_GET, slice_format(pool, "accounts/%s/keys/%s", account, key), &path, &methods));
    ident_text(IDENT_ACCOUNT, 8, account);
    assert_non_null(
        operation_find(METHOD_GET, slice_format(pool, "accounts/%s/keys/%s", account, key), &path, &methods));
    assert_int_equal(path.account_id, 8);
    check_slice("key", operation_segment(&path, SLICE("key")), slice_of(key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_fits_its_statement),
        cmocka_unit_test(test_every_change_names_its_maker),
        cmocka_unit_test(test_scopes_of_operators_are_where_no_account_is),
        test_with_pool(test_every_row_is_found_at_its_path),
        test_with_pool(test_what_was_made_is_shown),
        cmocka_unit_test(test_what_is_no_path),
        test_with_pool(test_a_key_of_another_account_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
