/* SPDX-License-Identifier: Apache-2.0 */
/* What an introspection answers (RFC 7662 section 2.2):
 *
 *   {"active":true,"scope":"customers:read","client_id":"hmk_...","username":"Ada Lovelace","token_type":"Bearer",
 *    "exp":1800000600,"iat":1800000000,"sub":"usr_...","aud":"https://books.example","iss":"https://id.example",
 *    "jti":"...","account":"acc_...","application":"app_..."}
 *
 * `scope` is what is left of the token's scopes now, and is left out when nothing is. An api is told the scopes that
 * mean something to it, and the name of the person whom the token speaks for; a client that asks about its own token
 * hears no name, which it would have to be given by the person. A refresh token has neither token_type nor jti, and an
 * `aud` only when the person was asked for one.
 *
 * With "Accept: application/token-introspection+jwt" the same is signed (RFC 9701): header typ
 * token-introspection+jwt, iss, aud (who asks), iat, and the object as token_introspection; with the algorithm of the
 * api that the client stands for, else ES256, else whatever key there is. Where Accept names application/json too, the
 * higher quality decides, and signed when they are equal. */
#ifndef HALLMARK_ENDPOINT_INTROSPECT_ANSWER_H
#define HALLMARK_ENDPOINT_INTROSPECT_ANSWER_H

#include "client/principal.h"
#include "http/reply.h"

struct introspect_asker {
    const struct client *client;
    const struct api *api; /* that it stands for; NULL: none */
};

/* The principal is good, and `api` the one for which it is told: the asker's, or NULL when it asks about its own.
 * `refresh`: the claims are those of a refresh token. */
void introspect_answer_active(struct call *call, const struct introspect_asker *asker,
                              const struct principal *principal, const struct api *api, bool refresh);

void introspect_answer_inactive(struct call *call, const struct introspect_asker *asker);

/* For the metadata: JWS algorithms with which an answer may be signed now, into `out`; returns how many. */
size_t introspect_algorithms(const struct policy *policy, h2o_iovec_t out[static TOKEN_ALGORITHM__MAX]);

#endif
