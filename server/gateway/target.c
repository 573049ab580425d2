/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/target.h"

#define SEGMENTS_MAX 4 /* version, collection, id, "history" */

struct segments {
    h2o_iovec_t at[SEGMENTS_MAX];
    size_t count;
};

/* Splits what stands behind the prefix; false on an empty segment or too many. */
static bool split(h2o_iovec_t rest, struct segments *out)
{
    if (rest.len < 2 || rest.base[0] != '/')
        return false;
    rest = slice_from(rest, 1);
    if (rest.base[rest.len - 1] == '/')
        --rest.len;
    for (out->count = 0; rest.base != NULL; ++out->count) {
        h2o_iovec_t segment = slice_cut(&rest, '/');
        if (segment.len == 0 || out->count == SEGMENTS_MAX)
            return false;
        out->at[out->count] = segment;
    }
    return true;
}

/* *used_out: how many segments name the collection. */
static const struct collection *find_collection(const struct policy *policy, const struct api *api,
                                                const struct segments *segments, size_t *used_out)
{
    const struct collection *bare = policy_collection(policy, api, SLICE_NONE, segments->at[0]);
    *used_out = bare != NULL ? 1 : 2;
    if (bare != NULL || segments->count < 2)
        return bare;
    return policy_collection(policy, api, segments->at[0], segments->at[1]);
}

static bool find_record(const struct segments *segments, size_t used, struct target *target)
{
    uint64_t id;
    size_t rest = segments->count - used;
    target->shape = rest == 0 ? TARGET_COLLECTION : rest == 1 ? TARGET_RECORD : TARGET_RECORD_HISTORY;
    if (rest == 0)
        return true;
    if (rest > 2 || !slice_to_u64(segments->at[used], INT64_MAX, &id) || id == 0)
        return false;
    target->record_id = (int64_t)id;
    return rest == 1 || slice_equal(segments->at[used + 1], SLICE("history"));
}

bool target_find(const struct policy *policy, h2o_iovec_t path, struct target *out)
{
    struct segments segments;
    size_t used;
    struct target target = {TARGET_HISTORY, policy_api_of_path(policy, path), NULL, 0};
    if (target.api == NULL || !split(slice_from(path, target.api->prefix.len), &segments))
        return false;
    if (segments.count != 1 || !slice_equal(segments.at[0], SLICE("history"))) {
        target.collection = find_collection(policy, target.api, &segments, &used);
        if (target.collection == NULL || !find_record(&segments, used, &target))
            return false;
    }
    *out = target;
    return true;
}
