/* SPDX-License-Identifier: Apache-2.0 */
/* Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), section 2; with one and three rounds, which are
 * enough for a table whose hashes nobody sees. */
#include "base/siphash.h"

#define WORD_BYTES        8
#define ROUNDS_AT_THE_END 3
#define LENGTH_SHIFT      56 /* the last word carries the length, modulo 256, in its top byte */

struct state {
    uint64_t a, b, c, d; /* v0 to v3 of the paper */
};

static inline uint64_t rotate_left(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline uint64_t little_endian(const char *bytes, size_t len)
{
    uint64_t word = 0;
    memcpy(&word, bytes, len);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void run_round(struct state *s)
{
    s->a += s->b;
    s->b = rotate_left(s->b, 13) ^ s->a;
    s->a = rotate_left(s->a, 32);
    s->c += s->d;
    s->d = rotate_left(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate_left(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate_left(s->b, 17) ^ s->c;
    s->c = rotate_left(s->c, 32);
}

static inline void take_word(struct state *s, uint64_t word)
{
    s->d ^= word;
    run_round(s);
    s->a ^= word;
}

uint64_t siphash(const uint8_t key[static SIPHASH_KEY_BYTES], h2o_iovec_t bytes)
{
    uint64_t first = little_endian((const char *)key, WORD_BYTES);
    uint64_t second = little_endian((const char *)key + WORD_BYTES, WORD_BYTES);
    struct state s = {first ^ UINT64_C(0x736f6d6570736575), second ^ UINT64_C(0x646f72616e646f6d),
                      first ^ UINT64_C(0x6c7967656e657261), second ^ UINT64_C(0x7465646279746573)};
    size_t at = 0;
    for (; bytes.len - at >= WORD_BYTES; at += WORD_BYTES)
        take_word(&s, little_endian(bytes.base + at, WORD_BYTES));
    uint64_t tail = bytes.len == at ? 0 : little_endian(bytes.base + at, bytes.len - at);
    take_word(&s, tail | (uint64_t)bytes.len << LENGTH_SHIFT);

    s.c ^= 0xff;
    for (int i = 0; i < ROUNDS_AT_THE_END; ++i)
        run_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
