/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/health.h"

#include "base/text.h"
#include "http/reply.h"

#define ANSWER_BYTES_USUAL 160
#define UNAVAILABLE        503

/* What has to hold. "database" is asked of the connections, "schema" of the database itself. */
struct readiness {
    bool policy, feed, database, schema;
};

struct ready_call { /* in the request's pool */
    struct call *call;
    struct db_call *question; /* under way; NULL: none */
    struct readiness readiness;
};

void health_alive_start(struct call *call)
{
    reply_json(call, 200, SLICE("{\"status\":\"alive\"}"));
}

static void add_check(struct text *body, h2o_iovec_t name, bool good)
{
    text_add_member(body, name);
    text_add(body, good ? SLICE("true") : SLICE("false"));
}

static void answer(struct call *call, const struct readiness *readiness)
{
    bool ready = readiness->policy && readiness->feed && readiness->database && readiness->schema;
    struct text body;
    text_start(&body, call->pool, ANSWER_BYTES_USUAL);
    text_add_char(&body, '{');
    text_add_string_member(&body, SLICE("status"), ready ? SLICE("ready") : SLICE("not ready"));
    text_add_member(&body, SLICE("checks"));
    text_add_char(&body, '{');
    add_check(&body, SLICE("policy"), readiness->policy);
    add_check(&body, SLICE("feed"), readiness->feed);
    add_check(&body, SLICE("database"), readiness->database);
    add_check(&body, SLICE("schema"), readiness->schema);
    text_add(&body, SLICE("}}"));
    if (!ready)
        reply_header(call, SLICE("retry-after"), SLICE("1"));
    reply_json(call, ready ? 200 : UNAVAILABLE, text_slice(&body));
}

static void ready_gone(void *cookie)
{
    struct ready_call *ready = cookie;
    db_call_cancel(&ready->question);
}

/* A newer schema is fine: nodes are replaced one after the other once it has been migrated. */
static bool is_current(const struct db_result *result)
{
    return db_result_rows(result) == 1 && !db_result_is_null(result, 0, 0) &&
           db_result_i64(result, 0, 0) >= migration_at(migration_count() - 1)->number;
}

static void ready_schema_known(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct ready_call *ready = cookie;
    ready->question = NULL;
    ready->readiness.database = outcome == DB_DONE || outcome == DB_REFUSED;
    ready->readiness.schema = outcome == DB_DONE && is_current(result);
    answer(ready->call, &ready->readiness);
}

static bool lanes_are_ready(const struct db *db)
{
    for (unsigned lane = 0; lane < DB_LANE__MAX; ++lane)
        if (db_lane_state(db, (enum db_lane)lane).ready == 0)
            return false;
    return true;
}

void health_ready_start(struct call *call)
{
    struct worker *worker = call->worker;
    struct ready_call *ready = h2o_mem_alloc_pool(call->pool, sizeof(*ready));
    *ready = (struct ready_call){.call = call};
    ready->readiness.policy = worker->policy != NULL;
    ready->readiness.feed = worker->feed != NULL && feed_age_ms(worker->feed) <= LIMIT_FEED_DEAD_MS;
    ready->readiness.database = lanes_are_ready(worker->db);
    if (!ready->readiness.database) {
        answer(call, &ready->readiness);
        return;
    }
    struct db_parameters none;
    db_parameters_start(&none);
    call_on_gone(call, ready_gone, ready);
    ready->question = db_call_start(worker->db, STATEMENT_MIGRATION_LATEST, &none, ready_schema_known, ready);
}
