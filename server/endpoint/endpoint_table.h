/* SPDX-License-Identifier: Apache-2.0 */
/* Every path that this server has by itself, in one table for each listener. */
#ifndef HALLMARK_ENDPOINT_ENDPOINT_TABLE_H
#define HALLMARK_ENDPOINT_ENDPOINT_TABLE_H

#include "http/route.h"

/* `gateway` is what serves everything under an api's prefix. Static memory: called once, before any thread. */
const struct routes *endpoint_table(const struct route *gateway);

#endif
