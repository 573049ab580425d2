/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin.h"
#include "app/command.h"
#include "app/key_command.h"
#include "app/manual_command.h"
#include "app/migrate.h"
#include "app/reseal_command.h"
#include "app/serve.h"
#include "app/signing_key_command.h"
#include "app/webhook_command.h"

#define FLAG(name, argument, help)                                                                                     \
    {                                                                                                                  \
        name, argument, PARAMETER_FLAG, false, help                                                                    \
    }
#define NEEDED(name, argument, help)                                                                                   \
    {                                                                                                                  \
        name, argument, PARAMETER_FLAG, true, help                                                                     \
    }
#define SWITCH(name, help)                                                                                             \
    {                                                                                                                  \
        name, NULL, PARAMETER_SWITCH, false, help                                                                      \
    }
#define SUBJECT(name, argument, help)                                                                                  \
    {                                                                                                                  \
        name, argument, PARAMETER_SUBJECT, true, help                                                                  \
    }

#define HOOK SUBJECT("webhook", "WEBHOOK", "its id, whk_..."), NEEDED("account", "ACCOUNT", "the account")

#define ADMIN (OPTION_DATABASE | OPTION_OUTPUT)
#define KEYS  (OPTION_DATABASE | OPTION_OUTPUT | OPTION_MASTER_KEY)
#define HOOKS (KEYS | OPTION_WEBHOOK)

