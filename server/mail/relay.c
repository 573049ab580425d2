/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/relay.h"

#include "base/address.h"

#include <stdlib.h>
#include <unistd.h>

#define CONNECT_MS 10000L
#define MAIL_MS    60000L /* relays that look a mail through take their time */

struct relay {
    CURL *easy;
    const struct settings *settings;
    const atomic_bool *stop;
    bool loopback;
    int socket;        /* -1: no connection */
    const char *fault; /* why no connection was made */
    h2o_iovec_t rest;  /* of the message: what libcurl has not asked for */
    char line[RELAY_DETAIL_BYTES];
};

/* --- its URL ------------------------------------------------------------------------------------------------------ */

/* The host, without brackets, into `out`; false when the URL is none of ours. */
static bool read_url(const char *url, char out[static LIMIT_URI_BYTES_MAX])
{
    static const CURLUPart nothing[] = {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT};
    char *part = NULL;
    CURLU *parsed = curl_url();
    bool good = parsed != NULL && strlen(url) < LIMIT_URI_BYTES_MAX &&
                curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
                curl_url_get(parsed, CURLUPART_SCHEME, &part, 0) == CURLUE_OK;
    good = good && (strcmp(part, "smtp") == 0 || strcmp(part, "smtps") == 0);
    curl_free(part);
    part = NULL;
    good = good && curl_url_get(parsed, CURLUPART_PATH, &part, 0) == CURLUE_OK && strcmp(part, "/") == 0;
    curl_free(part);
    for (size_t i = 0; good && i < sizeof(nothing) / sizeof(nothing[0]); ++i) {
        part = NULL;
        good = curl_url_get(parsed, nothing[i], &part, 0) != CURLUE_OK;
        curl_free(part);
    }
    part = NULL;
    good = good && curl_url_get(parsed, CURLUPART_HOST, &part, 0) == CURLUE_OK;
    if (good)
        snprintf(out, LIMIT_URI_BYTES_MAX, "%s", part[0] == '[' ? part + 1 : part);
    if (good && part[0] == '[')
        out[strcspn(out, "]")] = '\0';
    curl_free(part);
    curl_url_cleanup(parsed);
    return good;
}

bool relay_url_is_good(const char *url)
{
    char host[LIMIT_URI_BYTES_MAX];
    return read_url(url, host);
}

bool relay_url_is_loopback(const char *url)
{
    char host[LIMIT_URI_BYTES_MAX];
    struct address address;
    if (!read_url(url, host))
        return false;
    return strcmp(host, "localhost") == 0 || (address_parse(slice_of(host), &address) && address_is_loopback(&address));
}

/* --- what libcurl calls ------------------------------------------------------------------------------------------- */

/* A name that should be this machine's, and is not: nothing goes there in the clear. */
static curl_socket_t open_socket(void *cookie, curlsocktype purpose, struct curl_sockaddr *target)
{
    struct relay *relay = cookie;
    struct address address;
    (void)purpose;
    if (relay->loopback && !(address_from_sockaddr(&target->addr, &address) && address_is_loopback(&address))) {
        relay->fault = "its name is that of loopback, and its address is not";
        return CURL_SOCKET_BAD;
    }
    relay->socket = socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
    return relay->socket;
}

static int close_socket(void *cookie, curl_socket_t fd)
{
    struct relay *relay = cookie;
    if (relay->socket == fd)
        relay->socket = -1;
    return close(fd);
}

/* Behind a farewell libcurl waits two minutes for the relay's; one that does not answer gets none. */
static void hang_up(struct relay *relay)
{
    if (relay->socket >= 0)
        (void)shutdown(relay->socket, SHUT_RDWR);
}

static size_t give(char *room, size_t size, size_t count, void *cookie)
{
    struct relay *relay = cookie;
    size_t len = size * count < relay->rest.len ? size * count : relay->rest.len;
    memcpy(room, relay->rest.base, len);
    relay->rest = (h2o_iovec_t){relay->rest.base + len, relay->rest.len - len};
    return len;
}

static bool is_refusal(const char *line)
{
    return line[0] == '4' || line[0] == '5';
}

