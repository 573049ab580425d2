/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/operation.h"

#include <assert.h>
#include <stdlib.h>

static const struct {
    h2o_iovec_t name;
    enum ident_kind kind;
} segment_kinds[] = {
    {SLICE("account"), IDENT_ACCOUNT},
    {SLICE("client_account"), IDENT_ACCOUNT},
    {SLICE("office"), IDENT_ACCOUNT},
    {SLICE("user"), IDENT_USER},
    {SLICE("application"), IDENT_APPLICATION},
    {SLICE("template"), IDENT_TEMPLATE},
    {SLICE("api"), IDENT_API},
    {SLICE("grant"), IDENT_GRANT},
};

enum ident_kind operation_segment_kind(h2o_iovec_t name)
{
    for (size_t i = 0; i < sizeof(segment_kinds) / sizeof(segment_kinds[0]); ++i) {
        if (slice_equal(segment_kinds[i].name, name))
            return segment_kinds[i].kind;
    }
    return IDENT__MAX;
}

static bool is_word(h2o_iovec_t text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (size_t i = 0; i < text.len; ++i) {
        if (text.base[i] == '\0' || strchr(letters, text.base[i]) == NULL)
            return false;
    }
    return text.len > 0 && text.len <= LIMIT_NAME_BYTES_MAX;
}

/* A key's account is that of the path: what belongs to others is not there. An office's key is another account's. */
static bool fits(h2o_iovec_t name, h2o_iovec_t text, const struct operation_path *path)
{
    int64_t account_id;
    if (slice_equal(name, SLICE("key")))
        return credential_check(CREDENTIAL_CLIENT_ID, text, &account_id) && path->account_id == account_id;
    if (slice_equal(name, SLICE("office_key")))
        return credential_check(CREDENTIAL_CLIENT_ID, text, NULL);
    return is_word(text);
}

static bool take_segment(h2o_iovec_t name, h2o_iovec_t text, struct operation_path *path)
{
    int64_t id = 0;
    enum ident_kind kind = operation_segment_kind(name);
    assert(path->count < OPERATION_SEGMENTS_MAX);
    if (kind != IDENT__MAX ? !ident_parse(kind, text, &id) : !fits(name, text, path))
        return false;
    if (slice_equal(name, SLICE("account")))
        path->account_id = id;
    path->texts[path->count] = text;
    path->names[path->count] = name.base;
    path->name_lens[path->count++] = name.len;
    return true;
}

static bool matches(const struct operation *operation, h2o_iovec_t path, struct operation_path *out)
{
    h2o_iovec_t row = slice_of(operation->path);
    *out = (struct operation_path){.operation = operation};
    while (row.base != NULL && path.base != NULL) {
        h2o_iovec_t wanted = slice_cut(&row, '/'), given = slice_cut(&path, '/');
        bool is_open = wanted.len > 2 && wanted.base[0] == '{';
        h2o_iovec_t name = {wanted.base + 1, wanted.len - 2};
        if (is_open ? !take_segment(name, given, out) : !slice_equal(wanted, given))
            return false;
    }
    return row.base == NULL && path.base == NULL;
}

const struct operation *operation_find(enum method method, h2o_iovec_t path, struct operation_path *out,
                                       unsigned *methods_out)
{
    const struct operation *found = NULL;
    struct operation_path tried;
    *methods_out = 0;
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        if (!matches(operation, path, &tried))
            continue;
        *methods_out |= METHOD_BIT(operation->method);
        if (operation->method != method)
            continue;
        found = operation;
        *out = tried;
    }
    return found;
}

h2o_iovec_t operation_segment(const struct operation_path *path, h2o_iovec_t name)
{
    for (size_t i = 0; i < path->count; ++i) {
        if (slice_equal((h2o_iovec_t){(char *)path->names[i], path->name_lens[i]}, name))
            return path->texts[i];
    }
    abort(); /* the row names a segment that its path has not */
}
