/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/transfer.h"

#include "base/clock.h"
#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#define CONNECT_MS       10000L
#define ANSWER_BYTES_MAX 65536 /* of head and of body; what comes behind is not waited for */
#define DETAIL_BYTES_MAX 300   /* of the answer's body, kept for the delivery log */

struct transfer {
    h2o_mem_pool_t pool;
    h2o_iovec_t identity; /* of the delivery */
    int64_t attempt;
    const struct transfer_settings *settings;
    CURL *easy;
    struct curl_slist *headers;
    const char *fault; /* why nothing was sent, or no connection made */
    int64_t began_us, began_ms, took_ms;
    size_t head_bytes, answer_bytes, detail_len;
    char detail[DETAIL_BYTES_MAX];
    int status;
    struct verdict verdict;
};

/* --- the way out ------------------------------------------------------------------------------------------------- */

/* Called with the address that a name turned out to be, just before it is connected to. */
static curl_socket_t open_socket(void *cookie, curlsocktype purpose, struct curl_sockaddr *target)
{
    struct transfer *transfer = cookie;
    struct address address;
    bool known = purpose == CURLSOCKTYPE_IPCXN && address_from_sockaddr(&target->addr, &address);
    if (!known || (!transfer->settings->rules.allow_private && !target_address_is_public(&address))) {
        transfer->fault = "its host has a private or special address";
        return CURL_SOCKET_BAD;
    }
    return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *cookie)
{
    struct transfer *transfer = cookie;
    size_t len = size * count, room = DETAIL_BYTES_MAX - transfer->detail_len;
    memcpy(transfer->detail + transfer->detail_len, bytes, len < room ? len : room);
    transfer->detail_len += len < room ? len : room;
    transfer->answer_bytes += len;
    return transfer->answer_bytes <= ANSWER_BYTES_MAX ? len : 0;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *cookie) // NOLINT(readability-non-const-parameter)
{
    struct transfer *transfer = cookie;
    (void)bytes;
    transfer->head_bytes += size * count;
    return transfer->head_bytes <= ANSWER_BYTES_MAX ? size * count : 0;
}

static void set_limits(CURL *easy, const struct transfer_settings *settings)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, settings->rules.allow_http ? "http,https" : "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms);
}

static void set_callbacks(CURL *easy, struct transfer *transfer)
{
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

/* --- the request ------------------------------------------------------------------------------------------------- */

static void add_header(struct transfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer == NULL)
        abort();
    transfer->headers = longer;
}

static void add_headers(struct transfer *transfer, const struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->header_count; ++i)
        add_header(transfer, delivery->headers[i].base);
    add_header(transfer, "User-Agent: Hallmark/" HALLMARK_VERSION);
    add_header(transfer, "Expect:"); /* no waiting for 100 Continue */
}

static void make_request(struct transfer *transfer, const struct delivery *delivery)
{
    h2o_iovec_t url = slice_copy(&transfer->pool, delivery->url);
    transfer->fault = target_url_fault(url, &transfer->settings->rules);
    if (transfer->fault == NULL)
        transfer->fault = delivery->fault;
    if (transfer->fault != NULL)
        return;
    h2o_iovec_t body = slice_copy(&transfer->pool, delivery->body);
    add_headers(transfer, delivery);
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL)
        abort();
    set_limits(transfer->easy, transfer->settings);
    set_callbacks(transfer->easy, transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url.base);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, body.base);
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
}

struct transfer *transfer_create(const struct delivery *delivery, const struct transfer_settings *settings)
{
    struct transfer *transfer = h2o_mem_alloc(sizeof(*transfer));
    *transfer = (struct transfer){.settings = settings,
                                  .attempt = delivery->attempt,
                                  .began_us = clock_unix_us(),
                                  .began_ms = clock_monotonic_ms()};
    h2o_mem_init_pool(&transfer->pool);
    transfer->identity = slice_copy(&transfer->pool, delivery->identity);
    make_request(transfer, delivery);
    return transfer;
}

CURL *transfer_handle(struct transfer *transfer)
{
    return transfer->easy;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static void keep_fault(struct transfer *transfer, const char *fault)
{
    size_t len = strlen(fault);
    transfer->detail_len = len < DETAIL_BYTES_MAX ? len : DETAIL_BYTES_MAX;
    memcpy(transfer->detail, fault, transfer->detail_len);
}

struct verdict transfer_end(struct transfer *transfer, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after = 0;
    uint32_t dice;
    secret_random(&dice, sizeof(dice));
    transfer->took_ms = clock_monotonic_ms() - transfer->began_ms;
    bool too_long = code == CURLE_WRITE_ERROR && transfer->answer_bytes > ANSWER_BYTES_MAX;
    if (transfer->easy != NULL && (code == CURLE_OK || too_long)) {
        curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
    } else {
        keep_fault(transfer, transfer->fault != NULL ? transfer->fault : curl_easy_strerror(code));
    }
    transfer->status = (int)status;
    transfer->verdict =
        verdict_of(&transfer->settings->verdicts, transfer->status, retry_after, transfer->attempt, dice);
    return transfer->verdict;
}

static void add_number(struct text *results, h2o_iovec_t name, int64_t value)
{
    text_add_member(results, name);
    text_add_i64(results, value);
}

void transfer_add_result(const struct transfer *transfer, struct text *results)
{
    char detail[DETAIL_BYTES_MAX];
    for (size_t i = 0; i < transfer->detail_len; ++i) /* jsonb has no U+0000, and a terminal no use for the others */
        detail[i] = (char)((unsigned char)transfer->detail[i] < ' ' ? ' ' : transfer->detail[i]);
    text_add(results, results->len > 1 ? SLICE(",{") : SLICE("{"));
    text_add(results, transfer->identity);
    add_number(results, SLICE("attempt"), transfer->attempt);
    add_number(results, SLICE("at_us"), transfer->began_us);
    text_add_string_member(results, SLICE("result"), slice_of(verdict_word(transfer->verdict.result)));
    add_number(results, SLICE("status"), transfer->status);
    text_add_string_member(results, SLICE("detail"), (h2o_iovec_t){detail, transfer->detail_len});
    add_number(results, SLICE("milliseconds"), transfer->took_ms);
    add_number(results, SLICE("delay_ms"), transfer->verdict.delay_ms);
    add_number(results, SLICE("hold_ms"), transfer->verdict.hold_ms);
    text_add_char(results, '}');
}

void transfer_destroy(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    h2o_mem_clear_pool(&transfer->pool);
    free(transfer);
}
