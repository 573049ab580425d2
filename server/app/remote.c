/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote.h"

#include "app/key_command.h"
#include "app/print.h"
#include "app/remote_found.h"
#include "app/remote_problem.h"
#include "app/remote_table.h"
#include "app/remote_write.h"
#include "base/limits.h"
#include "base/secret.h"

#include <inttypes.h>

/* --- which operation --------------------------------------------------------------------------------------------- */

static enum command_exit refuse(const struct command_input *input, const struct remote_match *match)
{
    const struct command *command = input->command;
    const char *verb = command->verb == NULL ? "" : command->verb, *server = input->configuration->server_url;
    const char *why = remote_table_beside(command->noun, command->verb);
    if (match->misfit != NULL)
        return command_beside("%s %s works only beside the database %s --%s; on %s %s", command->noun, verb,
                              match->misfit_given ? "with" : "without", match->misfit, server,
                              match->misfit_given ? "leave it out" : "give it");
    return command_beside("%s %s works only beside the database%s%s; unset HALLMARK_URL (%s) and run it there",
                          command->noun, verb, why == NULL ? "" : ": ", why == NULL ? "" : why, server);
}

/* --- versions ---------------------------------------------------------------------------------------------------- */

/* Where the thing stands that a path changes a part of: accounts/acc_.../state is of accounts/acc_.... */
static h2o_iovec_t shown_at(h2o_iovec_t path)
{
    struct operation_path found;
    unsigned methods;
    while (path.len > 0) {
        const struct operation *operation = operation_find(METHOD_GET, path, &found, &methods);
        bool is_pages =
            operation != NULL && (operation->flags & OPERATION_LIST) && !(operation->flags & OPERATION_ROWS);
        if (operation != NULL && !is_pages)
            return path;
        while (path.len > 0 && path.base[path.len - 1] != '/')
            --path.len;
        path.len -= path.len > 0;
    }
    return path;
}

/* The version that the change is for: the one that the command line names, or the one that is there now. */
static bool add_version(struct remote_session *session, const struct command_input *input, h2o_iovec_t path,
                        struct remote_request *request)
{
    uint64_t expected = input->configuration->expected_version;
    struct remote_answer answer;
    if (expected != 0) {
        request->if_match = slice_format(session->pool, "\"%" PRIu64 "\"", expected);
        return true;
    }
    struct remote_request read = {.method = "GET", .url = remote_session_url(session, shown_at(path), SLICE(""))};
    if (!remote_session_ask(session, &read, true, &answer))
        return false;
    if (answer.etag.base == NULL)
        command_failed("the server does not tell the version of what is to be changed");
    request->if_match = answer.etag;
    return answer.etag.base != NULL;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

static const char *method_of(enum method method)
{
    return method == METHOD_POST ? "POST" : method == METHOD_PUT ? "PUT" : "DELETE";
}

/* Only what the server remembers by its Idempotency-Key may be sent twice. */
static bool is_remembered(const struct operation *operation)
{
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (operand->kind == OPERAND_ASKED)
            return true;
    }
    return false;
}

