/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin.h"

#include "app/actor.h"
#include "app/admin_table.h"
#include "app/history_note.h"
#include "app/print.h"
#include "base/clock.h"
#include "base/redirect_uri.h"
#include "base/scope.h"
#include "base/text.h"
#include "webhook/target.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define NODES_WAIT_MS      10000
#define NODES_POLL_MS      10
#define UNIQUE_VIOLATED    "23505"
#define CHECK_VIOLATED     "23514"
#define REFERENCE_VIOLATED "23503"
#define PRIVILEGE_MISSING  "42501"

struct db_sync *admin_open(const struct command_input *input)
{
    char *message = NULL;
    const struct configuration *configuration = input->configuration;
    const char *url = configuration->migration_url != NULL ? configuration->migration_url : configuration->database_url;
    struct db_sync *db = db_sync_open(url, &message);
    if (db == NULL) {
        command_failed("the database cannot be reached: %s", message);
    } else if (!actor_is_command_line(db)) {
        command_failed("%s", db_sync_message(db));
        db_sync_close(db);
        db = NULL;
    }
    free(message);
    return db;
}

struct db_sync *admin_open_with_master_key(const struct command_input *input, enum command_exit *exit_out)
{
    char *message = NULL;
    if (!configuration_read_master_key(input->configuration, &message)) {
        *exit_out = command_usage("%s", message);
        free(message);
        return NULL;
    }
    *exit_out = COMMAND_FAILED;
    return admin_open(input);
}

static bool add_ident(const struct admin_source *source, const char *value, struct db_parameters *parameters)
{
    int64_t id;
    if (!ident_parse(source->ident, slice_of(value), &id)) {
        command_usage("--%s: \"%s\" is no such id; the list command shows them", source->name, value);
        return false;
    }
    db_add_i64(parameters, id);
    return true;
}

static bool add_scopes(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    struct scope_set scopes;
    if (scope_set_parse(input->pool, slice_of(value == NULL ? "" : value), &scopes) != ERR_NONE) {
        command_usage("--%s: \"%s\" is no list of scopes; write them with one space between, such as \"customers:read "
                      "customers:write\"",
                      source->name, value);
        return false;
    }
    db_add_text(parameters, text_braced_words(input->pool, scopes.tokens, scopes.count));
    return true;
}

static bool add_words(const struct command_input *input, const struct admin_source *source, const char *value,
                      struct db_parameters *parameters)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    h2o_iovec_t words[LIMIT_SCOPES_MAX], rest = slice_of(value);
    size_t count = 0;
    while (rest.base != NULL) {
        h2o_iovec_t word = slice_cut(&rest, ' ');
        if (word.len == 0)
            continue;
        if (count == LIMIT_SCOPES_MAX || strspn(word.base, letters) < word.len) {
            command_usage("--%s: \"%s\" is no list of words with one space between", source->name, value);
            return false;
        }
        words[count++] = word;
    }
    db_add_text(parameters, text_braced_words(input->pool, words, count));
    return true;
}

/* What passes the check has neither quotes nor backslashes. */
static bool add_redirects(const struct command_input *input, const struct admin_source *source, const char *value,
                          struct db_parameters *parameters)
{
    h2o_iovec_t words[LIMIT_REDIRECTS_MAX], rest = slice_of(value);
    size_t count = 0;
    while (rest.base != NULL) {
        h2o_iovec_t uri = slice_cut(&rest, ' ');
        const char *fault = redirect_uri_fault(uri);
        if (uri.len == 0)
            continue;
        if (fault == NULL && count == LIMIT_REDIRECTS_MAX)
            fault = "there are too many of them";
        if (fault != NULL) {
            command_usage("--%s: \"%.*s\" cannot be registered: %s", source->name, SLICE_ARGS(uri), fault);
            return false;
        }
        words[count++] = uri;
    }
    db_add_text(parameters, text_braced_words(input->pool, words, count));
    return true;
}

static bool add_target(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    const struct settings *settings = &input->configuration->settings;
    struct target_rules rules = {settings->webhook_allow_private, settings->webhook_allow_http};
    const char *fault = value[0] == '\0' ? NULL : target_url_fault(slice_of(value), &rules);
    if (fault != NULL) {
        command_usage("--%s: \"%s\" will not do: %s", source->name, value, fault);
        return false;
    }
    db_add_text(parameters, slice_of(value));
    return true;
}

static bool add_number(const struct admin_source *source, const char *value, struct db_parameters *parameters)
{
    uint64_t number;
    if (!slice_to_u64(slice_of(value), INT64_MAX, &number)) {
        command_usage("--%s: \"%s\" is no number", source->name, value);
        return false;
    }
    db_add_i64(parameters, (int64_t)number);
    return true;
}

static bool add_key(const struct admin_source *source, const char *value, struct db_parameters *parameters)
{
    int64_t account_id;
    if (!credential_check(CREDENTIAL_CLIENT_ID, slice_of(value), &account_id)) {
        command_usage("%s: \"%s\" is no client id (it is mistyped: its checksum does not fit)", source->name, value);
        return false;
    }
    db_add_i64(parameters, account_id);
    db_add_text(parameters, slice_of(value));
    return true;
}

