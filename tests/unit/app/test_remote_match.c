/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_match.h"
#include "app/remote_table.h"
#include "app/remote_write.h"

#include "base/json.h"
#include "base/text.h"
#include "check.h"

static h2o_mem_pool_t pool;
static char account[IDENT_BYTES_MAX], other_account[IDENT_BYTES_MAX], client_id[CREDENTIAL_BYTES_MAX];

static const char *ident_of(enum ident_kind kind)
{
    char text[IDENT_BYTES_MAX];
    return slice_copy(&pool, (h2o_iovec_t){text, ident_text(kind, 7, text)}).base;
}

/* Something that each kind of word can be. */
static const char *sample_of(const struct command_parameter *parameter)
{
    static const struct {
        const char *argument;
        enum ident_kind kind;
    } idents[] = {{"ACCOUNT", IDENT_ACCOUNT},
                  {"ACCOUNTS", IDENT_ACCOUNT},
                  {"USER", IDENT_USER},
                  {"TEMPLATE", IDENT_TEMPLATE},
                  {"APPLICATION", IDENT_APPLICATION},
                  {"API", IDENT_API},
                  {"WEBHOOK", IDENT_WEBHOOK},
                  {"EVENT", IDENT_EVENT},
                  {"GRANT", IDENT_GRANT}};
    static const struct {
        const char *argument, *text;
    } texts[] = {{"N", "7"},
                 {"ID", "7"},
                 {"SCOPES", "customers:read"},
                 {"BOOLEAN", "true"},
                 {"WORDS", "a b"},
                 {"JSON", "{}"},
                 {"TIME", "2026-12-01T00:00:00Z"},
                 {"URIS", "https://a.example/"},
                 {"URL", "https://a.example/"}};
    if (parameter->kind == PARAMETER_SWITCH)
        return "true";
    if (strcmp(parameter->argument, "KEY") == 0)
        return client_id;
    for (size_t i = 0; i < COUNT_OF(idents); ++i) {
        if (strcmp(idents[i].argument, parameter->argument) == 0)
            return ident_of(idents[i].kind);
    }
    for (size_t i = 0; i < COUNT_OF(texts); ++i) {
        if (strcmp(texts[i].argument, parameter->argument) == 0)
            return texts[i].text;
    }
    return "Word";
}

static size_t parameters_of(const struct command *command)
{
    size_t count = 0;
    while (count < COMMAND_PARAMETERS_MAX && command->parameters[count].name != NULL)
        ++count;
    return count;
}

static bool is_exempt(const struct command *command, const char *parameter)
{
    static const struct {
        const char *noun, *verb, *parameter;
    } exempt[] = {
        {"key", "confirm", "by"},   /* over HTTP whoever asks confirms */
        {"link", "create", "file"}, /* another way to write --accounts */
    };
    for (size_t i = 0; i < COUNT_OF(exempt); ++i) {
        if (strcmp(exempt[i].noun, command->noun) == 0 && strcmp(exempt[i].verb, command->verb) == 0 &&
            strcmp(exempt[i].parameter, parameter) == 0)
            return true;
    }
    return false;
}

/* The command with the parameters whose bits are set. */
static struct command_input input_of(const struct command *command, unsigned given)
{
    static struct configuration configuration;
    struct command_input input = {&configuration, command, {NULL}, &pool};
    for (size_t i = 0; i < parameters_of(command); ++i) {
        if ((given & (1u << i)) != 0 && strcmp(command->parameters[i].name, "file") != 0)
            input.values[i] = sample_of(&command->parameters[i]);
    }
    return input;
}

static void read_or_fail(const char *name, const struct command_input *input, const struct admin_row *row,
                         struct remote_match *match)
{
    check(name, remote_match_read(input, row, match));
    check(name, match->count == statement_row(row->statement)->parameters);
    for (int i = 0; i < match->count; ++i) { /* as if it had been found */
        const struct admin_source *source = match->values[i].source;
        if (source != NULL && source->kind == SOURCE_FOUND)
            match->values[i].text = ident_of(source->ident);
    }
    remote_match_choose(row->statement, match);
}

