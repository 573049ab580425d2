/* SPDX-License-Identifier: Apache-2.0 */
/* How lines get from any thread to the log without any thread waiting; for log.c alone. */
#ifndef HALLMARK_BASE_LOG_WRITER_H
#define HALLMARK_BASE_LOG_WRITER_H

#include "base/slice.h"

/* Starts the writer thread; false when the system refuses one. Not from two threads at once. */
__attribute__((warn_unused_result)) bool log_writer_start(int fd);

/* Writes what is there and joins the writer. A reader that has stopped reading is waited for two seconds; what is left
 * then counts as dropped. No-op when it does not run. */
void log_writer_stop(void);

bool log_writer_runs(void);

/* Adds a line and its newline to this thread's ring, or drops and counts it when the ring is full. Never waits. The
 * writer learns of it by the next log_writer_announce of this thread, or when the ring gets half full. */
void log_writer_add(h2o_iovec_t line);

/* Wakes the writer when this thread has added lines since the last call. */
void log_writer_announce(void);

uint64_t log_writer_dropped(void);

#endif
