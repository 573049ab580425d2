/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "base/text.h"
#include "client/person_claims.h"

#include <jansson.h>

#define SCOPES_BYTES_USUAL 256

/* What one member of the parameter asks for: each claim that we have adds its scope, and is noted in `names` when
 * there is room for it (NULL: there is none to note). False: the member is no object. */
static bool read_claims(json_t *asked, struct text *scopes, h2o_iovec_t *names, size_t *count)
{
    const char *name;
    json_t *how;
    json_object_foreach(asked, name, how)
    {
        h2o_iovec_t scope = person_claim_scope(slice_of(name));
        if (scope.base == NULL)
            continue;
        text_add_char(scopes, ' ');
        text_add(scopes, scope);
        if (names != NULL && *count < LIMIT_ID_TOKEN_CLAIMS_MAX)
            names[(*count)++] = slice_copy(scopes->pool, slice_of(name));
    }
    return asked == NULL || json_is_object(asked) || json_is_null(asked);
}

static bool read_both(struct authorization *authorization, const json_t *object, struct text *scopes)
{
    h2o_iovec_t names[LIMIT_ID_TOKEN_CLAIMS_MAX];
    size_t count = 0;
    bool good = read_claims(json_object_get(object, "userinfo"), scopes, NULL, NULL) &&
                read_claims(json_object_get(object, "id_token"), scopes, names, &count);
    if (count > 0)
        authorization->id_token_claims = text_braced_words(authorization->call->pool, names, count);
    return good;
}

/* The person consents to scopes, so asking for a claim by name is asking for its scope. A request that is none of
 * OpenID's asks for no claims. */
enum err authorization_read_claims(struct authorization *authorization, h2o_iovec_t parameter)
{
    h2o_mem_pool_t *pool = authorization->call->pool;
    struct text scopes;
    json_t *object = json_loadb(parameter.base, parameter.len, JSON_REJECT_DUPLICATES, NULL);
    text_start(&scopes, pool, SCOPES_BYTES_USUAL);
    text_add(&scopes, authorization->scopes.text);
    bool good = json_is_object(object) && read_both(authorization, object, &scopes);
    json_decref(object);
    if (!good) {
        authorization->detail =
            SLICE("claims has to be a JSON object, with the objects userinfo and id_token in it, or one of them.");
        return ERR_INVALID_REQUEST;
    }
    if (!scope_set_has(&authorization->scopes, SLICE("openid")))
        return ERR_NONE;
    return scope_set_parse(pool, text_slice(&scopes), &authorization->scopes);
}
