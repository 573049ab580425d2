/* SPDX-License-Identifier: Apache-2.0 */
#include "history/changes_cursor.h"

#include "base/codec.h"
#include "base/credential.h"

#include <assert.h>

#define PREFIX         "chg_"
#define PREFIX_BYTES   (sizeof(PREFIX) - 1)
#define ACCOUNT_DIGITS 8
#define PLACE_DIGITS   11
#define SUM_DIGITS     6
#define COVERED_BYTES  (PREFIX_BYTES + ACCOUNT_DIGITS + PLACE_DIGITS)

_Static_assert(COVERED_BYTES + SUM_DIGITS + 1 == CHANGES_CURSOR_BYTES, "a cursor and its NUL fill their array");

void changes_cursor_text(int64_t account_id, int64_t place, char out[static CHANGES_CURSOR_BYTES])
{
    assert(account_id >= 0);
    assert(account_id <= CREDENTIAL_ROUTE_MAX);
    assert(place >= 0);
    memcpy(out, PREFIX, PREFIX_BYTES);
    codec_base62_encode(out + PREFIX_BYTES, ACCOUNT_DIGITS, (uint64_t)account_id);
    codec_base62_encode(out + PREFIX_BYTES + ACCOUNT_DIGITS, PLACE_DIGITS, (uint64_t)place);
    codec_base62_encode(out + COVERED_BYTES, SUM_DIGITS, codec_crc32((h2o_iovec_t){out, COVERED_BYTES}));
    out[COVERED_BYTES + SUM_DIGITS] = '\0';
}

bool changes_cursor_parse(h2o_iovec_t text, int64_t account_id, int64_t *place_out)
{
    uint64_t account, place, sum;
    if (text.len != COVERED_BYTES + SUM_DIGITS || memcmp(text.base, PREFIX, PREFIX_BYTES) != 0)
        return false;
    if (!codec_base62_decode(&account, (h2o_iovec_t){text.base + PREFIX_BYTES, ACCOUNT_DIGITS}) ||
        !codec_base62_decode(&place, (h2o_iovec_t){text.base + PREFIX_BYTES + ACCOUNT_DIGITS, PLACE_DIGITS}) ||
        !codec_base62_decode(&sum, slice_from(text, COVERED_BYTES)))
        return false;
    if (sum != codec_crc32((h2o_iovec_t){text.base, COVERED_BYTES}) || account != (uint64_t)account_id ||
        place > INT64_MAX)
        return false;
    *place_out = (int64_t)place;
    return true;
}
