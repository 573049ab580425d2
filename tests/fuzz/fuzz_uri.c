/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c */
#include "base/uri.c"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static h2o_iovec_t joined(h2o_mem_pool_t *pool, h2o_iovec_t a, h2o_iovec_t b)
{
    h2o_iovec_t out = {h2o_mem_alloc_pool(pool, a.len + b.len + 1), a.len + b.len};
    if (a.len > 0)
        memcpy(out.base, a.base, a.len);
    if (b.len > 0)
        memcpy(out.base + a.len, b.base, b.len);
    return out;
}

static bool contains(h2o_iovec_t s, const char *part)
{
    return s.len > 0 && memmem(s.base, s.len, part, strlen(part)) != NULL;
}

/* An issuer is a resource without anything behind its authority, and stays one in no other spelling. */
static void check_issuer(h2o_mem_pool_t *pool, h2o_iovec_t uri)
{
    static const char *const tails[] = {"/", "?", "#", "@a", "\\", " ", "%41"};
    h2o_iovec_t authority = slice_from(uri, slice_find(uri, '/') + 2);
    assert(uri_is_resource(uri));
    assert(slice_find(authority, '/') == SIZE_MAX && slice_find(authority, '@') == SIZE_MAX);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); ++i)
        assert(!uri_is_issuer(joined(pool, uri, slice_of(tails[i]))));
    for (size_t i = 0; i < uri.len; ++i)
        assert(!(uri.base[i] >= 'A' && uri.base[i] <= 'Z'));
}

static void check_path(h2o_mem_pool_t *pool, h2o_iovec_t path)
{
    static const char *const never[] = {"//", "/./", "/../", "%", ";", "\\", "?", "#", " "};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); ++i)
        assert(!contains(path, never[i]));
    assert(!uri_path_is_plain(joined(pool, path, SLICE("/.."))));
    assert(!uri_path_is_plain(joined(pool, SLICE("/"), path)));
    assert(path.len > LIMIT_URI_BYTES_MAX - 9 || uri_is_resource(joined(pool, SLICE("https://a"), path)));
    if (path.base[path.len - 1] != '/')
        assert(uri_path_is_plain(joined(pool, path, path)));
}

static void check_resource(h2o_iovec_t uri)
{
    assert(slice_find(uri, '#') == SIZE_MAX && slice_find(uri, ' ') == SIZE_MAX);
    assert(slice_find(uri, ':') > 0 && slice_find(uri, ':') < uri.len - 1);
    for (size_t i = 0; i < uri.len; ++i)
        assert(uri.base[i] > 0x20 && uri.base[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_iovec_t text = {(char *)bytes, len};
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    if (uri_is_resource(text))
        check_resource(text);
    if (uri_is_issuer(text))
        check_issuer(&pool, text);
    if (uri_path_is_plain(text))
        check_path(&pool, text);
    h2o_iovec_t issuer = joined(&pool, SLICE("https://"), text);
    if (uri_is_issuer(issuer))
        check_issuer(&pool, issuer);
    h2o_mem_clear_pool(&pool);
    return 0;
}
