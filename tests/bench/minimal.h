/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HALLMARK_BENCH_MINIMAL_H
#define HALLMARK_BENCH_MINIMAL_H

#include <h2o.h>

void minimal_answer(h2o_req_t *req, const char *body, size_t len);

/* CONNINFO SQLFILE ARGUMENTS...: one pipelined connection. */
void minimal_select_start(h2o_loop_t *loop, char **arguments, int count);
int minimal_on_select(h2o_handler_t *self, h2o_req_t *req);

/* CONNINFO SQLFILE CONNECTIONS ARGUMENTS...: one call in flight on each. An argument "@random16" is sixteen fresh
 * random bytes, "@random32" thirty-two, "@uuid" a fresh UUID, "@record+N" a number from N to N + 999, "@line+FILE" the
 * bytes that stand in hexadecimal in the file's next line, "NULL" is NULL. */
void minimal_write_start(h2o_loop_t *loop, char **arguments, int count);
int minimal_on_write(h2o_handler_t *self, h2o_req_t *req);

#endif
