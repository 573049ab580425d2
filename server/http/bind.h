/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets, one for each thread on the same address: the system spreads the connections over them. */
#ifndef HALLMARK_HTTP_BIND_H
#define HALLMARK_HTTP_BIND_H

#include <stdbool.h>
#include <sys/socket.h>

struct bind_address {
    struct sockaddr_storage name;
    socklen_t length;
};

/* "127.0.0.1:8080", "[::]:443"; port 0 lets the system choose. Addresses only: a name would have to be looked up. */
__attribute__((warn_unused_result)) bool bind_parse(const char *text, struct bind_address *out);
bool bind_is_loopback(const struct bind_address *address);
unsigned bind_port(const struct bind_address *address);

/* Opens `count` listening sockets; address->name then has the port. A port that another process listens on already is
 * refused, since the two would share the connections. On failure nothing is left open and *message_out says why
 * (malloc). */
__attribute__((warn_unused_result)) bool bind_listen(struct bind_address *address, int *fds_out, unsigned count,
                                                     char **message_out);

#endif
