/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/key_format.h"

#include "base/codec.h"
#include "base/text.h"
#include "http/reply.h"

#define MAX_AGE_S        86400
#define BODY_BYTES_USUAL 2048
#define EXAMPLE          "hmk_0LjaL3EZAbCdEfGhIjKlMn" /* no account of anybody */

static const struct {
    const char *name;
    bool secret;
} kinds[CREDENTIAL__MAX] = {
    [CREDENTIAL_CLIENT_ID] = {"client-id", false},
    [CREDENTIAL_CLIENT_SECRET] = {"client-secret", true},
    [CREDENTIAL_CODE] = {"code", true},
    [CREDENTIAL_REFRESH_TOKEN] = {"refresh-token", true},
};

static void add_boolean(struct text *out, h2o_iovec_t name, bool value)
{
    text_add_member(out, name);
    text_add(out, value ? SLICE("true") : SLICE("false"));
}

static void add_kind(struct text *out, enum credential_kind kind)
{
    struct credential_shape shape = credential_shape(kind);
    h2o_mem_pool_t *pool = out->pool;
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("name"), slice_format(pool, "hallmark-%s", kinds[kind].name));
    add_boolean(out, SLICE("secret"), kinds[kind].secret);
    text_add_string_member(out, SLICE("prefix"), shape.prefix);
    text_add_u64_member(out, SLICE("length"), shape.length);
    text_add_string_member(
        out, SLICE("regex"),
        slice_format(pool, "\\b%.*s[0-9A-Za-z]{%zu}\\b", SLICE_ARGS(shape.prefix), shape.length - shape.prefix.len));
    text_add_char(out, '}');
}

static void add_kinds(struct text *out)
{
    text_add_member(out, SLICE("credentials"));
    text_add_char(out, '[');
    for (enum credential_kind kind = 0; kind < CREDENTIAL__MAX; ++kind) {
        if (kind > 0)
            text_add_char(out, ',');
        add_kind(out, kind);
    }
    text_add_char(out, ']');
}

static void add_checksum(struct text *out)
{
    static const h2o_iovec_t covered = SLICE(EXAMPLE);
    uint32_t crc = codec_crc32(covered);
    char digits[CREDENTIAL_CHECKSUM_DIGITS];
    codec_base62_encode(digits, sizeof(digits), crc);
    text_add_member(out, SLICE("checksum"));
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("algorithm"), SLICE("CRC-32 as of zlib, PNG and Ethernet"));
    text_add_string_member(out, SLICE("over"), SLICE("everything before the checksum, prefix included"));
    text_add_string_member(out, SLICE("written"),
                           SLICE("the last characters: in base 62, the highest digit first, zeros on the left"));
    text_add_u64_member(out, SLICE("length"), sizeof(digits));
    text_add_string_member(out, SLICE("digits"),
                           SLICE("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"));
    text_add_member(out, SLICE("example"));
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("text"), covered);
    text_add_u64_member(out, SLICE("crc32"), crc);
    text_add_string_member(out, SLICE("checksum"), (h2o_iovec_t){digits, sizeof(digits)});
    text_add(out, SLICE("}}"));
}

void key_format_start(struct call *call)
{
    struct text out;
    text_start(&out, call->pool, BODY_BYTES_USUAL);
    text_add_char(&out, '{');
    add_kinds(&out);
    add_checksum(&out);
    text_add_string_member(&out, SLICE("report_leaks_to"),
                           slice_format(call->pool, "%.*s/oauth2/leaks", SLICE_ARGS(call->worker->settings->issuer)));
    text_add_char(&out, '}');
    reply_document(call, SLICE("application/json"), text_slice(&out), MAX_AGE_S);
}