bool admin_add(const struct command_input *input, const struct admin_source *source, struct db_parameters *parameters)
{
    bool given = source->kind != SOURCE_NEW_ID && source->kind != SOURCE_LITERAL;
    const char *value = given ? command_value(input, source->name) : source->name;
    if (value != NULL && !slice_is_utf8(slice_of(value))) {
        command_usage("--%s is not UTF-8", source->name);
        return false;
    }
    switch (source->kind) {
    case SOURCE_NEW_ID:
        db_add_i64(parameters, ident_random(source->ident));
        return true;
    case SOURCE_SCOPES:
        return add_scopes(input, source, value, parameters);
    case SOURCE_WORDS:
        return add_words(input, source, value, parameters);
    default:
        break;
    }
    if (value == NULL) {
        db_add_null(parameters);
        return true;
    }
    switch (source->kind) {
    case SOURCE_INVITE:
        if (input->configuration->settings.smtp_url != NULL) {
            db_add_text(parameters, slice_of(value));
            return true;
        }
        command_usage("--%s: no mail is sent, since no relay is set (HALLMARK_SMTP_URL, or --smtp-url as for the "
                      "server); make a link with: hallmark user password-link",
                      source->name);
        return false;
    case SOURCE_IDENT:
        return add_ident(source, value, parameters);
    case SOURCE_NUMBER:
        return add_number(source, value, parameters);
    case SOURCE_KEY:
        return add_key(source, value, parameters);
    case SOURCE_SCOPES_OR_NULL:
        return add_scopes(input, source, value, parameters);
    case SOURCE_REDIRECTS:
        return add_redirects(input, source, value, parameters);
    case SOURCE_TARGET:
        return add_target(input, source, value, parameters);
    default:
        db_add_text(parameters, slice_of(value));
        return true;
    }
}

void admin_add_rest(enum statement statement, struct db_parameters *parameters)
{
    while (parameters->count < statement_row(statement)->parameters)
        db_add_null(parameters);
}

enum command_exit admin_refused(struct db_sync *db, const struct db_result *result)
{
    static const struct {
        h2o_iovec_t sqlstate;
        const char *text;
    } known[] = {
        {{(char *)UNIQUE_VIOLATED, 5}, "there is one already"},
        {{(char *)CHECK_VIOLATED, 5}, "a value is not allowed"},
        {{(char *)REFERENCE_VIOLATED, 5},
         "it names something that does not exist, or something else still refers to it"},
        {{(char *)PRIVILEGE_MISSING, 5},
         "this database role may not do that; set HALLMARK_MIGRATION_URL to one that may"},
    };
    h2o_iovec_t sqlstate = result == NULL ? SLICE_NONE : db_result_sqlstate(result);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); ++i) {
        if (slice_equal(sqlstate, known[i].sqlstate))
            return command_failed("%s (%s)", known[i].text, db_sync_message(db));
    }
    return command_failed("%s", db_sync_message(db));
}

static int64_t ask_number(struct db_sync *db, enum statement statement, const int64_t *argument)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    if (argument != NULL)
        db_add_i64(&parameters, *argument);
    if (db_sync_run(db, statement, &parameters, &result) != DB_DONE || db_result_rows(result) == 0)
        return -1;
    return db_result_i64(result, 0, 0);
}

bool admin_wait_for_nodes(struct db_sync *db)
{
    int64_t last = ask_number(db, STATEMENT_POLICY_CHANGE_LAST, NULL), behind = -1;
    int64_t deadline = clock_monotonic_ms() + NODES_WAIT_MS;
    while (last >= 0 && (behind = ask_number(db, STATEMENT_NODES_BEHIND, &last)) > 0 && clock_monotonic_ms() < deadline)
        nanosleep(&(struct timespec){.tv_nsec = NODES_POLL_MS * 1000000L}, NULL);
    if (behind == 0)
        return true;
    command_failed("the change is stored, but not every node has confirmed it yet; look at their logs");
    return false;
}

/* A question to the history names the account first; the other commands of this noun tell nothing of it. */
static bool note_question(const struct command_input *input, struct db_sync *db)
{
    int64_t account_id;
    return ident_parse(IDENT_ACCOUNT, slice_of(command_value(input, "account")), &account_id) &&
           history_note(input, db, account_id);
}

static enum command_exit run_row(const struct command_input *input, const struct admin_row *row, struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    for (const struct admin_source *source = row->sources; source->kind != SOURCE_END; ++source) {
        if (!admin_add(input, source, &parameters))
            return COMMAND_USAGE;
    }
    admin_add_rest(row->statement, &parameters);
    if (strcmp(row->noun, "history") == 0 && row->sources[0].kind == SOURCE_IDENT && !note_question(input, db))
        return COMMAND_FAILED;
    if (db_sync_run(db, row->statement, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (row->one && db_result_rows(result) == 0)
        return command_failed("there is no such %s", row->noun);
    print_result(input, result, row->id_kind);
    return !row->changes || admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit admin_run(struct command_input *input)
{
    const struct admin_row *row = admin_table_find(input->command->noun, input->command->verb);
    assert(row != NULL);
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = run_row(input, row, db);
    db_sync_close(db);
    return exit_code;
}
