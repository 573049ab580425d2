/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/openapi.h"

#include "client/policy.h"

#define ID_SCHEMA "{\"type\":\"integer\",\"minimum\":1}"

/* What the gateway answers and takes, one row a method and shape of path. */
static const struct shape {
    bool of_record; /* the path ends with the id of a record */
    enum method method;
    const char *word, *summary;
    bool writes, has_body, has_version, is_list;
    const char *answer; /* the good one */
} shapes[] = {
    {false, METHOD_GET, "get", "Records in pages.", false, false, false, true,
     "\"200\":{\"description\":\"A page.\",\"content\":{\"application/json\":{\"schema\":{}}}}"},
    {false, METHOD_POST, "post", "Makes a record.", true, true, false, false,
     "\"200\":{\"description\":\"Its id.\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"integer\"}}}}"},
    {true, METHOD_GET, "get", "One record.", false, false, false, false,
     "\"200\":{\"description\":\"The record.\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\"}}}}"},
    {true, METHOD_PUT, "put", "Replaces a record.", true, true, true, false, "\"204\":{\"description\":\"Done.\"}"},
    {true, METHOD_DELETE, "delete", "Deletes a record.", true, false, true, false,
     "\"204\":{\"description\":\"Done.\"}"},
};

static const char *const type_words[] = {
    [JSON_TYPE_NULL] = "null",     [JSON_TYPE_BOOLEAN] = "boolean", [JSON_TYPE_NUMBER] = "number",
    [JSON_TYPE_STRING] = "string", [JSON_TYPE_ARRAY] = "array",     [JSON_TYPE_OBJECT] = "object",
};

static void add_required(struct text *out, const struct collection *collection)
{
    for (size_t i = 0; i < collection->required_count; ++i) {
        const struct required_member *required = &collection->required[i];
        if (i > 0)
            text_add_char(out, ',');
        text_add_json_string(out, required->name);
        text_add_char(out, ':');
        if (required->any)
            text_add(out, SLICE("{}"));
        else
            text_add_format(out, "{\"type\":\"%s\"}", required->integer ? "integer" : type_words[required->type]);
    }
}

static void add_body(struct text *out, const struct collection *collection)
{
    text_add(out, SLICE(",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":"
                        "\"object\",\"properties\":{"));
    add_required(out, collection);
    text_add_char(out, '}');
    for (size_t i = 0; i < collection->required_count; ++i) {
        text_add(out, i == 0 ? SLICE(",\"required\":[") : SLICE(","));
        text_add_json_string(out, collection->required[i].name);
    }
    text_add(out, collection->required_count > 0 ? SLICE("]}}}}") : SLICE("}}}}"));
}

static void add_parameters(struct text *out, const struct shape *shape)
{
    static const char *const of_lists[] = {"$filter", "$orderby", "$skip", "$top", "cursor"};
    text_add(out, SLICE(",\"parameters\":["));
    if (shape->of_record)
        openapi_add_parameter(out, "path", SLICE("id"), true, ID_SCHEMA, "");
    for (size_t i = 0; shape->is_list && i < sizeof(of_lists) / sizeof(of_lists[0]); ++i)
        openapi_add_parameter(out, "query", slice_of(of_lists[i]), false, "{\"type\":\"string\"}", "");
    if (shape->writes)
        openapi_add_parameter(out, "header", SLICE("Idempotency-Key"), false, "{\"type\":\"string\"}",
                              "A request that is asked again with it does nothing twice.");
    if (shape->has_version)
        openapi_add_parameter(out, "header", SLICE("If-Match"), false, "{\"type\":\"string\"}", "");
    text_add_char(out, ']');
}

static void add_operation(struct text *out, const struct collection *collection, const struct shape *shape)
{
    h2o_iovec_t scope = shape->writes ? collection->scope_write : collection->scope_read;
    text_add_member(out, slice_of(shape->word));
    text_add_format(out, "{\"operationId\":\"%s_%.*s_%.*s%s\",\"summary\":\"%s\",\"tags\":[\"%.*s\"]", shape->word,
                    SLICE_ARGS(collection->api->name), SLICE_ARGS(collection->name), shape->of_record ? "_id" : "",
                    shape->summary, SLICE_ARGS(collection->name));
    text_add_format(out, ",\"security\":[{\"token\":[\"%.*s\"]}]", SLICE_ARGS(scope));
    add_parameters(out, shape);
    if (shape->has_body)
        add_body(out, collection);
    text_add_format(out, ",\"responses\":{%s,\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}",
                    shape->answer);
}

static void add_path(struct text *out, const struct collection *collection, bool of_record)
{
    text_add_format(out, ",\"%.*s/%.*s%s\":{", SLICE_ARGS(collection->api->prefix), SLICE_ARGS(collection->path),
                    of_record ? "/{id}" : "");
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); ++i) {
        if (shapes[i].of_record == of_record && (collection->methods & METHOD_BIT(shapes[i].method)))
            add_operation(out, collection, &shapes[i]);
    }
    text_add_char(out, '}');
}

void openapi_add_collections(struct text *out, const struct policy *policy)
{
    for (size_t i = 0; i < policy->collection_count; ++i) {
        add_path(out, &policy->collections[i], false);
        add_path(out, &policy->collections[i], true);
    }
}
