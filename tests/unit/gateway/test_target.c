/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/target.h"

#include "check.h"

/* policy.c looks at nothing but these. */
static const h2o_iovec_t versions[] = {SLICE("v1.1"), SLICE("v1.2")};
static const struct collection collections[] = {
    {.id = 1, .name = SLICE("customers"), .path = SLICE("customers"), .versions = versions, .version_count = 2},
    {.id = 2, .name = SLICE("products"), .path = SLICE("Products")},
    {.id = 3, .name = SLICE("histories"), .path = SLICE("history")},
};
static const struct api apis[] = {
    {.id = 1, .prefix = SLICE("/api2/public"), .collections = collections, .collection_count = COUNT_OF(collections)},
    {.id = 2, .prefix = SLICE("/api2/public/inner"), .collections = collections, .collection_count = 0},
};

static struct policy policy(void)
{
    return (struct policy){.apis = apis,
                           .api_count = COUNT_OF(apis),
                           .collections = collections,
                           .collection_count = COUNT_OF(collections)};
}

static const char *const nothing[] = {
    "/",
    "/api2",
    "/api2/publicx/customers",
    "/api2/public",
    "/api2/public/",
    "/api2/public//",
    "/api2/public/customers//",
    "/api2/public//customers",
    "/api2/public/Customers",
    "/api2/public/products",
    "/api2/public/customers/abc",
    "/api2/public/customers/0",
    "/api2/public/customers/007",
    "/api2/public/customers/-1",
    "/api2/public/customers/+1",
    "/api2/public/customers/1.0",
    "/api2/public/customers/9223372036854775808",
    "/api2/public/customers/1/History",
    "/api2/public/customers/1/history//",
    "/api2/public/customers/1/history/2",
    "/api2/public/customers/1/2",
    "/api2/public/customers/history",
    "/api2/public/v1.3/customers",
    "/api2/public/v1.2",
    "/api2/public/v1.2/Products",
    "/api2/public/v1.2/v1.2/customers",
    "/api2/public/customers/v1.2",
    "/api2/public/customers/12;x",
    "/api2/public/customers/12%20",
    "/api2/public/unknown",
    "/api2/public/history/1/2/3",
    "/api2/public/v1.2/history",
    "/api2/public/inner/customers",
    "/api2/public/inner",
    "/api2/public/customers/1//history",
};

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    struct policy p = policy();
    for (size_t i = 0; i < COUNT_OF(nothing); ++i) {
        struct target target = {.record_id = 99};
        check(nothing[i], !target_find(&p, slice_of(nothing[i]), &target));
        check(nothing[i], target.record_id == 99);
    }
}

static const struct {
    const char *path;
    enum target_shape shape;
    int64_t collection_id, record_id; /* collection 0: none */
} found[] = {
    {"/api2/public/customers", TARGET_COLLECTION, 1, 0},
    {"/api2/public/customers/", TARGET_COLLECTION, 1, 0},
    {"/api2/public/v1.2/customers", TARGET_COLLECTION, 1, 0},
    {"/api2/public/v1.1/customers/", TARGET_COLLECTION, 1, 0},
    {"/api2/public/Products", TARGET_COLLECTION, 2, 0},
    {"/api2/public/customers/12", TARGET_RECORD, 1, 12},
    {"/api2/public/v1.2/customers/12/", TARGET_RECORD, 1, 12},
    {"/api2/public/customers/9223372036854775807", TARGET_RECORD, 1, INT64_MAX},
    {"/api2/public/customers/12/history", TARGET_RECORD_HISTORY, 1, 12},
    {"/api2/public/v1.2/customers/12/history/", TARGET_RECORD_HISTORY, 1, 12},
    {"/api2/public/history", TARGET_HISTORY, 0, 0},
    {"/api2/public/history/", TARGET_HISTORY, 0, 0},
    {"/api2/public/inner/history", TARGET_HISTORY, 0, 0},
    {"/api2/public/history/5", TARGET_RECORD, 3, 5}, /* a collection of that name keeps its records, not its list */
};

static void paths_name_targets(void **state)
{
    (void)state;
    struct policy p = policy();
    for (size_t i = 0; i < COUNT_OF(found); ++i) {
        struct target target;
        check(found[i].path, target_find(&p, slice_of(found[i].path), &target));
        check(found[i].path, target.shape == found[i].shape);
        check(found[i].path, (target.collection == NULL ? 0 : target.collection->id) == found[i].collection_id);
        check(found[i].path, target.record_id == found[i].record_id);
        check(found[i].path, target.api != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_not_there_is_not_found),
                                       cmocka_unit_test(paths_name_targets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
