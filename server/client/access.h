/* SPDX-License-Identifier: Apache-2.0 */
/* Why an account's keys do not work though it is open: its own admins have switched its API access off, or a condition
 * of the operator's is not met. Each has somebody else who can mend it. */
#ifndef HALLMARK_CLIENT_ACCESS_H
#define HALLMARK_CLIENT_ACCESS_H

#include "base/err.h"

/* `shut` is what hallmark.access_shut() says (schema/migrations/0024), empty when nothing is shut; a word that is not
 * known here counts as switched off. ERR_NONE when api_access; otherwise ERR_API_ACCESS_OFF, ERR_ACCESS_NOT_GRANTED or
 * ERR_PLAN_MISSING. */
enum err access_shut(bool api_access, h2o_iovec_t shut);

#endif
