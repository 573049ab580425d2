/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/body.h"

#include "base/text.h"

static const h2o_iovec_t id_name = SLICE("Id");
static const h2o_iovec_t references_name = SLICE("ExternalReferences");

struct reading {
    h2o_mem_pool_t *pool;
    struct body *body;
    struct body_fault *fault;
};

/* RFC 6901: ~ and / inside a name are written ~0 and ~1. */
static void add_step(struct text *pointer, h2o_iovec_t name)
{
    text_add_char(pointer, '/');
    for (size_t i = 0; i < name.len; ++i) {
        char c = name.base[i];
        if (c == '~' || c == '/')
            text_add(pointer, c == '~' ? SLICE("~0") : SLICE("~1"));
        else
            text_add_char(pointer, c);
    }
}

static h2o_iovec_t pointer_to(h2o_mem_pool_t *pool, h2o_iovec_t name)
{
    struct text pointer;
    text_start(&pointer, pool, name.len + 8);
    add_step(&pointer, name);
    return text_slice(&pointer);
}

static bool refuse(const struct reading *reading, h2o_iovec_t where, h2o_iovec_t detail)
{
    *reading->fault = (struct body_fault){ERR_INVALID_MEMBER, where, detail};
    return false;
}

/* --- what the collection requires ------------------------------------------------------------------------------- */

static bool is_whole_number(const struct json_member *member)
{
    return member->type == JSON_TYPE_NUMBER && memchr(member->value.base, '.', member->value.len) == NULL &&
           memchr(member->value.base, 'e', member->value.len) == NULL &&
           memchr(member->value.base, 'E', member->value.len) == NULL;
}

static bool has_type(const struct json_member *member, const struct required_member *required)
{
    if (required->any)
        return member->type != JSON_TYPE_NULL;
    return required->integer ? is_whole_number(member) : member->type == required->type;
}

static const char *type_in_words(const struct required_member *required)
{
    static const char *const words[] = {
        [JSON_TYPE_NULL] = "null",       [JSON_TYPE_BOOLEAN] = "true or false", [JSON_TYPE_NUMBER] = "a number",
        [JSON_TYPE_STRING] = "a string", [JSON_TYPE_ARRAY] = "an array",        [JSON_TYPE_OBJECT] = "an object",
    };
    return required->any ? "a value" : required->integer ? "a whole number" : words[required->type];
}

static bool check_required(const struct reading *reading, const struct json_object *object,
                           const struct collection *collection)
{
    for (size_t i = 0; i < collection->required_count; ++i) {
        const struct required_member *required = &collection->required[i];
        const struct json_member *member = json_find(object, required->name);
        if (member == NULL || !has_type(member, required))
            return refuse(reading, pointer_to(reading->pool, required->name),
                          slice_format(reading->pool, "%.*s is needed, and has to be %s.", SLICE_ARGS(required->name),
                                       type_in_words(required)));
    }
    return true;
}

/* --- the members that are kept apart ---------------------------------------------------------------------------- */

static bool read_id(const struct reading *reading, const struct json_member *member)
{
    uint64_t id = 0;
    if (member == NULL || member->type == JSON_TYPE_NULL)
        return true;
    if (member->type != JSON_TYPE_NUMBER || !slice_to_u64(member->value, INT64_MAX, &id))
        return refuse(reading, SLICE("/Id"), SLICE("Id has to be a whole number, not negative."));
    reading->body->id = (int64_t)id;
    return true;
}

static bool read_reference_text(const struct reading *reading, const struct json_object *reference, h2o_iovec_t name,
                                h2o_iovec_t *out)
{
    const struct json_member *member = json_find(reference, name);
    if (member == NULL || member->type != JSON_TYPE_STRING)
        return false;
    *out = json_string_text(reading->pool, member->value);
    return out->len > 0 && out->len <= LIMIT_NAME_BYTES_MAX;
}

struct reference {
    h2o_iovec_t system, id;
};

static bool read_reference(const struct reading *reading, h2o_iovec_t item, struct reference *out)
{
    struct json_object object;
    return json_type_of(item) == JSON_TYPE_OBJECT && json_scan_nested(reading->pool, item, &object) &&
           object.count == 2 && read_reference_text(reading, &object, SLICE("System"), &out->system) &&
           read_reference_text(reading, &object, SLICE("Id"), &out->id);
}

