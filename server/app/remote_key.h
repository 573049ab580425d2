/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the key that the command line works with over HTTP (--key-file). */
#ifndef HALLMARK_APP_REMOTE_KEY_H
#define HALLMARK_APP_REMOTE_KEY_H

#include "base/credential.h"

/* Whoever has it wipes it. */
struct remote_key {
    char client_id[CREDENTIAL_BYTES_MAX], secret[CREDENTIAL_BYTES_MAX];
};

/* Reads two lines (client id, secret) or JSON: an object with client_id and client_secret (or secret), or what
 * `hallmark key create --format json` prints, an array of one. The file has to be a regular one, no symbolic link, of
 * whoever runs this and readable by nobody else. False with a sentence that says how to mend it, in the pool; the
 * sentence never has a byte of the file. */
__attribute__((warn_unused_result)) bool remote_key_read(h2o_mem_pool_t *pool, const char *path, struct remote_key *out,
                                                         h2o_iovec_t *wrong_out);

#endif
