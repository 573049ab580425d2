/* SPDX-License-Identifier: Apache-2.0 */
/* What the database answered, as the client gets it. */
#ifndef HALLMARK_ADMIN_ANSWER_H
#define HALLMARK_ADMIN_ANSWER_H

#include "admin/asked.h"

/* Fills asked->status and asked->answer and sets the headers (ETag, Location, Link) from the rows of the operation's
 * statement; there is one row at least, unless it is a list. */
void answer_compose(struct ask *ask, const struct db_result *result);

/* Sends it. */
void answer_send(struct ask *ask);

/* The path behind the prefix at which what was made is shown, its last segment being `subject` in text form. */
h2o_iovec_t answer_shown_at(h2o_mem_pool_t *pool, const struct operation_path *path, h2o_iovec_t subject);

/* Says what the database refused (DB_REFUSED), as far as it is the client's business. */
void answer_refuse(struct ask *ask, const struct db_result *result);

#endif
