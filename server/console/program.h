/* SPDX-License-Identifier: Apache-2.0 */
/* What a person calls the program that sent a User-Agent: "Firefox, Windows". */
#ifndef HALLMARK_CONSOLE_PROGRAM_H
#define HALLMARK_CONSOLE_PROGRAM_H

#include "base/slice.h"

/* From the pool. A browser that is not known is called as it calls itself; SLICE_NONE stays SLICE_NONE. It is the
 * sender's word for itself: good for recognizing one's own logins, and for nothing else. */
h2o_iovec_t program_name(h2o_mem_pool_t *pool, h2o_iovec_t user_agent);

#endif