/* The last line that the relay said, or the one with which it refused: behind that comes its farewell. Its words are
 * from outside. */
static size_t take_line(char *bytes, size_t size, size_t count, void *cookie) // NOLINT(readability-non-const-parameter)
{
    struct relay *relay = cookie;
    size_t len = 0;
    if (is_refusal(relay->line))
        return size * count;
    for (size_t i = 0; i < size * count && len < sizeof(relay->line) - 1; ++i)
        if (bytes[i] >= ' ' && bytes[i] <= '~')
            relay->line[len++] = bytes[i];
    relay->line[len] = '\0';
    return size * count;
}

static int look_for_stop(void *cookie, curl_off_t down, curl_off_t downed, curl_off_t up, curl_off_t upped)
{
    const struct relay *relay = cookie;
    (void)down, (void)downed, (void)up, (void)upped;
    return atomic_load(relay->stop) ? 1 : 0;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static void set_way(struct relay *relay)
{
    CURL *easy = relay->easy;
    const struct settings *settings = relay->settings;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_URL, settings->smtp_url);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, MAIL_MS);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(relay->loopback ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (settings->smtp_ca_file != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, settings->smtp_ca_file);
    if (settings->smtp_user != NULL) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, settings->smtp_user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, settings->smtp_password.base);
    }
}

static void set_callbacks(struct relay *relay)
{
    CURL *easy = relay->easy;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, relay);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, relay);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(easy, CURLOPT_READDATA, relay);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, relay);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_for_stop);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, relay);
}

struct relay *relay_create(const struct settings *settings, const atomic_bool *stop)
{
    struct relay *relay = h2o_mem_alloc(sizeof(*relay));
    bool plain = strncasecmp(settings->smtp_url, "smtps:", strlen("smtps:")) != 0;
    *relay = (struct relay){.easy = curl_easy_init(),
                            .settings = settings,
                            .stop = stop,
                            .socket = -1,
                            .loopback = plain && relay_url_is_loopback(settings->smtp_url)};
    if (relay->easy == NULL)
        abort();
    set_way(relay);
    set_callbacks(relay);
    return relay;
}

void relay_destroy(struct relay *relay)
{
    hang_up(relay);
    curl_easy_cleanup(relay->easy);
    free(relay);
}

/* --- one mail ----------------------------------------------------------------------------------------------------- */

static void tell_detail(const struct relay *relay, CURLcode code, char out[static RELAY_DETAIL_BYTES])
{
    if (relay->fault != NULL)
        snprintf(out, RELAY_DETAIL_BYTES, "%s", relay->fault);
    else if (code == CURLE_OK)
        snprintf(out, RELAY_DETAIL_BYTES, "%s", relay->line);
    else
        snprintf(out, RELAY_DETAIL_BYTES, "%s%s%.120s", curl_easy_strerror(code), relay->line[0] == '\0' ? "" : ": ",
                 relay->line);
}

enum relay_result relay_send(struct relay *relay, h2o_iovec_t from, h2o_iovec_t to, h2o_iovec_t message,
                             char detail_out[static RELAY_DETAIL_BYTES])
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    struct curl_slist *recipients = curl_slist_append(NULL, slice_format(&pool, "<%.*s>", SLICE_ARGS(to)).base);
    if (recipients == NULL)
        abort();
    relay->fault = NULL;
    relay->line[0] = '\0';
    relay->rest = message;
    curl_easy_setopt(relay->easy, CURLOPT_MAIL_FROM, slice_format(&pool, "<%.*s>", SLICE_ARGS(from)).base);
    curl_easy_setopt(relay->easy, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(relay->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.len);
    CURLcode code = curl_easy_perform(relay->easy);
    if (code != CURLE_OK)
        hang_up(relay);
    curl_easy_setopt(relay->easy, CURLOPT_MAIL_RCPT, NULL);
    tell_detail(relay, code, detail_out);
    curl_slist_free_all(recipients);
    h2o_mem_clear_pool(&pool);
    return relay_verdict(code, strtol(relay->line, NULL, 10), relay->rest.len == 0);
}
