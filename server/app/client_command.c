/* SPDX-License-Identifier: Apache-2.0 */
#include "app/client_command.h"

#include "app/admin.h"
#include "app/print.h"
#include "base/redirect_uri.h"
#include "base/text.h"

#include <stdio.h>

/* --- client create ----------------------------------------------------------------------------------------------- */

struct fresh_client {
    int64_t account_id;
    char client_id[CREDENTIAL_BYTES_MAX];
    char secret[CREDENTIAL_BYTES_MAX], mask[CREDENTIAL_BYTES_MAX]; /* "": it is public */
    uint8_t digest[DIGEST_BYTES];
};

static void draw(struct fresh_client *client, bool is_public)
{
    credential_make(CREDENTIAL_CLIENT_ID, client->account_id, client->client_id);
    if (is_public)
        return;
    credential_make(CREDENTIAL_CLIENT_SECRET, client->account_id, client->secret);
    credential_mask(slice_of(client->secret), client->mask);
    secret_digest(client->digest, slice_of(client->secret));
}

/* The one moment at which the secret is seen. */
static void show(const struct command_input *input, const struct fresh_client *client)
{
    bool has_secret = client->secret[0] != '\0';
    if (input->configuration->json && has_secret)
        printf("[{\"client_id\":\"%s\",\"secret\":\"%s\"}]\n", client->client_id, client->secret);
    else if (input->configuration->json)
        printf("[{\"client_id\":\"%s\"}]\n", client->client_id);
    else
        printf("Client  %s\n", client->client_id);
    if (!input->configuration->json && has_secret) {
        printf("Secret  %s\n", client->secret);
        fprintf(stderr, "The secret is shown this once; only its digest is stored.\n");
    }
    fflush(stdout);
}

static enum command_exit create(const struct command_input *input, struct db_sync *db,
                                const struct fresh_client *client)
{
    static const struct admin_source given[] = {{SOURCE_IDENT, "application", IDENT_APPLICATION},
                                                {SOURCE_TEXT, "name", IDENT__MAX},
                                                {SOURCE_TEXT, "public", IDENT__MAX},
                                                {SOURCE_IDENT, "introspects", IDENT_API}};
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    bool has_secret = client->secret[0] != '\0', good = true;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, client->account_id);
    db_add_text(&parameters, slice_of(client->client_id));
    for (size_t i = 0; good && i < sizeof(given) / sizeof(given[0]); ++i)
        good = admin_add(input, &given[i], &parameters);
    if (!good)
        return COMMAND_USAGE;
    db_add_bytes(&parameters, has_secret ? (h2o_iovec_t){(char *)client->digest, DIGEST_BYTES} : SLICE_NONE);
    db_add_text(&parameters, has_secret ? slice_of(client->mask) : SLICE_NONE);
    if (db_sync_run(db, STATEMENT_CLIENT_MAKE, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such active application; of an account's own one say the --account");
    show(input, client);
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit client_create_run(struct command_input *input)
{
    struct fresh_client client = {.account_id = 0};
    const char *account = command_value(input, "account");
    if (account != NULL && !ident_parse(IDENT_ACCOUNT, slice_of(account), &client.account_id))
        return command_usage("--account: \"%s\" is no account id; hallmark account list shows them", account);
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    draw(&client, command_value(input, "public") != NULL);
    enum command_exit exit_code = create(input, db, &client);
    secret_wipe(&client, sizeof(client));
    db_sync_close(db);
    return exit_code;
}

/* --- application offer ------------------------------------------------------------------------------------------- */

/* As an array of SQL: what passed the check has neither quotes nor backslashes. NULL when nothing is given. */
static bool read_redirects(const struct command_input *input, h2o_iovec_t *array_out)
{
    const char *given = command_value(input, "redirect-uris");
    h2o_iovec_t rest = given == NULL ? SLICE_NONE : slice_of(given);
    struct text array;
    *array_out = SLICE_NONE;
    if (given == NULL)
        return true;
    text_start(&array, input->pool, rest.len + 64);
    text_add_char(&array, '{');
    while (rest.base != NULL) {
        h2o_iovec_t uri = slice_cut(&rest, ' ');
        if (uri.len == 0)
            continue;
        const char *fault = redirect_uri_fault(uri);
        if (fault != NULL) {
            command_usage("--redirect-uris: \"%.*s\" cannot be registered: %s", SLICE_ARGS(uri), fault);
            return false;
        }
        text_add_format(&array, "%s\"%.*s\"", array.len > 1 ? "," : "", SLICE_ARGS(uri));
    }
    text_add_char(&array, '}');
    *array_out = text_slice(&array);
    return true;
}

static enum command_exit offer(const struct command_input *input, struct db_sync *db, h2o_iovec_t redirects)
{
    static const struct admin_source application = {SOURCE_IDENT, "application", IDENT_APPLICATION},
                                     others[] = {{SOURCE_SCOPES_OR_NULL, "scopes", IDENT__MAX},
                                                 {SOURCE_TEXT, "pushed-only", IDENT__MAX},
                                                 {SOURCE_TEXT, "pkce-optional", IDENT__MAX}};
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    if (!admin_add(input, &application, &parameters))
        return COMMAND_USAGE;
    db_add_text(&parameters, redirects);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i)
        if (!admin_add(input, &others[i], &parameters))
            return COMMAND_USAGE;
    if (db_sync_run(db, STATEMENT_APPLICATION_OFFER, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such application");
    print_result(input, result, IDENT_APPLICATION);
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit application_offer_run(struct command_input *input)
{
    h2o_iovec_t redirects;
    if (!read_redirects(input, &redirects))
        return COMMAND_USAGE;
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    enum command_exit exit_code = offer(input, db, redirects);
    db_sync_close(db);
    return exit_code;
}
