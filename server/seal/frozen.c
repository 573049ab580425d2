/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/frozen.h"

#include "base/codec.h"
#include "base/secret.h"

#define KIND_NUMBER 20
#define KIND_BYTES  17
#define NO_VALUE    UINT32_MAX
#define UUID_BYTES  16
#define UUID_TEXT   36
#define BYTES_USUAL 1024
#define DOMAIN      "hallmark.change.v1"

enum form { FORM_NUMBER, FORM_TEXT, FORM_UUID, FORM_DIGEST };

static const struct {
    const char *name;
    enum form form;
} fields[] = {
    {"account_id", FORM_NUMBER},
    {"id", FORM_NUMBER},
    {"at", FORM_NUMBER},
    {"application_id", FORM_NUMBER},
    {"application_name", FORM_TEXT},
    {"client_id", FORM_TEXT},
    {"key_name", FORM_TEXT},
    {"holder_id", FORM_NUMBER},
    {"user_id", FORM_NUMBER},
    {"token_jti", FORM_TEXT},
    {"method", FORM_TEXT},
    {"collection_id", FORM_NUMBER},
    {"collection", FORM_TEXT},
    {"record_id", FORM_NUMBER},
    {"external_references", FORM_TEXT},
    {"version", FORM_NUMBER},
    {"request_id", FORM_UUID},
    {"before_digest", FORM_DIGEST},
    {"after_digest", FORM_DIGEST},
    {"person_digest", FORM_DIGEST},
    {"address_digest", FORM_DIGEST},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static void add_big_endian(struct text *out, uint64_t number, unsigned bytes)
{
    while (bytes-- > 0)
        text_add_char(out, (char)(uint8_t)(number >> (8 * bytes)));
}

static void add_bytes(struct text *out, h2o_iovec_t bytes)
{
    add_big_endian(out, KIND_BYTES, 4);
    add_big_endian(out, bytes.len, 4);
    text_add(out, bytes);
}

static bool add_text(struct text *out, const json_t *value)
{
    if (!json_is_string(value))
        return false;
    add_bytes(out, (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)});
    return true;
}

static bool add_number(struct text *out, const json_t *value)
{
    if (!json_is_integer(value))
        return false;
    add_big_endian(out, KIND_NUMBER, 4);
    add_big_endian(out, 8, 4);
    add_big_endian(out, (uint64_t)json_integer_value(value), 8);
    return true;
}

static bool add_digest(struct text *out, const json_t *value)
{
    uint8_t digest[DIGEST_BYTES];
    if (!json_is_string(value) || !codec_hex_decode(digest, sizeof(digest), slice_of(json_string_value(value))))
        return false;
    add_bytes(out, (h2o_iovec_t){(char *)digest, sizeof(digest)});
    return true;
}

/* 8-4-4-4-12 hexadecimal digits. */
static bool add_uuid(struct text *out, const json_t *value)
{
    static const size_t lengths[] = {8, 4, 4, 4, 12};
    uint8_t bytes[UUID_BYTES];
    size_t at = 0;
    h2o_iovec_t rest = json_is_string(value) ? slice_of(json_string_value(value)) : SLICE_NONE;
    if (rest.len != UUID_TEXT)
        return false;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); ++i) {
        h2o_iovec_t part = slice_cut(&rest, '-');
        if (part.len != lengths[i] || !codec_hex_decode(bytes + at, part.len / 2, part))
            return false;
        at += part.len / 2;
    }
    add_bytes(out, (h2o_iovec_t){(char *)bytes, sizeof(bytes)});
    return true;
}

static bool add_field(struct text *out, enum form form, const json_t *value)
{
    static bool (*const adders[])(struct text *, const json_t *) = {
        [FORM_NUMBER] = add_number, [FORM_TEXT] = add_text, [FORM_UUID] = add_uuid, [FORM_DIGEST] = add_digest};
    if (value != NULL && !json_is_null(value))
        return adders[form](out, value);
    add_big_endian(out, form == FORM_NUMBER ? KIND_NUMBER : KIND_BYTES, 4);
    add_big_endian(out, NO_VALUE, 4);
    return true;
}

bool frozen_make(h2o_mem_pool_t *pool, const json_t *facts, h2o_iovec_t *out, h2o_iovec_t *wrong_out)
{
    struct text bytes;
    size_t told = 0;
    text_start(&bytes, pool, BYTES_USUAL);
    add_big_endian(&bytes, FIELDS + 1, 4);
    add_bytes(&bytes, SLICE(DOMAIN));
    for (size_t i = 0; i < FIELDS; ++i) {
        const json_t *value = json_object_get(facts, fields[i].name);
        told += value != NULL;
        if (!add_field(&bytes, fields[i].form, value)) {
            *wrong_out = slice_format(pool, "the fact %s is of another form", fields[i].name);
            return false;
        }
    }
    if (told != json_object_size(facts)) {
        *wrong_out = SLICE("there are facts that this program does not know");
        return false;
    }
    *out = text_slice(&bytes);
    return true;
}
