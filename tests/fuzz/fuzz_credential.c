/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c server/base/codec.c server/base/clock.c server/base/secret.c */
#include "base/credential.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void idents_have_one_spelling(h2o_iovec_t text)
{
    for (unsigned kind = 0; kind < IDENT__MAX; ++kind) {
        char again[IDENT_BYTES_MAX];
        int64_t id;
        if (!ident_parse(kind, text, &id))
            continue;
        assert(id > 0 && id <= idents[kind].max);
        assert(slice_equal((h2o_iovec_t){again, ident_text(kind, id, again)}, text));
    }
}

/* A credential with the route and the digits that the input chooses, and the checksum that belongs to them. */
static size_t compose(enum credential_kind kind, h2o_iovec_t choice, char out[static CREDENTIAL_BYTES_MAX])
{
    size_t len = credential_length(kind), covered = len - CHECKSUM_DIGITS;
    uint64_t route = 0;
    memcpy(&route, choice.base, choice.len < sizeof(route) ? choice.len : sizeof(route));
    memcpy(out, credentials[kind].prefix, PREFIX_BYTES);
    codec_base62_encode(out + PREFIX_BYTES, ROUTE_DIGITS, route & CREDENTIAL_ROUTE_MAX);
    for (size_t i = PREFIX_BYTES + ROUTE_DIGITS; i < covered; ++i)
        codec_base62_encode(out + i, 1, (uint8_t)choice.base[i % choice.len] % 62);
    codec_base62_encode(out + covered, CHECKSUM_DIGITS, codec_crc32((h2o_iovec_t){out, covered}));
    out[len] = '\0';
    return len;
}

static void refuses_a_changed_one(enum credential_kind kind, h2o_iovec_t choice)
{
    char text[CREDENTIAL_BYTES_MAX], mask[CREDENTIAL_BYTES_MAX];
    int64_t route;
    size_t len = compose(kind, choice, text);
    assert(credential_check(kind, (h2o_iovec_t){text, len}, &route));
    assert(route >= 0 && route <= CREDENTIAL_ROUTE_MAX);
    credential_mask((h2o_iovec_t){text, len}, mask);
    assert(memcmp(mask, text, PREFIX_BYTES) == 0 && strlen(mask) == PREFIX_BYTES + 3 + MASK_TAIL_BYTES);
    size_t at = (uint8_t)choice.base[0] % len;
    text[at] = (char)(text[at] ^ (1 << (uint8_t)choice.base[choice.len - 1] % 8));
    assert(!credential_check(kind, (h2o_iovec_t){text, len}, &route));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_iovec_t text = {(char *)bytes, len};
    char mask[CREDENTIAL_BYTES_MAX];
    idents_have_one_spelling(text);
    credential_mask(text, mask);
    assert(strlen(mask) <= PREFIX_BYTES + 3 + MASK_TAIL_BYTES);
    for (unsigned kind = 0; kind < CREDENTIAL__MAX; ++kind) {
        if (credential_check(kind, text, NULL))
            assert(text.len == credential_length(kind) && is_alphanumeric(slice_from(text, PREFIX_BYTES)));
        if (text.len > 0)
            refuses_a_changed_one(kind, text);
    }
    return 0;
}
