/* SPDX-License-Identifier: Apache-2.0 */
/* What a request to the management API says, once it has been read: head, query and body as its operation declares
 * them, turned into the parameters of the operation's statement. */
#ifndef HALLMARK_ADMIN_ASKED_H
#define HALLMARK_ADMIN_ASKED_H

#include "admin/operation.h"
#include "base/form.h"
#include "base/json.h"
#include "base/secret.h"
#include "gateway/ask.h"

/* Lives in the call's pool, as ask->request. */
struct asked {
    struct operation_path path; /* its operation is NULL when the path does not have this method */
    unsigned methods;           /* METHOD_BITs that the path has */
    struct form query;
    struct json_object body;
    int64_t version; /* If-Match; 0: any */
    h2o_iovec_t idempotency_key;
    h2o_iovec_t place; /* where the page before ended; SLICE_NONE: at the beginning */
    int64_t page_size;
    struct scope_set rights;           /* what token, key and holder have together */
    int64_t account_id;                /* the token's */
    bool is_operator;                  /* may reach into every account */
    char secret[CREDENTIAL_BYTES_MAX]; /* wiped once the answer has it */
    struct db_parameters parameters;
    bool needs_key; /* OPERAND_NEW_SIGNING_KEY: its parameters come before the statement runs */
    enum token_algorithm algorithm;
    /* the answer, while the change is on its way to all threads */
    int status;
    h2o_iovec_t answer; /* SLICE_NONE: without a body */
    bool is_repeated;   /* an Idempotency-Key that was used before: what was made is shown */
};

/* Stage REQUEST: reads everything. Refuses with 400, and with 428 by itself where If-Match is needed and missing. */
contract_check asked_read;

/* Adds the parameter (or parameters) that one operand stands for; for asked_read. */
enum contract_step asked_add(struct ask *ask, const struct operand *operand);

/* The same for a member of the body. */
enum contract_step asked_add_member(struct ask *ask, const struct operand *operand);

/* Adds one parameter. */
static inline enum contract_step asked_add_id(struct asked *asked, int64_t id)
{
    db_add_i64(&asked->parameters, id);
    return CONTRACT_PASSED;
}
static inline enum contract_step asked_add_text(struct asked *asked, h2o_iovec_t text)
{
    db_add_text(&asked->parameters, text); /* SLICE_NONE: NULL */
    return CONTRACT_PASSED;
}

/* Adds the account that a client id carries, and itself; false when it is none. */
bool asked_add_client_id(struct asked *asked, h2o_iovec_t client_id);

/* RFC 3339 section 5.6. PostgreSQL reads more than that, but not what it makes of "today" is meant. */
bool asked_is_moment(h2o_iovec_t text);

/* The cursor of the next page, behind a row with this place; SLICE_NONE when it cannot be made. */
h2o_iovec_t asked_cursor(struct ask *ask, h2o_iovec_t place);

/* The member of the body; NULL when it is absent, or null. */
const struct json_member *asked_member(const struct asked *asked, const char *name);

/* Refuses a member of the body, with a pointer to it. */
enum contract_step asked_refuse(struct ask *ask, const char *name, const char *what);

#endif
