/* SPDX-License-Identifier: Apache-2.0 */
/* All time goes through here, so that tests can set it. */
#ifndef HALLMARK_BASE_CLOCK_H
#define HALLMARK_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_us(void);      /* wall clock, microseconds since 1970: what is written into tokens and rows */
int64_t clock_unix_s(void);       /* the same in whole seconds */
int64_t clock_monotonic_ms(void); /* never jumps: for ages, deadlines and silence */

/* Tests: the wall clock answers `us` from now on (0: the real one again); monotonic likewise. Process-wide, not
 * thread-safe. */
void clock_set_for_test(int64_t unix_us, int64_t monotonic_ms);

#endif
