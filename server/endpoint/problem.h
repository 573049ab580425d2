/* SPDX-License-Identifier: Apache-2.0 */
/* GET /problems/<code>: what the `type` of a problem document points to (RFC 9457 section 3.1.1). */
#ifndef HALLMARK_ENDPOINT_PROBLEM_H
#define HALLMARK_ENDPOINT_PROBLEM_H

#include "http/call.h"

#define PROBLEM_PATH "/problems/"

void problem_start(struct call *call);

#endif
