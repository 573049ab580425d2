/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c server/base/json_lexeme.c */
#include "base/json.c"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Where we are stricter: limits that jansson does not have, and a raw NUL, which jansson 2.14 overlooks behind a
 * number. */
static bool is_our_own_rule(h2o_iovec_t text, h2o_iovec_t what)
{
    static const char *const rules[] = {"digits when", "nested too deep", "too many members"};
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); ++i)
        if (strstr(what.base, rules[i]) != NULL)
            return true;
    return slice_find(text, '\0') != SIZE_MAX;
}

static void check_fault(h2o_iovec_t text, const struct json_fault *fault)
{
    assert(fault->offset <= text.len);
    assert(fault->what.len > 0);
    assert(slice_is_utf8(fault->where));
    assert(fault->where.len == 0 || fault->where.base[0] == '/');
}

static void check_items(h2o_mem_pool_t *pool, h2o_iovec_t array_text, const json_t *theirs)
{
    h2o_iovec_t *items;
    size_t count;
    bool accepted = json_scan_array(pool, array_text, &items, &count);
    assert(accepted);
    assert(count == json_array_size(theirs));
    for (size_t i = 0; i < count; ++i) {
        assert(items[i].len > 0);
        assert(items[i].base > array_text.base);
        assert(items[i].base + items[i].len < array_text.base + array_text.len);
    }
}

static void check_members(h2o_mem_pool_t *pool, const struct json_object *object, const json_t *theirs);

static void check_value(h2o_mem_pool_t *pool, const struct json_member *member, const json_t *theirs)
{
    static const enum json_type types[] = {
        [JSON_NULL] = JSON_TYPE_NULL,     [JSON_TRUE] = JSON_TYPE_BOOLEAN,  [JSON_FALSE] = JSON_TYPE_BOOLEAN,
        [JSON_REAL] = JSON_TYPE_NUMBER,   [JSON_STRING] = JSON_TYPE_STRING, [JSON_ARRAY] = JSON_TYPE_ARRAY,
        [JSON_OBJECT] = JSON_TYPE_OBJECT,
    };
    assert(member->type == types[json_typeof(theirs)]);
    assert(json_type_of(member->value) == member->type);
    struct json_object inner;
    if (member->type == JSON_TYPE_STRING) {
        h2o_iovec_t want = {(char *)json_string_value(theirs), json_string_length(theirs)};
        assert(slice_equal(json_string_text(pool, member->value), want));
    } else if (member->type == JSON_TYPE_ARRAY) {
        check_items(pool, member->value, theirs);
    } else if (member->type == JSON_TYPE_OBJECT) {
        bool accepted = json_scan_nested(pool, member->value, &inner);
        assert(accepted);
        check_members(pool, &inner, theirs);
    }
}

static void check_members(h2o_mem_pool_t *pool, const struct json_object *object, const json_t *theirs)
{
    assert(object->count == json_object_size(theirs));
    for (size_t i = 0; i < object->count; ++i) {
        const struct json_member *member = &object->members[i];
        const json_t *value = json_object_getn(theirs, member->name.base, member->name.len);
        assert(value != NULL);
        assert(json_find(object, member->name) == member);
        check_value(pool, member, value);
    }
}

static void check_text(h2o_mem_pool_t *pool, h2o_iovec_t text)
{
    struct json_object object;
    struct json_fault fault;
    bool accepted = json_scan_object(pool, text, &object, &fault);
    json_t *theirs = json_loadb(text.base, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    if (accepted) {
        assert(theirs != NULL);
        check_members(pool, &object, theirs);
    } else {
        check_fault(text, &fault);
        assert(!json_is_object(theirs) || is_our_own_rule(text, fault.what));
    }
    json_decref(theirs);
}

/* As a document, and as a member's value, which mutation would seldom wrap by itself. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char before[] = "{\"a\":", after[] = ",\"b\":0}";
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    check_text(&pool, (h2o_iovec_t){(char *)bytes, len});
    char *wrapped = h2o_mem_alloc_pool(&pool, sizeof(before) + len + sizeof(after));
    memcpy(wrapped, before, sizeof(before) - 1);
    memcpy(wrapped + sizeof(before) - 1, bytes, len);
    memcpy(wrapped + sizeof(before) - 1 + len, after, sizeof(after) - 1);
    check_text(&pool, (h2o_iovec_t){wrapped, sizeof(before) - 1 + len + sizeof(after) - 1});
    h2o_mem_clear_pool(&pool);
    return 0;
}
