/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c */
/* The three look-ups of the policy are those of a policy with one api and two collections. */
#include "gateway/target.c"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct api api = {.id = 1, .prefix = SLICE("/a")};
static const struct collection collections[] = {{.id = 1, .api = &api, .path = SLICE("c")},
                                                {.id = 2, .api = &api, .path = SLICE("history")}};

const struct api *policy_api_of_path(const struct policy *policy, h2o_iovec_t path)
{
    (void)policy;
    bool is_under =
        slice_starts_with(path, api.prefix) && (path.len == api.prefix.len || path.base[api.prefix.len] == '/');
    return is_under ? &api : NULL;
}

const struct collection *policy_collection(const struct policy *policy, const struct api *of, h2o_iovec_t version,
                                           h2o_iovec_t segment)
{
    (void)policy;
    assert(of == &api);
    if (version.base != NULL && !slice_equal(version, SLICE("v1")))
        return NULL;
    for (size_t i = 0; i < 2; ++i)
        if (slice_equal(collections[i].path, segment))
            return &collections[i];
    return NULL;
}

/* A target written as a path. */
static size_t write_path(char *out, size_t size, const struct target *target, const char *version)
{
    char id[32] = "";
    if (target->collection == NULL)
        return (size_t)snprintf(out, size, "/a/history");
    if (target->record_id != 0)
        snprintf(id, sizeof(id), "/%lld", (long long)target->record_id);
    return (size_t)snprintf(out, size, "/a%s/%.*s%s%s", version, SLICE_ARGS(target->collection->path), id,
                            target->shape == TARGET_RECORD_HISTORY ? "/history" : "");
}

/* What names a target is one of its four spellings: with a version or without, with a slash at the end or without. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const versions[] = {"", "/v1"};
    h2o_iovec_t path = {(char *)bytes, len};
    struct target target;
    if (!target_find(NULL, path, &target))
        return 0;
    assert((target.shape == TARGET_HISTORY) == (target.collection == NULL));
    assert((target.record_id > 0) == (target.shape == TARGET_RECORD || target.shape == TARGET_RECORD_HISTORY));
    if (path.base[path.len - 1] == '/')
        --path.len;
    bool is_spelling = false;
    for (size_t i = 0; i < 2; ++i) {
        char written[128];
        size_t written_len = write_path(written, sizeof(written), &target, versions[i]);
        is_spelling = is_spelling || slice_equal(path, (h2o_iovec_t){written, written_len});
    }
    assert(is_spelling);
    return 0;
}
