/* SPDX-License-Identifier: Apache-2.0 */
#include "app/reseal_command.h"

#include "app/admin.h"
#include "base/codec.h"
#include "base/text.h"
#include "client/password_link.h"
#include "client/totp.h"
#include "token/key_make.h"
#include "webhook/signature.h"

#include <stdio.h>
#include <stdlib.h>

#define ARRAYS_MAX 4

struct masters {
    const uint8_t *old, *new;
};

/* One kind of sealed things: `read` lists them, `write` takes `arrays` arrays with as many elements as there were rows,
 * and returns a row for each that it changed. */
struct sealed_kind {
    const char *plural;
    enum statement read, write;
    size_t arrays;
    bool (*add)(h2o_mem_pool_t *pool, const struct db_result *rows, size_t row, const struct masters *masters,
                struct text arrays[static ARRAYS_MAX]);
};

static void add_element(struct text *array, h2o_iovec_t element)
{
    text_add_format(array, "%s\"%.*s\"", array->len == 1 ? "" : ",", SLICE_ARGS(element));
}

static void add_bytes(h2o_mem_pool_t *pool, struct text *array, h2o_iovec_t bytes)
{
    if (bytes.base == NULL) {
        text_add(array, array->len == 1 ? SLICE("NULL") : SLICE(",NULL"));
        return;
    }
    char *hex = h2o_mem_alloc_pool(pool, CODEC_HEX_LEN(bytes.len));
    codec_hex_encode(hex, bytes.base, bytes.len);
    text_add_format(array, "%s\"\\\\x%.*s\"", array->len == 1 ? "" : ",", (int)CODEC_HEX_LEN(bytes.len), hex);
}

static bool add_signing_key(h2o_mem_pool_t *pool, const struct db_result *rows, size_t row,
                            const struct masters *masters, struct text arrays[static ARRAYS_MAX])
{
    enum token_algorithm algorithm;
    h2o_iovec_t kid = db_result_text(rows, row, 0), fresh;
    if (!token_algorithm_parse(db_result_text(rows, row, 1), &algorithm) ||
        !key_reseal(pool, kid, algorithm, db_result_bytes(rows, row, 2, pool), masters->old, masters->new, &fresh))
        return false;
    add_element(&arrays[0], kid);
    add_bytes(pool, &arrays[1], fresh);
    return true;
}

static bool add_webhook(h2o_mem_pool_t *pool, const struct db_result *rows, size_t row, const struct masters *masters,
                        struct text arrays[static ARRAYS_MAX])
{
    int64_t account_id = db_result_i64(rows, row, 0), webhook_id = db_result_i64(rows, row, 1);
    for (size_t i = 2; i < 4; ++i) { /* the secret, and the one before it */
        h2o_iovec_t sealed = SLICE_NONE, fresh;
        if (!db_result_is_null(rows, row, i))
            sealed = db_result_bytes(rows, row, i, pool);
        if (!signature_secret_reseal(pool, account_id, webhook_id, sealed, masters->old, masters->new, &fresh))
            return false;
        add_bytes(pool, &arrays[i], fresh);
    }
    add_element(&arrays[0], db_result_text(rows, row, 0));
    add_element(&arrays[1], db_result_text(rows, row, 1));
    return true;
}

static bool add_totp(h2o_mem_pool_t *pool, const struct db_result *rows, size_t row, const struct masters *masters,
                     struct text arrays[static ARRAYS_MAX])
{
    h2o_iovec_t fresh;
    if (!totp_reseal(pool, db_result_i64(rows, row, 0), db_result_bytes(rows, row, 1, pool), masters->old, masters->new,
                     &fresh))
        return false;
    add_element(&arrays[0], db_result_text(rows, row, 0));
    add_bytes(pool, &arrays[1], fresh);
    return true;
}

static bool add_mail(h2o_mem_pool_t *pool, const struct db_result *rows, size_t row, const struct masters *masters,
                     struct text arrays[static ARRAYS_MAX])
{
    h2o_iovec_t fresh, digest = db_result_bytes(rows, row, 1, pool);
    if (digest.len != DIGEST_BYTES ||
        !password_link_reseal(pool, (const uint8_t *)digest.base, db_result_bytes(rows, row, 2, pool), masters->old,
                              masters->new, &fresh))
        return false;
    add_element(&arrays[0], db_result_text(rows, row, 0));
    add_bytes(pool, &arrays[1], fresh);
    return true;
}

