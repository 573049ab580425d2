/* SPDX-License-Identifier: Apache-2.0 */
/* What policy_source.c makes of rows and policy.c builds snapshots of. For this room alone. */
#ifndef HALLMARK_CLIENT_POLICY_SOURCE_H
#define HALLMARK_CLIENT_POLICY_SOURCE_H

#include "client/policy.h"
#include "client/policy_revocations.h"

/* One set as it was read: immutable, shared by the snapshots made of it. The count of references is atomic. */
struct policy_part {
    int references;
    h2o_mem_pool_t pool; /* holds what the rows point to */
    size_t count;
    union { /* by the set */
        struct api *apis;
        struct policy_offer *offers;
        struct key_material *keys;
    };
};

/* A collection that an api offers, before the api was looked up: collection.api is NULL. */
struct policy_offer {
    int64_t api_id;
    struct collection collection;
};

/* What snapshots make once and share, though the source is constant to them. */
struct policy_made {
    struct key_set *keys; /* of the source's keys; NULL: not yet */
};

struct policy_source {
    struct policy_part *apis, *collections, *keys; /* NULL: not read yet */
    struct policy_revocations *revocations;
    struct policy_made *made;
};

void policy_part_release(struct policy_part *part); /* NULL is a no-op */

#endif
