/* SPDX-License-Identifier: Apache-2.0 */
#include "app/webhook_command.h"

#include "app/admin.h"
#include "webhook/signature.h"
#include "webhook/target.h"

#include <stdio.h>

/* A secret that was just made: as it is kept, and as it is shown. */
struct fresh_secret {
    h2o_iovec_t sealed;
    char shown[SIGNATURE_SHOWN_BYTES];
};

static bool make_secret(const struct command_input *input, enum signature_kind signing, int64_t account_id,
                        int64_t webhook_id, struct fresh_secret *out)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    secret_random(secret, sizeof(secret));
    signature_secret_shown(signing, secret, out->shown);
    bool done = signature_secret_close(input->pool, input->configuration->settings.master_key, account_id, webhook_id,
                                       secret, &out->sealed);
    secret_wipe(secret, sizeof(secret));
    return done;
}

/* The one moment at which the secret is seen. */
static void show_secret(const struct command_input *input, int64_t webhook_id, enum signature_kind signing,
                        const struct fresh_secret *secret)
{
    char webhook[IDENT_BYTES_MAX];
    const char *name = signing == SIGNATURE_HMAC ? "secret" : "public_key";
    ident_text(IDENT_WEBHOOK, webhook_id, webhook);
    if (input->configuration->json) {
        printf("[{\"webhook_id\":\"%s\",\"signing\":\"%.*s\",\"%s\":\"%s\"}]\n", webhook,
               SLICE_ARGS(signature_kind_word(signing)), name, secret->shown);
    } else {
        printf("Webhook     %s\n%s  %s\n", webhook, signing == SIGNATURE_HMAC ? "Secret    " : "Public key",
               secret->shown);
        fprintf(stderr, "This is shown once. The receiver checks the header webhook-signature with it.\n");
    }
    fflush(stdout);
}

static bool read_ident(const struct command_input *input, const char *name, enum ident_kind kind, int64_t *out)
{
    const char *value = command_value(input, name);
    if (ident_parse(kind, slice_of(value), out))
        return true;
    command_usage("%s: \"%s\" is no such id; the list command shows them", name, value);
    return false;
}

static bool url_is_good(const struct command_input *input)
{
    const struct settings *settings = &input->configuration->settings;
    struct target_rules rules = {settings->webhook_allow_private, settings->webhook_allow_http};
    const char *fault = target_url_fault(slice_of(command_value(input, "url")), &rules);
    if (fault != NULL)
        command_usage("--url: \"%s\" will not do: %s", command_value(input, "url"), fault);
    return fault == NULL;
}

/* --- create ------------------------------------------------------------------------------------------------------ */

static enum command_exit create(const struct command_input *input, struct db_sync *db, int64_t account_id,
                                int64_t webhook_id, enum signature_kind signing)
{
    static const struct admin_source texts[] = {{SOURCE_TEXT, "name", IDENT__MAX},
                                                {SOURCE_TEXT, "url", IDENT__MAX},
                                                {SOURCE_WORDS, "events", IDENT__MAX},
                                                {SOURCE_WORDS, "collections", IDENT__MAX},
                                                {SOURCE_TEXT, "documents", IDENT__MAX}};
    struct fresh_secret secret;
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, webhook_id);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); ++i) {
        if (!admin_add(input, &texts[i], &parameters))
            return COMMAND_USAGE;
    }
    if (!make_secret(input, signing, account_id, webhook_id, &secret))
        return command_failed("the secret could not be sealed");
    db_add_text(&parameters, signature_kind_word(signing));
    db_add_bytes(&parameters, secret.sealed);
    if (db_sync_run(db, STATEMENT_WEBHOOK_CREATE, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such account, it is closed, or one of the collections is not known");
    show_secret(input, webhook_id, signing, &secret);
    secret_wipe(&secret, sizeof(secret));
    return COMMAND_DONE;
}

enum command_exit webhook_create_run(struct command_input *input)
{
    const char *word = command_value(input, "signing");
    enum signature_kind signing = SIGNATURE_HMAC;
    enum command_exit exit_code;
    int64_t account_id;
    if (word != NULL && !signature_kind_parse(slice_of(word), &signing))
        return command_usage("--signing: \"%s\" is neither hmac nor ed25519", word);
    if (!read_ident(input, "account", IDENT_ACCOUNT, &account_id) || !url_is_good(input))
        return COMMAND_USAGE;
    struct db_sync *db = admin_open_with_master_key(input, &exit_code);
    if (db == NULL)
        return exit_code;
    exit_code = create(input, db, account_id, ident_random(IDENT_WEBHOOK), signing);
    db_sync_close(db);
    return exit_code;
}

/* --- rotate ------------------------------------------------------------------------------------------------------ */

static bool ask_signing(struct db_sync *db, int64_t account_id, int64_t webhook_id, enum signature_kind *out)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, webhook_id);
    return db_sync_run(db, STATEMENT_WEBHOOK_SIGNING, &parameters, &result) == DB_DONE && db_result_rows(result) == 1 &&
           signature_kind_parse(db_result_text(result, 0, 0), out);
}

static enum command_exit rotate(const struct command_input *input, struct db_sync *db, int64_t account_id,
                                int64_t webhook_id)
{
    static const struct admin_source until = {SOURCE_TEXT, "old-until", IDENT__MAX};
    enum signature_kind signing;
    struct fresh_secret secret;
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    if (!ask_signing(db, account_id, webhook_id, &signing))
        return command_failed("there is no such webhook in this account");
    if (!make_secret(input, signing, account_id, webhook_id, &secret))
        return command_failed("the secret could not be sealed");
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_i64(&parameters, webhook_id);
    db_add_bytes(&parameters, secret.sealed);
    db_add_text(&parameters, signature_kind_word(signing));
    if (!admin_add(input, &until, &parameters))
        return COMMAND_USAGE;
    if (db_sync_run(db, STATEMENT_WEBHOOK_ROTATE, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no such webhook in this account");
    show_secret(input, webhook_id, signing, &secret);
    secret_wipe(&secret, sizeof(secret));
    return COMMAND_DONE;
}

enum command_exit webhook_rotate_run(struct command_input *input)
{
    enum command_exit exit_code;
    int64_t account_id, webhook_id;
    if (!read_ident(input, "account", IDENT_ACCOUNT, &account_id) ||
        !read_ident(input, "webhook", IDENT_WEBHOOK, &webhook_id))
        return COMMAND_USAGE;
    struct db_sync *db = admin_open_with_master_key(input, &exit_code);
    if (db == NULL)
        return exit_code;
    exit_code = rotate(input, db, account_id, webhook_id);
    db_sync_close(db);
    return exit_code;
}
