/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "base/text.h"
#include "client/person_claims.h"
#include "token/id_token.h"

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

/* --- what it insists on ---------------------------------------------------------------------------------------------
 */

static h2o_iovec_t text_of(const json_t *value)
{
    return json_is_string(value) ? (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)}
                                 : SLICE_NONE;
}

static unsigned acr_of(const json_t *value)
{
    if (slice_equal(text_of(value), SLICE(ID_TOKEN_ACR_ONE)))
        return ACR_ONE;
    return slice_equal(text_of(value), SLICE(ID_TOKEN_ACR_TWO)) ? ACR_TWO : 0;
}

/* Section 5.5.1.1. What is not essential is a wish: what the login was is told then. */
static enum err read_acr(struct authorization *authorization, const json_t *how)
{
    const json_t *value = json_object_get(how, "value"), *values = json_object_get(how, "values");
    if (!json_is_true(json_object_get(how, "essential")) || (value == NULL && values == NULL))
        return ERR_NONE;
    authorization->acr = acr_of(value);
    for (size_t i = 0; i < json_array_size(values); ++i)
        authorization->acr |= acr_of(json_array_get(values, i));
    return authorization->acr != 0 ? ERR_NONE : ERR_UNMET_AUTHENTICATION_REQUIREMENTS;
}

/* Section 3.1.2.2: for whom the answer may be. */
static enum err read_subject(struct authorization *authorization, const json_t *how)
{
    h2o_iovec_t subject = text_of(json_object_get(how, "value"));
    if (subject.base == NULL)
        return ERR_NONE;
    if (authorization->hinted.base != NULL && !slice_equal(authorization->hinted, subject)) {
        authorization->detail = SLICE("The id_token_hint and the claim sub name two people.");
        return ERR_INVALID_REQUEST;
    }
    authorization->hinted = slice_copy(authorization->call->pool, subject);
    return ERR_NONE;
}

static enum err read_demands(struct authorization *authorization, const json_t *id_token)
{
    enum err err = read_subject(authorization, json_object_get(id_token, "sub"));
    return err == ERR_NONE ? read_acr(authorization, json_object_get(id_token, "acr")) : err;
}

/* --------------------------------------------------------------------------------------------------------------------
 */

static enum err read_all(struct authorization *authorization, const json_t *object, struct text *scopes)
{
    if (!json_is_object(object) || !read_both(authorization, object, scopes)) {
        authorization->detail =
            SLICE("claims has to be a JSON object, with the objects userinfo and id_token in it, or one of them.");
        return ERR_INVALID_REQUEST;
    }
    if (!scope_set_has(&authorization->scopes, SLICE("openid")))
        return ERR_NONE;
    enum err err = read_demands(authorization, json_object_get(object, "id_token"));
    return err == ERR_NONE ? scope_set_parse(scopes->pool, text_slice(scopes), &authorization->scopes) : err;
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
    enum err err = read_all(authorization, object, &scopes);
    json_decref(object);
    return err;
}
