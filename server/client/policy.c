/* SPDX-License-Identifier: Apache-2.0 */
#include "client/policy.h"

#include "base/limits.h"
#include "base/log.h"
#include "client/client_book.h"
#include "client/policy_source.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define QUOTED_BYTES_MAX 128 /* of a kid in a line of the log */

/* What a snapshot holds beside what is public: the parts that its texts stand in. */
struct snapshot {
    struct policy policy; /* first, so that the two addresses are one */
    struct policy_part *apis, *collections;
    char audience[]; /* of the management API */
};

/* --- building ---------------------------------------------------------------------------------------------------- */

static struct policy_part *part_share(struct policy_part *part)
{
    __atomic_fetch_add(&part->references, 1, __ATOMIC_RELAXED);
    return part;
}

/* The key set of a source, made on first use. */
static struct key_set *key_set_of(const struct policy_source *source, const uint8_t master[static DIGEST_BYTES],
                                  const char **wrong_out)
{
    if (source->made->keys == NULL) {
        char quoted[QUOTED_BYTES_MAX];
        h2o_iovec_t kid = SLICE_NONE;
        source->made->keys = key_set_create(source->keys->keys, source->keys->count, master, wrong_out, &kid);
        if (source->made->keys == NULL) {
            log_event(LOG_LEVEL_ERROR, "signing_key_refused", "\"kid\":%s", log_quote(quoted, sizeof(quoted), kid));
            return NULL;
        }
    }
    return key_set_share(source->made->keys);
}

/* The collections of each api stand in a row. One whose api is not there (it was deleted between two reads, or is not
 * served here) is left out. */
static void place_collections(struct api *api, const struct policy_part *offers, struct collection *all, size_t *placed)
{
    struct collection *first = all + *placed;
    for (size_t i = 0; i < offers->count; ++i) {
        if (offers->offers[i].api_id != api->id)
            continue;
        all[*placed] = offers->offers[i].collection;
        all[(*placed)++].api = api;
    }
    api->collections = first;
    api->collection_count = (size_t)(all + *placed - first);
}

/* There always is a key for ES256. */
static void place_management(struct api *management, struct snapshot *snapshot, h2o_iovec_t issuer)
{
    memcpy(snapshot->audience, issuer.base, issuer.len);
    memcpy(snapshot->audience + issuer.len, POLICY_MANAGEMENT_PATH, sizeof(POLICY_MANAGEMENT_PATH) - 1);
    *management = (struct api){.name = SLICE("management"),
                               .prefix = SLICE(POLICY_MANAGEMENT_PATH),
                               .token_path = SLICE_NONE,
                               .audience = {snapshot->audience, issuer.len + sizeof(POLICY_MANAGEMENT_PATH) - 1},
                               .algorithm = TOKEN_ES256,
                               .token_seconds = LIMIT_TOKEN_SECONDS};
}

struct policy *policy_build(const struct policy_source *source, const uint8_t master[static DIGEST_BYTES],
                            h2o_iovec_t issuer, const char **wrong_out)
{
    static _Atomic uint64_t generations;
    assert(source->apis != NULL);
    assert(source->collections != NULL);
    assert(source->keys != NULL);
    assert(source->revocations != NULL);
    struct key_set *keys = key_set_of(source, master, wrong_out);
    if (keys == NULL)
        return NULL;

    size_t api_count = source->apis->count, placed = 0;
    struct api *apis = h2o_mem_alloc((api_count + 1) * sizeof(*apis));
    struct collection *collections = h2o_mem_alloc((source->collections->count + 1) * sizeof(*collections));
    for (size_t i = 0; i < api_count; ++i) {
        apis[i] = source->apis->apis[i];
        place_collections(&apis[i], source->collections, collections, &placed);
    }

    struct snapshot *snapshot = h2o_mem_alloc(sizeof(*snapshot) + issuer.len + sizeof(POLICY_MANAGEMENT_PATH));
    place_management(&apis[api_count], snapshot, issuer);
    *snapshot = (struct snapshot){.policy = {.apis = apis,
                                             .api_count = api_count,
                                             .management = &apis[api_count],
                                             .collections = collections,
                                             .collection_count = placed,
                                             .keys = keys,
                                             .revocations = policy_revocations_share(source->revocations),
                                             .generation = ++generations,
                                             .references = 1},
                                  .apis = part_share(source->apis),
                                  .collections = part_share(source->collections)};
    return &snapshot->policy;
}

