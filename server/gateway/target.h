/* SPDX-License-Identifier: Apache-2.0 */
/* What a path under an api's prefix names:
 *
 *   [version/] collection [/ id [/ history]]      and      history
 *
 * A trailing slash more makes no difference. Paths are compared as they were sent, so what is matched is what was asked
 * for. */
#ifndef HALLMARK_GATEWAY_TARGET_H
#define HALLMARK_GATEWAY_TARGET_H

#include "client/policy.h"

enum target_shape { TARGET_COLLECTION, TARGET_RECORD, TARGET_RECORD_HISTORY, TARGET_HISTORY, TARGET__MAX };

struct target {
    enum target_shape shape;
    const struct api *api;               /* NULL: the history of the account at the plain path */
    const struct collection *collection; /* NULL: the history of the account */
    int64_t record_id;                   /* 0: none */
};

/* False when the path names nothing. api and collection are the policy's. */
__attribute__((warn_unused_result)) bool target_find(const struct policy *policy, h2o_iovec_t path, struct target *out);

#endif
