/* SPDX-License-Identifier: Apache-2.0 */
#include "app/link_command.h"

#include "app/admin.h"
#include "app/print.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define READ_BYTES 4096

/* The whole file; false after having said why. */
static bool read_file(const struct command_input *input, const char *path, h2o_iovec_t *out)
{
    struct text all;
    char bytes[READ_BYTES];
    size_t count;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        command_usage("--file: %s: %s", path, strerror(errno));
        return false;
    }
    text_start(&all, input->pool, READ_BYTES);
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(&all, (h2o_iovec_t){bytes, count});
    bool good = ferror(file) == 0;
    fclose(file);
    if (!good)
        command_usage("--file: %s cannot be read", path);
    *out = text_slice(&all);
    return good;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static h2o_iovec_t next_word(h2o_iovec_t *rest)
{
    size_t start = 0, end;
    while (start < rest->len && is_blank(rest->base[start]))
        ++start;
    for (end = start; end < rest->len && !is_blank(rest->base[end]);)
        ++end;
    h2o_iovec_t word = {rest->base + start, end - start};
    *rest = slice_from(*rest, end);
    return word;
}

/* Appends the ids behind words like acc_... to a list of numbers; false after having said which word is none. */
static bool add_accounts(struct text *numbers, h2o_iovec_t words)
{
    for (h2o_iovec_t word = next_word(&words); word.len > 0; word = next_word(&words)) {
        int64_t id;
        if (!ident_parse(IDENT_ACCOUNT, word, &id)) {
            command_usage("\"%.*s\" is no account id; hallmark account list shows them", SLICE_ARGS(word));
            return false;
        }
        text_add_format(numbers, "%s%" PRId64, numbers->len > 1 ? "," : "", id);
    }
    return true;
}

static bool read_accounts(const struct command_input *input, h2o_iovec_t *array_out)
{
    const char *words = command_value(input, "accounts"), *path = command_value(input, "file");
    h2o_iovec_t lines = SLICE("");
    struct text numbers;
    text_start(&numbers, input->pool, 64);
    text_add_char(&numbers, '{');
    if (path != NULL && !read_file(input, path, &lines))
        return false;
    if (!add_accounts(&numbers, slice_of(words == NULL ? "" : words)) || !add_accounts(&numbers, lines))
        return false;
    if (numbers.len == 1) {
        command_usage("say which accounts, with --accounts or with --file");
        return false;
    }
    text_add_char(&numbers, '}');
    *array_out = text_slice(&numbers);
    return true;
}

static enum command_exit create(const struct command_input *input, struct db_sync *db, h2o_iovec_t accounts)
{
    static const struct admin_source key = {SOURCE_KEY, "key", IDENT__MAX},
                                     rest[] = {{SOURCE_IDENT, "template", IDENT_TEMPLATE},
                                               {SOURCE_NUMBER, "template-version", IDENT__MAX}};
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    if (!admin_add(input, &key, &parameters))
        return COMMAND_USAGE;
    db_add_text(&parameters, accounts);
    if (!admin_add(input, &rest[0], &parameters) || !admin_add(input, &rest[1], &parameters))
        return COMMAND_USAGE;
    admin_add_rest(STATEMENT_LINK_CREATE, &parameters);
    if (db_sync_run(db, STATEMENT_LINK_CREATE, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed(
            "the key is no office's key (hallmark key create --office makes one), or there is no such "
            "template of the office");
    print_result(input, result, IDENT__MAX);
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit link_create_run(struct command_input *input)
{
    h2o_iovec_t accounts;
    if (!read_accounts(input, &accounts))
        return COMMAND_USAGE;
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = create(input, db, accounts);
    db_sync_close(db);
    return exit_code;
}