static bool change(struct remote_session *session, const struct command_input *input, const struct remote_match *match,
                   struct remote_answer *answer)
{
    char id[REQUEST_ID_BYTES];
    h2o_mem_pool_t *pool = session->pool;
    const struct operation *operation = match->operation;
    h2o_iovec_t path = remote_write_path(pool, match);
    struct remote_request request = {.method = method_of(operation->method), .media = "application/json"};
    request.url = remote_session_url(session, path, remote_write_query(pool, match, LIMIT_REMOTE_PAGE));
    if (!remote_write_body(pool, match, &request.body))
        return false;
    if ((operation->flags & OPERATION_VERSION) && !add_version(session, input, path, &request))
        return false;
    if (operation->method == METHOD_POST) {
        request_id_make(id);
        request.idempotency_key = slice_of(id);
    }
    return remote_session_ask(session, &request, is_remembered(operation), answer);
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

/* As it stands in a table: nothing for null, "t" and "f" as beside the database. */
static h2o_iovec_t cell_of(h2o_mem_pool_t *pool, const struct json_member *member)
{
    if (member == NULL || member->type == JSON_TYPE_NULL)
        return SLICE("");
    if (member->type == JSON_TYPE_BOOLEAN)
        return (h2o_iovec_t){member->value.base, 1};
    return member->type == JSON_TYPE_STRING ? json_string_text(pool, member->value) : member->value;
}

/* The columns of a list without rows, as the statement has them: "id bigint,name text". */
static void print_no_rows(h2o_mem_pool_t *pool, enum statement statement)
{
    h2o_iovec_t rest = slice_of(statement_row(statement)->columns), cells[LIMIT_REMOTE_COLUMNS_MAX];
    size_t count = 0;
    while (rest.base != NULL && count < LIMIT_REMOTE_COLUMNS_MAX) {
        h2o_iovec_t column = slice_cut(&rest, ','), name = slice_cut(&column, ' ');
        if (!slice_equal(name, SLICE("place")))
            cells[count++] = name;
    }
    print_cells(pool, cells, count, 1);
}

static enum command_exit print_table(h2o_mem_pool_t *pool, const struct remote_rows *rows)
{
    struct json_object head, row;
    if (!json_scan_nested(pool, rows->objects[0], &head) || head.count == 0)
        return command_failed("the answer has rows without members");
    h2o_iovec_t *cells = h2o_mem_alloc_pool(pool, sizeof(*cells) * head.count * (rows->count + 1)), *cell = cells;
    for (size_t i = 0; i < head.count; ++i)
        *cell++ = head.members[i].name;
    for (size_t i = 0; i < rows->count; ++i) {
        bool good = json_scan_nested(pool, rows->objects[i], &row);
        for (size_t k = 0; k < head.count; ++k)
            *cell++ = good ? cell_of(pool, json_find(&row, head.members[k].name)) : SLICE("");
    }
    print_cells(pool, cells, head.count, rows->count + 1);
    return COMMAND_DONE;
}

static enum command_exit print_secret(const struct command_input *input, const struct remote_answer *answer,
                                      h2o_iovec_t row)
{
    struct json_object object;
    if (!json_scan_nested(input->pool, row, &object))
        return command_failed("the answer cannot be read");
    h2o_iovec_t client_id = remote_text(input->pool, &object, SLICE("client_id"));
    h2o_iovec_t secret = remote_text(input->pool, &object, SLICE("secret"));
    if (!credential_check(CREDENTIAL_CLIENT_ID, client_id, NULL))
        return command_failed("the answer names no key");
    if (answer->is_repeated)
        return command_failed("the key %.*s was made, but its secret stood in an answer that was lost; hallmark key "
                              "replace makes another one",
                              SLICE_ARGS(client_id));
    if (!credential_check(CREDENTIAL_CLIENT_SECRET, secret, NULL))
        return command_failed("the answer has no secret for %.*s", SLICE_ARGS(client_id));
    h2o_iovec_t name = remote_text(input->pool, &object, SLICE("name"));
    key_show_secret(input, client_id, name.base == NULL ? SLICE("") : name, secret);
    return COMMAND_DONE;
}

static enum command_exit print_rows(const struct command_input *input, const struct operation *operation,
                                    const struct remote_rows *rows)
{
    if (!input->configuration->json && rows->count > 0)
        return print_table(input->pool, rows);
    if (input->configuration->json)
        print_objects(rows->objects, rows->count);
    else if (operation->flags & OPERATION_LIST)
        print_no_rows(input->pool, operation->statement);
    return COMMAND_DONE;
}

/* --- the command ------------------------------------------------------------------------------------------------- */

static enum command_exit show(struct remote_session *session, const struct command_input *input,
                              const struct remote_match *match)
{
    struct remote_rows rows = {.count = 0};
    h2o_iovec_t url = remote_session_url(session, remote_write_path(session->pool, match),
                                         remote_write_query(session->pool, match, LIMIT_REMOTE_PAGE));
    if (!remote_session_read(session, url, (match->operation->flags & OPERATION_LIST) != 0, &rows))
        return COMMAND_FAILED;
    return print_rows(input, match->operation, &rows);
}

static enum command_exit make(struct remote_session *session, const struct command_input *input,
                              const struct remote_match *match)
{
    unsigned flags = match->operation->flags;
    struct remote_rows rows = {.count = 0};
    struct remote_answer answer;
    if (!change(session, input, match, &answer) ||
        !remote_session_take(session, &answer, (flags & OPERATION_LIST) != 0, &rows))
        return COMMAND_FAILED;
    enum command_exit exit_code = (flags & OPERATION_SECRET) && rows.count == 1
                                      ? print_secret(input, &answer, rows.objects[0])
                                      : print_rows(input, match->operation, &rows);
    if (flags & OPERATION_SECRET)
        secret_wipe(answer.body.base, answer.body.len);
    return exit_code;
}

static enum command_exit ask(const struct command_input *input, struct remote_match *match)
{
    struct remote_session session;
    enum command_exit exit_code;
    if (remote_session_open(&session, input, &exit_code)) {
        exit_code = COMMAND_FAILED;
        if (remote_found(&session, match))
            exit_code =
                match->operation->method == METHOD_GET ? show(&session, input, match) : make(&session, input, match);
    }
    remote_session_close(&session);
    return exit_code;
}

enum command_exit remote_run(struct command_input *input)
{
    struct remote_match match = {.operation = NULL};
    h2o_iovec_t body; /* written now, so that what cannot be written is told before anything is sent */
    const struct admin_row *row =
        input->command->verb == NULL ? NULL : remote_table_find(input->command->noun, input->command->verb);
    if (row == NULL)
        return refuse(input, &match);
    if (!remote_match_read(input, row, &match))
        return COMMAND_USAGE;
    remote_match_choose(row->statement, &match);
    if (match.operation == NULL)
        return refuse(input, &match);
    if (input->configuration->expected_version != 0 && !(match.operation->flags & OPERATION_VERSION))
        return command_usage("--expected-version: %s %s changes nothing that has a version", row->noun, row->verb);
    return remote_write_body(input->pool, &match, &body) ? ask(input, &match) : COMMAND_USAGE;
}
