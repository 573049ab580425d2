/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin.h"

#include "base/redirect_uri.h"
#include "base/scope.h"
#include "base/text.h"
#include "webhook/target.h"

#include <assert.h>
#include <inttypes.h>

/* One function a kind of source; value is NULL only for those that say what stands for it then. */
typedef bool add_source(const struct command_input *input, const struct admin_source *source, const char *value,
                        struct db_parameters *parameters);

static bool add_text(const struct command_input *input, const struct admin_source *source, const char *value,
                     struct db_parameters *parameters)
{
    (void)input, (void)source;
    db_add_text(parameters, slice_of(value));
    return true;
}

static bool add_new_id(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    (void)input, (void)value;
    db_add_i64(parameters, ident_random(source->ident));
    return true;
}

static bool add_ident(const struct command_input *input, const struct admin_source *source, const char *value,
                      struct db_parameters *parameters)
{
    int64_t id;
    (void)input;
    if (!ident_parse(source->ident, slice_of(value), &id)) {
        command_usage("--%s: \"%s\" is no such id; the list command shows them", source->name, value);
        return false;
    }
    db_add_i64(parameters, id);
    return true;
}

static bool add_scopes(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    struct scope_set scopes;
    if (scope_set_parse(input->pool, slice_of(value == NULL ? "" : value), &scopes) != ERR_NONE) {
        command_usage("--%s: \"%s\" is no list of scopes; write them with one space between, such as \"customers:read "
                      "customers:write\"",
                      source->name, value);
        return false;
    }
    db_add_text(parameters, text_braced_words(input->pool, scopes.tokens, scopes.count));
    return true;
}

static bool add_words(const struct command_input *input, const struct admin_source *source, const char *value,
                      struct db_parameters *parameters)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    h2o_iovec_t words[LIMIT_SCOPES_MAX], rest = slice_of(value);
    size_t count = 0;
    while (rest.base != NULL) {
        h2o_iovec_t word = slice_cut(&rest, ' ');
        if (word.len == 0)
            continue;
        if (count == LIMIT_SCOPES_MAX || strspn(word.base, letters) < word.len) {
            command_usage("--%s: \"%s\" is no list of words with one space between", source->name, value);
            return false;
        }
        words[count++] = word;
    }
    db_add_text(parameters, text_braced_words(input->pool, words, count));
    return true;
}

/* What passes the check has neither quotes nor backslashes. */
static bool add_redirects(const struct command_input *input, const struct admin_source *source, const char *value,
                          struct db_parameters *parameters)
{
    h2o_iovec_t words[LIMIT_REDIRECTS_MAX], rest = slice_of(value);
    size_t count = 0;
    while (rest.base != NULL) {
        h2o_iovec_t uri = slice_cut(&rest, ' ');
        const char *fault = redirect_uri_fault(uri);
        if (uri.len == 0)
            continue;
        if (fault == NULL && count == LIMIT_REDIRECTS_MAX)
            fault = "there are too many of them";
        if (fault != NULL) {
            command_usage("--%s: \"%.*s\" cannot be registered: %s", source->name, SLICE_ARGS(uri), fault);
            return false;
        }
        words[count++] = uri;
    }
    db_add_text(parameters, text_braced_words(input->pool, words, count));
    return true;
}

static bool add_target(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    const struct settings *settings = &input->configuration->settings;
    struct target_rules rules = {settings->webhook_allow_private, settings->webhook_allow_http};
    const char *fault = value[0] == '\0' ? NULL : target_url_fault(slice_of(value), &rules);
    if (fault != NULL) {
        command_usage("--%s: \"%s\" will not do: %s", source->name, value, fault);
        return false;
    }
    db_add_text(parameters, slice_of(value));
    return true;
}

static bool add_invite(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    if (input->configuration->settings.smtp_url == NULL) {
        command_usage("--%s: no mail is sent, since no relay is set (HALLMARK_SMTP_URL, or --smtp-url as for the "
                      "server); make a link with: hallmark user password-link",
                      source->name);
        return false;
    }
    db_add_text(parameters, slice_of(value));
    return true;
}

static bool add_number(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    uint64_t number;
    (void)input;
    if (!slice_to_u64(slice_of(value), INT64_MAX, &number)) {
        command_usage("--%s: \"%s\" is no number", source->name, value);
        return false;
    }
    db_add_i64(parameters, (int64_t)number);
    return true;
}

static bool add_key(const struct command_input *input, const struct admin_source *source, const char *value,
                    struct db_parameters *parameters)
{
    int64_t account_id;
    (void)input;
    if (!credential_check(CREDENTIAL_CLIENT_ID, slice_of(value), &account_id)) {
        command_usage("%s: \"%s\" is no client id (it is mistyped: its checksum does not fit)", source->name, value);
        return false;
    }
    db_add_i64(parameters, account_id);
    db_add_text(parameters, slice_of(value));
    return true;
}

static bool add_idents(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    struct text numbers;
    h2o_iovec_t words;
    (void)value;
    if (!admin_idents(input, source, &words))
        return false;
    text_start(&numbers, input->pool, words.len + 2);
    while (words.base != NULL) {
        int64_t id = 0;
        if (!ident_parse(source->ident, slice_cut(&words, ' '), &id))
            return false;
        text_add_format(&numbers, "%c%" PRId64, numbers.len == 0 ? '{' : ',', id);
    }
    text_add_char(&numbers, '}');
    db_add_text(parameters, text_slice(&numbers));
    return true;
}

static bool add_caller(const struct command_input *input, const struct admin_source *source, const char *value,
                       struct db_parameters *parameters)
{
    if (value == NULL) {
        command_usage("--%s is missing: who asks?", source->name);
        return false;
    }
    return add_ident(input, source, value, parameters);
}

static const struct {
    add_source *add;
    bool is_said, takes_none; /* `name` is a word of the command line; it need not be given */
} adds[SOURCE__MAX] = {
    [SOURCE_NEW_ID] = {add_new_id, false, true}, [SOURCE_IDENT] = {add_ident, true, false},
    [SOURCE_CALLER] = {add_caller, true, true},  [SOURCE_TEXT] = {add_text, true, false},
    [SOURCE_NUMBER] = {add_number, true, false}, [SOURCE_KEY] = {add_key, true, false},
    [SOURCE_SCOPES] = {add_scopes, true, true},  [SOURCE_SCOPES_OR_NULL] = {add_scopes, true, false},
    [SOURCE_WORDS] = {add_words, true, true},    [SOURCE_REDIRECTS] = {add_redirects, true, false},
    [SOURCE_TARGET] = {add_target, true, false}, [SOURCE_INVITE] = {add_invite, true, false},
    [SOURCE_IDENTS] = {add_idents, true, true},  [SOURCE_LITERAL] = {add_text, false, false},
};

bool admin_add(const struct command_input *input, const struct admin_source *source, struct db_parameters *parameters)
{
    assert(adds[source->kind].add != NULL);
    const char *value = adds[source->kind].is_said ? command_value(input, source->name) : source->name;
    if (value != NULL && !slice_is_utf8(slice_of(value))) {
        command_usage("--%s is not UTF-8", source->name);
        return false;
    }
    if (value != NULL || adds[source->kind].takes_none)
        return adds[source->kind].add(input, source, value, parameters);
    db_add_null(parameters);
    return true;
}
