/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/export_closing.h"

#define NOUN "history-exports"

bool export_nonce_ok(h2o_iovec_t nonce)
{
    for (size_t i = 0; i < nonce.len; ++i)
        if (nonce.base[i] <= ' ' || nonce.base[i] > '~')
            return false;
    return nonce.len >= EXPORT_NONCE_BYTES_MIN && nonce.len <= EXPORT_NONCE_BYTES_MAX;
}

static bool is_text(const json_t *value, h2o_iovec_t wanted)
{
    return json_is_string(value) &&
           slice_equal((h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)}, wanted);
}

/* No collection has a negative number: nobody else's records are taken for it. */
static bool is_announcement(const json_t *facts)
{
    return is_text(json_object_get(facts, "collection"), SLICE(NOUN)) &&
           json_integer_value(json_object_get(facts, "collection_id")) < 0 &&
           is_text(json_object_get(facts, "method"), SLICE("POST"));
}

bool export_closes(const json_t *line, h2o_iovec_t nonce)
{
    const json_t *after = json_object_get(json_object_get(line, "values"), "after");
    if (!is_announcement(json_object_get(line, "facts")) || !json_is_string(after))
        return false;
    json_t *told = json_loadb(json_string_value(after), json_string_length(after), JSON_REJECT_DUPLICATES, NULL);
    bool closes = is_text(json_object_get(told, "nonce"), nonce);
    json_decref(told);
    return closes;
}
