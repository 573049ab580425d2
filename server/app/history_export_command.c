/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_export_command.h"

#include "app/export_bounds.h"
#include "app/export_source.h"
#include "app/history_note.h"
#include "base/credential.h"
#include "history/moment.h"
#include "seal/export_closing.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NO_ACCOUNT      "acc_00000000" /* account 0: what belongs to none, such as people and applications */
#define ROW_BYTES_USUAL 4096
#define WITNESSES_MAX   12 /* a note tells no more cosignatures */

struct exporting {
    const struct command_input *input;
    struct export_source source;
    struct export_demand demand;
    int64_t application_id, from_us, to_us;
    h2o_iovec_t collection;
    struct export_bounds bounds;
    uint64_t seq, changes;
    bool is_complete, is_table, has_terminal;
};

/* --- what is asked for ------------------------------------------------------------------------------------------- */

static bool read_moment(const struct command_input *input, const char *name, int64_t *out)
{
    const char *value = command_value(input, name);
    if (value == NULL || moment_parse(slice_of(value), out))
        return true;
    command_usage("--%s: \"%s\" is no date or time such as 2026-03-01 or 2026-03-01T00:00:00Z", name, value);
    return false;
}

static bool read_application(const struct command_input *input, int64_t *out)
{
    const char *value = command_value(input, "application");
    if (value == NULL || ident_parse(IDENT_APPLICATION, slice_of(value), out))
        return true;
    command_usage("--application: \"%s\" is no such id; the list command shows them", value);
    return false;
}

static bool read_witnesses(const struct command_input *input, struct export_demand *out)
{
    const char *value = command_value(input, "witnesses");
    uint64_t witnesses = 0;
    if (value != NULL && !slice_to_u64(slice_of(value), WITNESSES_MAX, &witnesses)) {
        command_usage("--witnesses: \"%s\" is no number up to %d", value, WITNESSES_MAX);
        return false;
    }
    out->witnesses = (int64_t)witnesses;
    return true;
}

static bool read_nonce(const struct command_input *input, struct exporting *out)
{
    out->demand.nonce = slice_of(command_value(input, "nonce"));
    if (out->demand.nonce.base == NULL)
        return true;
    if (!export_nonce_ok(out->demand.nonce))
        command_usage("--nonce: 8 to 128 printable characters without blanks; take random ones");
    else if (!out->is_complete || out->is_table)
        command_usage("--nonce closes a whole export with proofs, neither a selection nor a table");
    else
        return true;
    return false;
}

static bool read_wishes(const struct command_input *input, struct exporting *out)
{
    const char *account = command_value(input, "account");
    *out = (struct exporting){.input = input,
                              .to_us = INT64_MAX,
                              .collection = slice_of(command_value(input, "collection")),
                              .is_table = command_value(input, "csv") != NULL,
                              .has_terminal = isatty(STDERR_FILENO) == 1};
    if (!slice_equal(slice_of(account), SLICE(NO_ACCOUNT)) &&
        !ident_parse(IDENT_ACCOUNT, slice_of(account), &out->demand.account_id)) {
        command_usage("--account: \"%s\" is no such id; the list command shows them", account);
        return false;
    }
    if (!read_application(input, &out->application_id) || !read_moment(input, "from", &out->from_us) ||
        !read_moment(input, "to", &out->to_us))
        return false;
    out->is_complete =
        out->collection.base == NULL && out->application_id == 0 && out->from_us == 0 && out->to_us == INT64_MAX;
    return read_witnesses(input, &out->demand) && read_nonce(input, out);
}

/* --- with proofs ------------------------------------------------------------------------------------------------- */

static void print_line(struct text *line)
{
    text_add_char(line, '\n');
    fwrite(line->base, 1, line->len, stdout);
}

