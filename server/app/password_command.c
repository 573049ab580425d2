/* SPDX-License-Identifier: Apache-2.0 */
#include "app/password_command.h"

#include "app/admin.h"
#include "base/codec.h"
#include "base/text.h"
#include "client/password.h"
#include "client/password_link.h"
#include "client/totp_factor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define NEWLINE_BYTES 2 /* "\r\n" */

/* --- a password's way in ----------------------------------------------------------------------------------------- */

/* The first line, without its end. Nothing is shown while it is typed at a terminal. False: it cannot be read. */
static bool read_line(FILE *file, char room[static LIMIT_PASSWORD_BYTES_MAX + NEWLINE_BYTES + 1])
{
    struct termios shown, silent;
    bool is_terminal = tcgetattr(fileno(file), &shown) == 0;
    if (is_terminal) {
        silent = shown;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        fprintf(stderr, "Password: ");
        tcsetattr(fileno(file), TCSAFLUSH, &silent);
    }
    char *read = fgets(room, LIMIT_PASSWORD_BYTES_MAX + NEWLINE_BYTES + 1, file);
    if (is_terminal) {
        tcsetattr(fileno(file), TCSAFLUSH, &shown);
        fprintf(stderr, "\n");
    }
    if (read != NULL)
        room[strcspn(room, "\r\n")] = '\0';
    return read != NULL;
}

static enum command_exit read_password(const struct command_input *input,
                                       char room[static LIMIT_PASSWORD_BYTES_MAX + NEWLINE_BYTES + 1])
{
    const char *path = command_value(input, "from-file");
    FILE *file = path == NULL ? stdin : fopen(path, "re");
    if (file == NULL)
        return command_failed("%s cannot be read: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* or a copy stays in the library's buffer */
    bool is_read = read_line(file, room);
    if (path != NULL)
        fclose(file);
    if (!is_read)
        return command_usage("the password is the first line of standard input, or of --from-file; there is none");
    const char *wrong = password_wrong(slice_of(room));
    return wrong == NULL ? COMMAND_DONE : command_usage("this password will not do: %s", wrong);
}

/* --- set-password ------------------------------------------------------------------------------------------------ */

static enum command_exit set(const struct command_input *input, struct db_sync *db, const char *hash)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    const char *email = command_value(input, "email");
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(email));
    db_add_text(&parameters, slice_of(hash));
    if (db_sync_run(db, STATEMENT_USER_PASSWORD, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no person with the address %s", email);
    fprintf(stderr,
            "The password is set. Wherever they were logged in, they no longer are, and what applications held in "
            "their name has ended.\n");
    return admin_wait_for_nodes(db) ? COMMAND_DONE : COMMAND_FAILED;
}

enum command_exit password_set_run(struct command_input *input)
{
    char password[LIMIT_PASSWORD_BYTES_MAX + NEWLINE_BYTES + 1], hash[PASSWORD_HASH_BYTES];
    enum command_exit exit_code = read_password(input, password);
    if (exit_code == COMMAND_DONE && !password_hash(slice_of(password), hash))
        exit_code = command_failed("the password could not be hashed: there is no memory for it");
    secret_wipe(password, sizeof(password));
    if (exit_code != COMMAND_DONE)
        return exit_code;
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    exit_code = set(input, db, hash);
    db_sync_close(db);
    return exit_code;
}

/* --- password-link ----------------------------------------------------------------------------------------------- */

static enum command_exit ask_for_mail(const struct command_input *input, struct db_sync *db)
{
    static const struct admin_source sources[] = {{SOURCE_TEXT, "email", IDENT__MAX},
                                                  {SOURCE_INVITE, "by-mail", IDENT__MAX}};
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); ++i)
        if (!admin_add(input, &sources[i], &parameters))
            return COMMAND_USAGE;
    if (db_sync_run(db, STATEMENT_PERSON_LINK_REQUEST, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no active person with the address %s", command_value(input, "email"));
    fprintf(stderr,
            "A mail is on its way (\"hallmark mail list\" tells). Who has a password gets one in ten minutes at "
            "most.\n");
    return COMMAND_DONE;
}

static enum command_exit make_link(const struct command_input *input, struct db_sync *db,
                                   const struct password_link *link)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    const char *email = command_value(input, "email"), *url = command_value(input, "url");
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(email));
    db_add_bytes(&parameters, (h2o_iovec_t){(char *)link->digest, DIGEST_BYTES});
    db_add_i64(&parameters, LIMIT_PASSWORD_LINK_S);
    if (db_sync_run(db, STATEMENT_PASSWORD_LINK_MAKE, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("there is no active person with the address %s", email);
    printf("%s/password?link=%s\n", url == NULL ? "" : url, link->text);
    fflush(stdout);
    fprintf(stderr, "Works once, within a day. Whoever opens it sets the password of %s.\n", email);
    return COMMAND_DONE;
}

enum command_exit password_link_run(struct command_input *input)
{
    struct password_link link;
    enum command_exit exit_code;
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    if (command_value(input, "by-mail") != NULL) {
        exit_code = ask_for_mail(input, db);
    } else {
        password_link_make(&link);
        exit_code = make_link(input, db, &link);
        secret_wipe(&link, sizeof(link));
    }
    db_sync_close(db);
    return exit_code;
}

/* --- totp-on ----------------------------------------------------------------------------------------------------- */

/* Where the key is bound to the person, they have to be known first. 0 after having said why. */
static int64_t find_person(const struct command_input *input, struct db_sync *db)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    db_parameters_start(&parameters);
    db_add_text(&parameters, slice_of(command_value(input, "email")));
    if (db_sync_run(db, STATEMENT_USER_SHOW, &parameters, &result) != DB_DONE) {
        (void)admin_refused(db, result);
        return 0;
    }
    if (db_result_rows(result) == 0) {
        (void)command_failed("there is no person with the address %s", command_value(input, "email"));
        return 0;
    }
    return db_result_i64(result, 0, 0);
}

