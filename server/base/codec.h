/* SPDX-License-Identifier: Apache-2.0 */
/* Strict text codecs: one text for one value, whatever is not canonical is refused. */
#ifndef HALLMARK_BASE_CODEC_H
#define HALLMARK_BASE_CODEC_H

#include "base/slice.h"

#define CODEC_BASE64URL_LEN(bytes) (((bytes)*4 + 2) / 3) /* without padding */
#define CODEC_HEX_LEN(bytes)       ((bytes)*2)

/* base64url without padding (RFC 4648 section 5). Writes exactly CODEC_BASE64URL_LEN(len) characters, no NUL; returns
 * it. */
size_t codec_base64url_encode(char *out, const void *bytes, size_t len);

/* Refuses padding, blanks, the other alphabet, a length of 4n+1 and tail bits that are not zero. `out` has room for
 * text.len * 3 / 4 bytes. */
__attribute__((warn_unused_result)) bool codec_base64url_decode(uint8_t *out, size_t *out_len, h2o_iovec_t text);

/* Standard base64 as HTTP Basic uses it. Missing padding is accepted, since a public client sends it that way; nothing
 * else that is not canonical is. */
__attribute__((warn_unused_result)) bool codec_base64_decode(uint8_t *out, size_t *out_len, h2o_iovec_t text);

/* Standard base64 with padding (for PEM and receipts); returns the number of characters, ((len + 2) / 3) * 4. */
size_t codec_base64_encode(char *out, const void *bytes, size_t len);

/* Lower-case hex, no NUL. */
size_t codec_hex_encode(char *out, const void *bytes, size_t len);

/* Lower- or upper-case hex of exactly 2 * len characters. */
__attribute__((warn_unused_result)) bool codec_hex_decode(uint8_t *out, size_t len, h2o_iovec_t text);

/* application/x-www-form-urlencoded decoding of one name or value: '+' is a space, every '%' needs two hex digits.
 * The result is in the pool (or is `text` itself when there is nothing to decode). NUL bytes and invalid UTF-8 are
 * refused. */
__attribute__((warn_unused_result)) bool codec_form_decode(h2o_mem_pool_t *pool, h2o_iovec_t text, h2o_iovec_t *out);

/* base62 (0-9A-Za-z) of a 64-bit number, padded with zeros on the left to `width` characters; asserts that it fits. */
void codec_base62_encode(char *out, size_t width, uint64_t value);

/* Exactly text.len characters of the alphabet; false on others and on overflow of 64 bits. */
__attribute__((warn_unused_result)) bool codec_base62_decode(uint64_t *out, h2o_iovec_t text);

/* CRC-32 as in zlib, PNG and Ethernet. */
uint32_t codec_crc32(h2o_iovec_t bytes);

#endif