static const struct sealed_kind kinds[] = {
    {"signing keys", STATEMENT_SIGNING_KEY_SEALED, STATEMENT_SIGNING_KEY_RESEAL, 2, add_signing_key},
    {"webhooks", STATEMENT_WEBHOOK_SEALED, STATEMENT_WEBHOOK_RESEAL, 4, add_webhook},
    {"second factors", STATEMENT_TOTP_SEALED, STATEMENT_TOTP_RESEAL, 2, add_totp},
    {"mails", STATEMENT_MAIL_SEALED, STATEMENT_MAIL_RESEAL, 2, add_mail},
};

/* --- one kind ---------------------------------------------------------------------------------------------------- */

static bool seal_anew(const struct command_input *input, const struct sealed_kind *kind, const struct db_result *rows,
                      const struct masters *masters, struct db_parameters *parameters)
{
    struct text arrays[ARRAYS_MAX];
    for (size_t i = 0; i < kind->arrays; ++i) {
        text_start(&arrays[i], input->pool, 1024);
        text_add_char(&arrays[i], '{');
    }
    for (size_t row = 0; row < db_result_rows(rows); ++row) {
        if (!kind->add(input->pool, rows, row, masters, arrays))
            return false;
    }
    db_parameters_start(parameters);
    for (size_t i = 0; i < kind->arrays; ++i) {
        text_add_char(&arrays[i], '}');
        db_add_text(parameters, text_slice(&arrays[i]));
    }
    return true;
}

static enum command_exit reseal_kind(const struct command_input *input, const struct sealed_kind *kind,
                                     struct db_sync *db, const struct masters *masters, size_t *count_out)
{
    const struct db_result *result = NULL;
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    if (db_sync_run(db, kind->read, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    *count_out = db_result_rows(result);
    if (!seal_anew(input, kind, result, masters, &parameters))
        return command_failed("one of the %s does not open with the present master key; nothing is changed",
                              kind->plural);
    if (*count_out == 0)
        return COMMAND_DONE;
    if (db_sync_run(db, kind->write, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) != *count_out)
        return command_failed("one of the %s came or went meanwhile; nothing is changed, try again", kind->plural);
    return COMMAND_DONE;
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

static enum command_exit reseal_all(const struct command_input *input, struct db_sync *db,
                                    const struct masters *masters)
{
    const struct db_result *result = NULL;
    size_t counts[sizeof(kinds) / sizeof(kinds[0])] = {0};
    if (db_sync_script(db, SLICE("BEGIN"), &result) != DB_DONE)
        return admin_refused(db, result);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); ++i) {
        enum command_exit exit_code = reseal_kind(input, &kinds[i], db, masters, &counts[i]);
        if (exit_code != COMMAND_DONE)
            return exit_code; /* the end of the connection rolls back */
    }
    if (db_sync_script(db, SLICE("COMMIT"), &result) != DB_DONE)
        return admin_refused(db, result);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); ++i)
        printf("sealed %zu %s anew\n", counts[i], kinds[i].plural);
    printf("start every node with the new master key now\n");
    return COMMAND_DONE;
}

static enum command_exit reseal(struct command_input *input, struct db_sync *db)
{
    uint8_t new_master[DIGEST_BYTES];
    char *message = NULL;
    if (input->configuration->new_master_key_file == NULL)
        return command_usage("--new-master-key-file is missing");
    if (!configuration_read_key_file(input->configuration->new_master_key_file, new_master, &message)) {
        enum command_exit exit_code = command_usage("%s", message);
        free(message);
        return exit_code;
    }
    struct masters masters = {input->configuration->settings.master_key, new_master};
    enum command_exit exit_code = reseal_all(input, db, &masters);
    secret_wipe(new_master, sizeof(new_master));
    return exit_code;
}

/* Nodes that still have the old master key cannot apply this change, so nobody is waited for. */
enum command_exit reseal_run(struct command_input *input)
{
    enum command_exit exit_code;
    struct db_sync *db = admin_open_with_master_key(input, &exit_code);
    if (db == NULL)
        return exit_code;
    exit_code = reseal(input, db);
    db_sync_close(db);
    return exit_code;
}