static void show_as_json(h2o_mem_pool_t *pool, h2o_iovec_t email, h2o_iovec_t secret, const struct totp_factor *factor)
{
    struct text out;
    text_start(&out, pool, 1024);
    text_add(&out, SLICE("[{"));
    text_add_string_member(&out, SLICE("email"), email);
    text_add_string_member(&out, SLICE("totp_secret"), secret);
    text_add_member(&out, SLICE("recovery_codes"));
    for (size_t i = 0; i < TOTP_RECOVERY_CODES; ++i)
        text_add_format(&out, "%s\"%s\"", i == 0 ? "[" : ",", factor->codes[i]);
    text_add(&out, SLICE("]}]"));
    printf("%.*s\n", SLICE_ARGS(text_slice(&out)));
    secret_wipe(out.base, out.len);
}

/* The one moment at which they are seen. */
static void show_factor(const struct command_input *input, h2o_iovec_t email, const struct totp_factor *factor)
{
    char secret[TOTP_BASE32_BYTES];
    totp_secret_text(factor->secret, secret);
    if (input->configuration->json) {
        show_as_json(input->pool, email, slice_of(secret), factor);
    } else {
        printf("Authenticator key  %s\n", secret);
        for (size_t i = 0; i < TOTP_RECOVERY_CODES; ++i)
            printf("Recovery code      %s\n", factor->codes[i]);
        fprintf(stderr, "Shown this once. The key goes into an authenticator app (six digits, 30 seconds); each "
                        "recovery code works once in the place of such a code.\n");
    }
    fflush(stdout);
    secret_wipe(secret, sizeof(secret));
}

static enum command_exit switch_on(const struct command_input *input, struct db_sync *db, struct totp_factor *factor)
{
    struct db_parameters parameters;
    const struct db_result *result = NULL;
    h2o_iovec_t sealed;
    int64_t user_id = find_person(input, db);
    if (user_id == 0)
        return COMMAND_FAILED;
    totp_factor_make(factor);
    if (!totp_seal(input->pool, input->configuration->settings.master_key, user_id, factor->secret, &sealed))
        return command_failed("the key could not be sealed");
    db_parameters_start(&parameters);
    db_add_i64(&parameters, user_id);
    db_add_bytes(&parameters, sealed);
    db_add_text(&parameters, totp_factor_digests(input->pool, factor));
    if (db_sync_run(db, STATEMENT_TOTP_SET, &parameters, &result) != DB_DONE)
        return admin_refused(db, result);
    if (db_result_rows(result) == 0)
        return command_failed("the person is gone");
    show_factor(input, db_result_text(result, 0, 1), factor);
    return COMMAND_DONE;
}

enum command_exit password_totp_on_run(struct command_input *input)
{
    struct totp_factor factor;
    enum command_exit exit_code;
    struct db_sync *db = admin_open_with_master_key(input, &exit_code);
    if (db == NULL)
        return exit_code;
    exit_code = switch_on(input, db, &factor);
    secret_wipe(&factor, sizeof(factor));
    db_sync_close(db);
    return exit_code;
}
