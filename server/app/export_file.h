/* SPDX-License-Identifier: Apache-2.0 */
/* Checking the file of an export or of an archive. */
#ifndef HALLMARK_APP_EXPORT_FILE_H
#define HALLMARK_APP_EXPORT_FILE_H

#include "seal/export_check.h"

#include <stdio.h>

/* Reads to the end. What is not proven is told on `told`, in one line: false then. The digest (SHA-256) is that of all
 * that was read. */
bool export_file_check(struct export_check *check, FILE *file, FILE *told, uint8_t digest_out[static DIGEST_BYTES]);

#endif
