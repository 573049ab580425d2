/* SPDX-License-Identifier: Apache-2.0 */
#include "token/ecdsa.h"

#include <string.h>

#define DER_SEQUENCE 0x30
#define DER_INTEGER  0x02
#define DER_SIGN_BIT 0x80 /* set in the first byte: the number would be read as negative */

/* The order n of P-256 (FIPS 186-4 D.1.2.3). */
static const uint8_t order[ECDSA_NUMBER_BYTES] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static bool number_in_range(const uint8_t number[static ECDSA_NUMBER_BYTES])
{
    static const uint8_t zero[ECDSA_NUMBER_BYTES];
    return memcmp(number, zero, sizeof(zero)) != 0 && memcmp(number, order, sizeof(order)) < 0;
}

bool ecdsa_raw_in_range(const uint8_t raw[static ECDSA_RAW_BYTES])
{
    return number_in_range(raw) && number_in_range(raw + ECDSA_NUMBER_BYTES);
}

static uint8_t *write_number(uint8_t *at, const uint8_t number[static ECDSA_NUMBER_BYTES])
{
    size_t zeros = 0;
    while (zeros < ECDSA_NUMBER_BYTES - 1 && number[zeros] == 0)
        ++zeros;
    size_t len = ECDSA_NUMBER_BYTES - zeros, sign = number[zeros] & DER_SIGN_BIT ? 1 : 0;
    *at++ = DER_INTEGER;
    *at++ = (uint8_t)(len + sign);
    if (sign != 0)
        *at++ = 0;
    memcpy(at, number + zeros, len);
    return at + len;
}

size_t ecdsa_der_from_raw(uint8_t der[static ECDSA_DER_BYTES_MAX], const uint8_t raw[static ECDSA_RAW_BYTES])
{
    uint8_t *end = write_number(write_number(der + 2, raw), raw + ECDSA_NUMBER_BYTES);
    der[0] = DER_SEQUENCE;
    der[1] = (uint8_t)(end - der - 2); /* below 128, so one byte says it */
    return (size_t)(end - der);
}

/* Returns what stands behind the number, or NULL. */
static const uint8_t *read_number(uint8_t number[static ECDSA_NUMBER_BYTES], const uint8_t *at, const uint8_t *end)
{
    if (end - at < 2 || at[0] != DER_INTEGER || at[1] == 0 || at[1] > end - at - 2)
        return NULL;
    size_t len = at[1];
    at += 2;
    if (len > 1 && at[0] == 0) {
        ++at;
        --len;
        if (!(at[0] & DER_SIGN_BIT))
            return NULL; /* a zero that nothing needs */
    } else if (at[0] & DER_SIGN_BIT)
        return NULL;
    if (len > ECDSA_NUMBER_BYTES)
        return NULL;
    memset(number, 0, ECDSA_NUMBER_BYTES - len);
    memcpy(number + ECDSA_NUMBER_BYTES - len, at, len);
    return at + len;
}

bool ecdsa_raw_from_der(uint8_t raw[static ECDSA_RAW_BYTES], const uint8_t *der, size_t len)
{
    uint8_t numbers[ECDSA_RAW_BYTES];
    if (len < 2 || der[0] != DER_SEQUENCE || der[1] != len - 2)
        return false;
    const uint8_t *end = der + len, *at = read_number(numbers, der + 2, end);
    if (at == NULL || read_number(numbers + ECDSA_NUMBER_BYTES, at, end) != end)
        return false;
    memcpy(raw, numbers, sizeof(numbers));
    return true;
}