static void print_head(const struct exporting *exporting, h2o_mem_pool_t *pool)
{
    struct text line;
    text_start(&line, pool, ROW_BYTES_USUAL);
    text_add(&line, SLICE("{\"hallmark_export\":1"));
    text_add_member(&line, SLICE("account_id"));
    text_add_i64(&line, exporting->demand.account_id);
    text_add_member(&line, SLICE("complete"));
    text_add(&line, exporting->is_complete ? SLICE("true") : SLICE("false"));
    text_add_u64_member(&line, SLICE("last_seq"), exporting->bounds.last_seq);
    text_add_string_member(&line, SLICE("checkpoint"), exporting->bounds.note);
    text_add_char(&line, '}');
    print_line(&line);
}

static bool print_change(struct exporting *exporting, h2o_mem_pool_t *pool, const struct db_result *page, size_t row)
{
    struct text line;
    text_start(&line, pool, ROW_BYTES_USUAL);
    if (!export_source_line(&exporting->source, page, row, &line))
        return false;
    fwrite(line.base, 1, line.len, stdout);
    return true;
}

/* --- for people -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *title, *member;
    bool is_held; /* of the values, not of the facts */
} table_columns[] = {
    {"application", "application_name", false},
    {"key", "key_name", false},
    {"method", "method", false},
    {"collection", "collection", false},
    {"record", "record_id", false},
    {"version", "version", false},
    {"person", "person", true},
    {"before", "before", true},
    {"after", "after", true},
};
#define TABLE_COLUMNS (sizeof(table_columns) / sizeof(table_columns[0]))

static void print_titles(void)
{
    printf("number,time");
    for (size_t i = 0; i < TABLE_COLUMNS; ++i)
        printf(",%s", table_columns[i].title);
    printf("\n");
}

/* RFC 4180; what a spreadsheet would take for a formula is made text. */
static void print_cell(const json_t *value)
{
    if (json_is_integer(value))
        printf(",%" JSON_INTEGER_FORMAT, json_integer_value(value));
    const char *text = json_is_string(value) ? json_string_value(value) : NULL;
    if (text == NULL) {
        if (!json_is_integer(value))
            printf(",");
        return;
    }
    printf(",\"%s", strchr("=+-@\t\r", text[0]) != NULL && text[0] != '\0' ? "'" : "");
    for (; *text != '\0'; ++text)
        printf(*text == '"' ? "\"%c" : "%c", *text);
    printf("\"");
}

static json_t *read_object(h2o_iovec_t text)
{
    json_t *object = json_loadb(text.base, text.len, 0, NULL);
    return object == NULL ? json_object() : object;
}

static bool print_row(h2o_mem_pool_t *pool, const struct db_result *page, size_t row)
{
    struct text time;
    json_t *facts = read_object(db_result_text(page, row, EXPORT_FACTS));
    json_t *held = read_object(db_result_text(page, row, EXPORT_HELD));
    text_start(&time, pool, 64);
    text_add_time(&time, json_integer_value(json_object_get(facts, "at")));
    printf("%" PRId64 ",%.*s", db_result_i64(page, row, EXPORT_SEQ), SLICE_ARGS(text_slice(&time)));
    for (size_t i = 0; i < TABLE_COLUMNS; ++i)
        print_cell(json_object_get(table_columns[i].is_held ? held : facts, table_columns[i].member));
    printf("\n");
    json_decref(facts);
    json_decref(held);
    return true;
}

/* --- page by page ------------------------------------------------------------------------------------------------ */

static void show_progress(const struct exporting *exporting, bool is_last)
{
    if (exporting->has_terminal)
        fprintf(stderr, "\r%" PRIu64 " changes, at %" PRIu64 " of %" PRIu64 "%s", exporting->changes, exporting->seq,
                exporting->bounds.last_seq, is_last ? "\n" : "");
}

static bool ask_page(struct exporting *exporting, const struct db_result **out)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, exporting->demand.account_id);
    db_add_i64(&parameters, (int64_t)exporting->seq);
    db_add_i64(&parameters, (int64_t)exporting->bounds.through);
    db_add_i64(&parameters, exporting->application_id);
    db_add_text(&parameters, exporting->collection);
    db_add_i64(&parameters, exporting->from_us);
    if (exporting->to_us == INT64_MAX)
        db_add_null(&parameters);
    else
        db_add_i64(&parameters, exporting->to_us);
    db_add_i64(&parameters, EXPORT_PAGE_ROWS);
    db_add_text(&parameters, exporting->is_table ? SLICE("false") : SLICE("true"));
    return db_sync_run(exporting->source.pages, STATEMENT_EXPORT_PAGE, &parameters, out) == DB_DONE;
}

