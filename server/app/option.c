/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option.h"

#include "base/limits.h"
#include "base/uri.h"
#include "mail/mailbox.h"
#include "mail/relay.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OPTION_DAYS_MAX        3650
#define OPTION_THREADS_MAX     256
#define OPTION_CONNECTIONS_MAX 10000
#define OPTION_MEGABYTES_MAX   65536

static bool read_number(const char *value, unsigned least, unsigned most, unsigned *out)
{
    uint64_t number;
    if (!slice_to_u64(slice_of(value), most, &number) || number < least)
        return false;
    *out = (unsigned)number;
    return true;
}

/* Whoever names a database on the command line means it, also where HALLMARK_URL is set: what is read last counts. */
static const char *apply_database_url(struct configuration *configuration, const char *value)
{
    configuration->database_url = configuration->settings.database = value;
    configuration->server_url = NULL;
    return NULL;
}

static const char *apply_migration_url(struct configuration *configuration, const char *value)
{
    configuration->migration_url = value;
    configuration->server_url = NULL;
    return NULL;
}

static const char *apply_url(struct configuration *configuration, const char *value)
{
    if (!uri_is_issuer(slice_of(value)))
        return "it is the server's issuer, https://host or https://host:port in lower case, without path and trailing "
               "slash (http only for loopback)";
    configuration->server_url = value;
    return NULL;
}

static const char *apply_key_file(struct configuration *configuration, const char *value)
{
    configuration->key_file = value;
    return NULL;
}

static const char *apply_ca_file(struct configuration *configuration, const char *value)
{
    configuration->ca_file = value;
    return NULL;
}

static const char *apply_expected_version(struct configuration *configuration, const char *value)
{
    if (!slice_to_u64(slice_of(value), INT64_MAX, &configuration->expected_version) ||
        configuration->expected_version == 0)
        return "it is a number, 1 or more; show and list tell the version";
    return NULL;
}

static const char *apply_master_key_file(struct configuration *configuration, const char *value)
{
    configuration->master_key_file = value;
    return NULL;
}

static const char *apply_new_master_key_file(struct configuration *configuration, const char *value)
{
    configuration->new_master_key_file = value;
    return NULL;
}

static const char *apply_checkpoint_key_file(struct configuration *configuration, const char *value)
{
    configuration->checkpoint_key_file = value;
    return NULL;
}

static const char *apply_checkpoint_old_key_file(struct configuration *configuration, const char *value)
{
    configuration->checkpoint_old_key_file = value;
    return NULL;
}

static const char *apply_checkpoint_file(struct configuration *configuration, const char *value)
{
    configuration->checkpoint_file = value;
    return NULL;
}

static const char *apply_history_origin(struct configuration *configuration, const char *value)
{
    configuration->history_origin = value;
    return NULL;
}

static const char *apply_issuer(struct configuration *configuration, const char *value)
{
    if (!uri_is_issuer(slice_of(value)))
        return "an issuer is https://host or https://host:port in lower case, without path and trailing slash (http "
               "only for loopback)";
    configuration->settings.issuer = slice_of(value);
    return NULL;
}

static const char *apply_listen(struct configuration *configuration, const char *value)
{
    configuration->settings.listen = value;
    return NULL;
}

static const char *apply_operations_listen(struct configuration *configuration, const char *value)
{
    configuration->settings.operations_listen = value;
    return NULL;
}

static const char *apply_tls_cert(struct configuration *configuration, const char *value)
{
    configuration->settings.tls_certificate = value;
    return NULL;
}

static const char *apply_tls_key(struct configuration *configuration, const char *value)
{
    configuration->settings.tls_key = value;
    return NULL;
}

static const char *read_switch(const char *value, bool *out)
{
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return "it is true or false";
    *out = strcmp(value, "true") == 0;
    return NULL;
}

static const char *apply_behind_proxy(struct configuration *configuration, const char *value)
{
    return read_switch(value, &configuration->settings.behind_proxy);
}

