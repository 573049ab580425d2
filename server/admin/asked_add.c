/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/asked.h"

#include "base/text.h"
#include "gateway/request.h"
#include "store/store_actor.h"

#include <inttypes.h>

/* One function a kind of operand; the members that are no more than text share one. */
typedef enum contract_step add_operand(struct ask *ask, struct asked *asked, const struct operand *operand);

static enum contract_step add_id(struct asked *asked, int64_t id)
{
    db_add_i64(&asked->parameters, id);
    return CONTRACT_PASSED;
}

static enum contract_step add_text(struct asked *asked, h2o_iovec_t text)
{
    db_add_text(&asked->parameters, text);
    return CONTRACT_PASSED;
}

/* --- the path ---------------------------------------------------------------------------------------------------- */

static enum contract_step add_segment(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    int64_t id = 0;
    h2o_iovec_t name = slice_of(operand->name), text = operation_segment(&asked->path, name);
    enum ident_kind kind = operation_segment_kind(name);
    return kind != IDENT__MAX && ident_parse(kind, text, &id) ? add_id(asked, id) : add_text(asked, text);
}

static enum contract_step add_segment_array(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    return add_text(asked, slice_format(ask->call->pool, "{%" PRId64 "}", asked->path.account_id));
}

static enum contract_step add_client_id(struct asked *asked, h2o_iovec_t client_id)
{
    int64_t account_id = 0;
    if (!credential_check(CREDENTIAL_CLIENT_ID, client_id, &account_id))
        return CONTRACT_REFUSED;
    db_add_i64(&asked->parameters, account_id);
    return add_text(asked, client_id);
}

static enum contract_step add_segment_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    return add_client_id(asked, operation_segment(&asked->path, slice_of(operand->name)));
}

static enum contract_step add_all_or_own(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    if (!asked->is_operator)
        return add_id(asked, ask->principal.claims->account_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_own_unless_all(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask, (void)operand;
    if (!asked->is_operator)
        return add_id(asked, asked->path.account_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

/* --- the body ---------------------------------------------------------------------------------------------------- */

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
    return add_text(asked, json_string_text(ask->call->pool, member->value));
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
    return add_id(asked, id);
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
    return add_text(asked, text_slice(&array));
}

static enum contract_step add_member_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member = asked_member(asked, operand->name);
    if (member == NULL || !is_string(member) ||
        add_client_id(asked, json_string_text(ask->call->pool, member->value)) != CONTRACT_PASSED)
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
    return add_text(asked, asked_array(pool, scopes.tokens, scopes.count));
}

static bool is_plain_word(h2o_iovec_t word)
{
    return scope_token_ok(word);
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
        if (!is_text || !is_plain_word(items[i]))
            return asked_refuse(ask, operand->name, "has an item that is no word");
    }
    return add_text(asked, asked_array(pool, items, count));
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
    return add_id(asked, (int64_t)number);
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

/* RFC 3339, section 5.6: PostgreSQL reads more than that, but not what it makes of it is meant here ("today"). */
static bool is_moment(h2o_iovec_t text)
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

static enum contract_step add_member_moment(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member = json_find(&asked->body, slice_of(operand->name));
    if (member != NULL && member->type == JSON_TYPE_NULL && !operand->needed) {
        bool is_start = strcmp(operand->name, "not_before") == 0;
        return add_text(asked, is_start ? SLICE("-infinity") : SLICE("infinity"));
    }
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    h2o_iovec_t text = is_string(member) ? json_string_text(ask->call->pool, member->value) : SLICE("");
    if (!is_moment(text))
        return asked_refuse(ask, operand->name, "has to be a time with its zone, such as \"2026-12-01T00:00:00Z\"");
    return add_text(asked, text);
}

static enum contract_step add_member_object(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member;
    enum contract_step step = find_member(ask, asked, operand, &member);
    if (step != CONTRACT_PASSED || member == NULL)
        return step;
    if (member->type != JSON_TYPE_OBJECT)
        return asked_refuse(ask, operand->name, "has to be an object");
    return add_text(asked, member->value);
}

/* --- the query --------------------------------------------------------------------------------------------------- */

static enum contract_step add_query_ident(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    int64_t id;
    h2o_iovec_t text = form_get(&asked->query, slice_of(operand->name));
    if (text.base == NULL && !operand->needed)
        return add_text(asked, SLICE_NONE);
    if (!ident_parse(operand->ident, text, &id))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          slice_format(ask->call->pool, "%s has to be an id; ids stand in the lists.", operand->name));
    return add_id(asked, id);
}

static enum contract_step add_query_word(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    return add_text(asked, form_get(&asked->query, slice_of(operand->name)));
}

static enum contract_step add_query_is(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    h2o_iovec_t value = slice_of(operand->name), name = slice_cut(&value, '=');
    h2o_iovec_t given = form_get(&asked->query, name);
    if (given.base != NULL && !slice_equal(given, value))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          slice_format(ask->call->pool, "%.*s can only be %.*s.", SLICE_ARGS(name), SLICE_ARGS(value)));
    db_add_bool(&asked->parameters, given.base != NULL);
    return CONTRACT_PASSED;
}

