/* SPDX-License-Identifier: Apache-2.0 */
/* A connection string made ready for a loop: host names are looked up here, once, since libpq would look them up on the
 * loop and stop the thread; and what every connection of ours needs is added. Inside server/store only. */
#ifndef HALLMARK_STORE_DB_CONNINFO_H
#define HALLMARK_STORE_DB_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

struct db_conninfo;

/* May block for look-ups. Never fails: what is wrong with the text is told by each attempt to connect. */
struct db_conninfo *db_conninfo_create(const char *text);
void db_conninfo_destroy(struct db_conninfo *conninfo); /* NULL is a no-op */

/* PQconnectStart. The hosts are tried in their order, beginning with number `first` modulo their count: libpq goes on
 * to the next host when one refuses, but would wait for ever for one that does not answer. `options` ("-c name=value
 * ...") are added to those in the text. The connection may be CONNECTION_BAD already; NULL only when memory is out. */
PGconn *db_conninfo_connect(const struct db_conninfo *conninfo, unsigned first, const char *options);

/* Connects at once and waits for it; without options of ours. Never on a loop's thread. */
PGconn *db_conninfo_connect_blocking(const struct db_conninfo *conninfo);

#endif
