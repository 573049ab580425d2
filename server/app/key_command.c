/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_command.h"

#include "app/admin_table.h"
#include "app/print.h"
#include "base/scope.h"

#include <stdio.h>

struct fresh_secret {
    char text[CREDENTIAL_BYTES_MAX], mask[CREDENTIAL_BYTES_MAX];
    uint8_t digest[DIGEST_BYTES];
};

static void make_secret(int64_t account_id, struct fresh_secret *out)
{
    credential_make(CREDENTIAL_CLIENT_SECRET, account_id, out->text);
    credential_mask(slice_of(out->text), out->mask);
    secret_digest(out->digest, slice_of(out->text));
}

/* All that the row says; client_id: the one that was drawn, or NULL. */
static bool add_sources(const struct command_input *input, const struct admin_row *row, const char *client_id,
                        const struct fresh_secret *secret, struct db_parameters *parameters)
{
    bool good = true;
    db_parameters_start(parameters);
    for (const struct admin_source *source = row->sources; good && source->kind != SOURCE_END; ++source) {
        if (source->kind == SOURCE_NEW_KEY) {
            db_add_text(parameters, slice_of(client_id));
        } else if (source->kind == SOURCE_NEW_SECRET) {
            db_add_bytes(parameters, (h2o_iovec_t){(char *)secret->digest, DIGEST_BYTES});
            db_add_text(parameters, slice_of(secret->mask));
        } else {
            good = admin_add(input, source, parameters);
        }
    }
    admin_add_rest(row->statement, parameters);
    return good;
}

void key_show_secret(const struct command_input *input, h2o_iovec_t client_id, h2o_iovec_t name, h2o_iovec_t secret)
{
    if (input->configuration->json) {
        printf("[{\"client_id\":\"%.*s\",\"secret\":\"%.*s\"}]\n", SLICE_ARGS(client_id), SLICE_ARGS(secret));
    } else {
        printf("Key     %.*s\nSecret  %.*s\n", SLICE_ARGS(client_id), SLICE_ARGS(secret));
        fprintf(stderr,
                "The secret of \"%.*s\" is shown this once; only its digest is stored. Keep it where the application "
                "can read it.\n",
                SLICE_ARGS(name));
    }
    fflush(stdout);
}

/* No row came back: says which of the conditions was not met. */
static enum command_exit explain_no_key(const struct command_input *input, struct db_sync *db)
{
    static const struct admin_source member[] = {{SOURCE_IDENT, "account", IDENT_ACCOUNT},
                                                 {SOURCE_IDENT, "holder", IDENT_USER}};
    struct scope_set held, wanted;
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    const char *scopes = command_value(input, "scopes");
    db_parameters_start(&parameters);
    if (!admin_add(input, &member[0], &parameters) || !admin_add(input, &member[1], &parameters))
        return COMMAND_USAGE;
    if (db_sync_run(db, STATEMENT_MEMBER_PERMISSIONS, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("the holder %s is no active member of this account", command_value(input, "holder"));
    h2o_iovec_t permissions = db_result_text(result, 0, 0);
    if (scope_set_parse(input->pool, permissions, &held) != ERR_NONE ||
        scope_set_parse(input->pool, slice_of(scopes == NULL ? "" : scopes), &wanted) != ERR_NONE)
        return command_failed("the permissions of the holder cannot be read");
    h2o_iovec_t missing = scope_set_missing(&held, &wanted);
    if (missing.base != NULL)
        return command_failed(
            "the holder does not have the permission %.*s, and a key never reaches further than its holder; "
            "hallmark member set --permissions gives it",
            SLICE_ARGS(missing));
    return command_failed("the account is not active, or the application is not an active one that this account knows");
}

static enum command_exit create(const struct command_input *input, struct db_sync *db,
                                const struct fresh_secret *secret, const char *client_id)
{
    const struct admin_row *row = admin_table_find("key", "create");
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    if (!add_sources(input, row, client_id, secret, &parameters))
        return COMMAND_USAGE;
    if (db_sync_run(db, row->statement, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return explain_no_key(input, db);
    key_show_secret(input, slice_of(client_id), slice_of(command_value(input, "name")), slice_of(secret->text));
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit key_create_run(struct command_input *input)
{
    struct fresh_secret secret;
    char client_id[CREDENTIAL_BYTES_MAX];
    int64_t account_id;
    if (command_value(input, "scopes") == NULL && command_value(input, "preset") == NULL)
        return command_usage("say what the key may, with --scopes or with --preset");
    if (!ident_parse(IDENT_ACCOUNT, slice_of(command_value(input, "account")), &account_id))
        return command_usage("--account: \"%s\" is no account id; hallmark account list shows them",
                             command_value(input, "account"));
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    credential_make(CREDENTIAL_CLIENT_ID, account_id, client_id);
    make_secret(account_id, &secret);
    enum command_exit exit_code = create(input, db, &secret, client_id);
    secret_wipe(&secret, sizeof(secret));
    db_sync_close(db);
    return exit_code;
}

static enum command_exit replace(const struct command_input *input, struct db_sync *db,
                                 const struct fresh_secret *secret)
{
    const struct admin_row *row = admin_table_find("key", "replace");
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    if (!add_sources(input, row, NULL, secret, &parameters))
        return COMMAND_USAGE;
    if (db_sync_run(db, row->statement, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such key, or it was deleted");
    key_show_secret(input, db_result_text(result, 0, 0), db_result_text(result, 0, 1), slice_of(secret->text));
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit key_replace_run(struct command_input *input)
{
    struct fresh_secret secret;
    int64_t account_id;
    if (!credential_check(CREDENTIAL_CLIENT_ID, slice_of(command_value(input, "key")), &account_id))
        return command_usage("\"%s\" is no client id (it is mistyped: its checksum does not fit)",
                             command_value(input, "key"));
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    make_secret(account_id, &secret);
    enum command_exit exit_code = replace(input, db, &secret);
    secret_wipe(&secret, sizeof(secret));
    db_sync_close(db);
    return exit_code;
}
