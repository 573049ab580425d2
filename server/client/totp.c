/* SPDX-License-Identifier: Apache-2.0 */
#include "client/totp.h"

#include "token/seal.h"
#include <assert.h>
#include <liboath/oath.h>
#include <stdlib.h>

#define DIGITS           6
#define STEP_SECONDS     30
#define STEPS_AROUND     1 /* clocks of phones differ, and people type slowly */
#define RECOVERY_LETTERS 16
#define RECOVERY_GROUP   4
#define BITS_PER_LETTER  5
#define BITS_PER_BYTE    8

static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567"; /* base32 (RFC 4648), small */

static void write_base32(char *out, const uint8_t *bytes, size_t letter_count)
{
    for (size_t i = 0; i < letter_count; ++i) {
        unsigned value = 0;
        for (size_t bit = i * BITS_PER_LETTER; bit < (i + 1) * BITS_PER_LETTER; ++bit)
            value = value << 1 | (bytes[bit / BITS_PER_BYTE] >> (BITS_PER_BYTE - 1 - bit % BITS_PER_BYTE) & 1u);
        out[i] = letters[value];
    }
}

void totp_secret_make(uint8_t out[static TOTP_SECRET_BYTES])
{
    secret_random(out, TOTP_SECRET_BYTES);
}

void totp_secret_text(const uint8_t secret[static TOTP_SECRET_BYTES], char out[static TOTP_BASE32_BYTES])
{
    _Static_assert((TOTP_BASE32_BYTES - 1) * BITS_PER_LETTER == TOTP_SECRET_BYTES * BITS_PER_BYTE, "no padding");
    write_base32(out, secret, TOTP_BASE32_BYTES - 1);
    for (size_t i = 0; i < TOTP_BASE32_BYTES - 1; ++i)
        out[i] = (char)(out[i] >= 'a' ? out[i] - 'a' + 'A' : out[i]);
    out[TOTP_BASE32_BYTES - 1] = '\0';
}

/* --- the seal ---------------------------------------------------------------------------------------------------- */

static h2o_iovec_t associated_data(h2o_mem_pool_t *pool, int64_t user_id)
{
    return slice_format(pool, "totp secret %lld", (long long)user_id);
}

bool totp_seal(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES], int64_t user_id,
               const uint8_t secret[static TOTP_SECRET_BYTES], h2o_iovec_t *sealed_out)
{
    h2o_iovec_t plain = {(char *)secret, TOTP_SECRET_BYTES};
    return seal_close(pool, master, associated_data(pool, user_id), plain, sealed_out);
}

bool totp_open(const uint8_t master[static DIGEST_BYTES], int64_t user_id, h2o_iovec_t sealed,
               uint8_t out[static TOTP_SECRET_BYTES])
{
    struct secret plain;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bool opened = seal_open(master, associated_data(&pool, user_id), sealed, &plain);
    h2o_mem_clear_pool(&pool);
    if (!opened)
        return false;
    bool whole = plain.len == TOTP_SECRET_BYTES;
    if (whole)
        memcpy(out, plain.base, TOTP_SECRET_BYTES);
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return whole;
}

bool totp_reseal(h2o_mem_pool_t *pool, int64_t user_id, h2o_iovec_t sealed,
                 const uint8_t old_master[static DIGEST_BYTES], const uint8_t new_master[static DIGEST_BYTES],
                 h2o_iovec_t *sealed_out)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    bool done =
        totp_open(old_master, user_id, sealed, secret) && totp_seal(pool, new_master, user_id, secret, sealed_out);
    secret_wipe(secret, sizeof(secret));
    return done;
}

/* --- codes ------------------------------------------------------------------------------------------------------- */

/* What people put between the characters of a code, and capitals, do not count. False: longer than `room`. */
static bool normalize(h2o_iovec_t code, char *out, size_t room, size_t *len_out)
{
    *len_out = 0;
    for (size_t i = 0; i < code.len; ++i) {
        char c = code.base[i];
        if (c == ' ' || c == '-')
            continue;
        if (*len_out == room)
            return false;
        out[(*len_out)++] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return true;
}

bool totp_is_right(const uint8_t secret[static TOTP_SECRET_BYTES], h2o_iovec_t code, int64_t now_s, int64_t *step_out)
{
    char typed[DIGITS], right[DIGITS + 1];
    size_t len;
    bool found = false;
    if (!normalize(code, typed, DIGITS, &len) || len != DIGITS)
        return false;
    for (int64_t step = now_s / STEP_SECONDS - STEPS_AROUND; step <= now_s / STEP_SECONDS + STEPS_AROUND; ++step) {
        int made = oath_hotp_generate((const char *)secret, TOTP_SECRET_BYTES, (uint64_t)step, DIGITS, false,
                                      OATH_HOTP_DYNAMIC_TRUNCATION, right);
        if (made != OATH_OK || !secret_equal(typed, right, DIGITS))
            continue;
        found = true;
        *step_out = step; /* the latest, should two steps have the same code */
    }
    secret_wipe(right, sizeof(right));
    return found;
}

void totp_recovery_make(char out[static TOTP_RECOVERY_BYTES])
{
    uint8_t bytes[RECOVERY_LETTERS * BITS_PER_LETTER / BITS_PER_BYTE];
    char plain[RECOVERY_LETTERS];
    size_t len = 0;
    secret_random(bytes, sizeof(bytes));
    write_base32(plain, bytes, RECOVERY_LETTERS);
    for (size_t i = 0; i < RECOVERY_LETTERS; ++i) {
        if (i > 0 && i % RECOVERY_GROUP == 0)
            out[len++] = '-';
        out[len++] = plain[i];
    }
    out[len++] = '\0';
    assert(len == TOTP_RECOVERY_BYTES);
    secret_wipe(bytes, sizeof(bytes));
    secret_wipe(plain, sizeof(plain));
}

bool totp_recovery_digest(h2o_iovec_t code, uint8_t out[static DIGEST_BYTES])
{
    char plain[RECOVERY_LETTERS];
    size_t len;
    if (!normalize(code, plain, sizeof(plain), &len) || len != RECOVERY_LETTERS)
        return false;
    secret_digest(out, (h2o_iovec_t){plain, len});
    secret_wipe(plain, sizeof(plain));
    return true;
}
