/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c server/base/text.c server/base/json.c server/base/json_lexeme.c */
#include "gateway/body.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct required_member required[] = {{SLICE("N"), JSON_TYPE_STRING, false, false},
                                                  {SLICE("I"), JSON_TYPE_NUMBER, false, true}};
static const struct collection free_form = {.required_count = 0};
static const struct collection demanding = {.required = required, .required_count = 2};

/* The document is an object without the two members, and every other member stands in it with the text that was sent.
 */
static void check_document(h2o_mem_pool_t *pool, h2o_iovec_t sent, const struct body *body)
{
    struct json_object before, after;
    struct json_fault fault;
    bool accepted =
        json_scan_object(pool, sent, &before, &fault) && json_scan_object(pool, body->document, &after, &fault);
    assert(accepted);
    assert(json_find(&after, SLICE("Id")) == NULL && json_find(&after, SLICE("ExternalReferences")) == NULL);
    size_t kept = 0;
    for (size_t i = 0; i < before.count; ++i) {
        const struct json_member *member = json_find(&after, before.members[i].name);
        assert(is_kept_apart(&before.members[i]) == (member == NULL));
        assert(member == NULL || slice_equal(member->value, before.members[i].value));
        kept += member != NULL;
    }
    assert(kept == after.count);
}

static void check_body(h2o_mem_pool_t *pool, h2o_iovec_t sent, const struct body *body)
{
    struct json_object references;
    struct json_fault fault;
    assert(body->id >= 0);
    check_document(pool, sent, body);
    if (body->external_references.base == NULL)
        return;
    bool accepted = json_scan_object(pool, body->external_references, &references, &fault);
    assert(accepted);
    assert(references.count <= LIMIT_EXTERNAL_REFERENCES_MAX);
    for (size_t i = 0; i < references.count; ++i)
        assert(references.members[i].type == JSON_TYPE_STRING);
}

static void read_one(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct collection *collection)
{
    struct body body;
    struct body_fault fault = {ERR_NONE, SLICE_NONE, SLICE_NONE};
    if (body_read(pool, text, collection, &body, &fault))
        check_body(pool, text, &body);
    else
        assert(fault.err == ERR_INVALID_JSON || fault.err == ERR_INVALID_MEMBER || fault.err == ERR_RECORD_TOO_LARGE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    h2o_iovec_t text = {(char *)bytes, len};
    h2o_mem_init_pool(&pool);
    read_one(&pool, text, &free_form);
    read_one(&pool, text, &demanding);
    h2o_mem_clear_pool(&pool);
    return 0;
}
