/* SPDX-License-Identifier: Apache-2.0 */
/* The public formats of what we hand out, for ever: credentials (with a checksum, so that a typing error is refused
 * before any look-up) and identifiers. Alphabet [A-Za-z0-9_] only, so that form-encoding never matters.
 *
 *   client id        hmk_ RRRRRRRR XXXXXXXXXXXXXX CCCCCC       R: route, X: random (14 base62, 83 bits), C: CRC-32
 *   client secret    hms_ RRRRRRRR X{43} CCCCCC                (43 base62, 256 bits)
 *   code             hmc_ RRRRRRRR X{43} CCCCCC                the account is the one that it opens, whoever the client
 * is refresh token    hmr_ RRRRRRRR X{43} CCCCCC                likewise account acc_RRRRRRRR   user usr_X{11}
 * application app_X{11}   template tpl_X{11}   api api_X{11} grant grt_X{11}   family fam_X{11} (what hangs on one
 * code: its tokens, and those that replace them) webhook whk_X{11}   event evt_X{11} (what a webhook was told, the same
 * at every attempt)   session ses_X{11} (a login: the sid of most ID tokens and logout tokens)
 *
 * The route is the account's id in eight characters of base62 (zero for what serves all accounts): with it a schema
 * that is spread by account finds a credential without asking every shard. The CRC covers everything before it, prefix
 * included, and is six characters of base62. scripts/secret-pattern.txt publishes the patterns for secret scanners. */
#ifndef HALLMARK_BASE_CREDENTIAL_H
#define HALLMARK_BASE_CREDENTIAL_H

#include "base/slice.h"

enum credential_kind {
    CREDENTIAL_CLIENT_ID,
    CREDENTIAL_CLIENT_SECRET,
    CREDENTIAL_CODE,
    CREDENTIAL_REFRESH_TOKEN,
    CREDENTIAL__MAX,
};

#define CREDENTIAL_BYTES_MAX 80                       /* the longest of them, NUL included */
#define CREDENTIAL_ROUTE_MAX ((INT64_C(1) << 47) - 1) /* below 62^8, and positive in SQL's bigint */

/* Makes a new one; `out` is NUL-terminated. Returns its length. */
size_t credential_make(enum credential_kind kind, int64_t account_id, char out[static CREDENTIAL_BYTES_MAX]);

/* True when the text has this kind's prefix, length, alphabet and checksum; *account_id_out (may be NULL) is its route.
 */
__attribute__((warn_unused_result)) bool credential_check(enum credential_kind kind, h2o_iovec_t text,
                                                          int64_t *account_id_out);

/* What they look like: prefix (a literal), length of the whole, of which the last CREDENTIAL_CHECKSUM_DIGITS are the
 * checksum. */
#define CREDENTIAL_CHECKSUM_DIGITS 6 /* 62^6 is above 2^32 */
struct credential_shape {
    h2o_iovec_t prefix;
    size_t length;
};
struct credential_shape credential_shape(enum credential_kind kind);

/* What a list may show of a secret: its prefix and its last four characters. `out` is NUL-terminated. */
void credential_mask(h2o_iovec_t text, char out[static CREDENTIAL_BYTES_MAX]);

enum ident_kind {
    IDENT_ACCOUNT, /* eight characters; the id is at most CREDENTIAL_ROUTE_MAX */
    IDENT_USER,    /* the others: eleven characters, any positive 63-bit id */
    IDENT_APPLICATION,
    IDENT_TEMPLATE,
    IDENT_API,
    IDENT_WEBHOOK,
    IDENT_EVENT,
    IDENT_GRANT,
    IDENT_FAMILY,
    IDENT_SESSION,
    IDENT__MAX,
};

#define IDENT_BYTES_MAX 16

/* A new random positive id for this kind (never 0). */
int64_t ident_random(enum ident_kind kind);

/* Writes the text form, NUL-terminated; returns its length. */
size_t ident_text(enum ident_kind kind, int64_t id, char out[static IDENT_BYTES_MAX]);

__attribute__((warn_unused_result)) bool ident_parse(enum ident_kind kind, h2o_iovec_t text, int64_t *id_out);

/* Request ids: UUID version 7 (RFC 9562 section 5.7), monotonic within a thread, 36 characters and a NUL. */
#define REQUEST_ID_BYTES 37
void request_id_make(char out[static REQUEST_ID_BYTES]);

#endif