static const char *apply_webhook_allow_private(struct configuration *configuration, const char *value)
{
    return read_switch(value, &configuration->settings.webhook_allow_private);
}

static const char *apply_webhook_allow_http(struct configuration *configuration, const char *value)
{
    return read_switch(value, &configuration->settings.webhook_allow_http);
}

static const char *apply_trusted_proxy(struct configuration *configuration, const char *value)
{
    struct cidr_list list;
    if (!cidr_list_parse(slice_of(value), &list))
        return "it is a comma-separated list of CIDR blocks such as 10.0.0.0/8,::1 with no bits behind the prefix";
    cidr_list_free(&configuration->settings.trusted_proxies);
    configuration->settings.trusted_proxies = list;
    return NULL;
}

static const char *apply_threads(struct configuration *configuration, const char *value)
{
    return read_number(value, 0, OPTION_THREADS_MAX, &configuration->settings.threads) ? NULL
                                                                                       : "it is a number from 0 to 256";
}

static const char *apply_db_connections(struct configuration *configuration, const char *value)
{
    return read_number(value, 9, OPTION_CONNECTIONS_MAX, &configuration->settings.db_connections)
               ? NULL
               : "it is a number from 9 (feed, housekeeping, webhooks, logout tokens, mails, sealing, and one of each "
                 "lane) to 10000";
}

static const char *apply_cache_megabytes(struct configuration *configuration, const char *value)
{
    return read_number(value, 1, OPTION_MEGABYTES_MAX, &configuration->settings.cache_megabytes)
               ? NULL
               : "it is a number from 1 to 65536";
}

static const char *apply_connections_max(struct configuration *configuration, const char *value)
{
    return read_number(value, 0, 1000000, &configuration->settings.connections_max) ? NULL
                                                                                    : "it is a number up to 1000000";
}

static const char *apply_signing_key_days(struct configuration *configuration, const char *value)
{
    return read_number(value, 2, OPTION_DAYS_MAX, &configuration->settings.signing_key_days)
               ? NULL
               : "it is a number of days from 2 (a key is published a day before it signs) to 3650";
}

/* REQUESTS or REQUESTS/SECONDS. */
static const char *read_rate(const char *value, struct rate_quota *out)
{
    h2o_iovec_t seconds_text = slice_of(value), requests_text = slice_cut(&seconds_text, '/');
    uint64_t requests, seconds = LIMIT_RATE_SECONDS;
    if (!slice_to_u64(requests_text, LIMIT_RATE_REQUESTS_MAX, &requests) ||
        (seconds_text.base != NULL && !slice_to_u64(seconds_text, LIMIT_RATE_SECONDS_MAX, &seconds)) || seconds == 0)
        return "it is a number of requests, and behind a slash of seconds, such as 600/60; 0: no limit";
    *out = (struct rate_quota){(uint32_t)requests, (uint32_t)seconds};
    return NULL;
}

static const char *apply_key_limit(struct configuration *configuration, const char *value)
{
    return read_rate(value, &configuration->settings.rates[RATE_KEY]);
}

static const char *apply_application_limit(struct configuration *configuration, const char *value)
{
    return read_rate(value, &configuration->settings.rates[RATE_APPLICATION]);
}

static const char *apply_smtp_url(struct configuration *configuration, const char *value)
{
    if (!relay_url_is_good(value))
        return "a relay is smtp://host or smtps://host, with a port where it is not the usual one, and nothing behind";
    configuration->settings.smtp_url = value;
    return NULL;
}

static const char *apply_smtp_user(struct configuration *configuration, const char *value)
{
    configuration->settings.smtp_user = value;
    return NULL;
}

static const char *apply_smtp_password_file(struct configuration *configuration, const char *value)
{
    configuration->smtp_password_file = value;
    return NULL;
}

