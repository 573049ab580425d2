/* SPDX-License-Identifier: Apache-2.0 */
#include "client/secret_use.h"

#include "base/credential.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/text.h"
#include "store/store_actor.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS             (LIMIT_SECRET_USES_MAX * 2)
#define ARRAY_BYTES_USUAL 256

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a hash is cut to a slot by a mask");

struct use {
    int64_t account_id, number, count, last_us;
    struct address address;
    size_t client_id_len;
    char client_id[CREDENTIAL_BYTES_MAX];
};

struct batch {
    struct use uses[LIMIT_SECRET_USES_MAX];
    size_t count;
};

struct secret_uses {
    struct db *db;
    h2o_loop_t *loop;
    h2o_timeout_t interval;
    h2o_timeout_entry_t due;
    struct db_call *call;
    struct batch *counting, *saving; /* they change places at each save */
    uint16_t slots[SLOTS];           /* of `counting`: index + 1; 0: free */
};

_Static_assert(LIMIT_SECRET_USES_MAX < UINT16_MAX, "a slot names every use");

/* --- counting ---------------------------------------------------------------------------------------------------- */

/* The place of a secret; its slot is free when it was not used yet. Clients that come here exist and have ids that we
 * have drawn: nobody aims at a slot. */
static uint16_t *slot_of(struct secret_uses *uses, h2o_iovec_t client_id, int64_t number)
{
    static const uint8_t key[SIPHASH_KEY_BYTES];
    uint64_t hash = siphash(key, client_id) + (uint64_t)number;
    for (;; ++hash) {
        uint16_t *slot = &uses->slots[hash & (SLOTS - 1)];
        if (*slot == 0)
            return slot;
        const struct use *use = &uses->counting->uses[*slot - 1];
        if (use->number == number && slice_equal((h2o_iovec_t){(char *)use->client_id, use->client_id_len}, client_id))
            return slot;
    }
}

static struct use *use_of(struct secret_uses *uses, int64_t account_id, h2o_iovec_t client_id, int64_t number)
{
    uint16_t *slot = slot_of(uses, client_id, number);
    if (*slot != 0)
        return &uses->counting->uses[*slot - 1];
    if (uses->counting->count == LIMIT_SECRET_USES_MAX)
        return NULL;
    struct use *use = &uses->counting->uses[uses->counting->count++];
    *slot = (uint16_t)uses->counting->count;
    *use = (struct use){.account_id = account_id, .number = number, .client_id_len = client_id.len};
    memcpy(use->client_id, client_id.base, client_id.len);
    return use;
}

/* Adds what another count of the same secret has. */
static void merge(struct secret_uses *uses, const struct use *other)
{
    h2o_iovec_t client_id = {(char *)other->client_id, other->client_id_len};
    struct use *use = use_of(uses, other->account_id, client_id, other->number);
    if (use == NULL) {
        log_event(LOG_LEVEL_WARN, "secret_uses_full", "\"secrets\":%d", LIMIT_SECRET_USES_MAX);
        return;
    }
    use->count += other->count;
    if (other->last_us >= use->last_us) {
        use->last_us = other->last_us;
        use->address = other->address;
    }
}

static void wind_up(struct secret_uses *uses)
{
    if (!h2o_timeout_is_linked(&uses->due))
        h2o_timeout_link(uses->loop, &uses->interval, &uses->due);
}

static void save(struct secret_uses *uses);

void secret_uses_add(struct secret_uses *uses, int64_t account_id, h2o_iovec_t client_id, int64_t number,
                     const struct address *address, int64_t now_us)
{
    struct use one = {.account_id = account_id,
                      .number = number,
                      .count = 1,
                      .last_us = now_us,
                      .address = *address,
                      .client_id_len = client_id.len};
    assert(client_id.len <= sizeof(one.client_id));
    memcpy(one.client_id, client_id.base, client_id.len);
    if (uses->counting->count == LIMIT_SECRET_USES_MAX && uses->call == NULL)
        save(uses); /* before it is time */
    merge(uses, &one);
    wind_up(uses);
}

bool secret_uses_is_saving(const struct secret_uses *uses)
{
    return uses->call != NULL;
}

size_t secret_uses_waiting(const struct secret_uses *uses)
{
    return uses->counting->count;
}

/* --- saving ------------------------------------------------------------------------------------------------------ */

enum { ACCOUNTS, CLIENTS, NUMBERS, COUNTS, TIMES, ADDRESSES, ARRAYS }; /* in the order of the statement */

