/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/body.h"

#include "check.h"

static const struct required_member required[] = {
    {SLICE("Name"), JSON_TYPE_STRING, false, false},
    {SLICE("Count"), JSON_TYPE_NUMBER, false, true},
    {SLICE("Any/~"), JSON_TYPE_NULL, true, false},
};
static const struct collection demanding = {.required = required, .required_count = COUNT_OF(required)};
static const struct collection simple = {.required_count = 0};

static const struct {
    const char *name, *text;
    const struct collection *collection;
    enum err err;
    const char *where;
} refused[] = {
    {"nothing", "", &simple, ERR_INVALID_JSON, ""},
    {"array", "[]", &simple, ERR_INVALID_JSON, ""},
    {"number", "5", &simple, ERR_INVALID_JSON, ""},
    {"not closed", "{\"A\":1", &simple, ERR_INVALID_JSON, ""},
    {"something behind", "{} {}", &simple, ERR_INVALID_JSON, ""},
    {"twice", "{\"A\":1,\"A\":2}", &simple, ERR_INVALID_JSON, "/A"},
    {"twice, spelled otherwise", "{\"A\":1,\"\\u0041\":2}", &simple, ERR_INVALID_JSON, "/A"},
    {"two Ids", "{\"Id\":1,\"Id\":2}", &simple, ERR_INVALID_JSON, "/Id"},
    {"NUL", "{\"A\":\"\\u0000\"}", &simple, ERR_INVALID_JSON, "/A"},
    {"number of too many digits", "{\"A\":{\"B\":1e40}}", &simple, ERR_INVALID_JSON, "/A/B"},
    {"required is missing", "{\"Count\":1,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER, "/Name"},
    {"required is null", "{\"Name\":null,\"Count\":1,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER, "/Name"},
    {"required has another type", "{\"Name\":5,\"Count\":1,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER, "/Name"},
    {"required in another case", "{\"name\":\"x\",\"Count\":1,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER, "/Name"},
    {"fraction for a whole number", "{\"Name\":\"x\",\"Count\":1.0,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER,
     "/Count"},
    {"exponent for a whole number", "{\"Name\":\"x\",\"Count\":1e2,\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER,
     "/Count"},
    {"text for a whole number", "{\"Name\":\"x\",\"Count\":\"1\",\"Any/~\":1}", &demanding, ERR_INVALID_MEMBER,
     "/Count"},
    {"null for any", "{\"Name\":\"x\",\"Count\":1,\"Any/~\":null}", &demanding, ERR_INVALID_MEMBER, "/Any~1~0"},
    {"Id as text", "{\"Id\":\"5\"}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"Id below zero", "{\"Id\":-5}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"Id with a fraction", "{\"Id\":5.0}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"Id with an exponent", "{\"Id\":5e0}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"Id past 63 bits", "{\"Id\":9223372036854775808}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"Id as object", "{\"Id\":{}}", &simple, ERR_INVALID_MEMBER, "/Id"},
    {"references as object", "{\"ExternalReferences\":{}}", &simple, ERR_INVALID_MEMBER, "/ExternalReferences"},
    {"references as text", "{\"ExternalReferences\":\"[]\"}", &simple, ERR_INVALID_MEMBER, "/ExternalReferences"},
    {"reference that is no object", "{\"ExternalReferences\":[1]}", &simple, ERR_INVALID_MEMBER,
     "/ExternalReferences/0"},
    {"reference without Id", "{\"ExternalReferences\":[{\"System\":\"a\"}]}", &simple, ERR_INVALID_MEMBER,
     "/ExternalReferences/0"},
    {"reference with a number", "{\"ExternalReferences\":[{\"System\":\"a\",\"Id\":1}]}", &simple, ERR_INVALID_MEMBER,
     "/ExternalReferences/0"},
    {"reference with an empty text", "{\"ExternalReferences\":[{\"System\":\"\",\"Id\":\"1\"}]}", &simple,
     ERR_INVALID_MEMBER, "/ExternalReferences/0"},
    {"reference with a member more", "{\"ExternalReferences\":[{\"System\":\"a\",\"Id\":\"1\",\"X\":1}]}", &simple,
     ERR_INVALID_MEMBER, "/ExternalReferences/0"},
    {"one system twice",
     "{\"ExternalReferences\":[{\"System\":\"a\",\"Id\":\"1\"},{\"Id\":\"2\",\"System\":\"\\u0061\"}]}", &simple,
     ERR_INVALID_MEMBER, "/ExternalReferences/1"},
};

static void wrong_bodies_are_refused_with_their_place(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); ++i) {
        struct body body = {.id = 99};
        struct body_fault fault = {ERR_NONE, SLICE_NONE, SLICE_NONE};
        const char *name = refused[i].name;
        check(name, !body_read(pool_of(state), slice_of(refused[i].text), refused[i].collection, &body, &fault));
        check(name, fault.err == refused[i].err);
        check_slice(name, fault.where, slice_of(refused[i].where));
        check(name, fault.detail.len > 0 && fault.detail.base[fault.detail.len - 1] == '.');
        check(name, body.id == 99);
    }
}

static const struct {
    const char *name, *text, *document, *references; /* references NULL: none were sent */
    int64_t id;
} accepted[] = {
    {"empty object", "{}", "{}", NULL, 0},
    {"as it was written", " { \"b\" : 12.30 ,\n\"a\": [1e2, \"\\u0041\"] } ",
     " { \"b\" : 12.30 ,\n\"a\": [1e2, \"\\u0041\"] } ", NULL, 0},
    {"Id alone", "{\"Id\":7}", "{}", NULL, 7},
    {"Id null", "{\"Id\":null,\"A\":0.10}", "{\"A\":0.10}", NULL, 0},
    {"Id zero", "{\"A\":1,\"Id\":0,\"B\":-0.0}", "{\"A\":1,\"B\":-0.0}", NULL, 0},
    {"largest Id", "{\"Id\":9223372036854775807}", "{}", NULL, INT64_MAX},
    {"Id spelled otherwise", "{\"\\u0049d\":7}", "{}", NULL, 7},
    {"id in small letters is a member", "{\"id\":7}", "{\"id\":7}", NULL, 0},
    {"names that need escapes", "{\"Id\":1,\"\\\"\\n\":1}", "{\"\\\"\\n\":1}", NULL, 1},
    {"Id deeper is a member", "{\"A\":{\"Id\":7}}", "{\"A\":{\"Id\":7}}", NULL, 0},
    {"references null are not sent", "{\"ExternalReferences\":null}", "{}", NULL, 0},
    {"no references", "{\"ExternalReferences\":[]}", "{}", "{}", 0},
    {"references",
     "{\"ExternalReferences\":[{\"System\":\"shop\",\"Id\":\"A-17\"},{\"Id\":\"\\\"\",\"System\":\"erp\"}],\"A\":1}",
     "{\"A\":1}", "{\"shop\":\"A-17\",\"erp\":\"\\\"\"}", 0},
    {"serializers' marks stay", "{\"$id\":\"1\"}", "{\"$id\":\"1\"}", NULL, 0},
};

static void bodies_are_taken_apart(void **state)
{
    for (size_t i = 0; i < COUNT_OF(accepted); ++i) {
        struct body body;
        struct body_fault fault;
        const char *name = accepted[i].name;
        check(name, body_read(pool_of(state), slice_of(accepted[i].text), &simple, &body, &fault));
        check_slice(name, body.document, slice_of(accepted[i].document));
        check(name, (body.external_references.base == NULL) == (accepted[i].references == NULL));
        check_slice(name, body.external_references, slice_of(accepted[i].references));
        check(name, body.id == accepted[i].id);
    }
}

static void required_members_suffice(void **state)
{
    struct body body;
    struct body_fault fault;
    assert_true(
        body_read(pool_of(state), SLICE("{\"Name\":\"\",\"Count\":-1,\"Any/~\":false}"), &demanding, &body, &fault));
}

static h2o_iovec_t object_of_members(h2o_mem_pool_t *pool, size_t count, const char *first)
{
    char *base = h2o_mem_alloc_pool(pool, count * 16 + 64), *at = base;
    at += sprintf(at, "{%s", first);
    for (size_t i = 0; i < count; ++i)
        at += sprintf(at, "%s\"%zu\":1", i == 0 && *first == '\0' ? "" : ",", i);
    *at++ = '}';
    return (h2o_iovec_t){base, (size_t)(at - base)};
}

static void limits_hold(void **state)
{
    struct body body;
    struct body_fault fault;
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t large = {h2o_mem_alloc_pool(pool, LIMIT_RECORD_BYTES_MAX + 1), LIMIT_RECORD_BYTES_MAX};
    memset(large.base, ' ', LIMIT_RECORD_BYTES_MAX + 1);
    memcpy(large.base, "{}", 2);
    assert_true(body_read(pool, large, &simple, &body, &fault));
    ++large.len;
    assert_false(body_read(pool, large, &simple, &body, &fault));
    assert_int_equal(fault.err, ERR_RECORD_TOO_LARGE);
    /* The store adds Id, and what it holds must be readable again. */
    assert_true(body_read(pool, object_of_members(pool, LIMIT_JSON_MEMBERS_MAX - 1, ""), &simple, &body, &fault));
    assert_false(body_read(pool, object_of_members(pool, LIMIT_JSON_MEMBERS_MAX, ""), &simple, &body, &fault));
    assert_int_equal(fault.err, ERR_INVALID_JSON);
}

static void references_are_bounded(void **state)
{
    struct body body;
    struct body_fault fault;
    h2o_mem_pool_t *pool = pool_of(state);
    for (size_t count = LIMIT_EXTERNAL_REFERENCES_MAX; count <= LIMIT_EXTERNAL_REFERENCES_MAX + 1; ++count) {
        char *base = h2o_mem_alloc_pool(pool, 64 * (count + 1)),
             *at = base + sprintf(base, "{\"ExternalReferences\":[");
        for (size_t i = 0; i < count; ++i)
            at += sprintf(at, "%s{\"System\":\"%zu\",\"Id\":\"x\"}", i == 0 ? "" : ",", i);
        at += sprintf(at, "]}");
        assert_int_equal(body_read(pool, (h2o_iovec_t){base, (size_t)(at - base)}, &simple, &body, &fault),
                         count <= LIMIT_EXTERNAL_REFERENCES_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(wrong_bodies_are_refused_with_their_place),
        test_with_pool(bodies_are_taken_apart),
        test_with_pool(required_members_suffice),
        test_with_pool(limits_hold),
        test_with_pool(references_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
