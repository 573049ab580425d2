/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c */
#include "base/scope.c"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_set(const struct scope_set *set)
{
    h2o_iovec_t rest = set->count == 0 ? SLICE_NONE : set->text;
    assert(set->count <= LIMIT_SCOPES_MAX);
    for (size_t i = 0; i < set->count; ++i) {
        assert(scope_token_ok(set->tokens[i]));
        assert(i == 0 || compare(set->tokens[i - 1], set->tokens[i]) < 0);
        assert(scope_set_has(set, set->tokens[i]));
        assert(slice_equal(slice_cut(&rest, ' '), set->tokens[i]));
    }
    assert(rest.base == NULL);
}

static bool is_same(const struct scope_set *a, const struct scope_set *b)
{
    return a->count == b->count && slice_equal(a->text, b->text);
}

/* The canonical text is its own canonical text, in either kind of memory. */
static void comes_back(h2o_mem_pool_t *pool, const struct scope_set *set)
{
    struct scope_set again, on_heap;
    enum err err = scope_set_parse(pool, set->text, &again);
    assert(err == ERR_NONE && is_same(set, &again));
    err = scope_set_parse(NULL, set->text, &on_heap);
    assert(err == ERR_NONE && is_same(set, &on_heap));
    scope_set_free(&on_heap);
}

static void obeys_set_theory(h2o_mem_pool_t *pool, const struct scope_set *a, const struct scope_set *b)
{
    struct scope_set both, turned;
    scope_set_intersect(pool, a, b, &both);
    scope_set_intersect(pool, b, a, &turned);
    check_set(&both);
    assert(is_same(&both, &turned));
    assert(scope_set_covers(a, &both) && scope_set_covers(b, &both));
    assert(scope_set_covers(a, b) == is_same(&both, b));
    h2o_iovec_t missing = scope_set_missing(a, b);
    assert((missing.base == NULL) == scope_set_covers(a, b));
    assert(missing.base == NULL || (scope_set_has(b, missing) && !scope_set_has(a, missing)));
    scope_set_intersect(pool, a, a, &both);
    assert(is_same(&both, a));
}

/* Two lists, with a line feed between. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    struct scope_set a, b;
    h2o_iovec_t second = {(char *)bytes, len}, first = slice_cut(&second, '\n');
    h2o_mem_init_pool(&pool);
    if (scope_set_parse(&pool, first, &a) == ERR_NONE) {
        check_set(&a);
        comes_back(&pool, &a);
        if (scope_set_parse(&pool, second, &b) == ERR_NONE)
            obeys_set_theory(&pool, &a, &b);
    }
    h2o_mem_clear_pool(&pool);
    return 0;
}
