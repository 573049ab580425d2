/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jws_header.h"

#include "base/codec.h"
#include "base/text.h"

#define HEADER_CAPACITY 128 /* names, kid and the usual types */

h2o_iovec_t jws_header_write(h2o_mem_pool_t *pool, const struct signing_key *key, h2o_iovec_t type)
{
    struct text json;
    text_start(&json, pool, HEADER_CAPACITY);
    text_add_char(&json, '{');
    text_add_string_member(&json, SLICE("alg"), token_algorithm_name(key->algorithm));
    text_add_string_member(&json, SLICE("kid"), slice_of(key->kid));
    text_add_string_member(&json, SLICE("typ"), type);
    text_add_char(&json, '}');
    char *encoded = h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(json.len));
    return (h2o_iovec_t){encoded, codec_base64url_encode(encoded, json.base, json.len)};
}

const struct signing_key *jws_header_known(const struct key_set *keys, h2o_iovec_t encoded)
{
    for (size_t i = 0; i < key_set_count(keys); ++i) {
        const struct signing_key *key = key_set_at(keys, i);
        if (slice_equal(key->access_token_header, encoded))
            return key;
    }
    return NULL;
}

static enum jws_fault read_text(const json_t *header, const char *name, enum jws_fault missing, h2o_iovec_t *out)
{
    const json_t *value = json_object_get(header, name);
    if (value == NULL)
        return missing;
    if (!json_is_string(value))
        return JWS_HEADER;
    *out = (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)};
    return JWS_OK;
}

/* Media types are compared without case, and "application/" may be left out (RFC 7515 section 4.1.9). */
static bool is_type(h2o_iovec_t found, h2o_iovec_t wanted)
{
    h2o_iovec_t prefix = SLICE("application/");
    if (found.len > prefix.len && slice_equal_ignoring_case((h2o_iovec_t){found.base, prefix.len}, prefix))
        found = slice_from(found, prefix.len);
    return slice_equal_ignoring_case(found, wanted);
}

static enum jws_fault check_type(const json_t *header, h2o_iovec_t wanted)
{
    h2o_iovec_t found;
    enum jws_fault fault = read_text(header, "typ", JWS_TYPE, &found);
    if (fault != JWS_OK)
        return fault;
    return is_type(found, wanted) ? JWS_OK : JWS_TYPE;
}

/* We know no extension, so each one that has to be understood is refused, b64 (RFC 7797) also where crit does not name
 * it. */
static enum jws_fault check_extensions(const json_t *header)
{
    bool extended = json_object_get(header, "crit") != NULL || json_object_get(header, "b64") != NULL;
    return extended ? JWS_CRITICAL : JWS_OK;
}

/* kid names the key and the key names the algorithm; what the header says about it must only agree. */
static enum jws_fault find_key(const struct key_set *keys, const json_t *header, const struct signing_key **key_out)
{
    h2o_iovec_t kid, name;
    enum token_algorithm algorithm;
    enum jws_fault fault = read_text(header, "kid", JWS_UNKNOWN_KEY, &kid);
    if (fault != JWS_OK)
        return fault;
    const struct signing_key *key = key_set_find(keys, kid);
    if (key == NULL)
        return JWS_UNKNOWN_KEY;
    fault = read_text(header, "alg", JWS_ALGORITHM, &name);
    if (fault != JWS_OK)
        return fault;
    if (!token_algorithm_parse(name, &algorithm) || algorithm != key->algorithm)
        return JWS_ALGORITHM;
    *key_out = key;
    return JWS_OK;
}

enum jws_fault jws_header_read(const struct key_set *keys, h2o_iovec_t type, h2o_iovec_t json,
                               const struct signing_key **key_out)
{
    json_t *header = json_loadb(json.base, json.len, JSON_REJECT_DUPLICATES, NULL);
    enum jws_fault fault = json_is_object(header) ? check_type(header, type) : JWS_HEADER;
    if (fault == JWS_OK)
        fault = check_extensions(header);
    if (fault == JWS_OK)
        fault = find_key(keys, header, key_out);
    json_decref(header);
    return fault;
}
