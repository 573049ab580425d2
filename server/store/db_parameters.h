/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters as libpq takes them, in memory of their own. Inside server/store only. */
#ifndef HALLMARK_STORE_DB_PARAMETERS_H
#define HALLMARK_STORE_DB_PARAMETERS_H

#include "store/db.h"

struct db_parameters_copy {
    int count;
    const char *values[LIMIT_DB_PARAMETERS_MAX];
    int lengths[LIMIT_DB_PARAMETERS_MAX];
    int formats[LIMIT_DB_PARAMETERS_MAX];
    char bytes[]; /* what the values point to, each with a NUL behind it */
};

/* One block of malloc; the caller frees it. */
struct db_parameters_copy *db_parameters_copy(const struct db_parameters *parameters);

#endif
