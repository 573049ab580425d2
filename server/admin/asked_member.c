/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/asked.h"

#include "base/redirect_uri.h"
#include "base/text.h"

#include <inttypes.h>

typedef enum contract_step add_member(struct ask *ask, struct asked *asked, const struct operand *operand);

bool asked_is_moment(h2o_iovec_t text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    if (text.len < sizeof(shape) || text.len > 40)
        return false;
    for (size_t i = 0; i + 1 < sizeof(shape); ++i) {
        char c = text.base[i];
        if (shape[i] == 'd' ? c < '0' || c > '9' : c != shape[i])
            return false;
    }
    h2o_iovec_t zone = slice_from(text, text.len - 6);
    return text.base[text.len - 1] == 'Z' || ((zone.base[0] == '+' || zone.base[0] == '-') && zone.base[3] == ':');
}

/* What is absent is NULL, unless it is needed. *done_out: there is nothing more to do. */
static enum contract_step find_member(struct ask *ask, struct asked *asked, const struct operand *operand,
                                      const struct json_member **out)
{
    *out = asked_member(asked, operand->name);
    if (*out != NULL)
        return CONTRACT_PASSED;
    if (operand->needed)
        return asked_refuse(ask, operand->name, "is needed");
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static bool is_string(const struct json_member *member)
{
    return member->type == JSON_TYPE_STRING;
}

static enum contract_step add_member_text(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (!is_string(member))
        return asked_refuse(ask, operand->name, "has to be a string");
    return asked_add_text(asked, json_string_text(ask->call->pool, member->value));
}

static enum contract_step add_member_ident(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    int64_t id;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (!is_string(member) || !ident_parse(operand->ident, json_string_text(ask->call->pool, member->value), &id))
        return asked_refuse(ask, operand->name, "is no such id; ids stand in the lists");
    return asked_add_id(asked, id);
}

static enum contract_step add_member_idents(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    h2o_mem_pool_t *pool = ask->call->pool;
    h2o_iovec_t *items;
    size_t count;
    struct text array;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_ARRAY || !json_scan_array(pool, member->value, &items, &count) || count == 0)
        return asked_refuse(ask, operand->name, "has to be an array of one id or more");
    text_start(&array, pool, 64);
    for (size_t i = 0; i < count; ++i) {
        int64_t id;
        if (json_type_of(items[i]) != JSON_TYPE_STRING ||
            !ident_parse(operand->ident, json_string_text(pool, items[i]), &id))
            return asked_refuse(ask, operand->name, "has an item that is no such id");
        text_add_format(&array, "%c%" PRId64, i == 0 ? '{' : ',', id);
    }
    text_add_char(&array, '}');
    return asked_add_text(asked, text_slice(&array));
}

static enum contract_step add_member_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member = asked_member(asked, operand->name);
    if (member == NULL || !is_string(member) ||
        !asked_add_client_id(asked, json_string_text(ask->call->pool, member->value)))
        return asked_refuse(ask, operand->name, "is needed, and has to be a client id, hmk_...");
    return CONTRACT_PASSED;
}

static enum contract_step add_member_scopes(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    struct scope_set scopes;
    h2o_mem_pool_t *pool = ask->call->pool;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (!is_string(member) || scope_set_parse(pool, json_string_text(pool, member->value), &scopes) != ERR_NONE)
        return asked_refuse(ask, operand->name,
                            "has to be a string of scopes with one space between, such as \"customers:read\"");
    return asked_add_text(asked, text_braced_words(pool, scopes.tokens, scopes.count));
}

static enum contract_step add_member_words(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    h2o_mem_pool_t *pool = ask->call->pool;
    h2o_iovec_t *items;
    size_t count;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_ARRAY || !json_scan_array(pool, member->value, &items, &count) ||
        count > LIMIT_SCOPES_MAX)
        return asked_refuse(ask, operand->name, "has to be an array of words");
    for (size_t i = 0; i < count; ++i) {
        bool is_text = json_type_of(items[i]) == JSON_TYPE_STRING;
        items[i] = is_text ? json_string_text(pool, items[i]) : SLICE_NONE;
        if (!is_text || !scope_token_ok(items[i]))
            return asked_refuse(ask, operand->name, "has an item that is no word");
    }
    return asked_add_text(asked, text_braced_words(pool, items, count));
}

