/* SPDX-License-Identifier: Apache-2.0 */
#include "app/signing_key_command.h"

#include "app/admin.h"
#include "app/key_rotation.h"
#include "app/print.h"

#include <stdlib.h>

/* Opens the database with the master key read; runs `work`; waits for the nodes. */
static enum command_exit with_master_key(struct command_input *input,
                                         enum command_exit (*work)(struct command_input *input, struct db_sync *db))
{
    enum command_exit exit_code;
    struct db_sync *db = admin_open_with_master_key(input, &exit_code);
    if (db == NULL)
        return exit_code;
    exit_code = work(input, db);
    if (exit_code == COMMAND_DONE && !admin_wait_for_nodes(db))
        exit_code = COMMAND_FAILED;
    db_sync_close(db);
    return exit_code;
}

static enum command_exit rotate(struct command_input *input, struct db_sync *db)
{
    const char *name = command_value(input, "algorithm");
    enum token_algorithm algorithm = TOKEN_ES256;
    const struct db_result *result = NULL;
    if (name != NULL && !token_algorithm_parse(slice_of(name), &algorithm))
        return command_usage("--algorithm: \"%s\" is none of ES256, RS256, PS256, EdDSA", name);
    if (!key_rotation_opens(db, &input->configuration->settings))
        return command_failed("the master key does not open the signing keys that are there; nothing is changed");
    if (!key_rotation_by_hand(db, &input->configuration->settings, algorithm, command_value(input, "now") != NULL,
                              &result))
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("the next key was published less than a day ago and validators may not have it yet; "
                              "wait, or use --now after a compromise");
    print_result(input, result, IDENT__MAX);
    return COMMAND_DONE;
}

enum command_exit signing_key_rotate_run(struct command_input *input)
{
    return with_master_key(input, rotate);
}

static enum command_exit withdraw(struct command_input *input, struct db_sync *db)
{
    char *message = NULL;
    const struct db_result *result = NULL;
    struct db_parameters parameters;
    enum token_algorithm algorithm;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(command_value(input, "kid")));
    admin_add_rest(STATEMENT_SIGNING_KEY_WITHDRAW, &parameters);
    if (db_sync_run(db, STATEMENT_SIGNING_KEY_WITHDRAW, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such signing key, or it was withdrawn before");
    print_result(input, result, IDENT__MAX);
    if (!token_algorithm_parse(db_result_text(result, 0, 1), &algorithm) ||
        !key_rotation_by_hand(db, &input->configuration->settings, algorithm, true, &result) ||
        !key_rotation_ensure(db, &input->configuration->settings, &message)) {
        free(message);
        return command_failed("the key is withdrawn, but no other took its place: %s", db_sync_message(db));
    }
    return COMMAND_DONE;
}

enum command_exit signing_key_withdraw_run(struct command_input *input)
{
    return with_master_key(input, withdraw);
}
