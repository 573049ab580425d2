/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWORD_BYTES_MAX 512

static bool fail(char **message_out, const char *message)
{
    *message_out = strdup(message);
    if (*message_out == NULL)
        abort();
    return false;
}

static bool fail_file(char **message_out, const char *path, const char *why)
{
    if (asprintf(message_out, "password file %s %s", path, why) < 0)
        abort();
    return false;
}

/* One line, without its end; NUL-terminated. */
static bool read_password(const char *path, struct secret *out, char **message_out)
{
    struct stat status;
    char text[PASSWORD_BYTES_MAX + 1];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = file < 0 || fstat(file, &status) != 0 ? -1 : read(file, text, sizeof(text));
    int error = errno;
    if (file >= 0)
        close(file);
    if (len < 0)
        return fail_file(message_out, path, strerror(error));
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail_file(message_out, path, "can be read by others: chmod 600 it");
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        --len;
    h2o_iovec_t line = {text, (size_t)len};
    bool good = len > 0 && len <= PASSWORD_BYTES_MAX && slice_find(line, '\n') == SIZE_MAX &&
                slice_find(line, '\0') == SIZE_MAX;
    if (good) {
        *out = (struct secret){h2o_mem_alloc((size_t)len + 1), (size_t)len};
        memcpy(out->base, text, (size_t)len);
        out->base[len] = '\0';
    }
    secret_wipe(text, sizeof(text));
    return good || fail_file(message_out, path, "must hold one line, the password, of at most 512 bytes");
}

bool configuration_check_mail(struct configuration *configuration, char **message_out)
{
    struct settings *settings = &configuration->settings;
    if ((settings->smtp_url == NULL) != (settings->mail_from == NULL))
        return fail(message_out, "--smtp-url and --mail-from go together: the relay, and who mails are from");
    if ((settings->smtp_user == NULL) != (configuration->smtp_password_file == NULL))
        return fail(message_out, "--smtp-user and --smtp-password-file go together: give both or neither");
    return configuration->smtp_password_file == NULL ||
           read_password(configuration->smtp_password_file, &settings->smtp_password, message_out);
}
