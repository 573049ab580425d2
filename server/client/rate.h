/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests a key, and an application with all its keys together, make in a window. Windows follow each other
 * from 1970 on, so that all nodes have the same ones. One table for the process; a cell in it belongs to a key or an
 * application as long as any thread remembers a client of it, and until its window is over.
 *
 * Counting is one compare-and-exchange on the cell and takes no lock, so one node is exact: of any number of threads
 * exactly as many come through as the limit says, and nobody is refused below it. Only when a client is read from the
 * database anew is its cell looked up, under a lock. */
#ifndef HALLMARK_CLIENT_RATE_H
#define HALLMARK_CLIENT_RATE_H

#include "store/store_client.h"

enum rate_kind { RATE_KEY, RATE_APPLICATION, RATE__MAX };

struct rate_quota {
    uint32_t requests, seconds; /* requests 0: as many as one likes */
};

struct rate_table;
struct rate_cell;

/* `defaults`: for whom the database names no limit. */
struct rate_table *rate_table_create(const struct rate_quota defaults[static RATE__MAX]);
/* After every thread has left its cells. NULL is a no-op. */
void rate_table_destroy(struct rate_table *table);

/* The cells of a client, by kind; NULL: nothing is counted, since there is no limit or the table is full (which
 * rate_full tells). `is_newest`: the row is no older than what anybody knows, so its limits hold from now on, on all
 * threads. Each cell is left once. */
void rate_enter(struct rate_table *table, const struct client_row *row, bool is_newest,
                struct rate_cell *cells_out[static RATE__MAX]);
void rate_leave(struct rate_cell *cell); /* any thread; NULL is a no-op */

struct rate_standing {
    struct rate_quota quota; /* requests 0: there is no limit, and the rest says nothing */
    uint32_t remaining;      /* after this request; 0 of one that was refused: it was used up before */
    int reset_s;             /* until the window is over, rounded up: 1 or more */
};

/* Counts a request in both cells if both have room, and in none otherwise. Answers RATE__MAX, or the kind that refused.
 * `standings_out` is filled in either case. */
enum rate_kind rate_take(struct rate_cell *const cells[static RATE__MAX], int64_t now_us,
                         struct rate_standing standings_out[static RATE__MAX]);

/* For metrics. */
size_t rate_cells(const struct rate_table *table);  /* in use */
uint64_t rate_full(const struct rate_table *table); /* times that somebody went uncounted since there was no cell */

#endif
