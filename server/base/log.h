/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object a line on standard output. A thread writes into a buffer of its own; a writer thread empties full or
 * old buffers, so that a slow reader of the log never stops a request: what does not fit is dropped and counted. Never
 * a secret, token, code, cookie or form value in any line. */
#ifndef HALLMARK_BASE_LOG_H
#define HALLMARK_BASE_LOG_H

#include "base/slice.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* fd: where lines go (1). Lines above `level` are left out. */
void log_start(int fd, enum log_level level);
void log_stop(void); /* writes what is there, joins the writer; lines after it go straight to fd */

/* An event: {"ts":..,"level":..,"event":"...", fields}. `fields` is a printf format for the remaining members, without
 * braces, such as "\"lane\":\"%s\",\"error\":%s"; NULL for none. Text that is not ours must have been quoted by
 * log_quote. Any thread. */
void log_event(enum log_level level, const char *event, const char *fields, ...) __attribute__((format(printf, 3, 4)));

/* A JSON string (quotes included) of at most `size` bytes, for text from outside; cut with "..." when too long. Returns
 * `out`. */
const char *log_quote(char *out, size_t size, h2o_iovec_t text);

/* A finished line, newline not included, straight into this thread's buffer: the hot path's request line. It is of
 * level info. */
void log_line(h2o_iovec_t line);

/* Gives this thread's buffer to the writer when it is older than a moment; called once a loop turn. */
void log_tick(void);

uint64_t log_lines_dropped(void);

#endif
