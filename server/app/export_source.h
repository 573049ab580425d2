/* SPDX-License-Identifier: Apache-2.0 */
/* What exports and archives of the history are made from: two connections (a page stays readable while proofs are made
 * for its rows), and a change as a line (server/seal/export-format.md). */
#ifndef HALLMARK_APP_EXPORT_SOURCE_H
#define HALLMARK_APP_EXPORT_SOURCE_H

#include "app/command.h"
#include "base/text.h"
#include "seal/tile_reader.h"

#define EXPORT_PAGE_ROWS 500

/* The columns with which the statements of pages begin. */
enum export_column {
    EXPORT_SEQ,
    EXPORT_INDEX,
    EXPORT_PREVIOUS,
    EXPORT_FACTS,
    EXPORT_HELD,
    EXPORT_ERASED,
    EXPORT_ACCOUNT, /* of archives only */
};

struct export_source {
    struct db_sync *pages, *of_tiles;
    struct tile_reader tiles;
};

/* False after having said why. To be closed in either case. */
bool export_source_open(struct export_source *source, const struct command_input *input);
void export_source_close(struct export_source *source);

/* With the size of the checkpoint that proves, before the first line. */
void export_source_start(struct export_source *source, uint64_t size);

/* Appends the line of a change, with its newline. False when what is kept makes no proof. */
bool export_source_line(struct export_source *source, const struct db_result *page, size_t row, struct text *line);

#endif
