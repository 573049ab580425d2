/* SPDX-License-Identifier: Apache-2.0 */
#include "history/difference.h"

#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

static int compare_names(h2o_iovec_t a, h2o_iovec_t b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common == 0 ? 0 : memcmp(a.base, b.base, common);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_members(const void *left, const void *right)
{
    const struct json_member *a = left, *b = right;
    return compare_names(a->name, b->name);
}

static bool read_sorted(h2o_mem_pool_t *pool, h2o_iovec_t document, struct json_object *out)
{
    *out = (struct json_object){NULL, 0};
    if (document.base == NULL)
        return true;
    if (!json_scan_nested(pool, document, out))
        return false;
    if (out->count > 1)
        qsort(out->members, out->count, sizeof(*out->members), compare_members);
    return true;
}

static void add(struct difference *list, size_t *count, const struct json_member *before,
                const struct json_member *after)
{
    assert(before != NULL || after != NULL);
    h2o_iovec_t name = before != NULL ? before->name : after->name;
    if (slice_equal(name, SLICE("Id")))
        return;
    list[(*count)++] = (struct difference){name, before == NULL ? SLICE_NONE : before->value,
                                           after == NULL ? SLICE_NONE : after->value};
}

/* Both lists are walked side by side. */
static size_t merge(const struct json_object *before, const struct json_object *after, struct difference *list)
{
    size_t count = 0, b = 0, a = 0;
    while (b < before->count || a < after->count) {
        int order = b == before->count  ? 1
                    : a == after->count ? -1
                                        : compare_names(before->members[b].name, after->members[a].name);
        const struct json_member *old_member = order <= 0 ? &before->members[b++] : NULL;
        const struct json_member *new_member = order >= 0 ? &after->members[a++] : NULL;
        if (order != 0 || !slice_equal(old_member->value, new_member->value))
            add(list, &count, old_member, new_member);
    }
    return count;
}

bool difference_find(h2o_mem_pool_t *pool, h2o_iovec_t before, h2o_iovec_t after, struct difference **out,
                     size_t *count_out)
{
    struct json_object old_members, new_members;
    if (!read_sorted(pool, before, &old_members) || !read_sorted(pool, after, &new_members))
        return false;
    *out = h2o_mem_alloc_pool(pool, (old_members.count + new_members.count + 1) * sizeof(**out));
    *count_out = merge(&old_members, &new_members, *out);
    return true;
}
