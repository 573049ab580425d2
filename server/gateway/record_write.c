/* SPDX-License-Identifier: Apache-2.0 */
#include "base/codec.h"
#include "base/text.h"
#include "gateway/body.h"
#include "gateway/record.h"
#include "gateway/request.h"
#include "http/worker.h"

#include <inttypes.h>

struct write_request {
    struct body body;
    int64_t record_id, expected_version;
    h2o_iovec_t idempotency_key;
    enum record_write_kind kind;
};

/* --- reading ---------------------------------------------------------------------------------------------------- */

static struct write_request *make_request(struct ask *ask, enum record_write_kind kind)
{
    struct write_request *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    *request = (struct write_request){.kind = kind, .record_id = ask->target.record_id};
    ask->request = request;
    return request;
}

static enum contract_step read_body(struct ask *ask, struct write_request *request)
{
    struct body_fault fault;
    if (!request_media_is(ask->call, SLICE("application/json")))
        return ask_refuse(ask, ERR_WRONG_MEDIA_TYPE, SLICE_NONE);
    if (!body_read(ask->call->pool, ask->call->body, ask->target.collection, &request->body, &fault))
        return ask_refuse_where(ask, fault.err, fault.detail, fault.where);
    return CONTRACT_PASSED;
}

/* A create has no version to expect. */
static enum contract_step read_head(struct ask *ask, struct write_request *request)
{
    enum contract_step step = CONTRACT_PASSED;
    if (request->kind != RECORD_CREATE)
        step = request_expected_version(ask, &request->expected_version);
    return step == CONTRACT_PASSED ? request_idempotency_key(ask, &request->idempotency_key) : step;
}

static enum contract_step record_create_read(struct ask *ask)
{
    struct write_request *request = make_request(ask, RECORD_CREATE);
    enum contract_step step = read_head(ask, request);
    if (step == CONTRACT_PASSED)
        step = read_body(ask, request);
    if (step == CONTRACT_PASSED && request->body.id != 0)
        step = ask_refuse_where(ask, ERR_INVALID_MEMBER,
                                SLICE("A new record gets its Id from the server; leave it out."), SLICE("/Id"));
    return step;
}

/* The record stands in the path, or its Id in the body, or both say the same. */
static enum contract_step settle_id(struct ask *ask, struct write_request *request)
{
    int64_t of_path = request->record_id, of_body = request->body.id;
    if (of_path == 0 && of_body == 0)
        return ask_refuse_where(ask, ERR_INVALID_MEMBER, SLICE("Id is needed: it says which record is meant."),
                                SLICE("/Id"));
    if (of_path != 0 && of_body != 0 && of_path != of_body)
        return ask_refuse_where(ask, ERR_INVALID_MEMBER, SLICE("Id is not the one in the path."), SLICE("/Id"));
    request->record_id = of_path != 0 ? of_path : of_body;
    return CONTRACT_PASSED;
}

static enum contract_step record_replace_read(struct ask *ask)
{
    struct write_request *request = make_request(ask, RECORD_REPLACE);
    enum contract_step step = read_head(ask, request);
    if (step == CONTRACT_PASSED)
        step = read_body(ask, request);
    return step == CONTRACT_PASSED ? settle_id(ask, request) : step;
}

static enum contract_step record_delete_read(struct ask *ask)
{
    return read_head(ask, make_request(ask, RECORD_DELETE));
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

static void record_written(const struct record_written *written, void *cookie);

static enum contract_step record_write_start(struct ask *ask)
{
    const struct write_request *request = ask->request;
    struct record_write write = {.kind = request->kind,
                                 .account_id = ask->principal.claims->account_id,
                                 .collection_id = ask->target.collection->id,
                                 .record_id = request->record_id,
                                 .collection = ask->target.collection->name,
                                 .document = request->body.document,
                                 .external_references = request->body.external_references,
                                 .expected_version = request->expected_version,
                                 .author = ask_author(ask)};
    if (request->idempotency_key.base != NULL) {
        write.idempotency_key_digest = request_digest_of(ask->call->pool, request->idempotency_key);
        write.request_digest = request_digest(ask->call);
    }
    ask->record_call = store_record_write(ask->call->worker->db, &write, record_written, ask);
    return CONTRACT_LEFT;
}

/* --- answering -------------------------------------------------------------------------------------------------- */

static const enum err refusals[] = {
    [RECORD_MISSING] = ERR_RECORD_NOT_FOUND,
    [RECORD_VERSION_DIFFERS] = ERR_VERSION_MISMATCH,
    [RECORD_KEY_REUSED] = ERR_IDEMPOTENCY_KEY_REUSED,
    [RECORD_REFERENCE_TAKEN] = ERR_REFERENCE_TAKEN,
    [RECORD_REFUSED] = ERR_INVALID_JSON,
    [RECORD_BUSY] = ERR_OVERLOADED,
    [RECORD_OUTCOME_UNKNOWN] = ERR_OUTCOME_UNKNOWN,
    [RECORD_FAILED] = ERR_INTERNAL,
};

static void refuse(struct ask *ask, const struct record_written *written)
{
    struct refusal refusal = {.err = refusals[written->result]};
    if (written->result == RECORD_VERSION_DIFFERS)
        refusal.detail = slice_format(ask->call->pool,
                                      "The record was changed meanwhile and has version %" PRId64
                                      " now: read it again and send its new ETag.",
                                      written->version);
    if (written->result == RECORD_REFUSED)
        refusal.detail = SLICE("The database cannot hold a value of this body.");
    contract_refuse(ask->call, CONTRACT_RECORD, &refusal);
}

/* "<history id>:<digest in hex>": with it a change can be proven to stand in the history. */
static h2o_iovec_t receipt_of(h2o_mem_pool_t *pool, const struct record_written *written)
{
    struct text receipt;
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    text_start(&receipt, pool, sizeof(hex) + 32);
    text_add_i64(&receipt, written->history_id);
    text_add_char(&receipt, ':');
    text_add(&receipt, (h2o_iovec_t){hex, codec_hex_encode(hex, written->digest, DIGEST_BYTES)});
    return text_slice(&receipt);
}

static void succeed(struct call *call, const struct write_request *request, const struct record_written *written)
{
    if (written->result == RECORD_REPLAYED)
        reply_header(call, SLICE("idempotency-replayed"), SLICE("true"));
    else
        worker_count(&call->worker->counters.changes_written);
    reply_header(call, SLICE("hallmark-receipt"), receipt_of(call->pool, written));
    if (request->kind != RECORD_DELETE)
        reply_header(call, SLICE("etag"), request_tag(call->pool, written->version));
    if (request->kind == RECORD_CREATE)
        contract_succeed(call, CONTRACT_CREATED, slice_format(call->pool, "%" PRId64, written->record_id));
    else
        contract_succeed(call, CONTRACT_DONE, SLICE_NONE);
}

static void record_written(const struct record_written *written, void *cookie)
{
    struct ask *ask = cookie;
    ask->record_call = NULL;
    if (written->result == RECORD_WRITTEN || written->result == RECORD_REPLAYED)
        succeed(ask->call, ask->request, written);
    else
        refuse(ask, written);
}

const struct action record_create_action = {RIGHT_WRITE, record_create_read, record_write_start};
const struct action record_replace_action = {RIGHT_WRITE, record_replace_read, record_write_start};
const struct action record_delete_action = {RIGHT_WRITE, record_delete_read, record_write_start};
