/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3: a hash that nobody can aim without its key, for tables that outsiders fill. Not a digest. */
#ifndef HALLMARK_BASE_SIPHASH_H
#define HALLMARK_BASE_SIPHASH_H

#include "base/slice.h"

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const uint8_t key[static SIPHASH_KEY_BYTES], h2o_iovec_t bytes);

#endif
