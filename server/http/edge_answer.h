/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that the library makes by itself before a handler is asked (a body that is too large, a broken chunk, an
 * unknown expectation), turned into ours. Only its answer to a head that it cannot parse at all is hard-wired and stays
 * as it is. */
#ifndef HALLMARK_HTTP_EDGE_ANSWER_H
#define HALLMARK_HTTP_EDGE_ANSWER_H

#include <h2o.h>
#include <stdbool.h>

void edge_answer_register(h2o_hostconf_t *host, bool operations);

#endif