static void add_use(struct text arrays[static ARRAYS], const struct use *use)
{
    char address[LIMIT_ADDRESS_BYTES_MAX];
    const char *separator = arrays[ACCOUNTS].len == 1 ? "" : ",";
    address_text(&use->address, address);
    text_add_format(&arrays[ACCOUNTS], "%s%lld", separator, (long long)use->account_id);
    text_add_format(&arrays[CLIENTS], "%s%.*s", separator, (int)use->client_id_len, use->client_id);
    text_add_format(&arrays[NUMBERS], "%s%lld", separator, (long long)use->number);
    text_add_format(&arrays[COUNTS], "%s%lld", separator, (long long)use->count);
    text_add_format(&arrays[TIMES], "%s%lld", separator, (long long)use->last_us);
    text_add_format(&arrays[ADDRESSES], "%s%s", separator, address); /* nothing in it needs a quote */
}

static void add_parameters(h2o_mem_pool_t *pool, const struct batch *batch, struct db_parameters *parameters)
{
    struct text arrays[ARRAYS];
    struct record_author server = {.application_name = SLICE("hallmark server")};
    for (size_t i = 0; i < ARRAYS; ++i) {
        text_start(&arrays[i], pool, ARRAY_BYTES_USUAL);
        text_add_char(&arrays[i], '{');
    }
    for (size_t i = 0; i < batch->count; ++i)
        add_use(arrays, &batch->uses[i]);
    db_parameters_start(parameters);
    for (size_t i = 0; i < ARRAYS; ++i) {
        text_add_char(&arrays[i], '}');
        db_add_text(parameters, text_slice(&arrays[i]));
    }
    db_add_text(parameters, store_actor_text(pool, &server));
}

static void swap(struct secret_uses *uses)
{
    struct batch *full = uses->counting;
    uses->counting = uses->saving;
    uses->saving = full;
    uses->counting->count = 0;
    memset(uses->slots, 0, sizeof(uses->slots));
}

static void take_back(struct secret_uses *uses)
{
    for (size_t i = 0; i < uses->saving->count; ++i)
        merge(uses, &uses->saving->uses[i]);
    wind_up(uses);
}

/* When it is not known whether it was done it is not done again: a secret must not end by uses that were counted
 * twice. */
static void saved(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct secret_uses *uses = cookie;
    uses->call = NULL;
    (void)result;
    if (outcome == DB_BUSY)
        take_back(uses);
    else if (outcome != DB_DONE)
        log_event(LOG_LEVEL_WARN, "secret_uses_not_saved", "\"secrets\":%zu", uses->saving->count);
}

static void save(struct secret_uses *uses)
{
    h2o_mem_pool_t pool;
    struct db_parameters parameters;
    swap(uses);
    h2o_mem_init_pool(&pool);
    add_parameters(&pool, uses->saving, &parameters);
    uses->call = db_call_start(uses->db, STATEMENT_SECRET_USE_SAVE, &parameters, saved, uses);
    h2o_mem_clear_pool(&pool);
}

static void on_due(h2o_timeout_entry_t *entry)
{
    struct secret_uses *uses = H2O_STRUCT_FROM_MEMBER(struct secret_uses, due, entry);
    if (uses->call != NULL)
        wind_up(uses);
    else if (uses->counting->count > 0)
        save(uses);
}

bool secret_uses_save_last(struct secret_uses *uses, struct db_sync *db)
{
    h2o_mem_pool_t pool;
    struct db_parameters parameters;
    const struct db_result *result;
    h2o_mem_init_pool(&pool);
    add_parameters(&pool, uses->counting, &parameters);
    bool is_done = db_sync_run(db, STATEMENT_SECRET_USE_SAVE, &parameters, &result) == DB_DONE;
    h2o_mem_clear_pool(&pool);
    return is_done;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct secret_uses *secret_uses_create(h2o_loop_t *loop, struct db *db)
{
    struct secret_uses *uses = h2o_mem_alloc(sizeof(*uses));
    memset(uses, 0, sizeof(*uses));
    uses->db = db;
    uses->loop = loop;
    uses->counting = calloc(1, sizeof(*uses->counting)); /* pages that cost nothing before they are used */
    uses->saving = calloc(1, sizeof(*uses->saving));
    if (uses->counting == NULL || uses->saving == NULL)
        h2o_fatal("no memory");
    h2o_timeout_init(loop, &uses->interval, LIMIT_SECRET_USES_MS);
    uses->due.cb = on_due;
    return uses;
}

void secret_uses_stop(struct secret_uses *uses)
{
    db_call_cancel(&uses->call);
    h2o_timeout_unlink(&uses->due);
    h2o_timeout_dispose(uses->loop, &uses->interval);
}

void secret_uses_destroy(struct secret_uses *uses)
{
    if (uses == NULL)
        return;
    free(uses->counting);
    free(uses->saving);
    free(uses);
}