/* False when the database did not answer, or what it keeps makes no proof. */
static bool print_page(struct exporting *exporting, size_t *rows_out)
{
    const struct db_result *page;
    h2o_mem_pool_t pool;
    bool done = ask_page(exporting, &page);
    *rows_out = done ? db_result_rows(page) : 0;
    h2o_mem_init_pool(&pool);
    for (size_t row = 0; done && row < *rows_out; ++row) {
        done = exporting->is_table ? print_row(&pool, page, row) : print_change(exporting, &pool, page, row);
        exporting->seq = (uint64_t)db_result_i64(page, row, EXPORT_SEQ);
        ++exporting->changes;
    }
    h2o_mem_clear_pool(&pool);
    return done;
}

static enum command_exit print_everything(struct exporting *exporting)
{
    size_t rows = EXPORT_PAGE_ROWS;
    while (rows == EXPORT_PAGE_ROWS) {
        if (!print_page(exporting, &rows))
            return command_failed("the export was broken off behind change %" PRIu64 " of the account: %s",
                                  exporting->seq, db_sync_message(exporting->source.pages));
        show_progress(exporting, rows < EXPORT_PAGE_ROWS);
        if (ferror(stdout))
            return command_failed("the export cannot be written");
    }
    return COMMAND_DONE;
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

/* What was erased while we wrote is missing, and this export does not say why: then it is not ended. */
static enum command_exit end(struct exporting *exporting)
{
    int64_t uncovered =
        export_bounds_uncovered(exporting->source.pages, exporting->demand.account_id, &exporting->bounds);
    if (uncovered < 0)
        return command_failed("the export was broken off at its end: %s", db_sync_message(exporting->source.pages));
    if (uncovered > 0)
        return command_failed("something was erased or archived while the export was written; export again");
    if (!exporting->is_table)
        printf("{\"end\":true,\"changes\":%" PRIu64 "}\n", exporting->changes);
    return fflush(stdout) == 0 ? COMMAND_DONE : command_failed("the export cannot be written");
}

/* --- from the first line to the last ------------------------------------------------------------------------------ */

/* A selection, and a table, do not tell by themselves what they cannot have. */
static void tell_archived(struct exporting *exporting)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, exporting->demand.account_id);
    if (db_sync_run(exporting->source.pages, STATEMENT_ARCHIVE_SUMMARY, &parameters, &result) == DB_DONE &&
        !db_result_is_null(result, 0, 0))
        fprintf(stderr, "hallmark: %.*s\n", SLICE_ARGS(db_result_text(result, 0, 0)));
}

static enum command_exit export_account(struct exporting *exporting)
{
    if (!export_bounds_read(exporting->source.pages, exporting->input->pool, &exporting->demand, &exporting->bounds) ||
        !history_note(exporting->input, exporting->source.pages, exporting->demand.account_id))
        return COMMAND_FAILED;
    export_source_start(&exporting->source, exporting->bounds.size);
    if (exporting->is_table)
        print_titles();
    else
        print_head(exporting, exporting->input->pool);
    tell_archived(exporting);
    enum command_exit exit_code = print_everything(exporting);
    return exit_code == COMMAND_DONE ? end(exporting) : exit_code;
}

enum command_exit history_export_run(struct command_input *input)
{
    enum command_exit exit_code = COMMAND_FAILED;
    struct exporting *exporting = h2o_mem_alloc_pool(input->pool, sizeof(*exporting));
    if (!read_wishes(input, exporting))
        return COMMAND_USAGE;
    if (export_source_open(&exporting->source, input))
        exit_code = export_account(exporting);
    export_source_close(&exporting->source);
    return exit_code;
}
