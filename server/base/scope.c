/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scope.h"

#include "base/limits.h"
#include <assert.h>
#include <stdlib.h>

/* RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E */
static const bool token_characters[256] = {[0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7e] = true};

bool scope_token_ok(h2o_iovec_t token)
{
    if (token.len == 0 || token.len > LIMIT_SCOPE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < token.len; ++i)
        if (!token_characters[(uint8_t)token.base[i]])
            return false;
    return true;
}

static int compare(h2o_iovec_t a, h2o_iovec_t b)
{
    int order = memcmp(a.base, b.base, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_for_qsort(const void *a, const void *b)
{
    return compare(*(const h2o_iovec_t *)a, *(const h2o_iovec_t *)b);
}

/* Checks and collects the tokens as they stand; stops at the first that is wrong or too many. */
static bool split(h2o_iovec_t text, h2o_iovec_t tokens[static LIMIT_SCOPES_MAX], size_t *count_out)
{
    size_t count = 0;
    while (text.base != NULL) {
        if (count == LIMIT_SCOPES_MAX)
            return false;
        tokens[count] = slice_cut(&text, ' ');
        if (!scope_token_ok(tokens[count]))
            return false;
        ++count;
    }
    *count_out = count;
    return true;
}

static size_t drop_repeats(h2o_iovec_t *sorted, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i)
        if (kept == 0 || !slice_equal(sorted[kept - 1], sorted[i]))
            sorted[kept++] = sorted[i];
    return kept;
}

/* Copies the tokens and their canonical text into one block. */
static void build(h2o_mem_pool_t *pool, const h2o_iovec_t *sorted, size_t count, struct scope_set *out)
{
    *out = (struct scope_set){SLICE(""), NULL, count};
    if (count == 0)
        return;
    size_t bytes = count * (sizeof(*sorted) + 1); /* a blank or the final NUL behind each token */
    for (size_t i = 0; i < count; ++i)
        bytes += sorted[i].len;
    out->tokens = pool == NULL ? h2o_mem_alloc(bytes) : h2o_mem_alloc_pool(pool, bytes);
    char *at = (char *)(out->tokens + count);
    out->text.base = at;
    for (size_t i = 0; i < count; ++i) {
        out->tokens[i] = (h2o_iovec_t){at, sorted[i].len};
        at = (char *)memcpy(at, sorted[i].base, sorted[i].len) + sorted[i].len;
        *at++ = ' ';
    }
    at[-1] = '\0';
    out->text.len = (size_t)(at - 1 - out->text.base);
}

enum err scope_set_parse(h2o_mem_pool_t *pool, h2o_iovec_t text, struct scope_set *out)
{
    h2o_iovec_t tokens[LIMIT_SCOPES_MAX];
    size_t count = 0;
    if (text.len > 0 && !split(text, tokens, &count))
        return ERR_INVALID_SCOPE;
    qsort(tokens, count, sizeof(tokens[0]), compare_for_qsort);
    build(pool, tokens, drop_repeats(tokens, count), out);
    return ERR_NONE;
}

void scope_set_free(struct scope_set *set)
{
    free(set->tokens);
    *set = (struct scope_set){SLICE_NONE, NULL, 0};
}

bool scope_set_has(const struct scope_set *set, h2o_iovec_t token)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(token, set->tokens[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool scope_set_covers(const struct scope_set *set, const struct scope_set *subset)
{
    return scope_set_missing(set, subset).base == NULL;
}

void scope_set_intersect(h2o_mem_pool_t *pool, const struct scope_set *a, const struct scope_set *b,
                         struct scope_set *out)
{
    h2o_iovec_t both[LIMIT_SCOPES_MAX];
    size_t count = 0;
    assert(a->count <= LIMIT_SCOPES_MAX);
    for (size_t i = 0; i < a->count; ++i)
        if (scope_set_has(b, a->tokens[i]))
            both[count++] = a->tokens[i];
    build(pool, both, count, out);
}

h2o_iovec_t scope_set_missing(const struct scope_set *set, const struct scope_set *subset)
{
    for (size_t i = 0; i < subset->count; ++i)
        if (!scope_set_has(set, subset->tokens[i]))
            return subset->tokens[i];
    return SLICE_NONE;
}

static const h2o_iovec_t identity_words[] = {SLICE("email"), SLICE("offline_access"), SLICE("openid"),
                                             SLICE("profile")};
_Static_assert(sizeof(identity_words) / sizeof(identity_words[0]) == SCOPE_IDENTITY_COUNT, "all of them are counted");

h2o_iovec_t scope_identity_at(size_t index)
{
    assert(index < SCOPE_IDENTITY_COUNT);
    return identity_words[index];
}

bool scope_is_administrative(h2o_iovec_t token)
{
    static const h2o_iovec_t nouns[] = {
        SLICE("accounts"), SLICE("all-accounts"), SLICE("apis"),      SLICE("applications"),    SLICE("collections"),
        SLICE("grants"),   SLICE("keys"),         SLICE("lifetimes"), SLICE("links"),           SLICE("members"),
        SLICE("offers"),   SLICE("offices"),      SLICE("owners"),    SLICE("reference-rules"), SLICE("revocations"),
        SLICE("secrets"),  SLICE("signing-keys"), SLICE("templates"), SLICE("users"),           SLICE("webhooks"),
    };
    h2o_iovec_t noun = slice_cut(&token, ':');
    for (size_t i = 0; token.base != NULL && i < sizeof(nouns) / sizeof(nouns[0]); ++i)
        if (slice_equal(noun, nouns[i]))
            return true;
    return false;
}

bool scope_is_identity(h2o_iovec_t token)
{
    for (size_t i = 0; i < SCOPE_IDENTITY_COUNT; ++i)
        if (slice_equal(token, identity_words[i]))
            return true;
    return false;
}
