/* SPDX-License-Identifier: Apache-2.0 */
/* Records and the change history that is written with them: each write is one statement that locks nothing but the
 * record. */
#ifndef HALLMARK_STORE_STORE_RECORD_H
#define HALLMARK_STORE_STORE_RECORD_H

#include "base/secret.h"
#include "store/db.h"

#define STORE_SALT_BYTES 16

enum record_write_kind { RECORD_CREATE, RECORD_REPLACE, RECORD_DELETE };

/* Who does it: what the history row says. Texts are borrowed until the start function returns. */
struct record_author {
    int64_t application_id;
    h2o_iovec_t application_name, client_id, key_name;
    int64_t holder_id, user_id; /* 0: none */
    h2o_iovec_t person_name;    /* SLICE_NONE: no person */
    h2o_iovec_t token_jti, request_id, address;
};

struct record_write {
    enum record_write_kind kind;
    int64_t account_id, collection_id, record_id; /* record_id 0 for RECORD_CREATE */
    h2o_iovec_t collection;                       /* its name */
    h2o_iovec_t document;                         /* JSON object as sent; SLICE_NONE for RECORD_DELETE */
    h2o_iovec_t external_references;              /* JSON object {"system":"id"}; SLICE_NONE keeps what is there */
    int64_t expected_version;                     /* If-Match; 0: any */
    h2o_iovec_t idempotency_key_digest;           /* 32 bytes; SLICE_NONE: none */
    h2o_iovec_t request_digest;                   /* 32 bytes over method, path and body; with a key only */
    struct record_author author;
};

enum record_write_result {
    RECORD_WRITTEN,
    RECORD_REPLAYED, /* the idempotency key was used by the same request: the fields are those of the first answer */
    RECORD_MISSING,  /* no such record in this account and collection */
    RECORD_VERSION_DIFFERS, /* `version` is the present one */
    RECORD_KEY_REUSED,      /* the idempotency key was used for another request */
    RECORD_REFERENCE_TAKEN, /* an external reference that has to be unique is another record's; nothing was written */
    RECORD_REFUSED,         /* the database refused the document (jsonb's limits): nothing was written */
    RECORD_BUSY,            /* nothing was written; ask again */
    RECORD_OUTCOME_UNKNOWN, /* the answer was lost and could not be found out within LIMIT_DB_OUTCOME_MS */
    RECORD_FAILED,          /* our fault; nothing was written */
};

struct record_written {
    enum record_write_result result;
    int64_t record_id, version, history_id;
    uint8_t digest[DIGEST_BYTES]; /* of the frozen bytes: with history_id the receipt */
};

/* Fires exactly once, never inside the start, never after the cancellation. When the connection breaks after the
 * statement was sent, the store first ends the lost backend and looks the write up by its request id, so that the
 * answer is the truth. */
typedef void store_record_write_cb(const struct record_written *written, void *cookie);
struct store_record_call;
struct store_record_call *store_record_write(struct db *db, const struct record_write *write,
                                             store_record_write_cb *callback, void *cookie);

struct record_read {
    enum db_outcome outcome;
    bool found;
    int64_t version;
    h2o_iovec_t document; /* JSON text with "Id" as a member; valid inside the callback */
};
typedef void store_record_read_cb(const struct record_read *read, void *cookie);
struct store_record_call *store_record_find(struct db *db, int64_t account_id, int64_t collection_id, int64_t record_id,
                                            store_record_read_cb *callback, void *cookie);

struct record_query {
    int64_t account_id, collection_id;
    h2o_iovec_t filter;           /* jsonpath predicate; SLICE_NONE: all */
    h2o_iovec_t order_keys;       /* JSON array of member names, at most LIMIT_ORDER_KEYS_MAX; SLICE_NONE: by Id */
    h2o_iovec_t order_descending; /* JSON array of booleans, as long */
    h2o_iovec_t after_values;     /* JSON array of the last row's values of these members; SLICE_NONE: from the start */
    int64_t after_id;             /* the last row's id; 0: from the start */
    h2o_iovec_t system, reference; /* external reference; SLICE_NONE: any. With a system the order is by Id */
    int64_t skip, limit;
};
struct record_page_row {
    int64_t id, version;
    h2o_iovec_t document;
    h2o_iovec_t order_values; /* JSON array: what after_values has to be to go on behind this row */
};
typedef void store_record_list_cb(enum db_outcome outcome, const struct record_page_row *rows, size_t count,
                                  void *cookie);
struct store_record_call *store_record_list(struct db *db, const struct record_query *query,
                                            store_record_list_cb *callback, void *cookie);

void store_record_cancel(struct store_record_call **call);

#endif
