/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/answer.h"
#include "http/reply.h"

/* What our own statements refuse (schema/migrations/0021), and what PostgreSQL does. */
static const struct {
    h2o_iovec_t sqlstate;
    enum err err;
    bool is_told; /* its message is meant for who asked */
    const char *text;
} refusals[] = {
    {SLICE("HK400"), ERR_INVALID_MEMBER, true, NULL},
    {SLICE("HK403"), ERR_RIGHT_NOT_YOURS, true, NULL},
    {SLICE("HK404"), ERR_NO_SUCH, true, NULL},
    {SLICE("HK409"), ERR_CONFLICT, true, NULL},
    {SLICE("HK412"), ERR_CHANGED_MEANWHILE, true, NULL},
    {SLICE("23505"), ERR_CONFLICT, false, "There is one like this already."},
    {SLICE("23503"), ERR_INVALID_MEMBER, false, "It names something that is not there."},
    {SLICE("23502"), ERR_INVALID_MEMBER, false, "A member that is needed is missing."},
    {SLICE("40001"), ERR_OVERLOADED, false, NULL},
};

/* Checks of the schema have the names table_column_check, or one of these. */
static const struct {
    h2o_iovec_t constraint;
    const char *member, *text;
} constraints[] = {
    {SLICE("client_expires_after_start"), "expires_at", "It has to be after not_before."},
    {SLICE("client_secret_two_live"), NULL, "The key has two live secrets already; end one of them first."},
    {SLICE("link_to_another_account"), "key", "The key is this account's own."},
    {SLICE("collection_name_is_no_noun"), "name", "This name has a meaning of its own here."},
    {SLICE("collection_name_is_no_word"), "name", "This name has a meaning of its own here."},
    {SLICE("collection_required_words"), "required",
     "It says for each member string, number, integer, boolean, object, array or any."},
    {SLICE("application_backchannel_logout_uri_check"), "backchannel_logout_uri",
     "It has to be a URL, https://..., of at most 2000 characters."},
    {SLICE("client_holder_id_fkey"), "holder_id", "The holder is no member of this account."},
    {SLICE("client_account_id_holder_id_fkey"), "holder_id", "The holder is no member of this account."},
};

static void refuse_member(struct call *call, const char *member, const char *text)
{
    struct refusal refusal = {.err = ERR_INVALID_MEMBER, .detail = slice_of(text), .where = SLICE_NONE};
    if (member != NULL)
        refusal.where = slice_format(call->pool, "/%s", member);
    reply_refusal(call, &refusal);
}

static bool is_member(const struct operation *operation, h2o_iovec_t name)
{
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (operand->name != NULL && slice_equal(slice_of(operand->name), name))
            return true;
    }
    return false;
}

/* The member that a check is about: its name ends with it, "client_name_check". SLICE_NONE: none. */
static h2o_iovec_t member_of_check(const struct operation *operation, h2o_iovec_t constraint)
{
    static const h2o_iovec_t ending = SLICE("_check");
    if (constraint.len <= ending.len)
        return SLICE_NONE;
    h2o_iovec_t rest = {constraint.base, constraint.len - ending.len};
    while (rest.base != NULL) {
        if (is_member(operation, rest))
            return rest;
        slice_cut(&rest, '_');
    }
    return SLICE_NONE;
}

static void refuse_check(struct ask *ask, h2o_iovec_t constraint)
{
    const struct asked *asked = ask->request;
    h2o_mem_pool_t *pool = ask->call->pool;
    for (size_t i = 0; i < sizeof(constraints) / sizeof(constraints[0]); ++i) {
        if (slice_equal(constraints[i].constraint, constraint)) {
            refuse_member(ask->call, constraints[i].member, constraints[i].text);
            return;
        }
    }
    h2o_iovec_t member = member_of_check(asked->path.operation, constraint);
    if (member.base == NULL) {
        refuse_member(ask->call, NULL, "A value is not allowed; /openapi.json says which are.");
        return;
    }
    const char *name = slice_copy(pool, member).base;
    refuse_member(ask->call, name,
                  slice_format(pool,
                               "%s is not allowed so: it is empty, too long, has control characters, or is none of "
                               "the words that are possible.",
                               name)
                      .base);
}

void answer_refuse(struct ask *ask, const struct db_result *result)
{
    h2o_iovec_t sqlstate = db_result_sqlstate(result);
    h2o_iovec_t constraint = db_result_constraint(result);
    bool is_check =
        slice_equal(sqlstate, SLICE("23514")) || (slice_equal(sqlstate, SLICE("23503")) && constraint.base != NULL &&
                                                  slice_starts_with(constraint, SLICE("client_")));
    if (is_check) {
        refuse_check(ask, constraint.base == NULL ? SLICE("") : constraint);
        return;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); ++i) {
        if (!slice_equal(refusals[i].sqlstate, sqlstate))
            continue;
        h2o_iovec_t told = refusals[i].is_told ? slice_copy(ask->call->pool, db_result_message(result)) : SLICE_NONE;
        if (refusals[i].text != NULL)
            told = slice_of(refusals[i].text);
        reply_error(ask->call, refusals[i].err, told);
        return;
    }
    bool is_data = slice_starts_with(sqlstate, SLICE("22")) || slice_starts_with(sqlstate, SLICE("54"));
    reply_error(ask->call, is_data ? ERR_INVALID_MEMBER : ERR_INTERNAL,
                is_data ? SLICE("A value is too large, or is none that can be stored.") : SLICE_NONE);
}
