/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_grant.h"

#include "store/row.h"
#include "store/store_actor.h"

#include <assert.h>
#include <stdlib.h>

struct store_grant_call {
    struct db_call *call;
    const struct row_table *table;
    store_grant_cb *callback;
    store_code_issue_cb *issued;
    void *cookie;
};

struct found { /* as the columns are */
    h2o_iovec_t result;
    struct grant_row row;
};

#define FIELD(field) offsetof(struct found, row.field)

static const struct row_column columns[] = {
    {"result", ROW_TEXT, offsetof(struct found, result)},
    {"user_id", ROW_I64, FIELD(user_id)},
    {"grant_id", ROW_I64, FIELD(grant_id)},
    {"family_id", ROW_I64, FIELD(family_id)},
    {"scopes", ROW_TEXT, FIELD(scopes)},
    {"permissions", ROW_TEXT, FIELD(permissions)},
    {"resource", ROW_TEXT, FIELD(resource)},
    {"nonce", ROW_TEXT, FIELD(nonce)},
    {"auth_time_us", ROW_I64, FIELD(auth_time_us)},
    {"generation", ROW_I64, FIELD(generation)},
    {"sealed", ROW_BYTES, FIELD(sealed)},
};

#define TABLE(statement)                                                                                               \
    {                                                                                                                  \
        statement, columns, sizeof(columns) / sizeof(columns[0]), sizeof(struct found)                                 \
    }

const struct row_table store_grant_code_redeem = TABLE(STATEMENT_CODE_REDEEM);
const struct row_table store_grant_code_again = TABLE(STATEMENT_CODE_AGAIN);
const struct row_table store_grant_refresh_keep = TABLE(STATEMENT_REFRESH_KEEP);
const struct row_table store_grant_refresh_rotate = TABLE(STATEMENT_REFRESH_ROTATE);
const struct row_table store_grant_refresh_revoke = TABLE(STATEMENT_REFRESH_REVOKE);
const struct row_table store_grant_access_revoke = TABLE(STATEMENT_ACCESS_REVOKE);
const struct row_table store_grant_refresh_again = TABLE(STATEMENT_REFRESH_AGAIN);

static const h2o_iovec_t results[GRANT__MAX] = {
    [GRANT_DONE] = SLICE("done"),
    [GRANT_AGAIN] = SLICE("again"),
    [GRANT_USED] = SLICE("used"),
    [GRANT_SCOPE] = SLICE("scope"),
    [GRANT_TARGET] = SLICE("target"),
    [GRANT_NOTHING] = SLICE("nothing"),
    [GRANT_ACCESS_OFF] = SLICE("access off"),
    [GRANT_ACCESS_NOT_GRANTED] = SLICE("access not granted"),
    [GRANT_PLAN_MISSING] = SLICE("plan missing"),
};

static enum grant_result result_of(h2o_iovec_t word)
{
    for (enum grant_result result = GRANT_DONE; result < GRANT__MAX; ++result)
        if (slice_equal(results[result], word))
            return result;
    return GRANT_REFUSED;
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie);

/* Parameters that all five begin with. */
static void add_claim(struct db_parameters *parameters, const struct grant_claim *claim)
{
    db_parameters_start(parameters);
    db_add_i64(parameters, claim->account_id);
    db_add_bytes(parameters, (h2o_iovec_t){(char *)claim->digest, DIGEST_BYTES});
    db_add_text(parameters, claim->client_id);
}

/* Holds the seed of the history's salts, so it is wiped with the pool's owner: it lives until the call is started. */
static void add_actor(struct db_parameters *parameters, h2o_mem_pool_t *pool, const struct record_author *author)
{
    db_add_text(parameters, store_actor_text(pool, author));
}

static struct store_grant_call *start(struct db *db, const struct row_table *table,
                                      const struct db_parameters *parameters, store_grant_cb *callback, void *cookie)
{
    struct store_grant_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct store_grant_call){.table = table, .callback = callback, .cookie = cookie};
    call->call = db_call_start(db, table->statement, parameters, answered, call);
    return call;
}

static void answered(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_grant_call call = *(struct store_grant_call *)cookie;
    free(cookie);
    struct found found = {.row = {.result = GRANT_REFUSED}};
    if (outcome != DB_DONE) {
        call.callback(outcome, NULL, call.cookie);
        return;
    }
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    if (db_result_rows(result) > 0) {
        row_read(call.table, result, 0, &pool, &found);
        found.row.result = result_of(found.result);
    }
    call.callback(DB_DONE, &found.row, call.cookie);
    h2o_mem_clear_pool(&pool);
}

struct store_grant_call *store_code_redeem(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                           void *cookie)
{
    struct db_parameters parameters;
    assert(claim->fresh_digest != NULL);
    add_claim(&parameters, claim);
    db_add_text(&parameters, claim->redirect_uri);
    db_add_text(&parameters, claim->code_challenge);
    db_add_text(&parameters, claim->resource);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)claim->fresh_digest, DIGEST_BYTES});
    return start(db, &store_grant_code_redeem, &parameters, callback, cookie);
}