static bool came_before(const struct reference *references, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (slice_equal(references[i].system, references[count].system))
            return true;
    return false;
}

static h2o_iovec_t references_object(h2o_mem_pool_t *pool, const struct reference *references, size_t count)
{
    struct text object;
    text_start(&object, pool, 64 * (count + 1));
    text_add_char(&object, '{');
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            text_add_char(&object, ',');
        text_add_json_string(&object, references[i].system);
        text_add_char(&object, ':');
        text_add_json_string(&object, references[i].id);
    }
    text_add_char(&object, '}');
    return text_slice(&object);
}

/* [{"System":"shop","Id":"A-17"}, ...]: at most one of a system. */
static bool read_references(const struct reading *reading, const struct json_member *member)
{
    struct reference references[LIMIT_EXTERNAL_REFERENCES_MAX];
    h2o_iovec_t *items;
    size_t count;
    if (member == NULL || member->type == JSON_TYPE_NULL)
        return true;
    if (member->type != JSON_TYPE_ARRAY || !json_scan_array(reading->pool, member->value, &items, &count) ||
        count > LIMIT_EXTERNAL_REFERENCES_MAX)
        return refuse(reading, SLICE("/ExternalReferences"),
                      slice_format(reading->pool, "ExternalReferences has to be an array of at most %d references.",
                                   LIMIT_EXTERNAL_REFERENCES_MAX));
    for (size_t i = 0; i < count; ++i) {
        h2o_iovec_t where = slice_format(reading->pool, "/ExternalReferences/%zu", i);
        if (!read_reference(reading, items[i], &references[i]))
            return refuse(reading, where,
                          slice_format(reading->pool,
                                       "A reference has the members System and Id, strings of 1 to %d bytes.",
                                       LIMIT_NAME_BYTES_MAX));
        if (came_before(references, i))
            return refuse(reading, where, SLICE("A reference to this System came before."));
    }
    reading->body->external_references = references_object(reading->pool, references, count);
    return true;
}

/* --- the document ------------------------------------------------------------------------------------------------ */

static bool is_kept_apart(const struct json_member *member)
{
    return slice_equal(member->name, id_name) || slice_equal(member->name, references_name);
}

static h2o_iovec_t document_without(h2o_mem_pool_t *pool, h2o_iovec_t sent, const struct json_object *object)
{
    struct text document;
    text_start(&document, pool, sent.len);
    text_add_char(&document, '{');
    for (size_t i = 0; i < object->count; ++i) {
        const struct json_member *member = &object->members[i];
        if (is_kept_apart(member))
            continue;
        if (document.len > 1)
            text_add_char(&document, ',');
        text_add_json_string(&document, member->name);
        text_add_char(&document, ':');
        text_add(&document, member->value);
    }
    text_add_char(&document, '}');
    return text_slice(&document);
}

bool body_read(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct collection *collection, struct body *out,
               struct body_fault *fault)
{
    struct body body = {.document = text, .external_references = SLICE_NONE};
    struct reading reading = {pool, &body, fault};
    struct json_object object;
    struct json_fault json_fault;
    if (text.len > LIMIT_RECORD_BYTES_MAX) {
        *fault = (struct body_fault){ERR_RECORD_TOO_LARGE, SLICE_NONE, SLICE_NONE};
        return false;
    }
    if (!json_scan_object(pool, text, &object, &json_fault)) {
        h2o_iovec_t detail = slice_format(pool, "The body is not acceptable JSON: %.*s (byte %zu).",
                                          SLICE_ARGS(json_fault.what), json_fault.offset);
        *fault = (struct body_fault){ERR_INVALID_JSON, json_fault.where, detail};
        return false;
    }
    if (object.count >= LIMIT_JSON_MEMBERS_MAX) { /* the store adds Id */
        *fault = (struct body_fault){ERR_INVALID_JSON, SLICE(""), SLICE("The body has too many members.")};
        return false;
    }
    const struct json_member *id = json_find(&object, id_name), *references = json_find(&object, references_name);
    if (!check_required(&reading, &object, collection) || !read_id(&reading, id) ||
        !read_references(&reading, references))
        return false;
    if (id != NULL || references != NULL)
        body.document = document_without(pool, text, &object);
    *out = body;
    return true;
}
