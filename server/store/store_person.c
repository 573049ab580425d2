/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_person.h"

#include "store/row.h"

#define FIELD(field) offsetof(struct person_row, field)

static const struct row_column columns[] = {
    {"user_id", ROW_I64, FIELD(user_id)},
    {"name", ROW_TEXT, FIELD(name)},
    {"email", ROW_TEXT, FIELD(email)},
    {"profile_at_us", ROW_I64, FIELD(profile_at_us)},
    {"subject_salt", ROW_BYTES, FIELD(subject_salt)},
    {"id_token_alg", ROW_TEXT, FIELD(id_token_alg)},
    {"userinfo_alg", ROW_TEXT, FIELD(userinfo_alg)},
    {"methods", ROW_TEXT, FIELD(methods)},
    {"id_token_claims", ROW_TEXT, FIELD(id_token_claims)},
    {"session_id", ROW_I64, FIELD(session_id)},
    {"email_verified", ROW_BOOL, FIELD(email_verified)},
};

const struct row_table store_person_rows = {STATEMENT_PERSON_FIND, columns, sizeof(columns) / sizeof(columns[0]),
                                            sizeof(struct person_row)};

struct rows_call *store_person_find(struct db *db, int64_t account_id, int64_t family_id, rows_cb *callback,
                                    void *cookie)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, family_id);
    return rows_call_start(db, &store_person_rows, &parameters, callback, cookie);
}
