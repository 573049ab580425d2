/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of endpoints share: a worker with the real routes and a small policy, a database that knows one
 * client, and requests that are told in a line. */
#ifndef HALLMARK_TESTS_ENDPOINT_BED_H
#define HALLMARK_TESTS_ENDPOINT_BED_H

#include "base/clock.h"
#include "base/credential.h"
#include "check.h"
#include "endpoint/endpoint_table.h"
#include "fake_db.h"
#include "loopback.h"
#include "policy_case.h"
#include <jansson.h>

#define BED_NOW_US  INT64_C(1800000000000000)
#define BED_ACCOUNT INT64_C(7)
#define BED_FORM    "content-type: application/x-www-form-urlencoded\r\n"
#define BED_GRANT   "grant_type=client_credentials"

/* The one client as its row says it, in the words of PostgreSQL; change it, then call bed_tell_client. */
struct bed_client {
    const char *account_id, *application_id, *holder_id, *scopes, *permissions, *generation, *not_before_us,
        *expires_us;
    const char *client_active, *application_active, *account_active, *api_access, *holder_active;
    const char *secret1_end_us, *secret2_end_us; /* NULL: there is no such secret */
    const char *addresses;                       /* NULL: anywhere */
    const char *shut;                            /* why access is off; NULL: switched off */
    const char *requests;                        /* in a minute; NULL: what the server was started with */
    bool is_public, is_waiting;
    const char *introspects; /* NULL: nothing */
};

struct bed {
    struct settings settings;
    struct policy_case policy;
    struct loopback *loopback;
    struct worker *worker;
    struct db *db;
    struct bed_client client;
    char client_id[CREDENTIAL_BYTES_MAX], secrets[2][CREDENTIAL_BYTES_MAX];
    char wrong_secret[CREDENTIAL_BYTES_MAX];   /* well formed */
    char unknown_client[CREDENTIAL_BYTES_MAX]; /* likewise */
    char basic[256];                           /* "authorization: Basic ...\r\n" with the first secret, and BED_FORM */
};

int bed_setup(void **state); /* *state is a struct bed; the database knows nobody and expects no call */
int bed_teardown(void **state);
#define test_on_bed(test) cmocka_unit_test_setup_teardown(test, bed_setup, bed_teardown)

/* From bed->policy. */
void bed_build_policy(struct bed *bed);

/* The database answers every question for the client with bed->client, from now on. */
void bed_tell_client(struct bed *bed);
/* It answers the next one so; what fake_db_hold and others are then about. */
void bed_expect_client(struct bed *bed);

/* Header lines: Basic with these, and BED_FORM. Static memory, good until the next call. */
const char *bed_basic(const char *client_id, const char *secret);

/* A request to the token endpoint, answered. `headers` NULL: bed->basic. */
struct exchange *bed_ask_token(struct bed *bed, const char *headers, const char *body);
struct exchange *bed_get(struct bed *bed, const char *target);

/* The body as a JSON object (the caller decrefs); fails the test when it is none. */
json_t *bed_json(const struct exchange *exchange);
const char *bed_string(const json_t *object, const char *name); /* NULL when it is no string */

/* Ends the exchange after it was seen to be a refusal of an OAuth endpoint. */
void bed_check_refusal(const char *name, struct exchange *exchange, int status, const char *code);

#endif
