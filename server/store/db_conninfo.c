/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_conninfo.h"

#include "base/log.h"
#include "base/slice.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netdb.h>
#include <stdlib.h>

#define HOSTS_MAX       16  /* addresses in all; more are left out */
#define OPTIONS_MAX     64  /* libpq 15 knows 42 */
#define CONNECT_SECONDS "5" /* to each host, where it blocks */

struct host { /* all malloc; owned */
    char *name, *address, *port;
};

struct option {
    const char *keyword; /* in `parsed`, or a literal */
    const char *value;
};

struct db_conninfo {
    char *text;               /* as it was given */
    PQconninfoOption *parsed; /* NULL: the text is malformed */
    struct host hosts[HOSTS_MAX];
    size_t host_count; /* 0: nothing had to be looked up, the text's own hosts stand */
    bool unresolved;   /* there were names, and none could be looked up */
};

/* What a connection of ours has unless the text, or libpq's environment variable, says otherwise. */
static const struct preset {
    const char *keyword, *environment, *value;
} presets[] = {
    {"fallback_application_name", "PGAPPNAME", "hallmark"},
    {"client_encoding", NULL, "UTF8"},
    {"gssencmode", "PGGSSENCMODE", "disable"}, /* a round trip at each connect for what is hardly ever there */
    {"keepalives_idle", NULL, "30"},           /* a host that vanished is noticed before a request finds out */
    {"keepalives_interval", NULL, "5"},
    {"keepalives_count", NULL, "3"},
};

static char *copy_of(h2o_iovec_t text)
{
    char *copy = h2o_mem_alloc(text.len + 1);
    if (text.len != 0)
        memcpy(copy, text.base, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* The value in the text, or NULL. */
static const char *given(const struct db_conninfo *conninfo, const char *keyword)
{
    for (const PQconninfoOption *option = conninfo->parsed; option->keyword != NULL; ++option) {
        if (strcmp(option->keyword, keyword) == 0)
            return option->val != NULL && option->val[0] != '\0' ? option->val : NULL;
    }
    return NULL;
}

static const char *given_or_environment(const struct db_conninfo *conninfo, const char *keyword,
                                        const char *environment)
{
    const char *value = given(conninfo, keyword);
    return value != NULL || environment == NULL ? value : getenv(environment);
}

/* --- hosts ------------------------------------------------------------------------------------ */

static void add_host(struct db_conninfo *conninfo, h2o_iovec_t name, const char *address, h2o_iovec_t port)
{
    if (conninfo->host_count == HOSTS_MAX)
        return;
    conninfo->hosts[conninfo->host_count++] =
        (struct host){.name = copy_of(name), .address = copy_of(slice_of(address)), .port = copy_of(port)};
}

static void look_up(struct db_conninfo *conninfo, h2o_iovec_t name, h2o_iovec_t port)
{
    char *text = copy_of(name);
    struct addrinfo *found, hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    int failure = getaddrinfo(text, NULL, &hints, &found);
    free(text);
    if (failure != 0) {
        char quoted[256];
        log_event(LOG_LEVEL_ERROR, "database_host_unknown", "\"host\":%s,\"error\":\"%s\"",
                  log_quote(quoted, sizeof(quoted), name), gai_strerror(failure));
        return;
    }
    for (const struct addrinfo *one = found; one != NULL; one = one->ai_next) {
        char address[NI_MAXHOST];
        if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof(address), NULL, 0, NI_NUMERICHOST) == 0)
            add_host(conninfo, name, address, port);
    }
    freeaddrinfo(found);
}

/* A folder, an abstract socket, or nothing (libpq's default): nothing to look up. */
static bool is_local(h2o_iovec_t host)
{
    return host.len == 0 || host.base[0] == '/' || host.base[0] == '@';
}

static size_t parts_of(h2o_iovec_t list)
{
    size_t parts = 1;
    for (size_t i = 0; i < list.len; ++i)
        parts += list.base[i] == ',' ? 1 : 0;
    return parts;
}

static void read_hosts(struct db_conninfo *conninfo)
{
    const char *hosts = given_or_environment(conninfo, "host", "PGHOST");
    if (hosts == NULL || given_or_environment(conninfo, "hostaddr", "PGHOSTADDR") != NULL)
        return;
    h2o_iovec_t host_list = slice_of(hosts), port_list = slice_of(given_or_environment(conninfo, "port", "PGPORT"));
    bool one_port = parts_of(port_list) == 1;
    if (!one_port && parts_of(port_list) != parts_of(host_list))
        return; /* libpq says so, before it looks anything up */
    while (host_list.base != NULL) {
        h2o_iovec_t host = slice_cut(&host_list, ',');
        h2o_iovec_t port = one_port ? port_list : slice_cut(&port_list, ',');
        if (is_local(host))
            add_host(conninfo, host, "", port);
        else
            look_up(conninfo, host, port);
    }
    conninfo->unresolved = conninfo->host_count == 0;
}

struct db_conninfo *db_conninfo_create(const char *text)
{
    struct db_conninfo *conninfo = h2o_mem_alloc(sizeof(*conninfo));
    *conninfo = (struct db_conninfo){.text = copy_of(slice_of(text))};
    conninfo->parsed = PQconninfoParse(text, NULL);
    if (conninfo->parsed != NULL)
        read_hosts(conninfo);
    return conninfo;
}

