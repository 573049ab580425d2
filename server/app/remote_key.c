/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_key.h"

#include "base/json.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX 4096 /* two credentials are 140 bytes, as JSON some more */

static const h2o_iovec_t form = SLICE("it has to hold the client id (hmk_...) in one line and the secret (hms_...) in "
                                      "the next, or what hallmark key create --format json prints");

static bool fail(h2o_iovec_t *wrong_out, h2o_iovec_t sentence)
{
    *wrong_out = sentence;
    return false;
}

/* --- the file ---------------------------------------------------------------------------------------------------- */

static bool check_file(h2o_mem_pool_t *pool, int file, const char *path, h2o_iovec_t *wrong_out)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return fail(wrong_out, slice_format(pool, "%s cannot be read: %s", path, strerror(errno)));
    if (!S_ISREG(status.st_mode))
        return fail(wrong_out, slice_format(pool, "%s is no regular file", path));
    if (status.st_uid != geteuid())
        return fail(wrong_out, slice_format(pool, "%s belongs to somebody else (user %u): chown %u it", path,
                                            (unsigned)status.st_uid, (unsigned)geteuid()));
    if ((status.st_mode & 07777 & ~(mode_t)(S_IRUSR | S_IWUSR)) != 0)
        return fail(wrong_out,
                    slice_format(pool, "%s has the mode %04o, so that others may read the secret: chmod 600 it", path,
                                 (unsigned)status.st_mode & 07777));
    return true;
}

/* At most FILE_BYTES_MAX of it; *len_out is more when there are more. */
static bool read_all(int file, char bytes[static FILE_BYTES_MAX + 1], size_t *len_out)
{
    size_t len = 0;
    while (len <= FILE_BYTES_MAX) {
        ssize_t count = read(file, bytes + len, FILE_BYTES_MAX + 1 - len);
        if (count < 0)
            return false;
        if (count == 0)
            break;
        len += (size_t)count;
    }
    *len_out = len;
    return true;
}

/* --- what it says ------------------------------------------------------------------------------------------------ */

static h2o_iovec_t trimmed(h2o_iovec_t line)
{
    while (line.len > 0 && strchr(" \t\r\n", line.base[line.len - 1]) != NULL)
        --line.len;
    while (line.len > 0 && strchr(" \t\r\n", line.base[0]) != NULL)
        line = slice_from(line, 1);
    return line;
}

static bool take(struct remote_key *out, h2o_iovec_t client_id, h2o_iovec_t secret)
{
    if (client_id.base == NULL || secret.base == NULL || !credential_check(CREDENTIAL_CLIENT_ID, client_id, NULL) ||
        !credential_check(CREDENTIAL_CLIENT_SECRET, secret, NULL))
        return false;
    memcpy(out->client_id, client_id.base, client_id.len);
    memcpy(out->secret, secret.base, secret.len);
    out->client_id[client_id.len] = out->secret[secret.len] = '\0';
    return true;
}

static bool take_lines(struct remote_key *out, h2o_iovec_t text)
{
    h2o_iovec_t rest = text, first = slice_cut(&rest, '\n');
    return rest.base != NULL && take(out, trimmed(first), trimmed(rest));
}

static h2o_iovec_t text_of(h2o_mem_pool_t *pool, const struct json_object *object, h2o_iovec_t name)
{
    const struct json_member *member = json_find(object, name);
    return member != NULL && member->type == JSON_TYPE_STRING ? json_string_text(pool, member->value) : SLICE_NONE;
}

/* An escape in a string would leave a copy of it in the pool: the alphabet of credentials needs none, so that a text
 * with a backslash is none of ours. */
static bool take_json(h2o_mem_pool_t *pool, struct remote_key *out, h2o_iovec_t text)
{
    struct json_object object;
    struct json_fault fault;
    bool is_array = text.base[0] == '[' && text.base[text.len - 1] == ']';
    if (is_array)
        text = trimmed((h2o_iovec_t){text.base + 1, text.len - 2});
    if (slice_find(text, '\\') != SIZE_MAX || !json_scan_object(pool, text, &object, &fault))
        return false;
    h2o_iovec_t secret = text_of(pool, &object, SLICE("client_secret"));
    if (secret.base == NULL)
        secret = text_of(pool, &object, SLICE("secret"));
    return take(out, text_of(pool, &object, SLICE("client_id")), secret);
}

bool remote_key_read(h2o_mem_pool_t *pool, const char *path, struct remote_key *out, h2o_iovec_t *wrong_out)
{
    char bytes[FILE_BYTES_MAX + 1];
    size_t len = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == ELOOP)
        return fail(wrong_out, slice_format(pool, "%s is a symbolic link: name the file itself", path));
    if (file < 0)
        return fail(wrong_out, slice_format(pool, "%s cannot be read: %s", path, strerror(errno)));
    bool good = check_file(pool, file, path, wrong_out);
    if (good && !read_all(file, bytes, &len))
        good = fail(wrong_out, slice_format(pool, "%s cannot be read: %s", path, strerror(errno)));
    close(file);
    if (!good)
        return false;
    h2o_iovec_t text = trimmed((h2o_iovec_t){bytes, len});
    bool is_json = text.len > 0 && (text.base[0] == '{' || text.base[0] == '[');
    good = len <= FILE_BYTES_MAX && (is_json ? take_json(pool, out, text) : take_lines(out, text));
    secret_wipe(bytes, sizeof(bytes));
    return good ||
           fail(wrong_out, slice_format(pool, "%s holds no key, or a mistyped one: %.*s", path, SLICE_ARGS(form)));
}
