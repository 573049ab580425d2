/* SPDX-License-Identifier: Apache-2.0 */
/* The two forms of an ECDSA signature on P-256: r and s side by side, as JOSE wants it (RFC 7518 section 3.4), and the
 * DER that OpenSSL takes and gives. */
#ifndef HALLMARK_TOKEN_ECDSA_H
#define HALLMARK_TOKEN_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECDSA_NUMBER_BYTES  32
#define ECDSA_RAW_BYTES     (2 * ECDSA_NUMBER_BYTES)
#define ECDSA_DER_BYTES_MAX (2 + 2 * (2 + 1 + ECDSA_NUMBER_BYTES))

/* False when r or s is not in 1 .. n-1: such a pair is no signature, whatever a library makes of it. */
__attribute__((warn_unused_result)) bool ecdsa_raw_in_range(const uint8_t raw[static ECDSA_RAW_BYTES]);

/* Returns the length. */
size_t ecdsa_der_from_raw(uint8_t der[static ECDSA_DER_BYTES_MAX], const uint8_t raw[static ECDSA_RAW_BYTES]);

/* False on anything that ecdsa_der_from_raw would not write. */
__attribute__((warn_unused_result)) bool ecdsa_raw_from_der(uint8_t raw[static ECDSA_RAW_BYTES], const uint8_t *der,
                                                            size_t len);

#endif
