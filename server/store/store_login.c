/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_login.h"

#include "store/row.h"
#include "store/store_actor.h"

/* --- rows -------------------------------------------------------------------------------------------------------- */

#define FIELD(field) offsetof(struct login_row, field)

static const struct row_column login_columns[] = {
    {"user_id", ROW_I64, FIELD(user_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"email", ROW_TEXT, FIELD(email)},
    {"password_hash", ROW_TEXT, FIELD(password_hash)},
    {"password_digest", ROW_DIGEST, FIELD(password_digest)},
    {"active", ROW_BOOL, FIELD(active)},
    {"totp_sealed", ROW_BYTES, FIELD(totp_sealed)},
};
#undef FIELD
#define FIELD(field) offsetof(struct session_row, field)

static const struct row_column session_columns[] = {
    {"user_id", ROW_I64, FIELD(user_id)},
    {"id", ROW_I64, FIELD(id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"email", ROW_TEXT, FIELD(email)},
    {"created_at_us", ROW_I64, FIELD(created_us)},
    {"seen_at_us", ROW_I64, FIELD(seen_us)},
    {"methods", ROW_TEXT, FIELD(methods)},
    {"has_second", ROW_BOOL, FIELD(has_second)},
};
#undef FIELD
#define FIELD(field) offsetof(struct session_place, field)

static const struct row_column place_columns[] = {
    {"id", ROW_I64, FIELD(id)},
    {"created_at_us", ROW_I64, FIELD(created_us)},
    {"seen_at_us", ROW_I64, FIELD(seen_us)},
    {"address", ROW_TEXT, FIELD(address)},
    {"program", ROW_TEXT, FIELD(program)},
};

#undef FIELD
#define FIELD(field) offsetof(struct password_link_row, field)

static const struct row_column link_columns[] = {
    {"user_id", ROW_I64, FIELD(user_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"email", ROW_TEXT, FIELD(email)},
};

#define TABLE(statement, columns, type)                                                                                \
    {                                                                                                                  \
        statement, columns, sizeof(columns) / sizeof((columns)[0]), sizeof(type)                                       \
    }

const struct row_table store_login_found = TABLE(STATEMENT_LOGIN_FIND, login_columns, struct login_row);
const struct row_table store_login_second = TABLE(STATEMENT_LOGIN_SECOND_FIND, login_columns, struct login_row);
const struct row_table store_session_found = TABLE(STATEMENT_SESSION_FIND, session_columns, struct session_row);
const struct row_table store_session_listed = TABLE(STATEMENT_SESSION_LIST, place_columns, struct session_place);
const struct row_table store_password_link_found =
    TABLE(STATEMENT_PASSWORD_LINK_FIND, link_columns, struct password_link_row);

/* --- the statements ---------------------------------------------------------------------------------------------- */

struct rows_call *store_login_find(struct db *db, h2o_iovec_t email, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, email);
    return rows_call_start(db, &store_login_found, &parameters, callback, cookie);
}

struct rows_call *store_login_find_second(struct db *db, int64_t user_id, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    return rows_call_start(db, &store_login_second, &parameters, callback, cookie);
}

static void add_digest(struct db_parameters *parameters, const uint8_t *digest)
{
    db_add_bytes(parameters, digest == NULL ? SLICE_NONE : (h2o_iovec_t){(char *)digest, DIGEST_BYTES});
}

struct rows_call *store_session_begin(struct db *db, const struct session_new *session, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, session->user_id);
    add_digest(&parameters, session->password_digest);
    if (session->step == 0)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, session->step);
    add_digest(&parameters, session->recovery_digest);
    add_digest(&parameters, session->digest);
    db_add_text(&parameters, session->methods);
    db_add_text(&parameters, session->address);
    db_add_text(&parameters, session->program);
    add_digest(&parameters, session->old_digest);
    db_add_text(&parameters, session->actor);
    return rows_call_count(db, STATEMENT_SESSION_BEGIN, &parameters, callback, cookie);
}

struct rows_call *store_session_find(struct db *db, const uint8_t digest[static DIGEST_BYTES], rows_cb *callback,
                                     void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    add_digest(&parameters, digest);
    return rows_call_start(db, &store_session_found, &parameters, callback, cookie);
}

struct rows_call *store_session_list(struct db *db, int64_t user_id, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    return rows_call_start(db, &store_session_listed, &parameters, callback, cookie);
}

