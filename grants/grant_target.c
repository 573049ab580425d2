/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "base/credential.h"
#include "base/uri.h"

/* Clients turn https://h into https://h/ on their own, so one slash at the end makes no difference. */
static const struct api *api_of_audience(const struct policy *policy, h2o_iovec_t resource)
{
    const struct api *api = policy_api_of_audience(policy, resource);
    if (api != NULL || resource.len == 0 || resource.base[resource.len - 1] != '/')
        return api;
    return policy_api_of_audience(policy, (h2o_iovec_t){resource.base, resource.len - 1});
}

/* Cuts "/acc_..." off the end; what is left keeps its slash. */
static bool cut_account(h2o_iovec_t *resource, int64_t *account_id)
{
    size_t slash = resource->len;
    while (slash > 0 && resource->base[slash - 1] != '/')
        --slash;
    if (slash == 0 || !ident_parse(IDENT_ACCOUNT, slice_from(*resource, slash), account_id))
        return false;
    resource->len = slash;
    return true;
}

const struct api *grant_resource(const struct policy *policy, h2o_iovec_t resource, int64_t *account_id_out)
{
    int64_t account_id = 0;
    const struct api *api = api_of_audience(policy, resource);
    if (api == NULL && cut_account(&resource, &account_id))
        api = api_of_audience(policy, resource);
    *account_id_out = api == NULL ? 0 : account_id;
    return api;
}

static enum err fail(h2o_iovec_t detail, h2o_iovec_t *detail_out)
{
    *detail_out = detail;
    return ERR_INVALID_TARGET;
}

enum err grant_target(const struct policy *policy, const struct form *form, const struct api *of_token_path,
                      const struct api **out, h2o_iovec_t *detail_out)
{
    const struct api *wanted = NULL;
    for (size_t i = 0; i < form->count; ++i) {
        if (!slice_equal(form->fields[i].name, SLICE("resource")))
            continue;
        h2o_iovec_t resource = form->fields[i].value;
        if (!uri_is_resource(resource))
            return fail(SLICE("A resource has to be an absolute URI without a fragment."), detail_out);
        int64_t account_id;
        const struct api *api = grant_resource(policy, resource, &account_id);
        if (api == NULL)
            return fail(SLICE("There is no api here with this resource as its audience."), detail_out);
        if (wanted != NULL && wanted != api)
            return fail(SLICE("A token is for one api: ask for one resource at a time."), detail_out);
        wanted = api;
    }
    *out = wanted != NULL ? wanted : of_token_path;
    return ERR_NONE;
}
