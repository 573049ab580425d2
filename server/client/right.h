/* SPDX-License-Identifier: Apache-2.0 */
/* The effective right: what the token says, and the client may, and its holder (or the person whom the token speaks
 * for) may now, and, for an office's key, the access template of its link to the token's account. All of them have to
 * have a scope; the first that lacks it says what has to be mended. What a person has said an application may know of
 * them (scope_is_identity) is nobody's permission: the token alone decides. Pure. */
#ifndef HALLMARK_CLIENT_RIGHT_H
#define HALLMARK_CLIENT_RIGHT_H

#include "client/principal.h"

/* ERR_NONE, or ERR_INSUFFICIENT_SCOPE, ERR_KEY_RIGHT_MISSING, ERR_HOLDER_RIGHT_MISSING, ERR_TEMPLATE_RIGHT_MISSING, and
 * for a person's token ERR_APPLICATION_RIGHT_MISSING and ERR_PERSON_RIGHT_MISSING instead of key and holder.
 * That the account can be reached at all is for right_to_account to say. */
enum err right_of_scope(const struct principal *principal, h2o_iovec_t scope);

/* Whether the token's account can be reached at all now: why its access to the API is shut (client/access.h), and for
 * an office's key ERR_ACCOUNT_NEEDED (its token is for the office's own account, which it never opens) or why the link
 * opens nothing (office_link_usable). */
enum err right_to_account(const struct principal *principal);

/* Every scope that passes right_of_scope; in the pool. */
struct scope_set right_scopes(h2o_mem_pool_t *pool, const struct principal *principal);

#endif
