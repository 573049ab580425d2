/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/asked.h"

#include "base/text.h"
#include "gateway/request.h"
#include "store/store_actor.h"

#include <assert.h>
#include <inttypes.h>

/* One function a kind of operand, but for members of the body (asked_member.c). */
typedef enum contract_step add_operand(struct ask *ask, struct asked *asked, const struct operand *operand);

/* --- the path ---------------------------------------------------------------------------------------------------- */

static enum contract_step add_segment(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    int64_t id = 0;
    h2o_iovec_t name = slice_of(operand->name), text = operation_segment(&asked->path, name);
    enum ident_kind kind = operation_segment_kind(name);
    return kind != IDENT__MAX && ident_parse(kind, text, &id) ? asked_add_id(asked, id) : asked_add_text(asked, text);
}

static enum contract_step add_segment_array(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    return asked_add_text(asked, slice_format(ask->call->pool, "{%" PRId64 "}", asked->path.account_id));
}

bool asked_add_client_id(struct asked *asked, h2o_iovec_t client_id)
{
    int64_t account_id = 0;
    if (!credential_check(CREDENTIAL_CLIENT_ID, client_id, &account_id))
        return false;
    db_add_i64(&asked->parameters, account_id);
    db_add_text(&asked->parameters, client_id);
    return true;
}

static enum contract_step add_segment_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    bool good = asked_add_client_id(asked, operation_segment(&asked->path, slice_of(operand->name)));
    assert(good); /* the path was found by it */
    return good ? CONTRACT_PASSED : CONTRACT_REFUSED;
}

static enum contract_step add_all_or_own(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    if (!asked->is_operator)
        return asked_add_id(asked, ask->principal.claims->account_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_own_unless_all(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask, (void)operand;
    if (!asked->is_operator)
        return asked_add_id(asked, asked->path.account_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

/* --- the query --------------------------------------------------------------------------------------------------- */

static enum contract_step add_query_ident(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    int64_t id;
    h2o_iovec_t text = form_get(&asked->query, slice_of(operand->name));
    if (text.base == NULL && !operand->needed)
        return asked_add_text(asked, SLICE_NONE);
    if (!ident_parse(operand->ident, text, &id))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          slice_format(ask->call->pool, "%s has to be an id; ids stand in the lists.", operand->name));
    return asked_add_id(asked, id);
}

static enum contract_step add_query_word(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    h2o_iovec_t text = form_get(&asked->query, slice_of(operand->name));
    if (text.base == NULL && operand->needed)
        return ask_refuse(ask, ERR_INVALID_QUERY, slice_format(ask->call->pool, "%s is needed.", operand->name));
    return asked_add_text(asked, text);
}

static enum contract_step add_query_checked(struct ask *ask, struct asked *asked, const struct operand *operand,
                                            bool (*is_good)(h2o_iovec_t text), const char *form)
{
    h2o_iovec_t text = form_get(&asked->query, slice_of(operand->name));
    if ((text.base == NULL && operand->needed) || (text.base != NULL && !is_good(text)))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          slice_format(ask->call->pool, "%s has to be %s.", operand->name, form));
    return asked_add_text(asked, text);
}

static bool is_client_id(h2o_iovec_t text)
{
    return credential_check(CREDENTIAL_CLIENT_ID, text, NULL);
}

static enum contract_step add_query_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    return add_query_checked(ask, asked, operand, is_client_id, "the client_id of a key, hmk_...");
}

static bool is_number(h2o_iovec_t text)
{
    uint64_t number;
    return slice_to_u64(text, INT64_MAX, &number);
}

static enum contract_step add_query_number(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    return add_query_checked(ask, asked, operand, is_number, "a whole number");
}

static enum contract_step add_query_moment(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    return add_query_checked(ask, asked, operand, asked_is_moment,
                             "a time with its zone, such as 2026-12-01T00:00:00Z");
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
    return asked_add_id(asked, ident_random(operand->ident));
}

static enum contract_step add_new_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    char client_id[CREDENTIAL_BYTES_MAX];
    size_t len = credential_make(CREDENTIAL_CLIENT_ID, asked->path.account_id, client_id);
    return asked_add_text(asked, slice_copy(ask->call->pool, (h2o_iovec_t){client_id, len}));
}

