/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the pages. */
#ifndef HALLMARK_CONSOLE_CONSOLE_H
#define HALLMARK_CONSOLE_CONSOLE_H

#include "http/route.h"

const struct route *console_routes(size_t *count_out);

#endif