static const char *apply_smtp_ca_file(struct configuration *configuration, const char *value)
{
    configuration->settings.smtp_ca_file = value;
    return NULL;
}

static const char *apply_mail_from(struct configuration *configuration, const char *value)
{
    struct mailbox mailbox;
    if (!mailbox_parse(slice_of(value), &mailbox))
        return "it is an address such as no-reply@example.com, or \"Example <no-reply@example.com>\"";
    configuration->settings.mail_from = value;
    return NULL;
}

static const char *apply_log_level(struct configuration *configuration, const char *value)
{
    static const char *const words[] = {"error", "warn", "info", "debug"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (strcmp(value, words[i]) == 0) {
            configuration->settings.log_level = (enum log_level)i;
            return NULL;
        }
    }
    return "it is error, warn, info or debug";
}

static const char *apply_format(struct configuration *configuration, const char *value)
{
    if (strcmp(value, "table") != 0 && strcmp(value, "json") != 0)
        return "it is table or json";
    configuration->json = strcmp(value, "json") == 0;
    return NULL;
}

static const struct option_row rows[] = {
    {"database-url", "URL", "", OPTION_DATABASE,
     "PostgreSQL as libpq connection URI or string; what it leaves out comes from libpq's own variables (PGHOST, ...)",
     apply_database_url},
    {"migration-url", "URL", NULL, OPTION_DATABASE,
     "the same for migrate and the administrative commands, as the owner of the tables; default: the database URL",
     apply_migration_url},
    {"master-key-file", "FILE", NULL, OPTION_MASTER_KEY,
     "file with the master key, 64 hexadecimal digits, readable by its owner only (or the digits in "
     "HALLMARK_MASTER_KEY)",
     apply_master_key_file},
    {"new-master-key-file", "FILE", NULL, OPTION_MASTER_KEY,
     "file with the master key to change to (signing-key reseal)", apply_new_master_key_file},
    {"checkpoint-key-file", "FILE", NULL, OPTION_SERVER,
     "Ed25519 key (PEM, readable by its owner only) that signs the history's checkpoints; without it nothing is sealed",
     apply_checkpoint_key_file},
    {"checkpoint-old-key-file", "FILE", NULL, OPTION_SERVER, "the key before it, while it is exchanged: both sign",
     apply_checkpoint_old_key_file},
    {"checkpoint-file", "FILE", NULL, OPTION_SERVER,
     "where this node keeps the last checkpoint that it published; it signs nothing that does not go on from there",
     apply_checkpoint_file},
    {"history-origin", "NAME", NULL, OPTION_SERVER,
     "name of the history's log, for ever; default: the issuer without its scheme, and /history", apply_history_origin},
    {"issuer", "URL", NULL, OPTION_SERVER,
     "public base URL, the iss of every token; default for a loopback listener: its own address", apply_issuer},
    {"listen", "ADDRESS:PORT", "127.0.0.1:8080", OPTION_SERVER, "where requests are taken", apply_listen},
    {"operations-listen", "ADDRESS:PORT", "127.0.0.1:9464", OPTION_SERVER,
     "where /metrics and health are served; loopback only", apply_operations_listen},
    {"tls-cert", "FILE", NULL, OPTION_SERVER, "certificate chain, PEM; read again on SIGHUP", apply_tls_cert},
    {"tls-key", "FILE", NULL, OPTION_SERVER, "its private key, PEM; read again on SIGHUP", apply_tls_key},
    {"behind-proxy", NULL, "false", OPTION_SERVER,
     "TLS ends in a proxy in front: plain HTTP is allowed beyond loopback", apply_behind_proxy},
    {"trusted-proxy", "CIDR[,CIDR]", "", OPTION_SERVER, "proxies whose X-Forwarded-For counts", apply_trusted_proxy},
    {"threads", "N", "0", OPTION_SERVER, "threads; 0: one per core", apply_threads},
    {"db-connections", "N", "24", OPTION_SERVER, "connections to PostgreSQL of the whole process",
     apply_db_connections},
    {"cache-megabytes", "N", "64", OPTION_SERVER, "size of each thread's caches", apply_cache_megabytes},
    {"connections-max", "N", "0", OPTION_SERVER, "open client connections; 0: what the descriptor limit allows",
     apply_connections_max},
    {"signing-key-days", "N", "90", OPTION_SERVER, "age at which a signing key is replaced", apply_signing_key_days},
    {"key-limit", "REQUESTS[/SECONDS]", "0", OPTION_SERVER,
     "requests of a key in so many seconds (60); 0: as many as it likes; key limit sets another one for a key",
     apply_key_limit},
    {"application-limit", "REQUESTS[/SECONDS]", "0", OPTION_SERVER,
     "requests of all keys of an application together; application limit sets another one", apply_application_limit},
    {"webhook-allow-private", NULL, "false", OPTION_SERVER | OPTION_WEBHOOK,
     "webhooks and logout tokens may go to loopback, private and other special addresses", apply_webhook_allow_private},
    {"webhook-allow-http", NULL, "false", OPTION_SERVER | OPTION_WEBHOOK,
     "webhooks and logout tokens may go without TLS", apply_webhook_allow_http},
    {"smtp-url", "URL", NULL, OPTION_SERVER | OPTION_MAIL,
     "relay that takes mails, smtp://host:port (STARTTLS, but on loopback) or smtps://host:port; without it none is "
     "sent",
     apply_smtp_url},
    {"smtp-user", "NAME", NULL, OPTION_SERVER, "who the relay knows us as; default: it asks for no login",
     apply_smtp_user},
    {"smtp-password-file", "FILE", NULL, OPTION_SERVER,
     "file with the password for it, one line, readable by its owner only", apply_smtp_password_file},
    {"smtp-ca-file", "FILE", NULL, OPTION_SERVER, "who vouches for the relay's certificate, PEM; default: the system's",
     apply_smtp_ca_file},
    {"mail-from", "ADDRESS", NULL, OPTION_SERVER, "who mails are from, \"Example <no-reply@example.com>\"",
     apply_mail_from},
    {"log-level", "LEVEL", "info", OPTION_SERVER, "error, warn, info or debug", apply_log_level},
    {"format", "table|json", "table", OPTION_OUTPUT, "how results are printed", apply_format},
    {"url", "URL", NULL, OPTION_REMOTE | OPTION_BESIDE,
     "work on this server, over HTTP, and not on a database: its issuer, such as https://auth.example.com", apply_url},
    {"key-file", "FILE", NULL, OPTION_REMOTE,
     "file with the key to work there with, readable by its owner only: the client id in one line, the secret in the "
     "next, or what key create --format json prints",
     apply_key_file},
    {"ca-file", "FILE", NULL, OPTION_REMOTE,
     "certificates (PEM) to believe the server by; default: those that this machine knows", apply_ca_file},
    {"expected-version", "N", NULL, OPTION_REMOTE,
     "change it there only if it has this version still; default: the version that it has", apply_expected_version},
};

size_t option_count(void)
{
    return sizeof(rows) / sizeof(rows[0]);
}

const struct option_row *option_at(size_t index)
{
    return &rows[index];
}

const struct option_row *option_find(const char *name, unsigned groups)
{
    for (size_t i = 0; i < option_count(); ++i) {
        if ((rows[i].group & groups) != 0 && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

void option_variable(const struct option_row *row, char out[static OPTION_VARIABLE_BYTES_MAX])
{
    size_t len = (size_t)snprintf(out, OPTION_VARIABLE_BYTES_MAX, "HALLMARK_%s", row->name);
    for (size_t i = 0; i < len && i < OPTION_VARIABLE_BYTES_MAX; ++i)
        out[i] = (char)(out[i] == '-' ? '_' : toupper((unsigned char)out[i]));
}