void db_conninfo_destroy(struct db_conninfo *conninfo)
{
    if (conninfo == NULL)
        return;
    for (size_t i = 0; i < conninfo->host_count; ++i) {
        free(conninfo->hosts[i].name);
        free(conninfo->hosts[i].address);
        free(conninfo->hosts[i].port);
    }
    PQconninfoFree(conninfo->parsed);
    free(conninfo->text);
    free(conninfo);
}

/* --- connecting ------------------------------------------------------------------------------- */

struct arguments { /* of one PQconnectStartParams; texts that had to be made are owned */
    const char *keywords[OPTIONS_MAX + 1], *values[OPTIONS_MAX + 1];
    size_t count;
    char *hosts, *addresses, *ports, *options;
};

static void put(struct arguments *arguments, const char *keyword, const char *value)
{
    assert(arguments->count < OPTIONS_MAX);
    arguments->keywords[arguments->count] = keyword;
    arguments->values[arguments->count++] = value;
}

/* One part of every host, joined with ',': `offset` says which. */
static char *join(const struct db_conninfo *conninfo, unsigned first, size_t offset)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t joined = SLICE("");
    for (size_t i = 0; i < conninfo->host_count; ++i) {
        const struct host *host = &conninfo->hosts[(first + i) % conninfo->host_count];
        const char *part = *(char *const *)((const char *)host + offset);
        joined = slice_format(&pool, "%.*s%s%s", SLICE_ARGS(joined), i == 0 ? "" : ",", part);
    }
    char *copy = copy_of(joined);
    h2o_mem_clear_pool(&pool);
    return copy;
}

static void put_hosts(struct arguments *arguments, const struct db_conninfo *conninfo, unsigned first)
{
    if (conninfo->host_count == 0)
        return;
    put(arguments, "host", arguments->hosts = join(conninfo, first, offsetof(struct host, name)));
    put(arguments, "hostaddr", arguments->addresses = join(conninfo, first, offsetof(struct host, address)));
    put(arguments, "port", arguments->ports = join(conninfo, first, offsetof(struct host, port)));
}

/* With several hosts the one that takes writes is meant, unless somebody says otherwise. */
static void put_session_attributes(struct arguments *arguments, const struct db_conninfo *conninfo)
{
    const char *hosts = given_or_environment(conninfo, "host", "PGHOST");
    const char *addresses = given_or_environment(conninfo, "hostaddr", "PGHOSTADDR");
    bool several = parts_of(slice_of(hosts)) > 1 || parts_of(slice_of(addresses)) > 1;
    if (several && given_or_environment(conninfo, "target_session_attrs", "PGTARGETSESSIONATTRS") == NULL)
        put(arguments, "target_session_attrs", "read-write");
}

static void put_options(struct arguments *arguments, const struct db_conninfo *conninfo, const char *options)
{
    const char *before = given_or_environment(conninfo, "options", "PGOPTIONS");
    size_t size = (before == NULL ? 0 : strlen(before)) + strlen(options) + sizeof(" ");
    arguments->options = h2o_mem_alloc(size);
    snprintf(arguments->options, size, "%s %s", before == NULL ? "" : before, options);
    put(arguments, "options", arguments->options);
}

static bool is_put_already(const struct arguments *arguments, const char *keyword)
{
    for (size_t i = 0; i < arguments->count; ++i) {
        if (strcmp(arguments->keywords[i], keyword) == 0)
            return true;
    }
    return false;
}

/* The rest: as it was given, or else as we want it. */
static void put_rest(struct arguments *arguments, const struct db_conninfo *conninfo)
{
    for (const PQconninfoOption *option = conninfo->parsed; option->keyword != NULL; ++option) {
        if (option->val != NULL && !is_put_already(arguments, option->keyword))
            put(arguments, option->keyword, option->val);
    }
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); ++i) {
        if (given_or_environment(conninfo, presets[i].keyword, presets[i].environment) == NULL)
            put(arguments, presets[i].keyword, presets[i].value);
    }
}

static PGconn *connect_with(const struct db_conninfo *conninfo, struct arguments *arguments, bool blocks)
{
    put_session_attributes(arguments, conninfo);
    put_rest(arguments, conninfo);
    PGconn *connection = blocks ? PQconnectdbParams(arguments->keywords, arguments->values, 0)
                                : PQconnectStartParams(arguments->keywords, arguments->values, 0);
    free(arguments->hosts);
    free(arguments->addresses);
    free(arguments->ports);
    free(arguments->options);
    return connection;
}

/* libpq's error message says what is malformed, or which host nobody knows. */
static PGconn *connect_in_vain(const struct db_conninfo *conninfo)
{
    return PQconnectStart(conninfo->parsed == NULL ? conninfo->text : "hostaddr=no_host_could_be_looked_up");
}

PGconn *db_conninfo_connect(const struct db_conninfo *conninfo, unsigned first, const char *options)
{
    if (conninfo->parsed == NULL || conninfo->unresolved)
        return connect_in_vain(conninfo);
    struct arguments arguments = {.count = 0};
    put_hosts(&arguments, conninfo, first);
    put_options(&arguments, conninfo, options);
    return connect_with(conninfo, &arguments, false);
}

PGconn *db_conninfo_connect_blocking(const struct db_conninfo *conninfo)
{
    if (conninfo->parsed == NULL || conninfo->unresolved)
        return connect_in_vain(conninfo);
    struct arguments arguments = {.count = 0};
    put_hosts(&arguments, conninfo, 0);
    if (given_or_environment(conninfo, "connect_timeout", "PGCONNECT_TIMEOUT") == NULL)
        put(&arguments, "connect_timeout", CONNECT_SECONDS);
    return connect_with(conninfo, &arguments, true);
}
