/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/endpoint_table.h"

#include "endpoint/health.h"
#include "endpoint/introspect.h"
#include "endpoint/jwks.h"
#include "endpoint/key_check.h"
#include "endpoint/key_format.h"
#include "endpoint/leaks.h"
#include "endpoint/metadata.h"
#include "endpoint/metrics.h"
#include "endpoint/problem.h"
#include "endpoint/revoke.h"
#include "endpoint/token.h"
#include "endpoint/userinfo.h"

/* A public document: any origin may read it, and it takes no body. */
#define DOCUMENT(row_path, more_flags, handler)                                                                        \
    {                                                                                                                  \
        .path = SLICE(row_path), .methods = METHOD_BIT(METHOD_GET), .style = ROUTE_PROBLEM, .media = ROUTE_MEDIA_NONE, \
        .flags = ROUTE_CORS | (more_flags), .start = handler                                                           \
    }

/* What a client asks by a form; with ROUTE_CORS from a browser, too. */
#define FORM(row_path, more_flags, handler)                                                                            \
    {                                                                                                                  \
        .path = SLICE(row_path), .methods = METHOD_BIT(METHOD_POST), .style = ROUTE_OAUTH, .media = ROUTE_MEDIA_FORM,  \
        .flags = more_flags, .body_max = LIMIT_FORM_BYTES_MAX, .start = handler                                        \
    }

/* For operations: answered whatever state the server is in. */
#define OPERATION(row_path, handler)                                                                                   \
    {                                                                                                                  \
        .path = SLICE(row_path), .methods = METHOD_BIT(METHOD_GET), .style = ROUTE_PROBLEM, .media = ROUTE_MEDIA_NONE, \
        .flags = ROUTE_WITHOUT_POLICY, .start = handler                                                                \
    }

static const struct route rows[] = {
    FORM("/oauth2/token", ROUTE_CORS, token_start),
    FORM("/oauth2/revoke", ROUTE_CORS, revoke_start),
    FORM(INTROSPECT_PATH, 0, introspect_start), /* who has a secret to ask with is no page in a browser */
    FORM("/oauth2/key-check", ROUTE_CORS, key_check_start),
    {.path = SLICE("/oauth2/leaks"),
     .methods = METHOD_BIT(METHOD_POST),
     .style = ROUTE_OAUTH,
     .media = ROUTE_MEDIA_ANY, /* it reads two kinds itself */
     .flags = ROUTE_CORS,
     .body_max = LIMIT_FORM_BYTES_MAX,
     .start = leaks_start},
    {.path = SLICE(USERINFO_PATH),
     .methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST),
     .style = ROUTE_PROBLEM, /* it is a resource: its refusals are those of RFC 6750 */
     .media = ROUTE_MEDIA_ANY,
     .flags = ROUTE_CORS,
     .body_max = LIMIT_FORM_BYTES_MAX,
     .start = userinfo_start},
    DOCUMENT(KEY_FORMAT_PATH, 0, key_format_start),
    DOCUMENT(JWKS_PATH, 0, jwks_start),
    DOCUMENT(JWKS_PEM_PATH, ROUTE_PREFIX, jwks_pem_start),
    DOCUMENT(METADATA_OAUTH_PATH, 0, metadata_oauth_start),
    DOCUMENT(METADATA_OAUTH_PATH "/", ROUTE_PREFIX, metadata_oauth_start),
    DOCUMENT(METADATA_OPENID_PATH, 0, metadata_openid_start),
    DOCUMENT(METADATA_OPENID_PATH "/", ROUTE_PREFIX, metadata_openid_start),
    DOCUMENT(METADATA_RESOURCE_PATH, 0, metadata_resource_start),
    DOCUMENT(METADATA_RESOURCE_PATH "/", ROUTE_PREFIX, metadata_resource_start),
    DOCUMENT(PROBLEM_PATH, ROUTE_PREFIX, problem_start),
    OPERATION("/health/alive", health_alive_start),
    OPERATION("/health/ready", health_ready_start),
};

static const struct route operations_rows[] = {
    OPERATION("/health/alive", health_alive_start),
    OPERATION("/health/ready", health_ready_start),
    OPERATION("/metrics", metrics_start),
};

const struct routes *endpoint_table(const struct route *gateway)
{
    static struct routes routes;
    routes = (struct routes){.rows = rows,
                             .count = sizeof(rows) / sizeof(rows[0]),
                             .token = &token_route,
                             .gateway = gateway,
                             .operations = operations_rows,
                             .operations_count = sizeof(operations_rows) / sizeof(operations_rows[0])};
    return &routes;
}
