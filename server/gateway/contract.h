/* SPDX-License-Identifier: Apache-2.0 */
/* The status contract of the gateway: every answer that can leave it, and the order in which a request is refused. A
 * request goes through the stages one after another; what is wrong first decides, so that nobody learns of a record
 * what their right does not reach. */
#ifndef HALLMARK_GATEWAY_CONTRACT_H
#define HALLMARK_GATEWAY_CONTRACT_H

#include "http/reply.h"

enum contract_stage {
    CONTRACT_COLLECTION, /* 404: no such path */
    CONTRACT_METHOD,     /* 405 */
    CONTRACT_CREDENTIAL, /* 401; 400 for two at once; 403 for an address; then admission: 429 */
    CONTRACT_RIGHT,      /* 403 */
    CONTRACT_REQUEST,    /* 400: headers, query, body */
    CONTRACT_RECORD,     /* what only the database can tell: 404, a version, a key used before */
    CONTRACT_STAGE__MAX,
};

enum contract_success {
    CONTRACT_ANSWERED,  /* GET */
    CONTRACT_CREATED,   /* POST: the id is the body */
    CONTRACT_DONE,      /* PUT, DELETE */
    CONTRACT_OPTIONS,   /* OPTIONS: what is offered stands in Allow */
    CONTRACT_UNCHANGED, /* GET with an If-None-Match that has the record's tag */
    CONTRACT_SUCCESS__MAX,
};

enum contract_step {
    CONTRACT_PASSED,
    CONTRACT_REFUSED, /* ask->refusal says why */
    CONTRACT_LEFT,    /* answered, or waiting: nobody looks at the ask any more in this turn */
};

struct ask;
typedef enum contract_step contract_check(struct ask *ask);

/* Runs the checks of ask->checks, one a stage, from the first one on, up to the first that does not pass. The last one
 * never passes. */
void contract_run(struct ask *ask);

/* The same up to the stage `end`, without an answer: CONTRACT_REFUSED with the stage in *stage_out and the reason in
 * ask->refusal, CONTRACT_LEFT, or CONTRACT_PASSED when every stage before `end` passed. The caller has set
 * ask->now_us. */
enum contract_step contract_judge(struct ask *ask, enum contract_stage end, enum contract_stage *stage_out);

/* The ends. They assert that the contract knows the answer: what it does not know is a fault of ours, and must not
 * become a status. */
void contract_refuse(struct call *call, enum contract_stage stage, const struct refusal *refusal);
void contract_succeed(struct call *call, enum contract_success success,
                      h2o_iovec_t body);                    /* SLICE_NONE: without a body */
void contract_options(struct call *call, unsigned methods); /* METHOD_BITs */

/* The table, for the tests: may a request be refused so at this stage, and with which status (0: never at the gateway)?
 */
bool contract_allows(enum err err, enum contract_stage stage);
int contract_status_of_refusal(enum err err);
int contract_status_of_success(enum contract_success success);

#endif