/* --- what is drawn ----------------------------------------------------------------------------------------------- */

static enum contract_step add_new_ident(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    return add_id(asked, ident_random(operand->ident));
}

static enum contract_step add_new_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    char client_id[CREDENTIAL_BYTES_MAX];
    size_t len = credential_make(CREDENTIAL_CLIENT_ID, asked->path.account_id, client_id);
    return add_text(asked, slice_copy(ask->call->pool, (h2o_iovec_t){client_id, len}));
}

static enum contract_step add_new_secret(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    char mask[CREDENTIAL_BYTES_MAX];
    size_t len = credential_make(CREDENTIAL_CLIENT_SECRET, asked->path.account_id, asked->secret);
    h2o_iovec_t secret = {asked->secret, len};
    credential_mask(secret, mask);
    db_add_bytes(&asked->parameters, request_digest_of(ask->call->pool, secret));
    return add_text(asked, slice_copy(ask->call->pool, slice_of(mask)));
}

static enum contract_step add_literal(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    return add_text(asked, operand->name == NULL ? SLICE_NONE : slice_of(operand->name));
}

/* --- who asks ---------------------------------------------------------------------------------------------------- */

static enum contract_step add_version(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask, (void)operand;
    if (asked->version != 0)
        return add_id(asked, asked->version);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_caller(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    int64_t user_id = ask->principal.claims->user_id, holder_id = ask->principal.client->holder_id;
    if (user_id != 0 || holder_id != 0)
        return add_id(asked, user_id != 0 ? user_id : holder_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_rights(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    return add_text(asked, asked_array(ask->call->pool, asked->rights.tokens, asked->rights.count));
}

static enum contract_step add_rights_or_all(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    return asked->is_operator ? add_text(asked, SLICE_NONE) : add_rights(ask, asked, operand);
}

static enum contract_step add_actor(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    struct record_author author = ask_author(ask);
    return add_text(asked, store_actor_text(ask->call->pool, &author));
}

static enum contract_step add_asked(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    h2o_mem_pool_t *pool = ask->call->pool;
    bool has_key = asked->idempotency_key.base != NULL;
    db_add_bytes(&asked->parameters, has_key ? request_digest_of(pool, asked->idempotency_key) : SLICE_NONE);
    db_add_bytes(&asked->parameters, has_key ? request_digest(ask->call) : SLICE_NONE);
    return add_actor(ask, asked, operand);
}

/* One row more than the page has tells whether there is another page. */
static enum contract_step add_page(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask, (void)operand;
    db_add_text(&asked->parameters, asked->place);
    return add_id(asked, asked->page_size + 1);
}

static add_operand *const adds[OPERAND__MAX] = {
    [OPERAND_SEGMENT] = add_segment,
    [OPERAND_SEGMENT_ARRAY] = add_segment_array,
    [OPERAND_SEGMENT_KEY] = add_segment_key,
    [OPERAND_ALL_OR_OWN] = add_all_or_own,
    [OPERAND_OWN_UNLESS_ALL] = add_own_unless_all,
    [OPERAND_TEXT] = add_member_text,
    [OPERAND_IDENT] = add_member_ident,
    [OPERAND_IDENTS] = add_member_idents,
    [OPERAND_KEY] = add_member_key,
    [OPERAND_SCOPES] = add_member_scopes,
    [OPERAND_WORDS] = add_member_words,
    [OPERAND_NUMBER] = add_member_number,
    [OPERAND_BOOLEAN] = add_member_boolean,
    [OPERAND_MOMENT] = add_member_moment,
    [OPERAND_OBJECT] = add_member_object,
    [OPERAND_QUERY_IDENT] = add_query_ident,
    [OPERAND_QUERY_WORD] = add_query_word,
    [OPERAND_QUERY_IS] = add_query_is,
    [OPERAND_NEW_IDENT] = add_new_ident,
    [OPERAND_NEW_KEY] = add_new_key,
    [OPERAND_NEW_SECRET] = add_new_secret,
    [OPERAND_LITERAL] = add_literal,
    [OPERAND_VERSION] = add_version,
    [OPERAND_CALLER] = add_caller,
    [OPERAND_RIGHTS] = add_rights,
    [OPERAND_RIGHTS_OR_ALL] = add_rights_or_all,
    [OPERAND_ACTOR] = add_actor,
    [OPERAND_ASKED] = add_asked,
    [OPERAND_PAGE] = add_page,
};

enum contract_step asked_add(struct ask *ask, const struct operand *operand)
{
    return adds[operand->kind](ask, ask->request, operand);
}
