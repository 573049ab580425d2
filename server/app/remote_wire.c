/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_wire.h"

#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"

#include <curl/curl.h>
#include <stdlib.h>

#define ANSWER_BYTES_USUAL 16384 /* an answer with a secret is far below it, so that growing leaves no copy of one */

struct remote_wire {
    h2o_mem_pool_t *pool;
    CURL *easy;
    struct text body;
    char fault[CURL_ERROR_SIZE];
};

static size_t take(char *bytes, size_t size, size_t count, void *cookie) // NOLINT(readability-non-const-parameter)
{
    struct remote_wire *wire = cookie;
    if (wire->body.len + size * count > LIMIT_REMOTE_ANSWER_BYTES_MAX)
        return 0;
    text_add(&wire->body, (h2o_iovec_t){bytes, size * count});
    return size * count;
}

struct remote_wire *remote_wire_open(h2o_mem_pool_t *pool, const char *ca_file)
{
    struct remote_wire *wire = h2o_mem_alloc_pool(pool, sizeof(*wire));
    *wire = (struct remote_wire){.pool = pool, .easy = curl_easy_init()};
    if (wire->easy == NULL)
        abort();
    curl_easy_setopt(wire->easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(wire->easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(wire->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(wire->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(wire->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(wire->easy, CURLOPT_PATH_AS_IS, 1L); /* a name of dots is a name */
    curl_easy_setopt(wire->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(wire->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_REMOTE_CONNECT_MS);
    curl_easy_setopt(wire->easy, CURLOPT_TIMEOUT_MS, (long)LIMIT_REMOTE_ANSWER_MS);
    curl_easy_setopt(wire->easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(wire->easy, CURLOPT_WRITEDATA, wire);
    curl_easy_setopt(wire->easy, CURLOPT_ERRORBUFFER, wire->fault);
    if (ca_file != NULL)
        curl_easy_setopt(wire->easy, CURLOPT_CAINFO, ca_file);
    return wire;
}

void remote_wire_close(struct remote_wire *wire)
{
    if (wire != NULL)
        curl_easy_cleanup(wire->easy);
}

/* --- the head ---------------------------------------------------------------------------------------------------- */

static struct curl_slist *with(h2o_mem_pool_t *pool, struct curl_slist *list, const char *name, h2o_iovec_t value)
{
    if (value.base == NULL)
        return list;
    h2o_iovec_t line = slice_format(pool, "%s: %.*s", name, SLICE_ARGS(value));
    struct curl_slist *longer = curl_slist_append(list, line.base);
    if (longer == NULL)
        abort();
    secret_wipe(line.base, line.len);
    return longer;
}

static struct curl_slist *head_of(h2o_mem_pool_t *pool, const struct remote_request *request)
{
    struct curl_slist *list = NULL;
    list = with(pool, list, "User-Agent", SLICE("Hallmark/" HALLMARK_VERSION));
    list = with(pool, list, "Accept", SLICE("application/json"));
    list = with(pool, list, "Authorization", request->authorization);
    list = with(pool, list, "Content-Type", request->body.base == NULL ? SLICE_NONE : slice_of(request->media));
    list = with(pool, list, "If-Match", request->if_match);
    return with(pool, list, "Idempotency-Key", request->idempotency_key);
}

static void end_head(struct curl_slist *list)
{
    for (struct curl_slist *line = list; line != NULL; line = line->next)
        secret_wipe(line->data, strlen(line->data));
    curl_slist_free_all(list);
}

static h2o_iovec_t header(struct remote_wire *wire, const char *name)
{
    struct curl_header *found;
    if (curl_easy_header(wire->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
        return SLICE_NONE;
    return slice_copy(wire->pool, slice_of(found->value));
}

/* --- the exchange ------------------------------------------------------------------------------------------------ */

static void set_request(struct remote_wire *wire, const struct remote_request *request)
{
    bool is_read = strcmp(request->method, "GET") == 0, is_plain = slice_starts_with(request->url, SLICE("http:"));
    curl_easy_setopt(wire->easy, CURLOPT_URL, request->url.base);
    curl_easy_setopt(wire->easy, CURLOPT_HTTPGET, 1L);
    if (request->body.base != NULL) {
        curl_easy_setopt(wire->easy, CURLOPT_POSTFIELDS, request->body.base);
        curl_easy_setopt(wire->easy, CURLOPT_POSTFIELDSIZE, (long)request->body.len);
    }
    curl_easy_setopt(wire->easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(wire->easy, CURLOPT_FRESH_CONNECT, is_read ? 0L : 1L);
    curl_easy_setopt(wire->easy, CURLOPT_NOPROXY, is_plain ? "*" : NULL);
}

static enum remote_outcome outcome_of(CURLcode code)
{
    static const CURLcode unsent[] = {CURLE_COULDNT_RESOLVE_HOST,     CURLE_COULDNT_RESOLVE_PROXY,
                                      CURLE_COULDNT_CONNECT,          CURLE_SSL_CONNECT_ERROR,
                                      CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
                                      CURLE_SSL_INVALIDCERTSTATUS,    CURLE_PROXY};
    for (size_t i = 0; i < sizeof(unsent) / sizeof(unsent[0]); ++i) {
        if (code == unsent[i])
            return REMOTE_NOT_SENT;
    }
    return REMOTE_LOST;
}

enum remote_outcome remote_wire_ask(struct remote_wire *wire, const struct remote_request *request,
                                    struct remote_answer *answer, h2o_iovec_t *wrong_out)
{
    struct curl_slist *list = head_of(wire->pool, request);
    *answer = (struct remote_answer){.status = 0};
    text_start(&wire->body, wire->pool, ANSWER_BYTES_USUAL);
    wire->fault[0] = '\0';
    set_request(wire, request);
    curl_easy_setopt(wire->easy, CURLOPT_HTTPHEADER, list);
    CURLcode code = curl_easy_perform(wire->easy);
    curl_easy_setopt(wire->easy, CURLOPT_HTTPHEADER, NULL);
    end_head(list);
    if (code == CURLE_WRITE_ERROR) {
        *wrong_out = slice_format(wire->pool, "the answer is larger than %d megabytes",
                                  LIMIT_REMOTE_ANSWER_BYTES_MAX / (1024 * 1024));
        return REMOTE_REFUSED;
    }
    if (code != CURLE_OK) {
        *wrong_out = slice_copy(wire->pool, slice_of(wire->fault[0] != '\0' ? wire->fault : curl_easy_strerror(code)));
        return outcome_of(code);
    }
    curl_easy_getinfo(wire->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    answer->body = text_slice(&wire->body);
    answer->media = header(wire, "content-type");
    answer->etag = header(wire, "etag");
    answer->link = header(wire, "link");
    answer->is_repeated = header(wire, "idempotent-replayed").base != NULL;
    return REMOTE_ANSWERED;
}