static enum contract_step add_new_secret(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    char mask[CREDENTIAL_BYTES_MAX];
    size_t len = credential_make(CREDENTIAL_CLIENT_SECRET, asked->path.account_id, asked->secret);
    h2o_iovec_t secret = {asked->secret, len};
    credential_mask(secret, mask);
    db_add_bytes(&asked->parameters, request_digest_of(ask->call->pool, secret));
    return asked_add_text(asked, slice_copy(ask->call->pool, slice_of(mask)));
}

static enum contract_step add_new_signing_key(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    const struct json_member *member = asked_member(asked, operand->name);
    h2o_iovec_t name = member != NULL && member->type == JSON_TYPE_STRING
                           ? json_string_text(ask->call->pool, member->value)
                           : SLICE_NONE;
    asked->needs_key = token_algorithm_parse(name, &asked->algorithm);
    return asked->needs_key ? CONTRACT_PASSED
                            : asked_refuse(ask, operand->name, "has to be ES256, RS256, PS256 or EdDSA");
}

static enum contract_step add_literal(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask;
    return asked_add_text(asked, operand->name == NULL ? SLICE_NONE : slice_of(operand->name));
}

/* --- who asks ---------------------------------------------------------------------------------------------------- */

static enum contract_step add_version(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)ask, (void)operand;
    if (asked->version != 0)
        return asked_add_id(asked, asked->version);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_caller(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    int64_t user_id = ask->principal.claims->user_id, holder_id = ask->principal.client->holder_id;
    if (user_id != 0 || holder_id != 0)
        return asked_add_id(asked, user_id != 0 ? user_id : holder_id);
    db_add_null(&asked->parameters);
    return CONTRACT_PASSED;
}

static enum contract_step add_rights(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    return asked_add_text(asked, text_braced_words(ask->call->pool, asked->rights.tokens, asked->rights.count));
}

static enum contract_step add_rights_or_all(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    return asked->is_operator ? asked_add_text(asked, SLICE_NONE) : add_rights(ask, asked, operand);
}

static enum contract_step add_actor(struct ask *ask, struct asked *asked, const struct operand *operand)
{
    (void)operand;
    struct record_author author = ask_author(ask);
    return asked_add_text(asked, store_actor_text(ask->call->pool, &author));
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
    return asked_add_id(asked, asked->page_size + 1);
}

static add_operand *const adds[OPERAND__MAX] = {
    [OPERAND_SEGMENT] = add_segment,
    [OPERAND_SEGMENT_ARRAY] = add_segment_array,
    [OPERAND_SEGMENT_KEY] = add_segment_key,
    [OPERAND_ALL_OR_OWN] = add_all_or_own,
    [OPERAND_OWN_UNLESS_ALL] = add_own_unless_all,
    [OPERAND_QUERY_IDENT] = add_query_ident,
    [OPERAND_QUERY_WORD] = add_query_word,
    [OPERAND_QUERY_KEY] = add_query_key,
    [OPERAND_QUERY_NUMBER] = add_query_number,
    [OPERAND_QUERY_MOMENT] = add_query_moment,
    [OPERAND_QUERY_IS] = add_query_is,
    [OPERAND_NEW_IDENT] = add_new_ident,
    [OPERAND_NEW_KEY] = add_new_key,
    [OPERAND_NEW_SECRET] = add_new_secret,
    [OPERAND_NEW_SIGNING_KEY] = add_new_signing_key,
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
    if (operand->kind >= OPERAND_TEXT && operand->kind <= OPERAND_OBJECT)
        return asked_add_member(ask, operand);
    return adds[operand->kind](ask, ask->request, operand);
}
