/* SPDX-License-Identifier: Apache-2.0 */
#include "app/option.h"

#include "base/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MASTER_KEY_DIGITS (DIGEST_BYTES * 2)

static bool fail(char **message_out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char **message_out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(message_out, format, arguments) < 0)
        abort();
    va_end(arguments);
    return false;
}

static bool take_variable(struct configuration *configuration, const struct option_row *row, char **message_out)
{
    char variable[OPTION_VARIABLE_BYTES_MAX];
    option_variable(row, variable);
    const char *value = getenv(variable);
    if (value == NULL || *value == '\0')
        return true;
    const char *wrong = row->apply(configuration, value);
    return wrong == NULL || fail(message_out, "%s: \"%s\" will not do: %s", variable, value, wrong);
}

bool configuration_start(struct configuration *out, unsigned groups, char **message_out)
{
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < option_count(); ++i) {
        const struct option_row *row = option_at(i);
        if (row->standard != NULL && row->apply(out, row->standard) != NULL)
            return fail(message_out, "the default of --%s will not do", row->name);
        if ((row->group & groups) != 0 && !take_variable(out, row, message_out))
            return false;
    }
    return true;
}

/* "127.0.0.1:8080" or "[::1]:8080": the address part. */
static bool listens_on_loopback(const char *listen)
{
    h2o_iovec_t text = slice_of(listen);
    size_t end = text.len;
    while (end > 0 && text.base[end - 1] != ':')
        --end;
    if (end == 0)
        return false;
    h2o_iovec_t host = {text.base, end - 1};
    if (host.len >= 2 && host.base[0] == '[' && host.base[host.len - 1] == ']')
        host = (h2o_iovec_t){host.base + 1, host.len - 2};
    struct address address;
    return address_parse(host, &address) && address_is_loopback(&address);
}

static void take_issuer_of_listener(struct configuration *configuration)
{
    struct settings *settings = &configuration->settings;
    const char *scheme = settings->tls_certificate != NULL ? "https" : "http";
    if (asprintf(&configuration->issuer_of_listener, "%s://%s", scheme, settings->listen) < 0)
        abort();
    settings->issuer = slice_of(configuration->issuer_of_listener);
}

bool configuration_check_server(struct configuration *configuration, char **message_out)
{
    struct settings *settings = &configuration->settings;
    bool loopback = listens_on_loopback(settings->listen);
    if ((settings->tls_certificate == NULL) != (settings->tls_key == NULL))
        return fail(message_out, "--tls-cert and --tls-key go together: give both or neither");
    if (!loopback && settings->tls_certificate == NULL && !settings->behind_proxy)
        return fail(message_out,
                    "--listen %s is not a loopback address: give --tls-cert and --tls-key, or --behind-proxy when TLS "
                    "ends in front",
                    settings->listen);
    if ((configuration->checkpoint_key_file == NULL) != (configuration->checkpoint_file == NULL))
        return fail(message_out, "--checkpoint-key-file and --checkpoint-file go together: what is signed has to go on "
                                 "from what was published");
    if (!listens_on_loopback(settings->operations_listen))
        return fail(message_out, "--operations-listen %s: metrics are served on loopback only",
                    settings->operations_listen);
    if (settings->issuer.base == NULL && !loopback)
        return fail(message_out, "--issuer is needed: the public base URL, such as https://auth.example.com");
    if (settings->issuer.base == NULL)
        take_issuer_of_listener(configuration);
    if (settings->threads == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        settings->threads = cores > 0 ? (unsigned)cores : 1;
    }
    return true;
}

static bool decode_master_key(h2o_iovec_t text, uint8_t out[static DIGEST_BYTES])
{
    while (text.len > 0 && (text.base[text.len - 1] == '\n' || text.base[text.len - 1] == '\r'))
        --text.len;
    return codec_hex_decode(out, DIGEST_BYTES, text);
}

bool configuration_read_key_file(const char *path, uint8_t out[static DIGEST_BYTES], char **message_out)
{
    struct stat status;
    char text[MASTER_KEY_DIGITS + 3]; /* room for a line end, and to see that there is more */
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0) {
        int error = errno;
        if (file >= 0)
            close(file);
        return fail(message_out, "master key file %s cannot be read: %s", path, strerror(error));
    }
    ssize_t len = read(file, text, sizeof(text));
    close(file);
    bool good = S_ISREG(status.st_mode) && len > 0 && decode_master_key((h2o_iovec_t){text, (size_t)len}, out);
    secret_wipe(text, sizeof(text));
    if (!good)
        return fail(
            message_out,
            "master key file %s must hold 64 hexadecimal digits and nothing else (make one: openssl rand -hex 32)",
            path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(message_out, "master key file %s can be read by others: chmod 600 it", path);
    return true;
}

bool configuration_read_master_key(struct configuration *configuration, char **message_out)
{
    char *variable = getenv("HALLMARK_MASTER_KEY");
    if (configuration->master_key_file != NULL)
        configuration->has_master_key = configuration_read_key_file(configuration->master_key_file,
                                                                    configuration->settings.master_key, message_out);
    else if (variable == NULL)
        return fail(
            message_out,
            "a master key is needed: --master-key-file FILE (make one: openssl rand -hex 32), or HALLMARK_MASTER_KEY");
    else if (!decode_master_key(slice_of(variable), configuration->settings.master_key))
        return fail(message_out, "HALLMARK_MASTER_KEY must be 64 hexadecimal digits");
    else
        configuration->has_master_key = true;
    if (variable != NULL)
        secret_wipe(variable, strlen(variable)); /* out of /proc/self/environ */
    return configuration->has_master_key;
}

void configuration_wipe(struct configuration *configuration)
{
    secret_wipe(configuration->settings.master_key, sizeof(configuration->settings.master_key));
    secret_wipe(configuration->settings.smtp_password.base, configuration->settings.smtp_password.len);
    free(configuration->settings.smtp_password.base);
    cidr_list_free(&configuration->settings.trusted_proxies);
    free(configuration->issuer_of_listener);
}
