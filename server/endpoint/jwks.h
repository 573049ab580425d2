/* SPDX-License-Identifier: Apache-2.0 */
/* The public halves of the signing keys: all of them as a JWK set, and each as PEM for proxies that read no JWK. */
#ifndef HALLMARK_ENDPOINT_JWKS_H
#define HALLMARK_ENDPOINT_JWKS_H

#include "http/call.h"

#define JWKS_PATH     "/oauth2/jwks"
#define JWKS_PEM_PATH "/oauth2/keys/"

void jwks_start(struct call *call);
void jwks_pem_start(struct call *call); /* JWKS_PEM_PATH "<kid>.pem" */

#endif