static bool knows(const struct operation *operation, h2o_iovec_t member)
{
    for (const struct operand *operand = operation->operands; operand->kind != OPERAND_END; ++operand) {
        if (remote_where(operand->kind) == REMOTE_BODY && slice_equal(slice_of(operand->name), member))
            return true;
    }
    return false;
}

/* What is written is what the server reads: the path leads to the operation, and it knows every member. */
static void check_request(const char *name, const struct remote_match *match)
{
    struct operation_path path;
    struct json_object object;
    struct json_fault fault;
    unsigned methods;
    h2o_iovec_t body, written = remote_write_path(&pool, match);
    check(name, operation_find(match->operation->method, written, &path, &methods) == match->operation);
    check(name, remote_write_body(&pool, match, &body));
    bool has_body = match->operation->method == METHOD_POST || match->operation->method == METHOD_PUT;
    check(name, (body.base != NULL) == has_body);
    if (!has_body)
        return;
    check(name, json_scan_object(&pool, body, &object, &fault));
    for (size_t i = 0; i < object.count; ++i)
        check(name, knows(match->operation, object.members[i].name));
}

/* Which of its parameters the command can say over HTTP; 0: it is not there. */
static unsigned reach_of(const char *name, const struct command *command, const struct admin_row *row, bool *found)
{
    size_t count = parameters_of(command);
    unsigned reached = 0, required = 0;
    *found = false;
    for (size_t i = 0; i < count; ++i) {
        bool needed = command->parameters[i].required || strcmp(command->parameters[i].name, "accounts") == 0;
        required |= needed ? 1u << i : 0;
    }
    for (unsigned given = 0; given < 1u << count; ++given) {
        struct remote_match match;
        if ((given & required) != required)
            continue;
        struct command_input input = input_of(command, given);
        read_or_fail(name, &input, row, &match);
        if (match.operation == NULL)
            continue;
        *found = true;
        reached |= given;
        check_request(name, &match);
    }
    return reached;
}

/* Nothing is left over: a command is a request, or the table says why it cannot be one. */
static void test_every_command_is_a_request_or_says_why_not(void **state)
{
    (void)state;
    size_t requests = 0;
    for (size_t i = 0; i < command_count(); ++i) {
        const struct command *command = command_at(i);
        char name[64];
        bool found = false;
        unsigned reached = 0;
        if ((command->groups & (OPTION_REMOTE | OPTION_BESIDE)) == 0)
            continue;
        snprintf(name, sizeof(name), "%s %s", command->noun, command->verb);
        const struct admin_row *row = remote_table_find(command->noun, command->verb);
        if (row != NULL)
            reached = reach_of(name, command, row, &found);
        if (!found) {
            check(name, remote_table_beside(command->noun, command->verb) != NULL);
            continue;
        }
        ++requests;
        check(name, (command->groups & OPTION_REMOTE) != 0);
        for (size_t k = 0; k < parameters_of(command); ++k) {
            const char *parameter = command->parameters[k].name;
            snprintf(name, sizeof(name), "%s %s --%s", command->noun, command->verb, parameter);
            check(name, (reached & (1u << k)) != 0 || is_exempt(command, parameter));
        }
    }
    assert_true(requests > 60);
}

/* The server's own commands work where the server is, and know nothing of another one. */
static void test_serving_and_migrating_know_no_url(void **state)
{
    (void)state;
    static const char *const nouns[] = {"serve", "migrate", "manual", "completion"};
    for (size_t i = 0; i < COUNT_OF(nouns); ++i)
        check(nouns[i], option_find("url", command_find(nouns[i], NULL)->groups) == NULL);
}

struct given {
    const char *name, *value;
};

