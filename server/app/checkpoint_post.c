/* SPDX-License-Identifier: Apache-2.0 */
#include "app/checkpoint_post.h"

#include <curl/curl.h>
#include <stdlib.h>

#define CONNECT_MS       10000L
#define WHOLE_MS         30000L
#define ANSWER_BYTES_MAX 65536 /* nothing of it is needed */

/* --- where to ---------------------------------------------------------------------------------------------------- */

static bool is_here(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "[::1]", "localhost"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); ++i)
        if (strcmp(host, names[i]) == 0)
            return true;
    return false;
}

static const char *judge(CURLU *parts, const char *url)
{
    char *scheme = NULL, *host = NULL;
    const char *fault = NULL;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        fault = "it is no URL";
    else if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !is_here(host)))
        fault = "it has to be https, or http to this machine";
    curl_free(scheme);
    curl_free(host);
    return fault;
}

const char *checkpoint_post_fault(const char *url)
{
    CURLU *parts = curl_url();
    if (parts == NULL)
        abort();
    const char *fault = judge(parts, url);
    curl_url_cleanup(parts);
    return fault;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static size_t drop(char *bytes, size_t size, size_t count, void *cookie) // NOLINT(readability-non-const-parameter)
{
    size_t *taken = cookie;
    (void)bytes;
    *taken += size * count;
    return *taken <= ANSWER_BYTES_MAX ? size * count : 0;
}

static void set_bounds(CURL *easy, size_t *taken)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, WHOLE_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, taken);
}

static struct curl_slist *headers(void)
{
    static const char *const lines[] = {"Content-Type: text/plain; charset=utf-8",
                                        ("User-Agent: Hallmark/" HALLMARK_VERSION), "Expect:"};
    struct curl_slist *list = NULL;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); ++i) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);
        if (longer == NULL)
            abort();
        list = longer;
    }
    return list;
}

bool checkpoint_post(h2o_mem_pool_t *pool, const char *url, h2o_iovec_t note, h2o_iovec_t *wrong_out)
{
    size_t taken = 0;
    long status = 0;
    CURL *easy = curl_easy_init();
    struct curl_slist *list = headers();
    if (easy == NULL)
        abort();
    set_bounds(easy, &taken);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, note.base);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)note.len);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    curl_slist_free_all(list);
    if (code == CURLE_OK && status >= 200 && status <= 299)
        return true;
    *wrong_out = code == CURLE_OK ? slice_format(pool, "it answered %ld", status)
                                  : slice_copy(pool, slice_of(curl_easy_strerror(code)));
    return false;
}
