/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/endpoint_table.h"

#include "base/uri.h"
#include "check.h"
#include "endpoint/token.h"

static const struct route gateway = {.path = SLICE("{gateway}")};

static bool takes_a_body(const struct route *row)
{
    return (row->methods & (METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT))) != 0;
}

static void check_row(const struct route *row)
{
    const char *name = row->path.base; /* a literal */
    bool is_prefix = (row->flags & ROUTE_PREFIX) != 0;
    check(name, row->start != NULL);
    check(name, uri_path_is_plain(row->path));
    check(name, row->path.len > 1);
    check(name, (row->path.base[row->path.len - 1] == '/') == is_prefix);
    check(name, takes_a_body(row) == (row->body_max > 0));
    check(name, row->media != ROUTE_MEDIA_FORM || row->style == ROUTE_OAUTH);
    check(name, row->style != ROUTE_OAUTH || row->methods == METHOD_BIT(METHOD_POST));
}

static void check_rows(const struct route *rows, size_t count)
{
    assert_true(count > 0);
    for (size_t i = 0; i < count; ++i) {
        check_row(&rows[i]);
        for (size_t j = 0; j < i; ++j)
            check(rows[i].path.base, !slice_equal(rows[i].path, rows[j].path));
    }
}

static void every_row_is_whole_and_stands_once(void **state)
{
    (void)state;
    const struct routes *routes = endpoint_table(&gateway);
    check_rows(routes->rows, routes->count);
    check_rows(routes->operations, routes->operations_count);
    assert_ptr_equal(routes->gateway, &gateway);
    assert_ptr_equal(routes->token, &token_route);
}

static const struct route *row_of(const struct route *rows, size_t count, h2o_iovec_t path)
{
    for (size_t i = 0; i < count; ++i)
        if (slice_equal(rows[i].path, path))
            return &rows[i];
    return NULL;
}

/* What is asked of one token path is asked of all. */
static void the_two_token_rows_differ_in_their_path_alone(void **state)
{
    (void)state;
    const struct routes *routes = endpoint_table(&gateway);
    struct route row = *row_of(routes->rows, routes->count, SLICE("/oauth2/token"));
    row.path = token_route.path;
    assert_memory_equal(&row, &token_route, sizeof(row));
}

/* Health alone is told without a policy; everything else fails closed. */
static void only_operations_go_without_a_policy(void **state)
{
    (void)state;
    const struct routes *routes = endpoint_table(&gateway);
    for (size_t i = 0; i < routes->count; ++i) {
        bool is_health = slice_starts_with(routes->rows[i].path, SLICE("/health/"));
        check(routes->rows[i].path.base, ((routes->rows[i].flags & ROUTE_WITHOUT_POLICY) != 0) == is_health);
    }
    assert_null(row_of(routes->rows, routes->count, SLICE("/metrics")));
    for (size_t i = 0; i < routes->operations_count; ++i)
        check(routes->operations[i].path.base, (routes->operations[i].flags & ROUTE_WITHOUT_POLICY) != 0);
    assert_non_null(row_of(routes->operations, routes->operations_count, SLICE("/metrics")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_whole_and_stands_once),
        cmocka_unit_test(the_two_token_rows_differ_in_their_path_alone),
        cmocka_unit_test(only_operations_go_without_a_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
