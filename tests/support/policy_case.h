/* SPDX-License-Identifier: Apache-2.0 */
/* A small policy for tests: two apis, three offers of two collections, one active and one next signing key, and what
 * was revoked.
 *
 *     erp  /api2/public  token path /api2/public/token  https://id.example/api2/public  ES256  600 s
 *          customers (v1.1 v1.2; all methods; required Name string), products (GET only)
 *     crm  /crm          no token path                  urn:example:crm                 ES256  300 s
 *          customers as "contacts" (GET POST) */
#ifndef HALLMARK_TESTS_POLICY_CASE_H
#define HALLMARK_TESTS_POLICY_CASE_H

#include "client/policy.h"

extern const uint8_t policy_case_master[DIGEST_BYTES];
extern const h2o_iovec_t policy_case_issuer; /* https://id.example */
extern const struct api_row policy_case_apis[2];
extern const struct collection_row policy_case_collections[3];

/* Any of them may be changed before policy_case_build. */
struct policy_case {
    struct api_row apis[2];
    size_t api_count;
    struct collection_row collections[3];
    size_t collection_count;
    bool without_keys;
    const struct revocation_row *revocations;
    size_t revocation_count;
};

void policy_case_start(struct policy_case *c);

/* With all four sets; fails the test when one is refused. The caller destroys it. */
struct policy_source *policy_case_source(const struct policy_case *c);

/* One reference. */
struct policy *policy_case_build(const struct policy_case *c);

#endif
