/* SPDX-License-Identifier: Apache-2.0 */
#include "client/password.h"

#include "base/limits.h"
#include <argon2.h>
#include <stdio.h>

/* OWASP's first choice for Argon2id: one lane, so that a hash keeps one core busy and the pool decides how many do. */
#define MEMORY_KIB   19456
#define PASSES       2
#define LANES        1
#define SALT_BYTES   16
#define DIGEST_LEN   32
#define PREFIX_BYTES 64

/* The hash of nobody's password: as costly as any other, and right for none (its digest is no digest of anything). */
#define NOBODY_SALT_AND_DIGEST "$bm9ib2R5IGlzIGhlcmUhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void write_prefix(char out[static PREFIX_BYTES])
{
    snprintf(out, PREFIX_BYTES, "$argon2id$v=%d$m=%d,t=%d,p=%d", ARGON2_VERSION_NUMBER, MEMORY_KIB, PASSES, LANES);
}

const char *password_wrong(h2o_iovec_t password)
{
    if (password.len < LIMIT_PASSWORD_BYTES_MIN)
        return "it is too short: 12 characters at least";
    if (password.len > LIMIT_PASSWORD_BYTES_MAX)
        return "it is too long: 1024 bytes at most";
    if (!slice_is_utf8(password))
        return "it is not UTF-8";
    for (size_t i = 0; i < password.len; ++i)
        if ((uint8_t)password.base[i] < ' ' || password.base[i] == 0x7f)
            return "it has a control character";
    return NULL;
}

bool password_hash(h2o_iovec_t password, char out[static PASSWORD_HASH_BYTES])
{
    uint8_t salt[SALT_BYTES];
    secret_random(salt, sizeof(salt));
    return argon2id_hash_encoded(PASSES, MEMORY_KIB, LANES, password.base, password.len, salt, sizeof(salt), DIGEST_LEN,
                                 out, PASSWORD_HASH_BYTES) == ARGON2_OK;
}

bool password_is_right(h2o_iovec_t password, const char *hash)
{
    char nobody[PREFIX_BYTES + sizeof(NOBODY_SALT_AND_DIGEST)];
    write_prefix(nobody);
    strcat(nobody, NOBODY_SALT_AND_DIGEST);
    bool is_right = argon2id_verify(hash == NULL ? nobody : hash, password.base, password.len) == ARGON2_OK;
    return is_right && hash != NULL;
}

bool password_is_old(const char *hash)
{
    char prefix[PREFIX_BYTES];
    write_prefix(prefix);
    h2o_iovec_t today = slice_of(prefix), text = slice_of(hash);
    return !slice_starts_with(text, today) || text.len == today.len || text.base[today.len] != '$';
}