static const struct command commands[] = {
    {"serve",
     NULL,
     OPTION_DATABASE | OPTION_SERVER | OPTION_MASTER_KEY,
     "take requests until SIGTERM; SIGHUP reads certificate and key again",
     {{0}},
     serve_run},
    {"migrate", NULL, OPTION_DATABASE, "bring the database to this version's schema", {{0}}, migrate_run},

    {"account", "create", ADMIN, "make an account", {NEEDED("name", "NAME", "the company's name")}, admin_run},
    {"account", "list", ADMIN, "list the accounts", {{0}}, admin_run},
    {"account", "show", ADMIN, "show an account", {SUBJECT("account", "ACCOUNT", "its id, acc_...")}, admin_run},
    {"account",
     "close",
     ADMIN,
     "close an account: its keys stop working",
     {SUBJECT("account", "ACCOUNT", "its id")},
     admin_run},
    {"account", "open", ADMIN, "open a closed account again", {SUBJECT("account", "ACCOUNT", "its id")}, admin_run},
    {"account",
     "api-on",
     ADMIN,
     "switch an account's API access on",
     {SUBJECT("account", "ACCOUNT", "its id")},
     admin_run},
    {"account",
     "api-off",
     ADMIN,
     "switch an account's API access off",
     {SUBJECT("account", "ACCOUNT", "its id")},
     admin_run},

    {"user",
     "create",
     ADMIN,
     "make a person",
     {NEEDED("email", "ADDRESS", "the e-mail address"), NEEDED("name", "NAME", "the person's name")},
     admin_run},
    {"user", "list", ADMIN, "list the people", {{0}}, admin_run},
    {"user", "show", ADMIN, "show a person", {SUBJECT("email", "ADDRESS", "the e-mail address")}, admin_run},
    {"user",
     "disable",
     ADMIN,
     "disable a person: the keys they hold stop working",
     {SUBJECT("email", "ADDRESS", "the e-mail address")},
     admin_run},
    {"user", "enable", ADMIN, "enable a person again", {SUBJECT("email", "ADDRESS", "the e-mail address")}, admin_run},

    {"member",
     "set",
     ADMIN,
     "make a person a member of an account, or change role and permissions",
     {NEEDED("account", "ACCOUNT", "the account"), NEEDED("user", "USER", "the person's id, usr_..."),
      FLAG("role", "ROLE", "owner, admin, auditor or member"),
      FLAG("permissions", "SCOPES", "all that they may, such as \"customers:read customers:write\"")},
     admin_run},
    {"member",
     "end",
     ADMIN,
     "end a membership: the keys they hold there stop working",
     {NEEDED("account", "ACCOUNT", "the account"), NEEDED("user", "USER", "the person's id")},
     admin_run},
    {"member",
     "list",
     ADMIN,
     "list the members of an account",
     {NEEDED("account", "ACCOUNT", "the account")},
     admin_run},

    {"application",
     "create",
     ADMIN,
     "make an application",
     {NEEDED("name", "NAME", "its name, as the history will show it"), FLAG("maker", "NAME", "who makes it"),
      FLAG("description", "TEXT", "what it does"), FLAG("account", "ACCOUNT", "known to this account only"),
      FLAG("scopes", "SCOPES", "what it asks for")},
     admin_run},
    {"application", "list", ADMIN, "list the applications", {{0}}, admin_run},
    {"application", "show", ADMIN, "show an application", {SUBJECT("name", "NAME", "its name")}, admin_run},
    {"application",
     "rename",
     ADMIN,
     "rename an application; history keeps the name it had",
     {SUBJECT("application", "APPLICATION", "its id, app_..."), NEEDED("name", "NAME", "the new name")},
     admin_run},
    {"application",
     "disable",
     ADMIN,
     "disable an application: all its keys stop working",
     {SUBJECT("application", "APPLICATION", "its id")},
     admin_run},
    {"application",
     "enable",
     ADMIN,
     "enable an application again",
     {SUBJECT("application", "APPLICATION", "its id")},
     admin_run},

    {"key",
     "create",
     ADMIN,
     "make a key for an application; its secret is shown once",
     {NEEDED("account", "ACCOUNT", "the account"), NEEDED("application", "APPLICATION", "the application's id"),
      NEEDED("name", "NAME", "what the key is called"),
      NEEDED("holder", "USER", "the member it hangs on, whose rights bound it"),
      NEEDED("scopes", "SCOPES", "what it may"), FLAG("description", "TEXT", "what it is for"),
      FLAG("not-before", "TIME", "when it begins to work, such as 2026-12-01T00:00:00Z"),
      FLAG("expires", "TIME", "when it ends")},
     key_create_run},
    {"key", "list", ADMIN, "list the keys of an account", {NEEDED("account", "ACCOUNT", "the account")}, admin_run},
    {"key", "show", ADMIN, "show a key", {SUBJECT("key", "KEY", "its client id, hmk_...")}, admin_run},
    {"key",
     "replace",
     ADMIN,
     "make a new secret for a key; it is shown once",
     {SUBJECT("key", "KEY", "its client id"), FLAG("old-until", "TIME", "when the old secret ends; without it, now")},
     key_replace_run},
    {"key",
     "disable",
     ADMIN,
     "disable a key: its tokens are refused at once",
     {SUBJECT("key", "KEY", "its client id")},
     admin_run},
    {"key",
     "enable",
     ADMIN,
     "enable a key again; old tokens stay refused",
     {SUBJECT("key", "KEY", "its client id")},
     admin_run},
    {"key",
     "delete",
     ADMIN,
     "delete a key for ever; history keeps its name",
     {SUBJECT("key", "KEY", "its client id")},
     admin_run},

    {"api",
     "create",
     ADMIN,
     "make an api over the built-in store",
     {NEEDED("name", "NAME", "a lower-case word"),
      NEEDED("prefix", "PATH", "the path under which it lies, such as /api2/public"),
      NEEDED("audience", "URL", "the resource that its tokens are for"),
      FLAG("token-path", "PATH", "a token path beside /oauth2/token"),
      FLAG("algorithm", "ALGORITHM", "ES256 (default), RS256, PS256 or EdDSA"),
      FLAG("token-seconds", "N", "lifetime of its tokens; default 600")},
     admin_run},
    {"api", "list", ADMIN, "list the apis", {{0}}, admin_run},
    {"api", "show", ADMIN, "show an api", {SUBJECT("name", "NAME", "its name")}, admin_run},

    {"collection",
     "create",
     ADMIN,
     "make a collection, and let an api offer it",
     {NEEDED("api", "API", "the api's id, api_..."),
      NEEDED("name", "NAME", "one word for the whole deployment; its scopes are NAME:read and NAME:write"),
      FLAG("singular", "NAME", "what one record is called"),
      FLAG("path", "SEGMENT", "the path under the prefix; default the name"),
      FLAG("versions", "WORDS", "version segments under which it is offered too, such as \"v1.1 v1.2\""),
      FLAG("methods", "WORDS", "default \"GET POST PUT DELETE\""),
      FLAG("required", "JSON", "members that a record must have, with their types: {\"Name\":\"string\"}")},
     admin_run},
    {"collection", "list", ADMIN, "list the collections", {{0}}, admin_run},
    {"collection", "show", ADMIN, "show a collection", {SUBJECT("name", "NAME", "its name")}, admin_run},

    {"signing-key", "list", ADMIN, "list the signing keys", {{0}}, admin_run},
    {"signing-key",
     "rotate",
     KEYS,
     "publish the next key, or let it sign if it was published for a day",
     {FLAG("algorithm", "ALGORITHM", "default ES256"),
      SWITCH("now", "it signs at once, though validators may not have seen it yet")},
     signing_key_rotate_run},
    {"signing-key",
     "withdraw",
     KEYS,
     "after a compromise: refuse what a key signed, at once; another takes its place",
     {SUBJECT("kid", "KID", "the key's id")},
     signing_key_withdraw_run},
    {"signing-key",
     "reseal",
     KEYS,
     "exchange the master key: seal signing keys and webhook secrets anew; then start the nodes with the new one",
     {{0}},
     reseal_run},

    {"webhook",
     "create",
     HOOKS,
     "tell a receiver of changes; what proves who sends is shown once, and a ping is sent",
     {NEEDED("account", "ACCOUNT", "the account"), NEEDED("name", "NAME", "what it is called"),
      NEEDED("url", "URL", "where the receiver listens, https://..."),
      FLAG("events", "WORDS", "default \"created updated deleted\""),
      FLAG("collections", "NAMES", "such as \"customers invoices\"; default all"),
      FLAG("signing", "KIND", "hmac (default) or ed25519"),
      SWITCH("documents", "events carry the record; without it the receiver reads it with a right of his own")},
     webhook_create_run},
    {"webhook",
     "list",
     ADMIN,
     "list the webhooks of an account",
     {NEEDED("account", "ACCOUNT", "the account")},
     admin_run},
    {"webhook", "show", ADMIN, "show a webhook", {HOOK}, admin_run},
    {"webhook", "disable", ADMIN, "switch a webhook off; what waits stays", {HOOK}, admin_run},
    {"webhook", "enable", ADMIN, "switch a webhook on again", {HOOK}, admin_run},
    {"webhook",
     "rotate",
     KEYS,
     "make a new secret for a webhook; for a while both sign",
     {HOOK, FLAG("old-until", "TIME", "when the old one ends; default in a day")},
     webhook_rotate_run},
    {"webhook", "test", ADMIN, "send a test event", {HOOK}, admin_run},
    {"webhook",
     "deliveries",
     ADMIN,
     "show the latest attempts, with what was answered and when the next one is",
     {HOOK, FLAG("event", "EVENT", "of this event only, evt_..."), FLAG("most", "N", "default 100")},
     admin_run},
    {"webhook",
     "redeliver",
     ADMIN,
     "send again: one event, or all since a time; they come out of the history",
     {HOOK, FLAG("event", "EVENT", "the event, evt_..."), FLAG("from", "TIME", "such as 2026-12-01T00:00:00Z"),
      FLAG("to", "TIME", "default now")},
     admin_run},
    {"webhook", "delete", ADMIN, "delete a webhook with all that waits for it", {HOOK}, admin_run},
    {"webhook",
     "all-off",
     ADMIN,
     "switch all webhooks of an account off",
     {SUBJECT("account", "ACCOUNT", "its id")},
     admin_run},
    {"webhook", "all-on", ADMIN, "switch them on again", {SUBJECT("account", "ACCOUNT", "its id")}, admin_run},

    {"manual", NULL, 0, "print the manual page", {{0}}, manual_page_run},
    {"completion",
     NULL,
     0,
     "print completions for a shell",
     {SUBJECT("shell", "SHELL", "bash, zsh or fish")},
     manual_completion_run},
};

size_t command_count(void)
{
    return sizeof(commands) / sizeof(commands[0]);
}

const struct command *command_at(size_t index)
{
    return &commands[index];
}

const struct command *command_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < command_count(); ++i) {
        const struct command *command = &commands[i];
        bool same_verb =
            verb == NULL ? command->verb == NULL : command->verb != NULL && strcmp(command->verb, verb) == 0;
        if (same_verb && strcmp(command->noun, noun) == 0)
            return command;
    }
    return NULL;
}
