/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/read_note.h"

bool read_note(const struct ask *ask, int64_t account_id, size_t given)
{
    struct call *call = ask->call;
    const struct principal *principal = &ask->principal;
    struct history_read read = {.account_id = account_id,
                                .user_id = principal->member == NULL ? 0 : principal->member->user_id,
                                .at_us = call->started_us,
                                .given = given,
                                .application_name = principal->client->application_name,
                                .client_id = principal->client->client_id,
                                .request_id = slice_of(call->request_id),
                                .path = call->path,
                                .query = call->query,
                                .address = &call->address};
    if (call->worker->history_reads == NULL || history_reads_add(call->worker->history_reads, &read))
        return true;
    worker_count(&call->worker->counters.history_reads_refused);
    return false;
}
