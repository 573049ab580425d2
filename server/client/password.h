/* SPDX-License-Identifier: Apache-2.0 */
/* People's passwords: Argon2id (RFC 9106) in its usual text form, $argon2id$v=19$m=...,t=...,p=...$salt$digest. The
 * parameters stand in password.c alone. Each call works for some 20 ms and takes 19 MiB: never on a loop's thread
 * (console/hash_job.h). */
#ifndef HALLMARK_CLIENT_PASSWORD_H
#define HALLMARK_CLIENT_PASSWORD_H

#include "base/secret.h"

#define PASSWORD_HASH_BYTES 128 /* the longest text form of ours, NUL included, with room for stronger parameters */

/* What a person may choose: LIMIT_PASSWORD_BYTES_MIN to _MAX bytes of UTF-8 without control characters. NULL when it
 * will do, else a sentence that says what is wrong. What was set before is checked whatever its form. */
const char *password_wrong(h2o_iovec_t password);

/* With a fresh salt, NUL-terminated. False when there is no memory. */
__attribute__((warn_unused_result)) bool password_hash(h2o_iovec_t password, char out[static PASSWORD_HASH_BYTES]);

/* Whether this is the password behind `hash` (NUL-terminated). NULL stands for nobody, or for who has no password: the
 * answer is no, after the same work. */
bool password_is_right(h2o_iovec_t password, const char *hash);

/* It was made with other parameters than today's: hash the password anew when it is known. */
bool password_is_old(const char *hash);

#endif
