/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_archive_command.h"

#include "app/admin.h"
#include "app/durable.h"
#include "app/export_bounds.h"
#include "app/export_file.h"
#include "app/export_source.h"
#include "app/verifier_words.h"
#include "base/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES_USUAL 4096
#define UNFINISHED       ".unfinished" /* behind the name of a file that is still being written */

struct archiving {
    const struct command_input *input;
    const char *month, *path;
    char unfinished[PATH_MAX];
    struct export_source source;
    struct export_bounds bounds;
    int64_t from_us, to_us;
    uint64_t lines;
    /* of the file, once it was read back */
    struct export_check check;
    uint8_t digest[DIGEST_BYTES];
};

/* --- which month ------------------------------------------------------------------------------------------------- */

static bool read_wishes(struct archiving *archiving, const struct command_input *input)
{
    *archiving =
        (struct archiving){.input = input, .month = command_value(input, "month"), .path = command_value(input, "to")};
    int len = snprintf(archiving->unfinished, sizeof(archiving->unfinished), "%s" UNFINISHED, archiving->path);
    if (len < 0 || (size_t)len >= sizeof(archiving->unfinished)) {
        command_usage("--to: the name is too long");
        return false;
    }
    return verifier_words_read("verifier", command_value(input, "verifier"), archiving->check.verifiers,
                               EXPORT_VERIFIERS_MAX, &archiving->check.verifier_count);
}

static bool find_month(struct archiving *archiving)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(archiving->month));
    if (db_sync_run(archiving->source.pages, STATEMENT_ARCHIVE_MONTH, &parameters, &result) != DB_DONE) {
        command_failed("%s", db_sync_message(archiving->source.pages));
        return false;
    }
    archiving->from_us = db_result_i64(result, 0, 0);
    archiving->to_us = db_result_i64(result, 0, 1);
    return true;
}

/* --- the file is written ----------------------------------------------------------------------------------------- */

static bool write_head(const struct archiving *archiving, FILE *file)
{
    struct text line;
    text_start(&line, archiving->input->pool, LINE_BYTES_USUAL);
    text_add(&line, SLICE("{\"hallmark_export\":1"));
    text_add_string_member(&line, SLICE("archive"), slice_of(archiving->month));
    text_add_member(&line, SLICE("from"));
    text_add_i64(&line, archiving->from_us);
    text_add_member(&line, SLICE("to"));
    text_add_i64(&line, archiving->to_us);
    text_add_string_member(&line, SLICE("checkpoint"), archiving->bounds.note);
    text_add(&line, SLICE("}\n"));
    return fwrite(line.base, 1, line.len, file) == line.len;
}

static bool ask_page(struct archiving *archiving, int64_t after_account, int64_t after_seq,
                     const struct db_result **out)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, after_account);
    db_add_i64(&parameters, after_seq);
    db_add_i64(&parameters, (int64_t)archiving->bounds.size);
    db_add_i64(&parameters, archiving->from_us);
    db_add_i64(&parameters, archiving->to_us);
    db_add_i64(&parameters, EXPORT_PAGE_ROWS);
    if (db_sync_run(archiving->source.pages, STATEMENT_ARCHIVE_PAGE, &parameters, out) == DB_DONE)
        return true;
    command_failed("%s", db_sync_message(archiving->source.pages));
    return false;
}

static bool write_line(struct archiving *archiving, const struct db_result *page, size_t row, FILE *file)
{
    struct text line;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    text_start(&line, &pool, LINE_BYTES_USUAL);
    bool is_proven = export_source_line(&archiving->source, page, row, &line);
    bool is_written = is_proven && fwrite(line.base, 1, line.len, file) == line.len;
    h2o_mem_clear_pool(&pool);
    if (!is_proven)
        command_failed("what the database keeps proves change %" PRId64 " of account %" PRId64 " no more",
                       db_result_i64(page, row, EXPORT_SEQ), db_result_i64(page, row, EXPORT_ACCOUNT));
    else if (!is_written)
        command_failed("%s: %s", archiving->unfinished, strerror(errno));
    archiving->lines += is_written;
    return is_written;
}

static bool write_pages(struct archiving *archiving, FILE *file)
{
    const struct db_result *page;
    size_t rows = EXPORT_PAGE_ROWS;
    int64_t account = -1, seq = 0;
    while (rows == EXPORT_PAGE_ROWS) {
        if (!ask_page(archiving, account, seq, &page))
            return false;
        rows = db_result_rows(page);
        for (size_t row = 0; row < rows; ++row) {
            if (!write_line(archiving, page, row, file))
                return false;
            account = db_result_i64(page, row, EXPORT_ACCOUNT);
            seq = db_result_i64(page, row, EXPORT_SEQ);
        }
    }
    return true;
}

/* On the disk when it returns true. */
static bool write_end(const struct archiving *archiving, FILE *file)
{
    fprintf(file, "{\"end\":true,\"changes\":%" PRIu64 "}\n", archiving->lines);
    if (fflush(file) == 0 && ferror(file) == 0 && fsync(fileno(file)) == 0)
        return true;
    command_failed("%s: %s", archiving->unfinished, strerror(errno));
    return false;
}