struct rows_call *store_session_end(struct db *db, int64_t user_id, int64_t id, h2o_iovec_t actor, rows_cb *callback,
                                    void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    if (id == 0)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, id);
    db_add_text(&parameters, actor);
    return rows_call_count(db, STATEMENT_SESSION_END, &parameters, callback, cookie);
}

struct rows_call *store_password_link_find(struct db *db, const uint8_t digest[static DIGEST_BYTES], rows_cb *callback,
                                           void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    add_digest(&parameters, digest);
    return rows_call_start(db, &store_password_link_found, &parameters, callback, cookie);
}

struct rows_call *store_password_link_use(struct db *db, const uint8_t digest[static DIGEST_BYTES],
                                          h2o_iovec_t password_hash, h2o_iovec_t actor, rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    add_digest(&parameters, digest);
    db_add_text(&parameters, password_hash);
    db_add_text(&parameters, actor);
    return rows_call_count(db, STATEMENT_PASSWORD_LINK_USE, &parameters, callback, cookie);
}

static void add_fresh(struct db_parameters *parameters, int64_t user_id, int64_t session_id)
{
    db_parameters_start(parameters);
    db_add_i64(parameters, user_id);
    db_add_i64(parameters, session_id);
    db_add_i64(parameters, LIMIT_FRESH_LOGIN_S);
}

struct rows_call *store_password_change(struct db *db, const struct password_new *password, h2o_iovec_t actor,
                                        rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    add_fresh(&parameters, password->user_id, password->session_id);
    add_digest(&parameters, password->old_digest);
    db_add_text(&parameters, password->password_hash);
    add_digest(&parameters, password->digest);
    db_add_text(&parameters, actor);
    return rows_call_count(db, STATEMENT_PASSWORD_CHANGE, &parameters, callback, cookie);
}

struct rows_call *store_totp_begin(struct db *db, const struct factor_new *factor, h2o_iovec_t actor, rows_cb *callback,
                                   void *cookie)
{
    struct db_parameters parameters;
    add_fresh(&parameters, factor->user_id, factor->session_id);
    db_add_bytes(&parameters, factor->sealed);
    db_add_i64(&parameters, factor->step);
    db_add_text(&parameters, factor->recovery_digests);
    db_add_text(&parameters, actor);
    return rows_call_count(db, STATEMENT_TOTP_BEGIN, &parameters, callback, cookie);
}

struct rows_call *store_totp_end(struct db *db, int64_t user_id, int64_t session_id, h2o_iovec_t actor,
                                 rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    add_fresh(&parameters, user_id, session_id);
    db_add_text(&parameters, actor);
    return rows_call_count(db, STATEMENT_TOTP_END, &parameters, callback, cookie);
}

struct rows_call *store_recovery_renew(struct db *db, int64_t user_id, int64_t session_id, h2o_iovec_t recovery_digests,
                                       rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    add_fresh(&parameters, user_id, session_id);
    db_add_text(&parameters, recovery_digests);
    return rows_call_count(db, STATEMENT_RECOVERY_RENEW, &parameters, callback, cookie);
}

struct rows_call *store_link_request_make(struct db *db, h2o_iovec_t kind, h2o_iovec_t email, h2o_iovec_t language,
                                          rows_cb *callback, void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, kind);
    db_add_text(&parameters, email);
    db_add_text(&parameters, language);
    return rows_call_count(db, STATEMENT_LINK_REQUEST_MAKE, &parameters, callback, cookie);
}

/* --- what nobody waits for --------------------------------------------------------------------------------------- */

static void nobody_waits(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)outcome, (void)result, (void)cookie;
}

void store_session_touch(struct db *db, int64_t user_id, int64_t id)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_i64(&parameters, id);
    (void)db_call_start(db, STATEMENT_SESSION_TOUCH, &parameters, nobody_waits, NULL);
}

void store_login_rehash(struct db *db, int64_t user_id, h2o_iovec_t old_hash, h2o_iovec_t new_hash)
{
    struct db_parameters parameters;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct record_author author = {.application_name = SLICE("hallmark")};
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_text(&parameters, old_hash);
    db_add_text(&parameters, new_hash);
    db_add_text(&parameters, store_actor_text(&pool, &author));
    (void)db_call_start(db, STATEMENT_USER_REHASH, &parameters, nobody_waits, NULL);
    h2o_mem_clear_pool(&pool);
}
