/* SPDX-License-Identifier: Apache-2.0 */
/* Our verdict on tokens, and libjwt's beside it, for tests in other languages. One command a line, one answer a line:
 *
 *   jwks                                      the public keys, as the server publishes them
 *   sign ALG HEADER PAYLOAD                   a token of exactly these bytes, signed as ALG wants it
 *   jws TYPE KID TOKEN                        our word for it ("ok", "signature", ...); libjwt's with the key that KID
 * names access ISSUER AUDIENCE NOW TOKEN          our word for it as access token
 *
 * Words in capitals are hexadecimal bytes but for ALG and NOW. */
#include "base/codec.h"
#include "token/access_token.h"
#include "token_case.h"
#include <assert.h>
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>

#define LIBJWT_BYTES_MAX (1024 * 1024) /* its stack runs over behind some megabytes */

static h2o_iovec_t bytes_of(h2o_mem_pool_t *pool, h2o_iovec_t hex)
{
    uint8_t *bytes = h2o_mem_alloc_pool(pool, hex.len / 2 + 1);
    bool decoded = codec_hex_decode(bytes, hex.len / 2, hex);
    assert(decoded);
    bytes[hex.len / 2] = '\0';
    return (h2o_iovec_t){(char *)bytes, hex.len / 2};
}

static void answer_sign(struct token_case *c, h2o_iovec_t words)
{
    enum token_algorithm algorithm;
    bool known = token_algorithm_parse(slice_cut(&words, ' '), &algorithm);
    assert(known);
    h2o_iovec_t header = bytes_of(&c->pool, slice_cut(&words, ' ')), payload = bytes_of(&c->pool, words);
    h2o_iovec_t token = token_case_sign(c, algorithm, header, payload);
    printf("%.*s\n", SLICE_ARGS(token));
}

/* Without a key libjwt accepts everything, so it gets one always. */
static const char *verdict_of_libjwt(const struct signing_key *key, h2o_iovec_t token)
{
    jwt_t *jwt = NULL;
    if (key == NULL || token.len > LIBJWT_BYTES_MAX)
        return "refused";
    if (jwt_decode(&jwt, token.base, (const uint8_t *)key->pem.base, (int)key->pem.len) != 0)
        return "refused";
    jwt_free(jwt);
    return "accepted";
}

static void answer_jws(struct token_case *c, h2o_iovec_t words)
{
    json_t *payload = NULL;
    h2o_iovec_t type = bytes_of(&c->pool, slice_cut(&words, ' '));
    h2o_iovec_t kid = bytes_of(&c->pool, slice_cut(&words, ' ')), token = bytes_of(&c->pool, words);
    enum jws_fault fault = jws_verify(c->contexts, c->keys, type, token, &payload);
    printf("%s %s\n", jws_fault_word(fault), verdict_of_libjwt(key_set_find(c->keys, kid), token));
    json_decref(payload);
}

static void answer_access(struct token_case *c, h2o_iovec_t words)
{
    struct access_token token;
    uint64_t now;
    h2o_iovec_t issuer = bytes_of(&c->pool, slice_cut(&words, ' '));
    h2o_iovec_t audience = bytes_of(&c->pool, slice_cut(&words, ' '));
    bool parsed = slice_to_u64(slice_cut(&words, ' '), INT64_MAX, &now);
    assert(parsed);
    enum jws_fault fault = access_token_check(c->contexts, c->keys, &c->pool, bytes_of(&c->pool, words), issuer,
                                              audience, (int64_t)now, &token);
    puts(jws_fault_word(fault));
}

static void answer_jwks(struct token_case *c, h2o_iovec_t words)
{
    (void)words;
    printf("%.*s\n", SLICE_ARGS(key_set_jwks(c->keys)));
}

static const struct {
    const char *word;
    void (*answer)(struct token_case *c, h2o_iovec_t words);
} commands[] = {{"jwks", answer_jwks}, {"sign", answer_sign}, {"jws", answer_jws}, {"access", answer_access}};

static void answer(struct token_case *c, h2o_iovec_t line)
{
    h2o_iovec_t command = slice_cut(&line, ' ');
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); ++i) {
        if (!slice_equal(command, slice_of(commands[i].word)))
            continue;
        commands[i].answer(c, line);
        fflush(stdout);
        return;
    }
    fprintf(stderr, "token_check: no such command: %.*s\n", SLICE_ARGS(command));
    exit(2);
}

int main(void)
{
    struct token_case *c = NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    token_case_setup((void **)&c);
    while ((len = getline(&line, &room, stdin)) > 0) {
        answer(c, (h2o_iovec_t){line, (size_t)len - (line[len - 1] == '\n')});
        h2o_mem_clear_pool(&c->pool);
    }
    free(line);
    token_case_teardown((void **)&c);
    return 0;
}
