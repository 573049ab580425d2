/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/openapi.h"

#include "admin/operation.h"
#include "http/reply.h"
#include "store/result_json.h"

#define MAX_AGE_S      60
#define DOCUMENT_BYTES (128 * 1024)

/* --- words ------------------------------------------------------------------------------------------------------- */

static const char *const method_words[METHOD__MAX] = {
    [METHOD_GET] = "get", [METHOD_POST] = "post", [METHOD_PUT] = "put", [METHOD_DELETE] = "delete"};

static const char *const ident_schemas[IDENT__MAX] = {
    [IDENT_ACCOUNT] = "{\"type\":\"string\",\"pattern\":\"^acc_[0-9A-Za-z]{8}$\"}",
    [IDENT_USER] = "{\"type\":\"string\",\"pattern\":\"^usr_[0-9A-Za-z]{11}$\"}",
    [IDENT_APPLICATION] = "{\"type\":\"string\",\"pattern\":\"^app_[0-9A-Za-z]{11}$\"}",
    [IDENT_TEMPLATE] = "{\"type\":\"string\",\"pattern\":\"^tpl_[0-9A-Za-z]{11}$\"}",
    [IDENT_API] = "{\"type\":\"string\",\"pattern\":\"^api_[0-9A-Za-z]{11}$\"}",
    [IDENT_GRANT] = "{\"type\":\"string\",\"pattern\":\"^grt_[0-9A-Za-z]{11}$\"}",
    [IDENT_WEBHOOK] = "{\"type\":\"string\",\"pattern\":\"^whk_[0-9A-Za-z]{11}$\"}",
    [IDENT_EVENT] = "{\"type\":\"string\",\"pattern\":\"^evt_[0-9A-Za-z]{11}$\"}",
};

static const char key_schema[] = "{\"type\":\"string\",\"pattern\":\"^hmk_[0-9A-Za-z]{28}$\"}";

static const char *const operand_schemas[OPERAND__MAX] = {
    [OPERAND_TEXT] = "{\"type\":\"string\"}",
    [OPERAND_KEY] = key_schema,
    [OPERAND_SCOPES] = "{\"type\":\"string\"}",
    [OPERAND_WORDS] = "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}",
    [OPERAND_REDIRECTS] = "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"uri\"}}",
    [OPERAND_NUMBER] = "{\"type\":\"integer\",\"minimum\":0}",
    [OPERAND_INVITE] = "{\"type\":\"string\",\"pattern\":\"^[a-z]{2}$\"}",
    [OPERAND_BOOLEAN] = "{\"type\":\"boolean\"}",
    [OPERAND_MOMENT] = "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}",
    [OPERAND_OBJECT] = "{\"type\":\"object\"}",
    [OPERAND_QUERY_WORD] = "{\"type\":\"string\"}",
    [OPERAND_QUERY_KEY] = key_schema,
    [OPERAND_QUERY_NUMBER] = "{\"type\":\"integer\",\"minimum\":0}",
    [OPERAND_QUERY_MOMENT] = "{\"type\":\"string\",\"format\":\"date-time\"}",
    [OPERAND_QUERY_IS] = "{\"type\":\"string\"}",
};

/* Types of columns, as SQL calls them. */
static const struct {
    h2o_iovec_t type;
    const char *schema;
} column_schemas[] = {
    {SLICE("bigint"), "{\"type\":[\"integer\",\"null\"]}"},
    {SLICE("int"), "{\"type\":[\"integer\",\"null\"]}"},
    {SLICE("boolean"), "{\"type\":[\"boolean\",\"null\"]}"},
    {SLICE("timestamptz"), "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"},
    {SLICE("jsonb"), "{}"},
};

static const char *schema_of_column(h2o_iovec_t name, h2o_iovec_t type, enum ident_kind id_kind)
{
    if (result_json_ident(name, id_kind) != IDENT__MAX)
        return "{\"type\":[\"string\",\"null\"]}";
    for (size_t i = 0; i < sizeof(column_schemas) / sizeof(column_schemas[0]); ++i) {
        if (slice_equal(column_schemas[i].type, type))
            return column_schemas[i].schema;
    }
    return "{\"type\":[\"string\",\"null\"]}";
}

static const char *schema_of_operand(const struct operand *operand)
{
    if (operand->kind == OPERAND_IDENT || operand->kind == OPERAND_QUERY_IDENT)
        return ident_schemas[operand->ident];
    return operand_schemas[operand->kind];
}

/* --- parameters -------------------------------------------------------------------------------------------------- */

void openapi_add_parameter(struct text *out, const char *in, h2o_iovec_t name, bool needed, const char *schema,
                           const char *help)
{
    if (out->base[out->len - 1] == '}')
        text_add_char(out, ',');
    text_add_format(out, "{\"in\":\"%s\",\"name\":", in);
    text_add_json_string(out, name);
    text_add_format(out, ",\"required\":%s,\"schema\":%s", needed ? "true" : "false", schema);
    if (help[0] != '\0')
        text_add_string_member(out, SLICE("description"), slice_of(help));
    text_add_char(out, '}');
}

