/* SPDX-License-Identifier: Apache-2.0 */
/* Writing files so that they are there after a power cut. */
#ifndef HALLMARK_APP_DURABLE_H
#define HALLMARK_APP_DURABLE_H

#include "base/slice.h"

/* All of the bytes, and on the disk; false with errno. */
__attribute__((warn_unused_result)) bool durable_write(int file, h2o_iovec_t bytes);

/* The name of a file is on the disk when its folder is; false with errno. */
__attribute__((warn_unused_result)) bool durable_name(const char *path);

#endif