static bool write_file(struct archiving *archiving)
{
    int number = open(archiving->unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = number < 0 ? NULL : fdopen(number, "w");
    if (file == NULL) {
        command_failed("%s: %s", archiving->unfinished, strerror(errno));
        return false;
    }
    bool done = write_head(archiving, file) && write_pages(archiving, file) && write_end(archiving, file);
    if (fclose(file) != 0 && done) {
        command_failed("%s: %s", archiving->unfinished, strerror(errno));
        done = false;
    }
    return done;
}

/* --- it is read back --------------------------------------------------------------------------------------------- */

static bool check_file(struct archiving *archiving, const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        command_failed("%s: %s", path, strerror(errno));
        return false;
    }
    bool done = export_file_check(&archiving->check, file, stderr, archiving->digest);
    fclose(file);
    if (done && (!archiving->check.is_archive || strcmp(archiving->check.month, archiving->month) != 0 ||
                 archiving->check.from_us != archiving->from_us || archiving->check.to_us != archiving->to_us)) {
        command_failed("%s is no archive of the month %s", path, archiving->month);
        done = false;
    }
    return done;
}

/* Its name tells that it is whole; nothing is written over. */
static bool name_file(const struct archiving *archiving)
{
    if (link(archiving->unfinished, archiving->path) == 0 && unlink(archiving->unfinished) == 0 &&
        durable_name(archiving->path))
        return true;
    command_failed("%s: %s", archiving->path, strerror(errno));
    return false;
}

static bool has_file(const struct archiving *archiving)
{
    struct stat about;
    return lstat(archiving->path, &about) == 0;
}

static bool make_file(struct archiving *archiving)
{
    static const struct export_demand demand = {.account_id = EXPORT_ALL_ACCOUNTS};
    if (!export_bounds_read(archiving->source.pages, archiving->input->pool, &demand, &archiving->bounds))
        return false;
    export_source_start(&archiving->source, archiving->bounds.size);
    bool done = write_file(archiving) && check_file(archiving, archiving->unfinished);
    if (!done)
        unlink(archiving->unfinished);
    return done && name_file(archiving);
}

/* --- the month goes ---------------------------------------------------------------------------------------------- */

static h2o_iovec_t name_of(const struct archiving *archiving)
{
    const char *slash = strrchr(archiving->path, '/');
    return slice_of(slash == NULL ? archiving->path : slash + 1);
}

static enum command_exit drop(struct archiving *archiving)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(archiving->month));
    db_add_text(&parameters, name_of(archiving));
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)archiving->digest, DIGEST_BYTES});
    db_add_i64(&parameters, (int64_t)archiving->check.month_changes);
    if (db_sync_run(archiving->source.pages, STATEMENT_ARCHIVE_DROP, &parameters, &result) != DB_DONE)
        return command_failed("the file is there, and the month still in the database: %s",
                              db_sync_message(archiving->source.pages));
    return COMMAND_DONE;
}

static void tell(const struct archiving *archiving, bool is_dropped)
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    codec_hex_encode(hex, archiving->digest, DIGEST_BYTES);
    printf("%s: %" PRIu64 " changes in %s, SHA-256 %.*s; %s\n", archiving->month, archiving->check.month_changes,
           archiving->path, (int)sizeof(hex), hex,
           is_dropped ? "no longer in the database" : "still in the database, without --drop");
}

/* A file that is there may be older than an erasure: then it still has what was erased. */
static enum command_exit archive(struct archiving *archiving)
{
    bool is_there = has_file(archiving), is_dropped = command_value(archiving->input, "drop") != NULL;
    if (!find_month(archiving) || !(is_there ? check_file(archiving, archiving->path) : make_file(archiving)))
        return COMMAND_FAILED;
    struct export_bounds of_file = {.size = archiving->check.size, .through = archiving->check.size};
    int64_t uncovered = export_bounds_uncovered(archiving->source.pages, EXPORT_ALL_ACCOUNTS, &of_file);
    if (uncovered < 0)
        return command_failed("%s", db_sync_message(archiving->source.pages));
    if (uncovered > 0)
        return command_failed("values were erased since the file was written: take it away, and archive again");
    enum command_exit exit_code = is_dropped ? drop(archiving) : COMMAND_DONE;
    if (exit_code == COMMAND_DONE)
        tell(archiving, is_dropped);
    return exit_code;
}

enum command_exit history_archive_run(struct command_input *input)
{
    enum command_exit exit_code = COMMAND_FAILED;
    struct archiving *archiving = h2o_mem_alloc_pool(input->pool, sizeof(*archiving));
    if (!read_wishes(archiving, input))
        return COMMAND_USAGE;
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    if (export_source_open(&archiving->source, input))
        exit_code = archive(archiving);
    export_check_free(&archiving->check);
    export_source_close(&archiving->source);
    return exit_code;
}
