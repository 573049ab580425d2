/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux says of this process. */
#ifndef HALLMARK_ENDPOINT_PROCESS_H
#define HALLMARK_ENDPOINT_PROCESS_H

#include <stdint.h>

/* 0 where the system does not tell. */
uint64_t process_resident_bytes(void);
uint64_t process_open_descriptors(void);
uint64_t process_descriptors_max(void);

#endif