static void add_segments(struct text *out, const struct operation *operation)
{
    h2o_iovec_t row = slice_of(operation->path);
    while (row.base != NULL) {
        h2o_iovec_t segment = slice_cut(&row, '/');
        if (segment.base[0] != '{')
            continue;
        h2o_iovec_t name = {segment.base + 1, segment.len - 2};
        enum ident_kind kind = operation_segment_kind(name);
        bool is_key = slice_equal(name, SLICE("key")) || slice_equal(name, SLICE("office_key"));
        const char *schema = is_key ? key_schema : kind != IDENT__MAX ? ident_schemas[kind] : "{\"type\":\"string\"}";
        openapi_add_parameter(out, "path", name, true, schema, "");
    }
}

static void add_parameters(struct text *out, const struct operation *operation)
{
    text_add(out, SLICE(",\"parameters\":["));
    add_segments(out, operation);
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        h2o_iovec_t name = slice_of(operand->name);
        if (operand->kind >= OPERAND_QUERY_IDENT && operand->kind <= OPERAND_QUERY_IS)
            openapi_add_parameter(out, "query", slice_cut(&name, '='), operand->needed, schema_of_operand(operand),
                                  operand->help);
        if (operand->kind == OPERAND_PAGE) {
            openapi_add_parameter(out, "query", SLICE("page_size"), false, "{\"type\":\"integer\",\"minimum\":1}", "");
            openapi_add_parameter(out, "query", SLICE("cursor"), false, "{\"type\":\"string\"}",
                                  "Where the next page begins: the Link header of this one has it.");
        }
        if (operand->kind == OPERAND_ASKED)
            openapi_add_parameter(out, "header", SLICE("Idempotency-Key"), false, "{\"type\":\"string\"}",
                                  "A request that is asked again with it does nothing twice.");
    }
    if (operation->flags & OPERATION_VERSION)
        openapi_add_parameter(out, "header", SLICE("If-Match"), true, "{\"type\":\"string\"}",
                              "The ETag that was read, or * for any version.");
    text_add_char(out, ']');
}

/* --- bodies ------------------------------------------------------------------------------------------------------ */

static void add_property(struct text *out, const struct operand *operand)
{
    text_add_member(out, slice_of(operand->name));
    if (operand->kind == OPERAND_IDENTS)
        text_add_format(out, "{\"type\":\"array\",\"minItems\":1,\"items\":%s", ident_schemas[operand->ident]);
    else
        text_add(out, slice_of(schema_of_operand(operand)));
    if (operand->kind != OPERAND_IDENTS)
        --out->len; /* the closing brace */
    text_add_string_member(out, SLICE("description"), slice_of(operand->help));
    text_add_char(out, '}');
}

static void add_body(struct text *out, const struct operation *operation)
{
    bool has_needed = false;
    text_add(out, SLICE(",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":"
                        "\"object\",\"additionalProperties\":false,\"properties\":{"));
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (operand->kind >= OPERAND_TEXT && operand->kind <= OPERAND_OBJECT)
            add_property(out, operand);
    }
    text_add_char(out, '}');
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (operand->kind < OPERAND_TEXT || operand->kind > OPERAND_OBJECT || !operand->needed)
            continue;
        text_add_format(out, "%s\"%s\"", has_needed ? "," : ",\"required\":[", operand->name);
        has_needed = true;
    }
    text_add(out, has_needed ? SLICE("]}}}}") : SLICE("}}}}"));
}

static void add_row_schema(struct text *out, const struct operation *operation)
{
    h2o_iovec_t columns = slice_of(statement_row(operation->statement)->columns);
    text_add(out, SLICE("{\"type\":\"object\",\"properties\":{"));
    while (columns.base != NULL) {
        h2o_iovec_t type = slice_cut(&columns, ','), name = slice_cut(&type, ' ');
        if (slice_equal(name, SLICE("place")))
            continue;
        text_add_member(out, name);
        text_add(out, slice_of(schema_of_column(name, type, operation->id_kind)));
    }
    if (operation->flags & OPERATION_SECRET)
        text_add(out, SLICE(",\"secret\":{\"type\":\"string\",\"description\":\"Shown this once.\"}"));
    text_add(out, SLICE("}}"));
}

