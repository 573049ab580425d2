/* SPDX-License-Identifier: Apache-2.0 */
#include "token/ticket.h"

#include "base/codec.h"
#include "base/limits.h"
#include <jwt.h>
#include <stdlib.h>

#define KEY_PURPOSE "hallmark tickets v1"

/* {"alg":"HS256","typ":"JWT"}, which is what libjwt writes. Only this header is let through to it, so that nothing in a
 * ticket can choose how it is checked. */
#define HEADER "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"

void ticket_key_derive(struct ticket_key *out, const uint8_t master[static DIGEST_BYTES])
{
    secret_derive(out->bytes, master, KEY_PURPOSE);
}

/* --- making
 * ------------------------------------------------------------------------------------------------------------ */

/* The claims stand in a member of their own, so that none of them can be taken for one of ours. The caller frees. */
static char *write_payload(const char *purpose, const json_t *claims, int64_t expires_at)
{
    json_t *payload = json_pack("{s:s, s:I, s:O}", "purpose", purpose, "exp", (json_int_t)expires_at, "claims", claims);
    char *text = payload == NULL ? NULL : json_dumps(payload, JSON_COMPACT);
    json_decref(payload);
    return text;
}

/* The caller frees. */
static char *encode(const struct ticket_key *key, const char *payload)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt) == 0 && jwt_add_grants_json(jwt, payload) == 0 &&
        jwt_set_alg(jwt, JWT_ALG_HS256, key->bytes, sizeof(key->bytes)) == 0)
        text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

bool ticket_make(const struct ticket_key *key, h2o_mem_pool_t *pool, const char *purpose, const json_t *claims,
                 int64_t expires_at, h2o_iovec_t *text_out)
{
    char *payload = write_payload(purpose, claims, expires_at);
    char *encoded = payload == NULL ? NULL : encode(key, payload);
    bool made = encoded != NULL && strlen(encoded) <= LIMIT_TOKEN_BYTES_MAX;
    if (made)
        *text_out = slice_copy(pool, slice_of(encoded));
    free(encoded);
    free(payload);
    return made;
}

/* --- opening
 * ----------------------------------------------------------------------------------------------------------- */

/* One spelling for one ticket; and a text of megabytes would overflow the stack inside libjwt. */
static bool is_ticket(h2o_iovec_t text)
{
    uint8_t room[LIMIT_TOKEN_BYTES_MAX];
    size_t len;
    h2o_iovec_t rest = text;
    if (text.len > LIMIT_TOKEN_BYTES_MAX || !slice_equal(slice_cut(&rest, '.'), SLICE(HEADER)))
        return false;
    h2o_iovec_t payload = slice_cut(&rest, '.');
    return payload.len > 0 && codec_base64url_decode(room, &len, payload) && codec_base64url_decode(room, &len, rest) &&
           len == DIGEST_BYTES;
}

/* Everything that is in it, or NULL when the MAC is not ours. */
static json_t *decode(const struct ticket_key *key, const char *text)
{
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, text, key->bytes, sizeof(key->bytes)) != 0)
        return NULL;
    char *grants = jwt_get_alg(jwt) == JWT_ALG_HS256 ? jwt_get_grants_json(jwt, NULL) : NULL;
    json_t *payload = grants == NULL ? NULL : json_loads(grants, JSON_REJECT_DUPLICATES, NULL);
    free(grants);
    jwt_free(jwt);
    return payload;
}

static bool is_valid(const json_t *payload, const char *purpose, int64_t now)
{
    const json_t *found = json_object_get(payload, "purpose"), *expires_at = json_object_get(payload, "exp");
    return json_is_string(found) && strcmp(json_string_value(found), purpose) == 0 && json_is_integer(expires_at) &&
           now < json_integer_value(expires_at);
}

json_t *ticket_open(const struct ticket_key *key, h2o_mem_pool_t *pool, const char *purpose, h2o_iovec_t text,
                    int64_t now)
{
    if (!is_ticket(text))
        return NULL;
    json_t *payload = decode(key, slice_copy(pool, text).base);
    json_t *claims = is_valid(payload, purpose, now) ? json_incref(json_object_get(payload, "claims")) : NULL;
    json_decref(payload);
    return claims;
}
