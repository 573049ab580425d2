/* SPDX-License-Identifier: Apache-2.0 */
/* What machines read about this server: RFC 8414 and OpenID forms from one generator, and RFC 9728 for each api. */
#ifndef HALLMARK_ENDPOINT_METADATA_H
#define HALLMARK_ENDPOINT_METADATA_H

#include "http/call.h"

#define METADATA_OAUTH_PATH    "/.well-known/oauth-authorization-server"
#define METADATA_OPENID_PATH   "/.well-known/openid-configuration"
#define METADATA_RESOURCE_PATH "/.well-known/oauth-protected-resource"

void metadata_oauth_start(struct call *call);
void metadata_openid_start(struct call *call);
void metadata_resource_start(struct call *call);

#endif
