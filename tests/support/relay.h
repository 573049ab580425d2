/* SPDX-License-Identifier: Apache-2.0 */
/* A wire between a program and PostgreSQL that can be cut: a thread listens on a Unix socket of its own and passes
 * bytes on. The functions return when what they ask for has been done. */
#ifndef HALLMARK_TESTS_RELAY_H
#define HALLMARK_TESTS_RELAY_H

#include <stdbool.h>

struct relay;

/* Towards a server's socket folder and port, or host and port. Listens at once. */
struct relay *relay_start(const char *host, const char *port);
void relay_stop(struct relay *relay);

/* The folder to give to libpq as its host; the port is RELAY_PORT. */
#define RELAY_PORT "5432"
const char *relay_folder(const struct relay *relay);

void relay_down(struct relay *relay); /* ends every connection and refuses new ones, as a stopped server does */
void relay_up(struct relay *relay);   /* the server is back */
void relay_cut(struct relay *relay);  /* ends every connection; new ones are taken */
void relay_stall(struct relay *relay, bool stall); /* takes new connections, but moves no byte */
/* What clients send still arrives; the first answer that comes back on a connection is thrown away with the connection.
 */
void relay_lose_answers(struct relay *relay, bool lose);

#endif
