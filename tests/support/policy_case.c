/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_case.h"

#include "check.h"
#include "token/key_make.h"

#define NO_REQUIREMENTS "{}"

const uint8_t policy_case_master[DIGEST_BYTES] = "the master key of policy tests..";

const h2o_iovec_t policy_case_issuer = SLICE("https://id.example");

const struct api_row policy_case_apis[2] = {
    {.id = 11,
     .name = SLICE("erp"),
     .prefix = SLICE("/api2/public"),
     .token_path = SLICE("/api2/public/token"),
     .audience = SLICE("https://id.example/api2/public"),
     .algorithm = SLICE("ES256"),
     .credential = SLICE("bearer"),
     .backing = SLICE("store"),
     .token_seconds = 600},
    {.id = 12,
     .name = SLICE("crm"),
     .prefix = SLICE("/crm"),
     .audience = SLICE("urn:example:crm"),
     .algorithm = SLICE("ES256"),
     .credential = SLICE("bearer"),
     .backing = SLICE("store"),
     .token_seconds = 300},
};

const struct collection_row policy_case_collections[3] = {
    {.collection_id = 1,
     .api_id = 11,
     .name = SLICE("customers"),
     .singular = SLICE("customer"),
     .path = SLICE("customers"),
     .versions = SLICE("v1.1 v1.2"),
     .methods = SLICE("DELETE GET POST PUT"),
     .required = SLICE("{\"Name\": \"string\"}")},
    {.collection_id = 1,
     .api_id = 12,
     .name = SLICE("customers"),
     .singular = SLICE("customer"),
     .path = SLICE("contacts"),
     .versions = SLICE(""),
     .methods = SLICE("GET POST"),
     .required = SLICE(NO_REQUIREMENTS)},
    {.collection_id = 2,
     .api_id = 11,
     .name = SLICE("products"),
     .singular = SLICE("product"),
     .path = SLICE("products"),
     .versions = SLICE(""),
     .methods = SLICE("GET"),
     .required = SLICE(NO_REQUIREMENTS)},
};

void policy_case_start(struct policy_case *c)
{
    *c = (struct policy_case){.api_count = COUNT_OF(policy_case_apis),
                              .collection_count = COUNT_OF(policy_case_collections)};
    memcpy(c->apis, policy_case_apis, sizeof(c->apis));
    memcpy(c->collections, policy_case_collections, sizeof(c->collections));
}

static void put(struct policy_source *source, enum policy_set set, const struct policy_rows *rows)
{
    const char *wrong = "";
    if (!policy_source_put(source, set, rows, &wrong))
        fail_msg("set %d refused: %s", set, wrong);
}

static void put_keys(struct policy_source *source, bool without)
{
    static const char *const states[] = {"active", "next"};
    struct signing_key_row rows[COUNT_OF(states)];
    struct made_key made[COUNT_OF(states)];
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    for (size_t i = 0; i < COUNT_OF(states); ++i) {
        assert_true(key_make(&pool, TOKEN_ES256, policy_case_master, &made[i]));
        rows[i] = (struct signing_key_row){slice_of(made[i].kid), SLICE("ES256"), slice_of(states[i]),
                                           made[i].public_der, made[i].sealed};
    }
    put(source, POLICY_SET_SIGNING_KEYS, &(struct policy_rows){.signing_keys = rows, .count = without ? 0 : 2});
    h2o_mem_clear_pool(&pool);
}

struct policy_source *policy_case_source(const struct policy_case *c)
{
    struct policy_source *source = policy_source_create();
    put(source, POLICY_SET_APIS, &(struct policy_rows){.apis = c->apis, .count = c->api_count});
    put(source, POLICY_SET_COLLECTIONS,
        &(struct policy_rows){.collections = c->collections, .count = c->collection_count});
    put_keys(source, c->without_keys);
    put(source, POLICY_SET_REVOCATIONS,
        &(struct policy_rows){.revocations = c->revocations, .count = c->revocation_count});
    return source;
}

struct policy *policy_case_build(const struct policy_case *c)
{
    const char *wrong = "";
    struct policy_source *source = policy_case_source(c);
    struct policy *policy = policy_build(source, policy_case_master, policy_case_issuer, &wrong);
    if (policy == NULL)
        fail_msg("no policy: %s", wrong);
    policy_source_destroy(source);
    return policy;
}
