/* SPDX-License-Identifier: Apache-2.0 */
#include "late_store.h"

#include <stdlib.h>

struct known late_rows[CLIENTS];

struct store_client_call *late_reads[READS_MAX];
size_t late_read_count, late_reads_started;

static struct known *row_of(h2o_iovec_t client_id)
{
    for (size_t i = 0; i < CLIENTS; ++i)
        if (slice_equal(slice_of(late_rows[i].client_id), client_id))
            return &late_rows[i];
    fail_msg("a read of an unknown client");
    return NULL;
}

struct store_client_call *store_client_find(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                            store_client_cb *callback, void *cookie)
{
    (void)db;
    struct store_client_call *call = calloc(1, sizeof(*call));
    *call = (struct store_client_call){callback, cookie, row_of(client_id), 0};
    assert_int_equal(account_id, call->row->account_id);
    assert_true(late_read_count < READS_MAX);
    late_reads[late_read_count++] = call;
    ++late_reads_started;
    return call;
}

static void forget_read(size_t index)
{
    free(late_reads[index]);
    late_reads[index] = late_reads[--late_read_count];
}

void store_client_cancel(struct store_client_call **call)
{
    size_t i = 0;
    while (i < late_read_count && late_reads[i] != *call)
        ++i;
    assert_true(i < late_read_count); /* nobody cancels what is answered already */
    forget_read(i);
    *call = NULL;
}

void late_look(struct store_client_call *call)
{
    if (call->seen == 0)
        call->seen = call->row->committed;
}

void late_answer(size_t index, enum db_outcome outcome)
{
    struct store_client_call call = *late_reads[index];
    late_look(&call);
    struct client_row row = {.account_id = call.row->account_id,
                             .client_id = slice_of(call.row->client_id),
                             .name = SLICE("key"),
                             .application_id = call.row->application_id,
                             .application_name = SLICE("application"),
                             .holder_id = call.row->holder_id,
                             .holder_name = SLICE("holder"),
                             .scopes = SLICE("customers:read"),
                             .holder_permissions = SLICE("customers:read"),
                             .generation = call.seen,
                             .expires_us = INT64_MAX,
                             .holder_active = true};
    bool found = outcome == DB_DONE && call.row->exists;
    forget_read(index);
    call.callback(outcome, found ? &row : NULL, call.cookie);
}

void late_answer_all(enum db_outcome outcome)
{
    while (late_read_count > 0)
        late_answer(0, outcome);
}

void late_forget_changes(void)
{
    for (int i = 0; i < CLIENTS; ++i) {
        late_rows[i].committed = 1;
        late_rows[i].applied = 0;
        late_rows[i].exists = true;
    }
    late_read_count = late_reads_started = 0;
}

int late_setup(void **state)
{
    (void)state;
    secret_start();
    for (int i = 0; i < CLIENTS; ++i) {
        late_rows[i] = (struct known){
            .holder_id = 1 + i % HOLDERS, .account_id = 1 + i % ACCOUNTS, .application_id = 1 + i / 4 % APPLICATIONS};
        credential_make(CREDENTIAL_CLIENT_ID, late_rows[i].account_id, late_rows[i].client_id);
    }
    late_forget_changes();
    return 0;
}

h2o_iovec_t late_id(size_t row)
{
    return slice_of(late_rows[row].client_id);
}

void late_apply(struct client_book *book, enum policy_kind kind, int64_t account_id, const char *subject)
{
    client_book_apply(
        book, &(struct policy_change){.id = 1, .kind = kind, .account_id = account_id, .subject = slice_of(subject)});
}

bool late_is_touched(const struct known *row, enum policy_kind kind, int64_t account_id, const char *subject)
{
    switch (kind) {
    case POLICY_CLIENT:
        return strcmp(row->client_id, subject) == 0;
    case POLICY_MEMBER:
        return row->holder_id == atoll(subject) && (account_id == 0 || row->account_id == account_id);
    case POLICY_ACCOUNT:
        return row->account_id == account_id;
    case POLICY_APPLICATION:
        return row->application_id == atoll(subject);
    default:
        return false;
    }
}
