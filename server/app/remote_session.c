/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_session.h"

#include "admin/operation.h"
#include "app/remote_login.h"
#include "app/remote_problem.h"
#include "base/limits.h"
#include "base/secret.h"

/* --- opening ----------------------------------------------------------------------------------------------------- */

bool remote_session_open(struct remote_session *session, const struct command_input *input, enum command_exit *exit_out)
{
    const struct configuration *configuration = input->configuration;
    struct remote_key key;
    h2o_iovec_t wrong;
    *session = (struct remote_session){.pool = input->pool, .url = slice_of(configuration->server_url)};
    *exit_out = COMMAND_USAGE;
    if (configuration->key_file == NULL) {
        command_usage("to work on %s a key is needed: --key-file FILE, or HALLMARK_KEY_FILE; hallmark key create "
                      "--format json, run beside the database, makes one",
                      configuration->server_url);
        return false;
    }
    if (!remote_key_read(input->pool, configuration->key_file, &key, &wrong)) {
        command_usage("--key-file: %.*s", SLICE_ARGS(wrong));
        return false;
    }
    session->wire = remote_wire_open(input->pool, configuration->ca_file);
    bool good = remote_login(input->pool, session->wire, session->url, &key, &session->authorization, &wrong);
    secret_wipe(&key, sizeof(key));
    if (!good)
        *exit_out = command_failed("%.*s", SLICE_ARGS(wrong));
    return good;
}

void remote_session_close(struct remote_session *session)
{
    remote_wire_close(session->wire);
    secret_wipe(session->authorization.base, session->authorization.len);
}

h2o_iovec_t remote_session_url(const struct remote_session *session, h2o_iovec_t path, h2o_iovec_t query)
{
    return slice_format(session->pool, "%.*s" OPERATION_PREFIX "%.*s%.*s", SLICE_ARGS(session->url), SLICE_ARGS(path),
                        SLICE_ARGS(query));
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

static void say_lost(const struct remote_request *request, h2o_iovec_t wrong)
{
    bool is_read = strcmp(request->method, "GET") == 0;
    command_failed("the answer was lost: %.*s%s", SLICE_ARGS(wrong),
                   is_read ? "" : "; the change may have been made: look at it before you ask again");
}

bool remote_session_ask(struct remote_session *session, struct remote_request *request, bool may_repeat,
                        struct remote_answer *answer)
{
    h2o_iovec_t wrong = SLICE_NONE;
    request->authorization = session->authorization;
    enum remote_outcome outcome = remote_wire_ask(session->wire, request, answer, &wrong);
    if (outcome == REMOTE_LOST && may_repeat)
        outcome = remote_wire_ask(session->wire, request, answer, &wrong);
    if (outcome == REMOTE_ANSWERED && remote_is_done(session->pool, answer, &wrong))
        return true;
    if (outcome == REMOTE_LOST)
        say_lost(request, wrong);
    else if (outcome == REMOTE_NOT_SENT)
        command_failed("%.*s cannot be reached: %.*s", SLICE_ARGS(session->url), SLICE_ARGS(wrong));
    else
        command_failed("%.*s", SLICE_ARGS(wrong));
    return false;
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static void add_row(h2o_mem_pool_t *pool, struct remote_rows *rows, h2o_iovec_t object)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 64 : rows->capacity * 2;
        h2o_iovec_t *more = h2o_mem_alloc_pool(pool, sizeof(*more) * capacity);
        memcpy(more, rows->objects == NULL ? more : rows->objects, sizeof(*more) * rows->count);
        rows->objects = more;
        rows->capacity = capacity;
    }
    rows->objects[rows->count++] = object;
}

static bool take_items(struct remote_session *session, const struct json_object *answer, struct remote_rows *rows)
{
    const struct json_member *items = json_find(answer, SLICE("items"));
    h2o_iovec_t *objects;
    size_t count;
    if (items == NULL || items->type != JSON_TYPE_ARRAY ||
        !json_scan_array(session->pool, items->value, &objects, &count))
        return false;
    for (size_t i = 0; i < count; ++i) {
        if (json_type_of(objects[i]) != JSON_TYPE_OBJECT)
            return false;
        add_row(session->pool, rows, objects[i]);
    }
    return true;
}

bool remote_session_take(struct remote_session *session, const struct remote_answer *answer, bool is_list,
                         struct remote_rows *rows)
{
    struct json_object object;
    h2o_iovec_t wrong;
    if (answer->status == 204)
        return true;
    if (!remote_object(session->pool, answer, &object, &wrong)) {
        command_failed("%.*s", SLICE_ARGS(wrong));
        return false;
    }
    if (!is_list)
        add_row(session->pool, rows, answer->body);
    else if (!take_items(session, &object, rows)) {
        command_failed("the answer is no list");
        return false;
    }
    return true;
}

/* --- pages ------------------------------------------------------------------------------------------------------- */

/* <URL>; rel="next". SLICE_NONE: there is no next page. */
static h2o_iovec_t next_of(h2o_iovec_t link)
{
    h2o_iovec_t rest = link.base == NULL ? SLICE("") : link, url = slice_cut(&rest, '>');
    if (rest.base == NULL || url.len == 0 || url.base[0] != '<' ||
        !slice_equal(slice_trim(rest), SLICE("; rel=\"next\"")))
        return SLICE_NONE;
    return slice_from(url, 1);
}

/* The token goes to the management API of this server and nowhere else. */
static bool is_ours(const struct remote_session *session, h2o_iovec_t url)
{
    return slice_starts_with(url, remote_session_url(session, SLICE(""), SLICE("")));
}

bool remote_session_read(struct remote_session *session, h2o_iovec_t url, bool is_list, struct remote_rows *rows)
{
    for (int page = 0; url.base != NULL; ++page) {
        struct remote_answer answer;
        struct remote_request request = {.method = "GET", .url = url};
        if (page == LIMIT_REMOTE_PAGES_MAX) {
            command_failed("the list has more than %d pages", LIMIT_REMOTE_PAGES_MAX);
            return false;
        }
        if (!remote_session_ask(session, &request, true, &answer) ||
            !remote_session_take(session, &answer, is_list, rows))
            return false;
        h2o_iovec_t next = is_list ? next_of(answer.link) : SLICE_NONE;
        url = next.base == NULL ? SLICE_NONE : slice_copy(session->pool, next);
        if (url.base != NULL && !is_ours(session, url)) {
            command_failed("the next page of the list is said to be elsewhere; the token stays here");
            return false;
        }
    }
    return true;
}
