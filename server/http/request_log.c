/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request_log.h"

#include "base/clock.h"
#include "base/text.h"

#include <assert.h>

#define LINE_BYTES_MAX   4096
#define FIELD_BYTES_MAX  400 /* of one text from outside, quotes and escapes included */
#define DETAIL_BYTES_MAX 500
#define ESCAPE_BYTES     6 /* the longest escape of one byte */

_Static_assert(4 * FIELD_BYTES_MAX + DETAIL_BYTES_MAX < LINE_BYTES_MAX - 400, "a line never outgrows its buffer");

static const h2o_iovec_t method_names[METHOD__MAX] = {
    [METHOD_GET] = SLICE("GET"),     [METHOD_HEAD] = SLICE("HEAD"),     [METHOD_POST] = SLICE("POST"),
    [METHOD_PUT] = SLICE("PUT"),     [METHOD_DELETE] = SLICE("DELETE"), [METHOD_OPTIONS] = SLICE("OPTIONS"),
    [METHOD_OTHER] = SLICE("other"),
};

static int64_t duration_us(const struct call *call)
{
    int64_t duration = call->answered_us - call->started_us;
    return duration > 0 ? duration : 0; /* not answered, or the clock was set back */
}

static void count_request(const struct call *call)
{
    struct worker_counters *counters = &call->worker->counters;
    int64_t duration = duration_us(call);
    size_t bucket = 0;
    while (bucket < WORKER_DURATION_BUCKETS - 1 && duration > worker_duration_bounds_us[bucket])
        ++bucket;
    worker_count(&counters->requests);
    worker_count(&counters->duration_buckets[bucket]);
    worker_count(&counters->answers[call->answered ? call->req->res.status / 100 : 0]);
    uint64_t sum = atomic_load_explicit(&counters->duration_sum_us, memory_order_relaxed);
    atomic_store_explicit(&counters->duration_sum_us, sum + (uint64_t)duration, memory_order_relaxed);
}

/* Text from outside is cut, so that the line fits whatever was sent. */
static void add_quoted(struct text *line, h2o_iovec_t name, h2o_iovec_t value, size_t bytes_max)
{
    char quoted[DETAIL_BYTES_MAX];
    assert(bytes_max <= sizeof(quoted));
    if (value.base == NULL)
        return;
    if (value.len * ESCAPE_BYTES + 2 <= bytes_max) {
        text_add_string_member(line, name, value);
        return;
    }
    text_add_member(line, name);
    text_add(line, slice_of(log_quote(quoted, bytes_max, value)));
}

static void add_duration(struct text *line, int64_t us)
{
    char thousandths[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10), (char)('0' + us % 10)};
    text_add_member(line, SLICE("dur_ms"));
    text_add_u64(line, (uint64_t)us / 1000);
    text_add(line, (h2o_iovec_t){thousandths, sizeof(thousandths)});
}

static void add_account(struct text *line, int64_t account)
{
    char ident[IDENT_BYTES_MAX];
    if (account != 0)
        text_add_string_member(line, SLICE("account"), (h2o_iovec_t){ident, ident_text(IDENT_ACCOUNT, account, ident)});
}

static void add_address(struct text *line, const struct address *address)
{
    char text[LIMIT_ADDRESS_BYTES_MAX];
    text_add_string_member(line, SLICE("address"), (h2o_iovec_t){text, address_text(address, text)});
}

void request_log_write(const struct call *call)
{
    char bytes[LINE_BYTES_MAX];
    struct text line = {NULL, bytes, 0, sizeof(bytes)}; /* never grows, see the assertion above: it needs no pool */
    count_request(call);
    text_add(&line, SLICE("{\"ts\":\""));
    text_add_time(&line, call->started_us);
    text_add(&line, SLICE("\",\"level\":\"info\",\"event\":\"request\",\"request_id\":\""));
    text_add(&line, (h2o_iovec_t){(char *)call->request_id, REQUEST_ID_BYTES - 1});
    text_add(&line, SLICE("\",\"method\":\""));
    text_add(&line, method_names[call->method]);
    text_add_char(&line, '"');
    add_quoted(&line, SLICE("route"), call->log_route, FIELD_BYTES_MAX);
    text_add_u64_member(&line, SLICE("status"), call->answered ? (uint64_t)call->req->res.status : 0);
    add_duration(&line, duration_us(call));
    add_quoted(&line, SLICE("client"), call->log_client, FIELD_BYTES_MAX);
    add_account(&line, call->log_account);
    add_quoted(&line, SLICE("code"), call->log_code, FIELD_BYTES_MAX);
    add_quoted(&line, SLICE("detail"), call->log_detail, DETAIL_BYTES_MAX);
    add_address(&line, &call->address);
    text_add_char(&line, '}');
    log_line(text_slice(&line));
}