static void set(struct command_input *input, struct given given)
{
    for (size_t i = 0; i < parameters_of(input->command); ++i) {
        if (strcmp(input->command->parameters[i].name, given.name) == 0)
            input->values[i] = given.value;
    }
}

static struct remote_match match_of(const char *noun, const char *verb, const struct given *given, size_t count)
{
    static struct configuration configuration;
    struct command_input input = {&configuration, command_find(noun, verb), {NULL}, &pool};
    struct remote_match match;
    for (size_t i = 0; i < count; ++i)
        set(&input, given[i]);
    read_or_fail(noun, &input, remote_table_find(noun, verb), &match);
    return match;
}

static void check_written(const char *noun, const char *verb, const struct given *given, size_t count,
                          enum method method, const char *path, const char *query, const char *body)
{
    struct remote_match match = match_of(noun, verb, given, count);
    h2o_iovec_t written;
    check(verb, match.operation != NULL && match.operation->method == method);
    check_slice(verb, remote_write_path(&pool, &match), slice_of(path));
    check_slice(verb, remote_write_query(&pool, &match, 5), slice_of(query));
    check(verb, remote_write_body(&pool, &match, &written));
    check_slice(verb, written, slice_of(body == NULL ? "" : body));
}
#define WRITTEN(noun, verb, method, path, query, body, ...)                                                            \
    check_written(noun, verb, (const struct given[]){__VA_ARGS__}, COUNT_OF(((const struct given[]){__VA_ARGS__})),    \
                  method, path, query, body)

/* '@' stands for the first text, '#' for the second. */
static const char *filled(const char *form, const char *first, const char *second)
{
    struct text out;
    text_start(&out, &pool, 256);
    for (; *form != '\0'; ++form)
        text_add(&out, *form == '@'   ? slice_of(first)
                       : *form == '#' ? slice_of(second)
                                      : (h2o_iovec_t){(char *)form, 1});
    return slice_copy(&pool, text_slice(&out)).base;
}

static void test_literals_choose_among_operations(void **state)
{
    (void)state;
    const char *key = filled("accounts/@/keys/#", account, client_id), *user = "usr_00000000007";
    WRITTEN("account", "close", METHOD_PUT, filled("accounts/@/state#", account, ""), "", "{\"state\":\"closed\"}",
            {"account", account});
    WRITTEN("account", "api-off", METHOD_PUT, filled("accounts/@#", account, ""), "", "{\"api_access\":false}",
            {"account", account});
    WRITTEN("key", "disable", METHOD_PUT, key, "", "{\"state\":\"disabled\"}", {"key", client_id});
    WRITTEN("key", "delete", METHOD_DELETE, key, "", NULL, {"key", client_id});
    WRITTEN("member", "end", METHOD_DELETE, filled("accounts/@/members/#", account, user), "?keys=end", NULL,
            {"account", account}, {"user", user});
    WRITTEN("office", "deny", METHOD_PUT, filled("accounts/@/offices/#", account, other_account), "",
            "{\"allowed\":false}", {"account", account}, {"office", other_account});
}

static void test_values_choose_among_operations(void **state)
{
    (void)state;
    const char *both = filled("@ #", account, other_account), *template = "tpl_00000000007";
    WRITTEN("link", "create", METHOD_POST, filled("accounts/@/links#", other_account, ""), "",
            filled("{\"key\":\"@\",\"template_id\":\"#\"}", client_id, template), {"key", client_id},
            {"accounts", other_account}, {"template", template});
    WRITTEN("link", "create", METHOD_POST, "links", "",
            filled("{\"key\":\"@\",\"accounts\":[#],\"template_id\":\"tpl_00000000007\"}", client_id,
                   filled("\"@\",\"#\"", account, other_account)),
            {"key", client_id}, {"accounts", both}, {"template", template});
    WRITTEN("application", "create", METHOD_POST, "applications", "", "{\"name\":\"A\"}", {"name", "A"});
    WRITTEN("application", "create", METHOD_POST, filled("accounts/@/applications#", account, ""), "",
            "{\"name\":\"A\"}", {"name", "A"}, {"account", account});
    WRITTEN("application", "list", METHOD_GET, "applications", "?page_size=5", NULL, {"account", NULL});
    WRITTEN("application", "disable", METHOD_PUT, "applications/app_00000000007", "", "{\"state\":\"disabled\"}",
            {"application", "app_00000000007"});
}

