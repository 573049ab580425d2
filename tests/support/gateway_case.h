/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of gateway and history share: a loopback with two apis, their collections, a signing key, one client,
 * and a database that answers what the test says.
 *
 *   api "erp"    /api2/public   customers (v1.2 too; Name required), products (GET only), notes
 *   api "other"  /other         notes
 *
 * Link with support/loopback.c support/fake_db.c support/gateway_case.c. */
#ifndef HALLMARK_TESTS_GATEWAY_CASE_H
#define HALLMARK_TESTS_GATEWAY_CASE_H

#include "check.h"
#include "fake_db.h"
#include "http/worker.h"
#include "loopback.h"

#define CASE_ACCOUNT     INT64_C(7)
#define CASE_APPLICATION INT64_C(33)
#define CASE_HOLDER      INT64_C(44)
#define CASE_GRANT       INT64_C(70)
#define CASE_FAMILY      INT64_C(80)

struct gateway_case {
    h2o_mem_pool_t pool;
    struct settings settings;
    struct routes routes;
    struct loopback *loopback;
    struct worker *worker;
    struct db *db; /* the fake */
    struct policy_source *source;
    char client_id[CREDENTIAL_BYTES_MAX], app_client_id[CREDENTIAL_BYTES_MAX];
};

/* A test's setup and teardown: *state is a struct gateway_case. */
int gateway_case_setup(void **state);
int gateway_case_teardown(void **state);
#define test_with_gateway(test) cmocka_unit_test_setup_teardown(test, gateway_case_setup, gateway_case_teardown)

/* An access token. Fields that are zero have the usual value: all scopes there are, the audience of "erp", an hour to
 * live. */
struct case_token {
    const char *scope, *audience, *client_id;
    int64_t account_id, application_id, generation, expires_at;
    int64_t user_id; /* for a person: under grant 70 and family 80 */
    const char *subject;
};
h2o_iovec_t gateway_case_token(struct gateway_case *c, const struct case_token *token);
h2o_iovec_t gateway_case_jti(struct gateway_case *c, h2o_iovec_t token);

/* What the database says of the client the next time it is asked, which is at the next request. Zero fields: a client
 * that may all. */
struct case_client {
    const char *scopes, *permissions, *generation;
    bool application /* of account 0, without a holder: app_client_id */, off /* API access */, disabled, missing,
        office;
    const char *addresses;                       /* NULL: anywhere */
    const char *shut;                            /* why access is off; NULL: switched off */
    const char *requests, *application_requests; /* in a minute; NULL: what the server was started with */
};
void gateway_case_client(struct gateway_case *c, const struct case_client *client);

/* Puts a set of the policy anew and gives the worker a new snapshot. */
void gateway_case_policy(struct gateway_case *c, enum policy_set set, const struct policy_rows *rows);

/* Headers of a request: Authorization with this token, then `more` ("name: value\r\n" each; may be ""). */
const char *gateway_case_headers(struct gateway_case *c, h2o_iovec_t token, const char *more);

/* Asks, and checks status and, of a refusal, its code (NULL: not looked at). The exchange is the caller's to end. */
struct exchange *gateway_case_ask(struct gateway_case *c, const struct loopback_request *request, int status,
                                  const char *code);

/* As above, and ends the exchange. */
void gateway_case_expect(struct gateway_case *c, const struct loopback_request *request, int status, const char *code);

#endif