struct policy *policy_share(struct policy *policy)
{
    __atomic_fetch_add(&policy->references, 1, __ATOMIC_RELAXED);
    return policy;
}

void policy_release(struct policy *policy)
{
    if (policy == NULL || __atomic_sub_fetch(&policy->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    struct snapshot *snapshot = H2O_STRUCT_FROM_MEMBER(struct snapshot, policy, policy);
    key_set_release(policy->keys);
    policy_revocations_release(policy->revocations);
    free((void *)policy->apis);
    free((void *)policy->collections);
    policy_part_release(snapshot->apis);
    policy_part_release(snapshot->collections);
    free(snapshot);
}

/* --- looking up -------------------------------------------------------------------------------------------------- */

static bool lies_under(h2o_iovec_t path, h2o_iovec_t prefix)
{
    return slice_starts_with(path, prefix) && (path.len == prefix.len || path.base[prefix.len] == '/');
}

const struct api *policy_api_of_path(const struct policy *policy, h2o_iovec_t path)
{
    const struct api *best = NULL;
    for (size_t i = 0; i < policy->api_count; ++i) {
        const struct api *api = &policy->apis[i];
        if (lies_under(path, api->prefix) && (best == NULL || api->prefix.len > best->prefix.len))
            best = api;
    }
    return best;
}

const struct api *policy_api_of_token_path(const struct policy *policy, h2o_iovec_t path)
{
    for (size_t i = 0; i < policy->api_count; ++i)
        if (policy->apis[i].token_path.base != NULL && slice_equal(policy->apis[i].token_path, path))
            return &policy->apis[i];
    return NULL;
}

/* The management API first: an api that was given its audience by mistake gets none of its tokens. */
const struct api *policy_api_of_audience(const struct policy *policy, h2o_iovec_t audience)
{
    if (slice_equal(policy->management->audience, audience))
        return policy->management;
    for (size_t i = 0; i < policy->api_count; ++i)
        if (slice_equal(policy->apis[i].audience, audience))
            return &policy->apis[i];
    return NULL;
}

static bool has_version(const struct collection *collection, h2o_iovec_t version)
{
    for (size_t i = 0; i < collection->version_count; ++i)
        if (slice_equal(collection->versions[i], version))
            return true;
    return false;
}

const struct collection *policy_collection(const struct policy *policy, const struct api *api, h2o_iovec_t version,
                                           h2o_iovec_t segment)
{
    assert(api >= policy->apis);
    assert(api < policy->apis + policy->api_count);
    for (size_t i = 0; i < api->collection_count; ++i) {
        const struct collection *collection = &api->collections[i];
        if (slice_equal(collection->path, segment))
            return version.base == NULL || has_version(collection, version) ? collection : NULL;
    }
    return NULL;
}

bool policy_revoked(const struct policy *policy, h2o_iovec_t kind, h2o_iovec_t subject, int64_t now_us)
{
    return policy_revocations_has(policy->revocations, kind, subject, now_us);
}

static bool revoked_number(const struct policy *policy, h2o_iovec_t kind, int64_t number, int64_t now_us)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);
    return policy_revoked(policy, kind, (h2o_iovec_t){text, (size_t)len}, now_us);
}

bool policy_revoked_client(const struct policy *policy, const struct client *client, int64_t now_us)
{
    if (policy_revocations_count(policy->revocations) == 0)
        return false;
    return policy_revoked(policy, SLICE("client"), client->client_id, now_us) ||
           revoked_number(policy, SLICE("application"), client->application_id, now_us) ||
           revoked_number(policy, SLICE("account"), client->account_id, now_us);
}