static void test_bounds_are_taken_away_by_null(void **state)
{
    (void)state;
    WRITTEN("key", "change", METHOD_PUT, filled("accounts/@/keys/#", account, client_id), "",
            "{\"not_before\":null,\"expires_at\":null}", {"key", client_id}, {"not-before", "-infinity"},
            {"expires", "infinity"});
}

/* What people write reaches the place that is meant for it, and no other. */
static void test_hostile_texts_stay_texts(void **state)
{
    (void)state;
    WRITTEN("collection", "show", METHOD_GET, "collections/..%2Faccounts%3Fa%23%25", "", NULL,
            {"name", "../accounts?a#%"});
    WRITTEN("application", "create", METHOD_POST, "applications", "",
            "{\"name\":\"a\\\",\\\"state\\\":\\\"x\",\"maker\":\"Zo\xc3\xab \xf0\x9f\x92\x99\\n\"}",
            {"name", "a\",\"state\":\"x"}, {"maker", "Zo\xc3\xab \xf0\x9f\x92\x99\n"});
    WRITTEN("history", "between", METHOD_GET, filled("accounts/@/as-of/record#", account, ""),
            "?collection=a%26record%3D9&record=7&from=2026-01-01T00%3A00%3A00%2B01%3A00&to=b", NULL,
            {"account", account}, {"collection", "a&record=9"}, {"record", "7"}, {"from", "2026-01-01T00:00:00+01:00"},
            {"to", "b"});
}

static void test_what_does_not_fit_names_the_word(void **state)
{
    (void)state;
    struct remote_match match =
        match_of("key", "confirm", (struct given[]){{"key", client_id}, {"by", "usr_00000000007"}}, 2);
    assert_null(match.operation);
    assert_string_equal(match.misfit, "by");
    assert_true(match.misfit_given);
    match = match_of("template", "create", (struct given[]){{"name", "A"}, {"scopes", "a:read"}}, 2);
    assert_null(match.operation);
    assert_string_equal(match.misfit, "account");
    assert_false(match.misfit_given);
}

static void test_what_is_no_value_is_refused(void **state)
{
    (void)state;
    h2o_iovec_t body;
    struct remote_match match =
        match_of("account", "rules", (struct given[]){{"account", account}, {"confirm-wide", "perhaps"}}, 2);
    assert_false(remote_write_body(&pool, &match, &body));
    match = match_of("collection", "create",
                     (struct given[]){{"api", "api_00000000007"}, {"name", "a"}, {"required", "[1]"}}, 3);
    assert_false(remote_write_body(&pool, &match, &body));
}

static int set_up(void **state)
{
    (void)state;
    secret_start();
    h2o_mem_init_pool(&pool);
    ident_text(IDENT_ACCOUNT, 7, account);
    ident_text(IDENT_ACCOUNT, 8, other_account);
    credential_make(CREDENTIAL_CLIENT_ID, 7, client_id);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    h2o_mem_clear_pool(&pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_is_a_request_or_says_why_not),
        cmocka_unit_test(test_serving_and_migrating_know_no_url),
        cmocka_unit_test(test_literals_choose_among_operations),
        cmocka_unit_test(test_values_choose_among_operations),
        cmocka_unit_test(test_bounds_are_taken_away_by_null),
        cmocka_unit_test(test_hostile_texts_stay_texts),
        cmocka_unit_test(test_what_does_not_fit_names_the_word),
        cmocka_unit_test(test_what_is_no_value_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
