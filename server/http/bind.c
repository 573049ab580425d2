/* SPDX-License-Identifier: Apache-2.0 */
#include "http/bind.h"

#include "base/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PORT_MAX 65535

/* --- addresses ------------------------------------------------------------------------------------------------------
 */

static void name_ipv4(struct bind_address *out, const struct address *address, uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&name.sin_addr, address->bytes, sizeof(name.sin_addr));
    memcpy(&out->name, &name, sizeof(name));
    out->length = sizeof(name);
}

static void name_ipv6(struct bind_address *out, const struct address *address, uint16_t port)
{
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address->bytes, sizeof(name.sin6_addr));
    memcpy(&out->name, &name, sizeof(name));
    out->length = sizeof(name);
}

/* Cuts "host:port" or "[host]:port". */
static bool split(h2o_iovec_t text, h2o_iovec_t *host_out, h2o_iovec_t *port_out)
{
    bool in_brackets = text.len > 0 && text.base[0] == '[';
    h2o_iovec_t rest = in_brackets ? slice_from(text, 1) : text;
    *host_out = slice_cut(&rest, in_brackets ? ']' : ':');
    if (in_brackets && (rest.len == 0 || rest.base[0] != ':'))
        return false;
    *port_out = in_brackets ? slice_from(rest, 1) : rest;
    return port_out->len > 0;
}

bool bind_parse(const char *text, struct bind_address *out)
{
    h2o_iovec_t host, port_text;
    struct address address;
    uint64_t port;
    if (!split(slice_of(text), &host, &port_text) || !slice_to_u64(port_text, PORT_MAX, &port) ||
        !address_parse(host, &address))
        return false;
    bool in_brackets = text[0] == '[';
    if (in_brackets == (address.family == 4))
        return false;
    memset(out, 0, sizeof(*out));
    if (address.family == 4)
        name_ipv4(out, &address, (uint16_t)port);
    else
        name_ipv6(out, &address, (uint16_t)port);
    return true;
}

bool bind_is_loopback(const struct bind_address *address)
{
    struct address plain;
    return address_from_sockaddr((const struct sockaddr *)&address->name, &plain) && address_is_loopback(&plain);
}

unsigned bind_port(const struct bind_address *address)
{
    if (address->name.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&address->name)->sin_port);
    assert(address->name.ss_family == AF_INET6);
    return ntohs(((const struct sockaddr_in6 *)&address->name)->sin6_port);
}

/* --- sockets --------------------------------------------------------------------------------------------------------
 */

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

/* What is set here is inherited by the connections that are accepted. */
static bool set_options(int fd, const struct bind_address *address, bool shared)
{
    if (!set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) || (shared && !set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)))
        return false;
    if (address->name.ss_family == AF_INET6 && !set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0))
        return false;
    return set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, LIMIT_WRITE_STALL_MS);
}

/* -1 on failure, with errno. */
static int open_one(struct bind_address *address, bool shared)
{
    int fd = socket(address->name.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (set_options(fd, address, shared) && bind(fd, (struct sockaddr *)&address->name, address->length) == 0 &&
        listen(fd, SOMAXCONN) == 0 && getsockname(fd, (struct sockaddr *)&address->name, &address->length) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Without sharing, the system tells whether somebody else listens there. It also chooses the port when that is open. */
static bool probe(struct bind_address *address)
{
    int fd = open_one(address, false);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

bool bind_listen(struct bind_address *address, int *fds_out, unsigned count, char **message_out)
{
    unsigned opened = 0;
    if (probe(address))
        while (opened < count && (fds_out[opened] = open_one(address, true)) >= 0)
            ++opened;
    if (opened == count)
        return true;
    if (asprintf(message_out, "cannot listen on port %u: %s", bind_port(address), strerror(errno)) < 0)
        abort();
    while (opened > 0)
        close(fds_out[--opened]);
    return false;
}
