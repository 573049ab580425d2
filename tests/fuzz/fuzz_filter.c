/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* links: server/gateway/filter.c server/gateway/filter_date.c server/gateway/filter_jsonpath.c server/gateway/filter_token.c server/gateway/order.c server/base/slice.c server/base/text.c server/base/json.c server/base/json_lexeme.c */
/* clang-format on */
#include "base/limits.h"
#include "gateway/filter.h"
#include "gateway/order.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* Behind the opening quote: past the closing one. A string of ours has no raw control character and no quote but
 * escaped ones. */
static size_t skip_string(h2o_iovec_t path, size_t at)
{
    while (path.base[at] != '"') {
        assert((unsigned char)path.base[at] >= 0x20);
        at += path.base[at] == '\\' ? 2 : 1;
        assert(at < path.len);
    }
    return at + 1;
}

/* Outside of strings a jsonpath of ours has only these characters, and its parentheses close. */
static void check_jsonpath(h2o_iovec_t path)
{
    size_t depth = 0;
    assert(slice_starts_with(path, SLICE("strict (")));
    assert(slice_is_utf8(path));
    for (size_t at = 0; at < path.len;) {
        char c = path.base[at++];
        if (c == '"') {
            at = skip_string(path, at);
            continue;
        }
        assert((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(" ().$!=<>|&-+E_", c) != NULL);
        depth += c == '(';
        assert(c != ')' || depth > 0);
        depth -= c == ')';
    }
    assert(depth == 0);
}

static void check_fault(h2o_iovec_t text, const struct filter_fault *fault)
{
    assert(fault->position >= 1 && fault->position <= text.len + 1);
    assert(fault->what != NULL && *fault->what != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    h2o_iovec_t text = {malloc(len + 1), len}, jsonpath;
    struct filter_fault fault = {0, NULL};
    struct order order;
    memcpy(text.base, bytes, len);
    h2o_mem_init_pool(&pool);
    if (filter_read(&pool, text, &jsonpath, &fault))
        check_jsonpath(jsonpath);
    else
        check_fault(text, &fault);
    if (!order_read(&pool, text, &order, &fault))
        check_fault(text, &fault);
    h2o_mem_clear_pool(&pool);
    free(text.base);
    return 0;
}
