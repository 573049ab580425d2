/* SPDX-License-Identifier: Apache-2.0 */
#include "base/credential.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/secret.h"
#include <assert.h>

#define ROUTE_DIGITS    8
#define CHECKSUM_DIGITS CREDENTIAL_CHECKSUM_DIGITS
#define IDENT_DIGITS    11 /* 62^11 is above 2^63 */
#define PREFIX_BYTES    4
#define MASK_TAIL_BYTES 4

/* --- credentials ------------------------------------------------------------------------------------------------- */

static const struct {
    char prefix[PREFIX_BYTES + 1];
    size_t random_digits;
} credentials[CREDENTIAL__MAX] = {
    [CREDENTIAL_CLIENT_ID] = {"hmk_", 14},
    [CREDENTIAL_CLIENT_SECRET] = {"hms_", 43},
    [CREDENTIAL_CODE] = {"hmc_", 43},
    [CREDENTIAL_REFRESH_TOKEN] = {"hmr_", 43},
};

static size_t credential_length(enum credential_kind kind)
{
    return PREFIX_BYTES + ROUTE_DIGITS + credentials[kind].random_digits + CHECKSUM_DIGITS;
}

struct credential_shape credential_shape(enum credential_kind kind)
{
    assert(kind < CREDENTIAL__MAX);
    return (struct credential_shape){slice_of(credentials[kind].prefix), credential_length(kind)};
}

/* Each digit is as likely as any other: bytes above the last whole multiple of 62 are thrown away. */
static void random_digits(char *out, size_t count)
{
    uint8_t bytes[64];
    size_t used = sizeof(bytes);
    for (size_t i = 0; i < count;) {
        if (used == sizeof(bytes)) {
            secret_random(bytes, sizeof(bytes));
            used = 0;
        }
        uint8_t byte = bytes[used++];
        if (byte < 256 / 62 * 62)
            codec_base62_encode(&out[i++], 1, byte % 62);
    }
    secret_wipe(bytes, sizeof(bytes));
}

size_t credential_make(enum credential_kind kind, int64_t account_id, char out[static CREDENTIAL_BYTES_MAX])
{
    assert(kind < CREDENTIAL__MAX);
    assert(account_id >= 0);
    assert(account_id <= CREDENTIAL_ROUTE_MAX);
    size_t len = credential_length(kind), covered = len - CHECKSUM_DIGITS;
    memcpy(out, credentials[kind].prefix, PREFIX_BYTES);
    codec_base62_encode(out + PREFIX_BYTES, ROUTE_DIGITS, (uint64_t)account_id);
    random_digits(out + PREFIX_BYTES + ROUTE_DIGITS, credentials[kind].random_digits);
    codec_base62_encode(out + covered, CHECKSUM_DIGITS, codec_crc32((h2o_iovec_t){out, covered}));
    out[len] = '\0';
    return len;
}