struct store_grant_call *store_code_again(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                          void *cookie)
{
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    add_claim(&parameters, claim);
    db_add_text(&parameters, claim->code_challenge);
    db_add_bool(&parameters, claim->authenticated);
    db_add_text(&parameters, claim->resource);
    add_actor(&parameters, &pool, claim->author);
    struct store_grant_call *call = start(db, &store_grant_code_again, &parameters, callback, cookie);
    h2o_mem_clear_pool(&pool);
    return call;
}

struct store_grant_call *store_refresh_keep(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                            void *cookie)
{
    struct db_parameters parameters;
    add_claim(&parameters, claim);
    db_add_text(&parameters, claim->scopes);
    db_add_text(&parameters, claim->resource);
    return start(db, &store_grant_refresh_keep, &parameters, callback, cookie);
}

struct store_grant_call *store_refresh_rotate(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                              void *cookie)
{
    struct db_parameters parameters;
    assert(claim->fresh_digest != NULL);
    add_claim(&parameters, claim);
    db_add_text(&parameters, claim->scopes);
    db_add_text(&parameters, claim->resource);
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)claim->fresh_digest, DIGEST_BYTES});
    db_add_bytes(&parameters, claim->sealed);
    return start(db, &store_grant_refresh_rotate, &parameters, callback, cookie);
}

struct store_grant_call *store_refresh_again(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                             void *cookie)
{
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    add_claim(&parameters, claim);
    db_add_text(&parameters, claim->scopes);
    db_add_text(&parameters, claim->resource);
    add_actor(&parameters, &pool, claim->author);
    struct store_grant_call *call = start(db, &store_grant_refresh_again, &parameters, callback, cookie);
    h2o_mem_clear_pool(&pool);
    return call;
}

struct store_grant_call *store_refresh_revoke(struct db *db, const struct grant_claim *claim, store_grant_cb *callback,
                                              void *cookie)
{
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    add_claim(&parameters, claim);
    add_actor(&parameters, &pool, claim->author);
    struct store_grant_call *call = start(db, &store_grant_refresh_revoke, &parameters, callback, cookie);
    h2o_mem_clear_pool(&pool);
    return call;
}

struct store_grant_call *store_access_revoke(struct db *db, const struct grant_claim *claim, h2o_iovec_t jti,
                                             int64_t until_us, store_grant_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    db_parameters_start(&parameters);
    db_add_i64(&parameters, claim->account_id);
    db_add_text(&parameters, jti);
    db_add_i64(&parameters, until_us);
    add_actor(&parameters, &pool, claim->author);
    struct store_grant_call *call = start(db, &store_grant_access_revoke, &parameters, callback, cookie);
    h2o_mem_clear_pool(&pool);
    return call;
}

/* --- keeping a code ---------------------------------------------------------------------------------------------- */

static void code_issued(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct store_grant_call call = *(struct store_grant_call *)cookie;
    free(cookie);
    bool kept = outcome == DB_DONE && db_result_rows(result) > 0;
    call.issued(outcome, kept ? db_result_i64(result, 0, 0) : 0, call.cookie);
}

static void add_issue(struct db_parameters *parameters, const struct code_issue *issue)
{
    db_parameters_start(parameters);
    db_add_i64(parameters, issue->account_id);
    db_add_i64(parameters, issue->user_id);
    db_add_i64(parameters, issue->application_id);
    db_add_i64(parameters, issue->client_account_id);
    db_add_text(parameters, issue->client_id);
    db_add_i64(parameters, issue->grant_id);
    db_add_i64(parameters, issue->family_id);
    db_add_bytes(parameters, (h2o_iovec_t){(char *)issue->digest, DIGEST_BYTES});
    db_add_text(parameters, issue->redirect_uri);
    db_add_bool(parameters, issue->redirect_sent);
    db_add_text(parameters, issue->code_challenge);
    db_add_text(parameters, issue->scopes);
    db_add_text(parameters, issue->resource.base == NULL ? SLICE("") : issue->resource);
    db_add_text(parameters, issue->nonce);
    db_add_i64(parameters, issue->auth_time_us);
    db_add_i64(parameters, issue->session_id);
    db_add_bytes(parameters, issue->request_digest == NULL
                                 ? SLICE_NONE
                                 : (h2o_iovec_t){(char *)issue->request_digest, DIGEST_BYTES});
    db_add_text(parameters, issue->methods);
    db_add_text(parameters, issue->id_token_claims);
}

struct store_grant_call *store_code_issue(struct db *db, const struct code_issue *issue, store_code_issue_cb *callback,
                                          void *cookie)
{
    struct store_grant_call *call = h2o_mem_alloc(sizeof(*call));
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    *call = (struct store_grant_call){.issued = callback, .cookie = cookie};
    add_issue(&parameters, issue);
    add_actor(&parameters, &pool, issue->author);
    call->call = db_call_start(db, STATEMENT_CODE_ISSUE, &parameters, code_issued, call);
    h2o_mem_clear_pool(&pool);
    return call;
}

void store_grant_cancel(struct store_grant_call **call)
{
    if (*call == NULL)
        return;
    db_call_cancel(&(*call)->call);
    free(*call);
    *call = NULL;
}
