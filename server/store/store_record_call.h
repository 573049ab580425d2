/* SPDX-License-Identifier: Apache-2.0 */
/* What every call of store_record.h begins with. Inside server/store only. */
#ifndef HALLMARK_STORE_STORE_RECORD_CALL_H
#define HALLMARK_STORE_STORE_RECORD_CALL_H

#include "store/store_record.h"

struct store_record_call {
    struct db_call *call;     /* the statement or pause under way */
    struct db_call *deadline; /* a pause beside it; NULL: none */
    h2o_mem_pool_t pool;      /* what has to live as long */
    void *cookie;
};

#endif