/* What passes the check has neither quotes nor backslashes. */
static enum contract_step add_member_redirects(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    h2o_mem_pool_t *pool = ask->call->pool;
    h2o_iovec_t *items;
    size_t count;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_ARRAY || !json_scan_array(pool, member->value, &items, &count) ||
        count > LIMIT_REDIRECTS_MAX)
        return asked_refuse(ask, operand->name, "has to be an array of at most a hundred URIs");
    for (size_t i = 0; i < count; ++i) {
        bool is_text = json_type_of(items[i]) == JSON_TYPE_STRING;
        items[i] = is_text ? json_string_text(pool, items[i]) : SLICE("");
        const char *fault = redirect_uri_fault(items[i]);
        if (fault != NULL)
            return asked_refuse(ask, operand->name,
                                slice_format(pool, "has an item that cannot be registered: %s", fault).base);
    }
    return asked_add_text(asked, text_braced_words(pool, items, count));
}

static enum contract_step add_member_number(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    uint64_t number;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_NUMBER || !slice_to_u64(member->value, INT32_MAX, &number))
        return asked_refuse(ask, operand->name, "has to be a whole number, not negative");
    return asked_add_id(asked, (int64_t)number);
}

static enum contract_step add_member_boolean(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_BOOLEAN)
        return asked_refuse(ask, operand->name, "has to be true or false");
    db_add_bool(&asked->parameters, slice_equal(member->value, SLICE("true")));
    return CONTRACT_PASSED;
}

static enum contract_step add_member_moment(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member = json_find(&asked->body, slice_of(operand->name));
    if (member != NULL && member->type == JSON_TYPE_NULL && !operand->needed) {
        bool is_start = strcmp(operand->name, "not_before") == 0;
        return asked_add_text(asked, is_start ? SLICE("-infinity") : SLICE("infinity"));
    }
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    h2o_iovec_t text = is_string(member) ? json_string_text(ask->call->pool, member->value) : SLICE("");
    if (!asked_is_moment(text))
        return asked_refuse(ask, operand->name, "has to be a time with its zone, such as \"2026-12-01T00:00:00Z\"");
    return asked_add_text(asked, text);
}

static enum contract_step add_member_object(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_OBJECT)
        return asked_refuse(ask, operand->name, "has to be an object");
    return asked_add_text(asked, member->value);
}

static enum contract_step add_member_invite(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    if (asked_member(asked, operand->name) != NULL && ask->call->worker->settings->smtp_url == NULL)
        return asked_refuse(ask, operand->name,
                            "cannot be done, since this server sends no mail; who runs it can set --smtp-url, or make "
                            "a link with hallmark user password-link");
    return add_member_text(ask, asked, operand);
}

static add_member *const members[OPERAND__MAX] = {
    [OPERAND_TEXT] = add_member_text,           [OPERAND_IDENT] = add_member_ident,
    [OPERAND_IDENTS] = add_member_idents,       [OPERAND_KEY] = add_member_key,
    [OPERAND_SCOPES] = add_member_scopes,       [OPERAND_WORDS] = add_member_words,
    [OPERAND_NUMBER] = add_member_number,       [OPERAND_BOOLEAN] = add_member_boolean,
    [OPERAND_MOMENT] = add_member_moment,       [OPERAND_OBJECT] = add_member_object,
    [OPERAND_REDIRECTS] = add_member_redirects, [OPERAND_INVITE] = add_member_invite,
};

enum contract_step asked_add_member(struct ask *ask, const struct operand *operand)
{
    return members[operand->kind](ask, ask->request, operand);
}
