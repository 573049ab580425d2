/* SPDX-License-Identifier: Apache-2.0 */
/* One client made of what the database said. For this room alone: the others know client_book.h. */
#ifndef HALLMARK_CLIENT_CLIENT_H
#define HALLMARK_CLIENT_CLIENT_H

#include "client/client_book.h"

/* Copies the row; one reference. NULL when its scopes are not well formed, which the schema's checks rule out. */
struct client *client_create(const struct client_row *row);

/* Enters the client into the table, which outlives it; it leaves when it is released. */
void client_count_in(struct client *client, struct rate_table *rates, const struct client_row *row, bool is_newest);

/* What it costs in memory. */
size_t client_bytes(const struct client *client);

#endif
