/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator set, parsed once at start. Read-only while the server runs, but for what a reload replaces (TLS).
 */
#ifndef HALLMARK_HTTP_SETTINGS_H
#define HALLMARK_HTTP_SETTINGS_H

#include "base/address.h"
#include "base/log.h"
#include "base/secret.h"
#include "client/rate.h"

struct settings {
    const char *database;                  /* conninfo */
    h2o_iovec_t issuer;                    /* scheme and host, no trailing slash */
    const char *listen;                    /* "127.0.0.1:8080", "[::]:443" */
    const char *operations_listen;         /* metrics; loopback only */
    const char *tls_certificate, *tls_key; /* both or none; paths */
    bool behind_proxy;                     /* TLS ends in front: plain HTTP beyond loopback is allowed */
    struct cidr_list trusted_proxies;
    unsigned threads;        /* default: one per core */
    unsigned db_connections; /* of the process */
    unsigned cache_megabytes;
    unsigned connections_max;           /* 0: from RLIMIT_NOFILE */
    unsigned signing_key_days;          /* age at which the active key is replaced by the next one */
    struct rate_quota rates[RATE__MAX]; /* for whom the database names no limit */
    bool webhook_allow_private;         /* webhooks and logout tokens may go to loopback and private addresses */
    bool webhook_allow_http;            /* and without TLS */
    const char *smtp_url;               /* the relay for mails; NULL: none, and none is sent */
    const char *smtp_user;              /* NULL: the relay asks for no login */
    struct secret smtp_password;        /* NUL-terminated behind its length; wiped at the end */
    const char *smtp_ca_file;           /* NULL: the system's */
    const char *mail_from;              /* "Name <address>" or an address; set when smtp_url is */
    enum log_level log_level;
    uint8_t master_key[DIGEST_BYTES]; /* wiped at the end */
};

#endif
