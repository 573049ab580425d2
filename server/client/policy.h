/* SPDX-License-Identifier: Apache-2.0 */
/* What every thread holds whole: apis, collections, signing keys and revocations, as one immutable snapshot. A change
 * makes a new snapshot; a thread swaps its pointer. Requests that wait for the database take a reference. */
#ifndef HALLMARK_CLIENT_POLICY_H
#define HALLMARK_CLIENT_POLICY_H

#include "base/json.h"
#include "store/store_policy.h"
#include "token/key_set.h"

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
    METHOD__MAX
};
#define METHOD_BIT(method) (1u << (method))

#define POLICY_MANAGEMENT_PATH "/admin/v1"

struct api {
    int64_t id;
    h2o_iovec_t name, prefix, token_path /* base NULL: none */, audience;
    enum token_algorithm algorithm;
    int64_t token_seconds;
    const struct collection *collections; /* that it offers, in a row */
    size_t collection_count;
};

struct required_member {
    h2o_iovec_t name;
    enum json_type type;
    bool any, integer; /* any: whatever but null; integer: a number without fraction */
};

struct collection { /* as one api offers it */
    int64_t id;
    const struct api *api;
    h2o_iovec_t name, singular, path;    /* path: the segment under the api's prefix */
    h2o_iovec_t scope_read, scope_write; /* "customers:read", "customers:write" */
    const h2o_iovec_t *versions;         /* version segments under which it is offered too */
    size_t version_count;
    unsigned methods; /* bits; GET implies HEAD; OPTIONS always */
    const struct required_member *required;
    size_t required_count;
};

struct policy {
    const struct api *apis;
    size_t api_count;
    /* The management API, no row of the database: its audience is the issuer and POLICY_MANAGEMENT_PATH, so that an api
     * to which a client shows its token cannot manage anything with it. It has no collections, and stands behind the
     * last of them. */
    const struct api *management;
    const struct collection *collections;
    size_t collection_count;
    struct key_set *keys;
    /* the rest is private to policy.c */
    struct policy_revocations *revocations;
    uint64_t generation;
    int references; /* atomic */
};

/* Rows of the four sets as read from the database, copied (the store's rows end with its callback). An api that this
 * version cannot serve as it was meant (an upstream, another credential than bearer) is left out and logged. */
struct policy_source;
struct policy_source *policy_source_create(void);
/* Copies one set; returns false, with a literal in *wrong_out, when a row does not make sense. */
__attribute__((warn_unused_result)) bool policy_source_put(struct policy_source *source, enum policy_set set,
                                                           const struct policy_rows *rows, const char **wrong_out);
void policy_source_destroy(struct policy_source *source);

/* Builds a snapshot from a source in which all four sets are present; one reference. NULL with *wrong_out when it
 * cannot be. Cheap but for the signing keys, whose set is made once and kept until they are put again. */
struct policy *policy_build(const struct policy_source *source, const uint8_t master[static DIGEST_BYTES],
                            h2o_iovec_t issuer, const char **wrong_out);
struct policy *policy_share(struct policy *policy);
void policy_release(struct policy *policy); /* NULL is a no-op */

/* The api whose prefix the path lies under (the longest one): path is prefix, or goes on with '/'. NULL: none. */
const struct api *policy_api_of_path(const struct policy *policy, h2o_iovec_t path);
const struct api *policy_api_of_token_path(const struct policy *policy, h2o_iovec_t path);
/* Of any of ours, the management API among them. */
const struct api *policy_api_of_audience(const struct policy *policy, h2o_iovec_t audience);
/* A collection of this api by its path segment and version segment (SLICE_NONE: the bare path). */
const struct collection *policy_collection(const struct policy *policy, const struct api *api, h2o_iovec_t version,
                                           h2o_iovec_t segment);
/* True while such a revocation matters at now_us. kinds as in hallmark.revocation: "jti", "grant", "client",
 * "application", "account"; numbers as decimal text. Subjects are unique in the whole deployment, so no account is
 * asked for. */
bool policy_revoked(const struct policy *policy, h2o_iovec_t kind, h2o_iovec_t subject, int64_t now_us);
/* The same for the client itself, its application and its account. */
struct client;
bool policy_revoked_client(const struct policy *policy, const struct client *client, int64_t now_us);

#endif
