/* SPDX-License-Identifier: Apache-2.0 */
/* The small sets that every thread holds whole: apis, collections, signing keys, revocations. Read in one statement
 * each over the read lane, where no slow list is before them, and handed over as rows. */
#ifndef HALLMARK_STORE_STORE_POLICY_H
#define HALLMARK_STORE_STORE_POLICY_H

#include "store/db.h"

struct api_row {
    int64_t id;
    h2o_iovec_t name, prefix, token_path /* SLICE_NONE: none */, audience, algorithm, credential, backing, upstream;
    int64_t token_seconds;
};

struct collection_row { /* one collection as one api offers it */
    int64_t collection_id, api_id;
    h2o_iovec_t name, singular, path;
    h2o_iovec_t versions; /* space-separated version segments; the bare path always works */
    h2o_iovec_t methods;  /* space-separated: "DELETE GET POST PUT" */
    h2o_iovec_t required; /* JSON object: member -> type word (string number boolean object array integer any) */
};

struct signing_key_row {
    h2o_iovec_t kid, algorithm, state; /* next, active, retiring */
    h2o_iovec_t public_der;            /* SubjectPublicKeyInfo */
    h2o_iovec_t sealed;                /* the private key, sealed (token/seal.h) */
};

struct revocation_row {
    h2o_iovec_t kind, subject; /* jti, grant, ...; what is revoked */
    int64_t account_id, until_us;
};

struct policy_rows { /* one of the sets is filled, by which was asked */
    const struct api_row *apis;
    const struct collection_row *collections;
    const struct signing_key_row *signing_keys;
    const struct revocation_row *revocations;
    size_t count;
};

enum policy_set {
    POLICY_SET_APIS,
    POLICY_SET_COLLECTIONS,
    POLICY_SET_SIGNING_KEYS,
    POLICY_SET_REVOCATIONS,
    POLICY_SET__MAX
};

typedef void store_policy_cb(enum db_outcome outcome, enum policy_set set, const struct policy_rows *rows,
                             void *cookie);

/* Rows and their texts are valid inside the callback; `rows` is NULL unless the outcome is DB_DONE. The callback fires
 * once, never inside. */
void store_policy_read(struct db *db, enum policy_set set, store_policy_cb *callback, void *cookie);

#endif
