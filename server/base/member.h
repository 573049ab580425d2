/* SPDX-License-Identifier: Apache-2.0 */
/* Members that many JSON answers have. */
#ifndef HALLMARK_BASE_MEMBER_H
#define HALLMARK_BASE_MEMBER_H

#include "base/credential.h"
#include "base/text.h"

/* "name":"acc_..." */
void member_ident(struct text *out, h2o_iovec_t name, enum ident_kind kind, int64_t id);

/* "name":"2026-11-27T04:10:00.000000Z" */
void member_time(struct text *out, h2o_iovec_t name, int64_t unix_us);

#endif