static void add_answer(struct text *out, const struct operation *operation)
{
    bool is_list = (operation->flags & OPERATION_LIST) != 0;
    text_add(out, SLICE(",\"responses\":{"));
    if (operation->flags & OPERATION_EMPTY) {
        text_add(out, SLICE("\"204\":{\"description\":\"Done.\"}"));
    } else {
        text_add_format(out, "\"%d\":{\"description\":\"Done.\",\"content\":{\"application/json\":{\"schema\":",
                        operation->method == METHOD_POST ? 201 : 200);
        if (is_list)
            text_add(out, SLICE("{\"type\":\"object\",\"required\":[\"items\"],\"properties\":{\"items\":{\"type\":"
                                "\"array\",\"items\":"));
        add_row_schema(out, operation);
        text_add(out, is_list ? SLICE("}}}}}}") : SLICE("}}}"));
    }
    text_add(out, SLICE(",\"default\":{\"$ref\":\"#/components/responses/Problem\"}}"));
}

/* --- the document ------------------------------------------------------------------------------------------------ */

/* get_accounts_account_keys */
static void add_operation_id(struct text *out, const struct operation *operation)
{
    text_add_format(out, "\"operationId\":\"%s_", method_words[operation->method]);
    for (const char *at = operation->path; *at != '\0'; ++at) {
        if (*at == '/' || *at == '-')
            text_add_char(out, '_');
        else if (*at != '{' && *at != '}')
            text_add_char(out, *at);
    }
    text_add_char(out, '"');
}

static void add_operation(struct text *out, const struct operation *operation)
{
    text_add_member(out, slice_of(method_words[operation->method]));
    text_add_char(out, '{');
    add_operation_id(out, operation);
    text_add_string_member(out, SLICE("summary"), slice_of(operation->help));
    text_add_format(out, ",\"tags\":[\"%s\"],\"security\":[{\"token\":[\"%s\"]}]", operation->noun, operation->scope);
    add_parameters(out, operation);
    if (operation->method == METHOD_POST || operation->method == METHOD_PUT)
        add_body(out, operation);
    add_answer(out, operation);
    text_add_char(out, '}');
}

static bool is_first_of_path(size_t index)
{
    for (size_t i = 0; i < index; ++i) {
        if (strcmp(operation_at(i)->path, operation_at(index)->path) == 0)
            return false;
    }
    return true;
}

static void add_operations(struct text *out)
{
    for (size_t i = 0; i < operation_count(); ++i) {
        if (!is_first_of_path(i))
            continue;
        text_add_format(out, "%s\"" OPERATION_PREFIX "%s\":{", i == 0 ? "" : ",", operation_at(i)->path);
        for (size_t j = i; j < operation_count(); ++j) {
            if (strcmp(operation_at(j)->path, operation_at(i)->path) == 0)
                add_operation(out, operation_at(j));
        }
        text_add_char(out, '}');
    }
}

static void add_components(struct text *out, h2o_iovec_t issuer)
{
    text_add(out, SLICE(",\"components\":{\"securitySchemes\":{\"token\":{\"type\":\"oauth2\",\"description\":"));
    text_add_json_string(
        out, slice_format(out->pool,
                          "The paths under " OPERATION_PREFIX " take tokens of their own audience alone: ask for one "
                          "with resource=%.*s" POLICY_MANAGEMENT_PATH ". Without resource, a request whose scopes "
                          "are administrative gets one, and any other gets one for the first api.",
                          SLICE_ARGS(issuer)));
    text_add(out, SLICE(",\"flows\":{\"clientCredentials\":{\"tokenUrl\":"));
    text_add_json_string(out, slice_format(out->pool, "%.*s/oauth2/token", SLICE_ARGS(issuer)));
    text_add(out,
             SLICE(",\"scopes\":{}}}}},\"schemas\":{\"Problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\","
                   "\"status\",\"detail\",\"code\",\"request_id\"],\"properties\":{\"type\":{\"type\":\"string\"},"
                   "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
                   "\"code\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"}}}},\"responses\":{\"Problem\":"
                   "{\"description\":\"What was wrong, and how to mend it (RFC 9457).\",\"content\":"
                   "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}}"));
}

static void start(struct call *call)
{
    struct text document;
    h2o_iovec_t issuer = call->worker->settings->issuer;
    text_start(&document, call->pool, DOCUMENT_BYTES);
    text_add(&document,
             SLICE("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Hallmark\",\"version\":\"" HALLMARK_VERSION
                   "\",\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}},\"servers\":[{\"url\":"));
    text_add_json_string(&document, issuer);
    text_add(&document, SLICE("}],\"paths\":{"));
    add_operations(&document);
    openapi_add_collections(&document, call->worker->policy);
    text_add_char(&document, '}');
    add_components(&document, issuer);
    text_add_char(&document, '}');
    reply_document(call, SLICE("application/json"), text_slice(&document), MAX_AGE_S);
}

const struct route openapi_route = {.path = SLICE("/openapi.json"),
                                    .methods = METHOD_BIT(METHOD_GET),
                                    .style = ROUTE_PROBLEM,
                                    .media = ROUTE_MEDIA_NONE,
                                    .flags = ROUTE_CORS,
                                    .body_max = 0,
                                    .start = start};
