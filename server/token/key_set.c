/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_set.h"

#include "base/text.h"
#include "token/jwk.h"
#include "token/jws_header.h"
#include "token/key_seal.h"
#include "token/public_key.h"
#include <assert.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdlib.h>

#define JWKS_CAPACITY_PER_KEY 512 /* an RSA key of 2048 bits needs 460 */

struct key_set {
    atomic_uint references;
    uint64_t generation;
    h2o_mem_pool_t pool; /* of all texts */
    struct signing_key *keys;
    size_t count;
    h2o_iovec_t jwks;
};

static uint64_t next_generation(void)
{
    static atomic_uint_fast64_t last; /* a set that is no set has 0 */
    return atomic_fetch_add(&last, 1) + 1;
}

static const struct {
    const char *word;
    bool signs; /* or may at any moment, hence has its private half at hand */
} states[] = {
    [SIGNING_KEY_NEXT] = {"next", true},
    [SIGNING_KEY_ACTIVE] = {"active", true},
    [SIGNING_KEY_RETIRING] = {"retiring", false},
};
#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

static bool state_parse(h2o_iovec_t word, enum signing_key_state *out)
{
    for (unsigned i = 0; i < STATE_COUNT; ++i) {
        if (slice_equal(word, slice_of(states[i].word))) {
            *out = (enum signing_key_state)i;
            return true;
        }
    }
    return false;
}

/* --- a row becomes a key; each step returns what is wrong, or NULL
 * ---------------------------------------------------- */

static const char *read_words(const struct key_material *row, struct signing_key *key)
{
    if (!token_algorithm_parse(row->algorithm, &key->algorithm))
        return "the algorithm is unknown";
    return state_parse(row->state, &key->state) ? NULL : "the state is unknown";
}

static const char *read_public(const struct key_set *set, const struct key_material *row, struct signing_key *key)
{
    const char *wrong = NULL;
    key->public_key = public_key_read(key->algorithm, row->public_der, &wrong);
    if (key->public_key == NULL)
        return wrong;
    if (!jwk_thumbprint(key->public_key, key->kid) || !slice_equal(row->kid, slice_of(key->kid)))
        return "kid is not the thumbprint of the public key";
    return key_set_find(set, row->kid) == NULL ? NULL : "kid stands twice";
}

static const char *read_private(const struct key_material *row, const uint8_t master[static DIGEST_BYTES],
                                struct signing_key *key)
{
    if (!states[key->state].signs)
        return NULL;
    key->private_key = key_seal_open(row->kid, key->algorithm, row->sealed, master);
    if (key->private_key == NULL)
        return "the seal does not open under this master key";
    bool pair = EVP_PKEY_eq(key->private_key, key->public_key) == 1;
    ERR_clear_error();
    return pair ? NULL : "the private key is not that of the public key";
}

static const char *write_texts(struct key_set *set, const struct key_material *row, struct signing_key *key)
{
    key->pem = jwk_pem(&set->pool, row->public_der);
    key->access_token_header = jws_header_write(&set->pool, key, SLICE("at+jwt"));
    bool written = jwk_write(&set->pool, key->public_key, slice_of(key->kid), key->algorithm, &key->jwk);
    return written ? NULL : "the public key cannot be written as JWK";
}

static const char *add_row(struct key_set *set, const struct key_material *row,
                           const uint8_t master[static DIGEST_BYTES])
{
    struct signing_key *key = &set->keys[set->count];
    *key = (struct signing_key){.index = (unsigned)set->count, .generation = set->generation};
    const char *wrong = read_words(row, key);
    if (wrong == NULL)
        wrong = read_public(set, row, key);
    if (wrong == NULL)
        wrong = read_private(row, master, key);
    if (wrong == NULL)
        wrong = write_texts(set, row, key);
    ++set->count; /* also when something is wrong: what it holds has to be freed */
    return wrong;
}

/* --- the set
 * ------------------------------------------------------------------------------------------------------------ */

/* Active keys first: some clients take the first that fits. */
static void write_jwks(struct key_set *set)
{
    static const enum signing_key_state order[] = {SIGNING_KEY_ACTIVE, SIGNING_KEY_NEXT, SIGNING_KEY_RETIRING};
    _Static_assert(sizeof(order) / sizeof(order[0]) == STATE_COUNT, "every state is published");
    struct text text;
    text_start(&text, &set->pool, (set->count + 1) * JWKS_CAPACITY_PER_KEY);
    text_add(&text, SLICE("{\"keys\":["));
    for (size_t at = 0; at < STATE_COUNT * set->count; ++at) {
        const struct signing_key *key = &set->keys[at % set->count];
        if (key->state != order[at / set->count])
            continue;
        if (text.base[text.len - 1] != '[')
            text_add_char(&text, ',');
        text_add(&text, key->jwk);
    }
    text_add(&text, SLICE("]}"));
    set->jwks = text_slice(&text);
}

static struct key_set *create_empty(size_t count_max)
{
    struct key_set *set = h2o_mem_alloc(sizeof(*set));
    atomic_init(&set->references, 1);
    set->generation = next_generation();
    h2o_mem_init_pool(&set->pool);
    set->keys = h2o_mem_alloc((count_max + 1) * sizeof(set->keys[0])); /* and one, since a malloc of 0 may be NULL */
    set->count = 0;
    set->jwks = SLICE_NONE;
    return set;
}

struct key_set *key_set_create(const struct key_material *rows, size_t count, const uint8_t master[static DIGEST_BYTES],
                               const char **wrong_out, h2o_iovec_t *wrong_kid_out)
{
    struct key_set *set = create_empty(count);
    for (size_t i = 0; i < count; ++i) {
        const char *wrong = add_row(set, &rows[i], master);
        if (wrong != NULL) {
            key_set_release(set);
            *wrong_out = wrong;
            *wrong_kid_out = rows[i].kid;
            return NULL;
        }
    }
    write_jwks(set);
    return set;
}

struct key_set *key_set_share(struct key_set *set)
{
    unsigned before = atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    assert(before > 0);
    return set;
}

void key_set_release(struct key_set *set)
{
    if (set == NULL)
        return;
    unsigned before = atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1)
        return;
    for (size_t i = 0; i < set->count; ++i) {
        EVP_PKEY_free(set->keys[i].public_key);
        EVP_PKEY_free(set->keys[i].private_key);
    }
    h2o_mem_clear_pool(&set->pool);
    free(set->keys);
    free(set);
}

size_t key_set_count(const struct key_set *set)
{
    return set->count;
}

const struct signing_key *key_set_at(const struct key_set *set, size_t index)
{
    assert(index < set->count);
    return &set->keys[index];
}

const struct signing_key *key_set_find(const struct key_set *set, h2o_iovec_t kid)
{
    if (kid.len != TOKEN_KID_BYTES)
        return NULL;
    for (size_t i = 0; i < set->count; ++i)
        if (memcmp(set->keys[i].kid, kid.base, TOKEN_KID_BYTES) == 0)
            return &set->keys[i];
    return NULL;
}

const struct signing_key *key_set_active(const struct key_set *set, enum token_algorithm algorithm)
{
    for (size_t i = 0; i < set->count; ++i)
        if (set->keys[i].state == SIGNING_KEY_ACTIVE && set->keys[i].algorithm == algorithm)
            return &set->keys[i];
    return NULL;
}

h2o_iovec_t key_set_jwks(const struct key_set *set)
{
    return set->jwks;
}

uint64_t key_set_generation(const struct key_set *set)
{
    return set->generation;
}
