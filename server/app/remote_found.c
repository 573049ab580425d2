/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_found.h"

#include "app/remote_problem.h"
#include "app/remote_write.h"
#include "base/limits.h"

#include <assert.h>

/* The command that lists them, and the member that the name is. */
static const struct {
    enum ident_kind kind;
    const char *noun, *member;
    enum statement statement;
} lists[] = {
    {IDENT_USER, "person", "email", STATEMENT_USER_LIST},
    {IDENT_APPLICATION, "application", "name", STATEMENT_APPLICATION_LIST},
    {IDENT_API, "api", "name", STATEMENT_API_ALL},
};

static size_t list_of(enum ident_kind kind)
{
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); ++i) {
        if (lists[i].kind == kind)
            return i;
    }
    assert(false); /* the rows of remote_table.c name no other kind */
    return 0;
}

/* The list of an account's, when the command names the account; otherwise the one of all. */
static void match_list(enum statement statement, const struct remote_match *asked, struct remote_match *out)
{
    *out = (struct remote_match){.count = statement_row(statement)->parameters};
    for (int i = 0; i < asked->count; ++i) {
        const struct remote_value *value = &asked->values[i];
        bool is_account = value->source != NULL && value->source->kind == SOURCE_IDENT &&
                          value->source->ident == IDENT_ACCOUNT && statement == STATEMENT_APPLICATION_LIST;
        if (is_account)
            out->values[0] = *value;
    }
    remote_match_choose(statement, out);
}

static h2o_iovec_t id_in(struct remote_session *session, h2o_iovec_t row, h2o_iovec_t member, h2o_iovec_t name)
{
    struct json_object object;
    if (!json_scan_nested(session->pool, row, &object))
        return SLICE_NONE;
    h2o_iovec_t found = remote_text(session->pool, &object, member);
    bool is_it = found.base != NULL && slice_equal_ignoring_case(found, name);
    return is_it ? remote_text(session->pool, &object, SLICE("id")) : SLICE_NONE;
}

static bool find(struct remote_session *session, size_t list, struct remote_match *match, int index)
{
    struct remote_match all;
    struct remote_rows rows = {.count = 0};
    h2o_mem_pool_t *pool = session->pool;
    h2o_iovec_t name = slice_of(match->values[index].text);
    match_list(lists[list].statement, match, &all);
    assert(all.operation != NULL);
    h2o_iovec_t url =
        remote_session_url(session, remote_write_path(pool, &all), remote_write_query(pool, &all, LIMIT_REMOTE_PAGE));
    if (!remote_session_read(session, url, true, &rows))
        return false;
    for (size_t i = 0; i < rows.count; ++i) {
        h2o_iovec_t id = id_in(session, rows.objects[i], slice_of(lists[list].member), name);
        if (id.base == NULL)
            continue;
        match->values[index].text = slice_copy(pool, id).base;
        return true;
    }
    command_failed("there is no such %s", lists[list].noun);
    return false;
}

bool remote_found(struct remote_session *session, struct remote_match *match)
{
    int64_t id;
    for (int i = 0; i < match->count; ++i) {
        const struct remote_value *value = &match->values[i];
        if (value->source == NULL || value->source->kind != SOURCE_FOUND)
            continue;
        if (ident_parse(value->source->ident, slice_of(value->text), &id))
            continue;
        if (!find(session, list_of(value->source->ident), match, i))
            return false;
    }
    return true;
}
