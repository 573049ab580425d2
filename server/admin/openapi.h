/* SPDX-License-Identifier: Apache-2.0 */
/* GET /openapi.json: what this server offers, as OpenAPI 3.1 says it, for anybody. The management API comes out of the
 * table of operations, the collections out of the policy that is in force. */
#ifndef HALLMARK_ADMIN_OPENAPI_H
#define HALLMARK_ADMIN_OPENAPI_H

#include "base/text.h"
#include "http/route.h"

extern const struct route openapi_route;

/* For openapi_gateway.c: adds the paths of every collection of every api, each entry with a comma before it. */
void openapi_add_collections(struct text *out, const struct policy *policy);

/* Adds a parameter: where it stands (path, query, header), its name, whether it is needed, the schema as JSON and what
 * it is for (empty: nothing is said). */
void openapi_add_parameter(struct text *out, const char *in, h2o_iovec_t name, bool needed, const char *schema,
                           const char *help);

#endif
