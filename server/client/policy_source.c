/* SPDX-License-Identifier: Apache-2.0 */
#include "client/policy_source.h"

#include "base/log.h"
#include "base/scope.h"
#include "base/uri.h"
#include <assert.h>
#include <stdlib.h>

#define QUOTED_BYTES_MAX 128 /* of a name in a line of the log */

struct policy_source *policy_source_create(void)
{
    struct policy_source *source = h2o_mem_alloc(sizeof(*source));
    *source = (struct policy_source){.made = h2o_mem_alloc(sizeof(*source->made))};
    source->made->keys = NULL;
    return source;
}

static struct policy_part *part_create(void)
{
    struct policy_part *part = h2o_mem_alloc(sizeof(*part));
    memset(part, 0, sizeof(*part));
    part->references = 1;
    h2o_mem_init_pool(&part->pool);
    return part;
}

void policy_part_release(struct policy_part *part)
{
    if (part == NULL || __atomic_sub_fetch(&part->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    h2o_mem_clear_pool(&part->pool);
    free(part);
}

static void *part_rows(struct policy_part *part, size_t count, size_t size)
{
    return h2o_mem_alloc_pool(&part->pool, (count == 0 ? 1 : count) * size);
}

/* SLICE_NONE stays so. */
static h2o_iovec_t copy(struct policy_part *part, h2o_iovec_t text)
{
    return text.base == NULL ? SLICE_NONE : slice_copy(&part->pool, text);
}

/* A path to begin with: "/api2/public", no slash at its end. */
static bool is_base_path(h2o_iovec_t path)
{
    return path.len > 1 && uri_path_is_plain(path) && path.base[path.len - 1] != '/';
}

/* --- apis -------------------------------------------------------------------------------------------------------- */

/* A later version may know more kinds. What this one cannot serve as it was meant is not served at all. */
static bool is_served_here(const struct api_row *row)
{
    char quoted[QUOTED_BYTES_MAX];
    if (slice_equal(row->credential, SLICE("bearer")) && slice_equal(row->backing, SLICE("store")))
        return true;
    log_event(LOG_LEVEL_WARN, "api_not_served", "\"api\":%s", log_quote(quoted, sizeof(quoted), row->name));
    return false;
}

static const char *wrong_in_api(const struct api_row *row)
{
    enum token_algorithm algorithm;
    if (row->name.len == 0)
        return "an api has no name";
    if (!is_base_path(row->prefix))
        return "the prefix of an api is no plain path";
    if (row->token_path.base != NULL && !is_base_path(row->token_path))
        return "the token path of an api is no plain path";
    if (row->audience.len == 0)
        return "an api has no audience";
    if (!token_algorithm_parse(row->algorithm, &algorithm))
        return "the algorithm of an api is unknown";
    return row->token_seconds > 0 ? NULL : "the lifetime of an api's tokens is not positive";
}

static const char *read_apis(struct policy_part *part, const struct policy_rows *rows)
{
    part->apis = part_rows(part, rows->count, sizeof(*part->apis));
    for (size_t i = 0; i < rows->count; ++i) {
        const struct api_row *row = &rows->apis[i];
        const char *wrong = wrong_in_api(row);
        if (wrong != NULL)
            return wrong;
        if (!is_served_here(row))
            continue;
        struct api *api = &part->apis[part->count++];
        *api = (struct api){.id = row->id,
                            .name = copy(part, row->name),
                            .prefix = copy(part, row->prefix),
                            .token_path = copy(part, row->token_path),
                            .audience = copy(part, row->audience),
                            .token_seconds = row->token_seconds};
        bool known = token_algorithm_parse(row->algorithm, &api->algorithm);
        assert(known);
    }
    return NULL;
}

/* --- collections ------------------------------------------------------------------------------------------------- */

/* GET brings HEAD with it, and OPTIONS is answered always. */
static const struct {
    h2o_iovec_t word;
    unsigned bits;
} methods[] = {
    {{(char *)"GET", 3}, METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD)},
    {{(char *)"POST", 4}, METHOD_BIT(METHOD_POST)},
    {{(char *)"PUT", 3}, METHOD_BIT(METHOD_PUT)},
    {{(char *)"DELETE", 6}, METHOD_BIT(METHOD_DELETE)},
};

static bool read_methods(h2o_iovec_t words, unsigned *out)
{
    unsigned bits = 0;
    while (words.base != NULL) {
        h2o_iovec_t word = slice_cut(&words, ' ');
        size_t i = 0;
        while (i < sizeof(methods) / sizeof(methods[0]) && !slice_equal(methods[i].word, word))
            ++i;
        if (i == sizeof(methods) / sizeof(methods[0]))
            return false;
        bits |= methods[i].bits;
    }
    *out = bits | METHOD_BIT(METHOD_OPTIONS);
    return bits != 0;
}

static const struct {
    h2o_iovec_t word;
    struct required_member meaning;
} type_words[] = {
    {{(char *)"\"string\"", 8}, {.type = JSON_TYPE_STRING}},
    {{(char *)"\"number\"", 8}, {.type = JSON_TYPE_NUMBER}},
    {{(char *)"\"integer\"", 9}, {.type = JSON_TYPE_NUMBER, .integer = true}},
    {{(char *)"\"boolean\"", 9}, {.type = JSON_TYPE_BOOLEAN}},
    {{(char *)"\"object\"", 8}, {.type = JSON_TYPE_OBJECT}},
    {{(char *)"\"array\"", 7}, {.type = JSON_TYPE_ARRAY}},
    {{(char *)"\"any\"", 5}, {.any = true}},
};

static bool read_required_member(const struct json_member *member, struct required_member *out)
{
    for (size_t i = 0; i < sizeof(type_words) / sizeof(type_words[0]); ++i) {
        if (!slice_equal(type_words[i].word, member->value))
            continue;
        *out = type_words[i].meaning;
        out->name = member->name;
        return true;
    }
    return false;
}

static bool read_required(struct policy_part *part, h2o_iovec_t text, struct collection *out)
{
    struct json_object object;
    struct json_fault fault;
    if (!json_scan_object(&part->pool, copy(part, text), &object, &fault))
        return false;
    struct required_member *required = part_rows(part, object.count, sizeof(*required));
    for (size_t i = 0; i < object.count; ++i)
        if (!read_required_member(&object.members[i], &required[i]))
            return false;
    out->required = required;
    out->required_count = object.count;
    return true;
}

static void read_versions(struct policy_part *part, h2o_iovec_t text, struct collection *out)
{
    h2o_iovec_t words = text.len == 0 ? SLICE_NONE : copy(part, text);
    h2o_iovec_t *versions =
        part_rows(part, text.len / 2 + 1, sizeof(*versions)); /* a word and its blank have two bytes */
    while (words.base != NULL) {
        h2o_iovec_t word = slice_cut(&words, ' ');
        if (word.len > 0)
            versions[out->version_count++] = word;
    }
    out->versions = versions;
}

static const char *read_collection(struct policy_part *part, const struct collection_row *row, struct collection *out)
{
    *out = (struct collection){.id = row->collection_id,
                               .name = copy(part, row->name),
                               .singular = copy(part, row->singular),
                               .path = copy(part, row->path),
                               .scope_read = slice_format(&part->pool, "%.*s:read", SLICE_ARGS(row->name)),
                               .scope_write = slice_format(&part->pool, "%.*s:write", SLICE_ARGS(row->name))};
    if (row->name.len == 0 || !scope_token_ok(out->scope_write))
        return "the name of a collection makes no scope";
    if (row->path.len == 0 || slice_find(row->path, '/') != SIZE_MAX)
        return "the path of a collection is not one segment";
    if (!read_methods(row->methods, &out->methods))
        return "a collection has no methods, or an unknown one";
    if (!read_required(part, row->required, out))
        return "the required members of a collection are not well formed";
    read_versions(part, row->versions, out);
    return NULL;
}

static const char *read_collections(struct policy_part *part, const struct policy_rows *rows)
{
    part->offers = part_rows(part, rows->count, sizeof(*part->offers));
    for (size_t i = 0; i < rows->count; ++i) {
        const char *wrong = read_collection(part, &rows->collections[i], &part->offers[i].collection);
        if (wrong != NULL)
            return wrong;
        part->offers[i].api_id = rows->collections[i].api_id;
        ++part->count;
    }
    return NULL;
}

/* --- signing keys ------------------------------------------------------------------------------------------------ */

/* Whether they make sense is known when the set is made of them: that needs the master key. */
static const char *read_keys(struct policy_part *part, const struct policy_rows *rows)
{
    part->keys = part_rows(part, rows->count, sizeof(*part->keys));
    for (size_t i = 0; i < rows->count; ++i) {
        const struct signing_key_row *row = &rows->signing_keys[i];
        part->keys[i] = (struct key_material){copy(part, row->kid), copy(part, row->algorithm), copy(part, row->state),
                                              copy(part, row->public_der), copy(part, row->sealed)};
        ++part->count;
    }
    return NULL;
}

/* --- putting them together --------------------------------------------------------------------------------------- */

static void forget_key_set(struct policy_source *source)
{
    key_set_release(source->made->keys);
    source->made->keys = NULL;
}

static void replace(struct policy_part **at, struct policy_part *part)
{
    policy_part_release(*at);
    *at = part;
}

static void take_part(struct policy_source *source, enum policy_set set, struct policy_part *part)
{
    switch (set) {
    case POLICY_SET_APIS:
        replace(&source->apis, part);
        return;
    case POLICY_SET_COLLECTIONS:
        replace(&source->collections, part);
        return;
    default:
        assert(set == POLICY_SET_SIGNING_KEYS);
        forget_key_set(source);
        replace(&source->keys, part);
    }
}

bool policy_source_put(struct policy_source *source, enum policy_set set, const struct policy_rows *rows,
                       const char **wrong_out)
{
    static const char *(*const readers[POLICY_SET__MAX])(struct policy_part *, const struct policy_rows *) = {
        [POLICY_SET_APIS] = read_apis,
        [POLICY_SET_COLLECTIONS] = read_collections,
        [POLICY_SET_SIGNING_KEYS] = read_keys,
    };
    assert(set < POLICY_SET__MAX);
    if (set == POLICY_SET_REVOCATIONS) {
        policy_revocations_release(source->revocations);
        source->revocations = policy_revocations_create(rows->revocations, rows->count);
        return true;
    }
    struct policy_part *part = part_create();
    const char *wrong = readers[set](part, rows);
    if (wrong != NULL) {
        policy_part_release(part);
        *wrong_out = wrong;
        return false;
    }
    take_part(source, set, part);
    return true;
}

void policy_source_destroy(struct policy_source *source)
{
    if (source == NULL)
        return;
    forget_key_set(source);
    free(source->made);
    policy_part_release(source->apis);
    policy_part_release(source->collections);
    policy_part_release(source->keys);
    policy_revocations_release(source->revocations);
    free(source);
}