static bool is_alphanumeric(h2o_iovec_t text)
{
    for (size_t i = 0; i < text.len; ++i) {
        char c = text.base[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

bool credential_check(enum credential_kind kind, h2o_iovec_t text, int64_t *account_id_out)
{
    assert(kind < CREDENTIAL__MAX);
    uint64_t route, checksum;
    size_t covered = credential_length(kind) - CHECKSUM_DIGITS;
    if (text.len != covered + CHECKSUM_DIGITS || !slice_starts_with(text, slice_of(credentials[kind].prefix)))
        return false;
    if (!is_alphanumeric(slice_from(text, PREFIX_BYTES)))
        return false;
    if (!codec_base62_decode(&checksum, slice_from(text, covered)) ||
        checksum != codec_crc32((h2o_iovec_t){text.base, covered}))
        return false;
    if (!codec_base62_decode(&route, (h2o_iovec_t){text.base + PREFIX_BYTES, ROUTE_DIGITS}) ||
        route > CREDENTIAL_ROUTE_MAX)
        return false;
    if (account_id_out != NULL)
        *account_id_out = (int64_t)route;
    return true;
}

void credential_mask(h2o_iovec_t text, char out[static CREDENTIAL_BYTES_MAX])
{
    static const char dots[] = "...";
    bool known = false;
    for (unsigned kind = 0; kind < CREDENTIAL__MAX; ++kind)
        known = known || credential_check((enum credential_kind)kind, text, NULL);
    char *at = out;
    if (known)
        at = (char *)memcpy(at, text.base, PREFIX_BYTES) + PREFIX_BYTES;
    at = (char *)memcpy(at, dots, sizeof(dots) - 1) + sizeof(dots) - 1;
    if (known)
        at = (char *)memcpy(at, text.base + text.len - MASK_TAIL_BYTES, MASK_TAIL_BYTES) + MASK_TAIL_BYTES;
    *at = '\0';
}

/* --- identifiers ------------------------------------------------------------------------------------------------- */

static const struct {
    char prefix[PREFIX_BYTES + 1];
    size_t digits;
    int64_t max; /* one less than a power of two */
} idents[IDENT__MAX] = {
    [IDENT_ACCOUNT] = {"acc_", ROUTE_DIGITS, CREDENTIAL_ROUTE_MAX},
    [IDENT_USER] = {"usr_", IDENT_DIGITS, INT64_MAX},
    [IDENT_APPLICATION] = {"app_", IDENT_DIGITS, INT64_MAX},
    [IDENT_TEMPLATE] = {"tpl_", IDENT_DIGITS, INT64_MAX},
    [IDENT_API] = {"api_", IDENT_DIGITS, INT64_MAX},
    [IDENT_WEBHOOK] = {"whk_", IDENT_DIGITS, INT64_MAX},
    [IDENT_EVENT] = {"evt_", IDENT_DIGITS, INT64_MAX},
    [IDENT_GRANT] = {"grt_", IDENT_DIGITS, INT64_MAX},
    [IDENT_FAMILY] = {"fam_", IDENT_DIGITS, INT64_MAX},
    [IDENT_SESSION] = {"ses_", IDENT_DIGITS, INT64_MAX},
};

_Static_assert(PREFIX_BYTES + IDENT_DIGITS < IDENT_BYTES_MAX, "the longest identifier and its NUL fit");

int64_t ident_random(enum ident_kind kind)
{
    assert(kind < IDENT__MAX);
    int64_t id;
    do {
        secret_random(&id, sizeof(id));
        id &= idents[kind].max;
    } while (id == 0);
    return id;
}

size_t ident_text(enum ident_kind kind, int64_t id, char out[static IDENT_BYTES_MAX])
{
    assert(kind < IDENT__MAX);
    assert(id > 0);
    assert(id <= idents[kind].max);
    memcpy(out, idents[kind].prefix, PREFIX_BYTES);
    codec_base62_encode(out + PREFIX_BYTES, idents[kind].digits, (uint64_t)id);
    out[PREFIX_BYTES + idents[kind].digits] = '\0';
    return PREFIX_BYTES + idents[kind].digits;
}

bool ident_parse(enum ident_kind kind, h2o_iovec_t text, int64_t *id_out)
{
    assert(kind < IDENT__MAX);
    uint64_t id;
    if (text.len != PREFIX_BYTES + idents[kind].digits || !slice_starts_with(text, slice_of(idents[kind].prefix)))
        return false;
    if (!codec_base62_decode(&id, slice_from(text, PREFIX_BYTES)) || id == 0 || id > (uint64_t)idents[kind].max)
        return false;
    *id_out = (int64_t)id;
    return true;
}

/* --- request ids ------------------------------------------------------------------------------------------------- */

#define TICKS_PER_MS       4096 /* the twelve bits behind the version */
#define RANDOM_BYTES_OF_ID 8
#define IDS_PER_DRAW       32

/* Milliseconds and 1/4096 of one (RFC 9562 section 6.2, method 3); never the same or less than before in this thread,
 * whatever the clock does. */
static uint64_t next_tick(void)
{
    static __thread uint64_t last;
    uint64_t now_us = (uint64_t)clock_unix_us();
    uint64_t tick = now_us / 1000 * TICKS_PER_MS + now_us % 1000 * TICKS_PER_MS / 1000;
    last = tick > last ? tick : last + 1;
    return last;
}

/* Random bytes for one id. They are drawn for many ids at once, since a call of the generator costs more than all the
 * rest; an id is no secret, so it does not matter that they wait in memory. */
static void take_random(uint8_t out[static RANDOM_BYTES_OF_ID])
{
    static __thread uint8_t bytes[IDS_PER_DRAW][RANDOM_BYTES_OF_ID];
    static __thread size_t left;
    if (left == 0) {
        secret_random(bytes, sizeof(bytes));
        left = IDS_PER_DRAW;
    }
    memcpy(out, bytes[--left], RANDOM_BYTES_OF_ID);
}

void request_id_make(char out[static REQUEST_ID_BYTES])
{
    static const size_t group_bytes[] = {4, 2, 2, 2, 6};
    uint64_t tick = next_tick();
    uint8_t bytes[8 + RANDOM_BYTES_OF_ID];
    for (unsigned i = 0; i < 6; ++i)
        bytes[i] = (uint8_t)(tick / TICKS_PER_MS >> (40 - 8 * i));
    bytes[6] = (uint8_t)(0x70 | (tick % TICKS_PER_MS >> 8)); /* version 7 */
    bytes[7] = (uint8_t)tick;
    take_random(bytes + 8);
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* the variant of RFC 9562 */
    const uint8_t *from = bytes;
    for (size_t i = 0; i < sizeof(group_bytes) / sizeof(group_bytes[0]); ++i) {
        out += codec_hex_encode(out, from, group_bytes[i]);
        *out++ = '-';
        from += group_bytes[i];
    }
    out[-1] = '\0';
}
