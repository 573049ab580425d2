/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_writer.h"
#include "base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#define EVENT_BYTES_MAX 4096
#define TIME_BYTES_MAX  64
#define PIECE_BYTES_MAX 16 /* one character, escaped, in quotes */

static const h2o_iovec_t cut_end = {(char *)"...\"", 4};

static struct {
    int fd;
    enum log_level level;
} settings = {STDOUT_FILENO, LOG_LEVEL_INFO};

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn", [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug"};

void log_start(int fd, enum log_level level)
{
    settings.fd = fd;
    settings.level = level;
    if (!log_writer_start(fd))
        log_event(LOG_LEVEL_WARN, "log_without_writer", NULL); /* lines go straight to fd then */
}

void log_stop(void)
{
    log_writer_stop();
}

/* Before the start and after the stop. What cannot be written is lost: there is no other place to complain. */
static void write_straight(h2o_iovec_t line)
{
    struct iovec parts[] = {{line.base, line.len}, {(char *)"\n", 1}};
    size_t part = 0;
    while (part < 2) {
        ssize_t written = writev(settings.fd, parts + part, (int)(2 - part));
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return;
        size_t left = (size_t)written;
        for (; part < 2 && left >= parts[part].iov_len; ++part)
            left -= parts[part].iov_len;
        if (part < 2) {
            parts[part].iov_base = (char *)parts[part].iov_base + left;
            parts[part].iov_len -= left;
        }
    }
}

static void put_line(h2o_iovec_t line)
{
    if (log_writer_runs())
        log_writer_add(line);
    else
        write_straight(line);
}

/* A text over bytes that are certain to be enough: it never grows, hence needs no pool. */
static struct text text_over(char *bytes, size_t size)
{
    return (struct text){NULL, bytes, 0, size};
}

static size_t put_head(char out[static EVENT_BYTES_MAX], enum log_level level, const char *event)
{
    char bytes[TIME_BYTES_MAX];
    struct text time = text_over(bytes, sizeof(bytes));
    text_add_time(&time, clock_unix_us());
    int len = snprintf(out, EVENT_BYTES_MAX, "{\"ts\":\"%.*s\",\"level\":\"%s\",\"event\":\"%s\"",
                       SLICE_ARGS(text_slice(&time)), level_names[level], event);
    assert(len > 0);
    assert(len < EVENT_BYTES_MAX / 2);
    return (size_t)len;
}

/* The text of an event that is too long would end in the middle of a string. */
__attribute__((format(printf, 3, 0))) static size_t put_fields(char *out, size_t size, const char *fields, va_list args)
{
    out[0] = ',';
    int len = vsnprintf(out + 1, size - 1, fields, args);
    if (len < 0 || (size_t)len >= size - 1)
        return (size_t)snprintf(out, size, ",\"fields\":\"too long\"");
    for (int i = 1; i <= len; ++i)
        if ((uint8_t)out[i] < ' ')
            out[i] = ' '; /* one event stays one line, whatever its caller forgot to quote */
    return (size_t)len + 1;
}

void log_event(enum log_level level, const char *event, const char *fields, ...)
{
    char line[EVENT_BYTES_MAX];
    if (level > settings.level)
        return;
    size_t len = put_head(line, level, event);
    if (fields != NULL) {
        va_list args;
        va_start(args, fields);
        len += put_fields(line + len, sizeof(line) - len - 1, fields, args);
        va_end(args);
    }
    line[len++] = '}';
    put_line((h2o_iovec_t){line, len});
    log_writer_announce(); /* events are rare, and not every thread that has them calls log_tick */
}

const char *log_quote(char *out, size_t size, h2o_iovec_t text)
{
    size_t len = 1, cut_at = 1;
    assert(size > cut_end.len + 1);
    out[0] = '"';
    while (text.len > 0) {
        char bytes[PIECE_BYTES_MAX];
        struct text piece = text_over(bytes, sizeof(bytes));
        size_t character = slice_utf8_length(text);
        character = character == 0 ? 1 : character;
        text_add_json_string(&piece, (h2o_iovec_t){text.base, character});
        size_t escaped = piece.len - 2; /* its quotes */
        if (len + escaped + 2 > size) {
            memcpy(out + cut_at, cut_end.base, cut_end.len + 1);
            return out;
        }
        memcpy(out + len, bytes + 1, escaped);
        len += escaped;
        cut_at = len + cut_end.len + 1 <= size ? len : cut_at;
        text = slice_from(text, character);
    }
    memcpy(out + len, "\"", 2);
    return out;
}

void log_line(h2o_iovec_t line)
{
    if (settings.level >= LOG_LEVEL_INFO)
        put_line(line);
}

void log_tick(void)
{
    log_writer_announce();
}

uint64_t log_lines_dropped(void)
{
    return log_writer_dropped();
}
