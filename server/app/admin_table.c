/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin_table.h"

#define NEW(kind)                                                                                                      \
    {                                                                                                                  \
        SOURCE_NEW_ID, NULL, kind                                                                                      \
    }
#define ID(name, kind)                                                                                                 \
    {                                                                                                                  \
        SOURCE_IDENT, name, kind                                                                                       \
    }
#define TEXT(name)                                                                                                     \
    {                                                                                                                  \
        SOURCE_TEXT, name, IDENT__MAX                                                                                  \
    }
#define NUMBER(name)                                                                                                   \
    {                                                                                                                  \
        SOURCE_NUMBER, name, IDENT__MAX                                                                                \
    }
#define SCOPES(name)                                                                                                   \
    {                                                                                                                  \
        SOURCE_SCOPES, name, IDENT__MAX                                                                                \
    }
#define WORDS(name)                                                                                                    \
    {                                                                                                                  \
        SOURCE_WORDS, name, IDENT__MAX                                                                                 \
    }
#define LITERAL(text)                                                                                                  \
    {                                                                                                                  \
        SOURCE_LITERAL, text, IDENT__MAX                                                                               \
    }
#define HOOK    ID("account", IDENT_ACCOUNT), ID("webhook", IDENT_WEBHOOK)
#define CHANGES true
#define READS   false
#define ONE     true
#define MANY    false

static const struct admin_row rows[] = {
    {"account", "create", STATEMENT_ACCOUNT_CREATE, IDENT_ACCOUNT, CHANGES, ONE, {NEW(IDENT_ACCOUNT), TEXT("name")}},
    {"account", "list", STATEMENT_ACCOUNT_LIST, IDENT_ACCOUNT, READS, MANY, {{0}}},
    {"account", "show", STATEMENT_ACCOUNT_SHOW, IDENT_ACCOUNT, READS, ONE, {ID("account", IDENT_ACCOUNT)}},
    {"account",
     "close",
     STATEMENT_ACCOUNT_SET,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL("closed"), LITERAL(NULL)}},
    {"account",
     "open",
     STATEMENT_ACCOUNT_SET,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL("active"), LITERAL(NULL)}},
    {"account",
     "api-on",
     STATEMENT_ACCOUNT_SET,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL(NULL), LITERAL("true")}},
    {"account",
     "api-off",
     STATEMENT_ACCOUNT_SET,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL(NULL), LITERAL("false")}},

    {"user", "create", STATEMENT_USER_CREATE, IDENT_USER, CHANGES, ONE, {NEW(IDENT_USER), TEXT("email"), TEXT("name")}},
    {"user", "list", STATEMENT_USER_LIST, IDENT_USER, READS, MANY, {{0}}},
    {"user", "show", STATEMENT_USER_SHOW, IDENT_USER, READS, ONE, {TEXT("email")}},
    {"user", "disable", STATEMENT_USER_SET_STATE, IDENT_USER, CHANGES, ONE, {TEXT("email"), LITERAL("disabled")}},
    {"user", "enable", STATEMENT_USER_SET_STATE, IDENT_USER, CHANGES, ONE, {TEXT("email"), LITERAL("active")}},

    {"member",
     "set",
     STATEMENT_MEMBER_SET,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT),
      ID("user", IDENT_USER),
      TEXT("role"),
      {SOURCE_SCOPES_OR_NULL, "permissions", IDENT__MAX},
      LITERAL("active")}},
    {"member",
     "end",
     STATEMENT_MEMBER_SET,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), ID("user", IDENT_USER), LITERAL(NULL), LITERAL(NULL), LITERAL("left")}},
    {"member", "list", STATEMENT_MEMBER_LIST, IDENT__MAX, READS, MANY, {ID("account", IDENT_ACCOUNT)}},

    {"application",
     "create",
     STATEMENT_APPLICATION_CREATE,
     IDENT_APPLICATION,
     CHANGES,
     ONE,
     {NEW(IDENT_APPLICATION), ID("account", IDENT_ACCOUNT), TEXT("name"), TEXT("maker"), TEXT("description"),
      SCOPES("scopes")}},
    {"application", "list", STATEMENT_APPLICATION_LIST, IDENT_APPLICATION, READS, MANY, {{0}}},
    {"application", "show", STATEMENT_APPLICATION_SHOW, IDENT_APPLICATION, READS, ONE, {TEXT("name")}},
    {"application",
     "rename",
     STATEMENT_APPLICATION_SET,
     IDENT_APPLICATION,
     CHANGES,
     ONE,
     {ID("application", IDENT_APPLICATION), LITERAL(NULL), TEXT("name")}},
    {"application",
     "disable",
     STATEMENT_APPLICATION_SET,
     IDENT_APPLICATION,
     CHANGES,
     ONE,
     {ID("application", IDENT_APPLICATION), LITERAL("disabled"), LITERAL(NULL)}},
    {"application",
     "enable",
     STATEMENT_APPLICATION_SET,
     IDENT_APPLICATION,
     CHANGES,
     ONE,
     {ID("application", IDENT_APPLICATION), LITERAL("active"), LITERAL(NULL)}},

    {"key", "list", STATEMENT_CLIENT_LIST, IDENT__MAX, READS, MANY, {ID("account", IDENT_ACCOUNT)}},
    {"key", "show", STATEMENT_CLIENT_SHOW, IDENT__MAX, READS, ONE, {{SOURCE_KEY, "key", IDENT__MAX}}},
    {"key",
     "disable",
     STATEMENT_CLIENT_SET_STATE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {{SOURCE_KEY, "key", IDENT__MAX}, LITERAL("disabled")}},
    {"key",
     "enable",
     STATEMENT_CLIENT_SET_STATE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {{SOURCE_KEY, "key", IDENT__MAX}, LITERAL("active")}},
    {"key",
     "delete",
     STATEMENT_CLIENT_SET_STATE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {{SOURCE_KEY, "key", IDENT__MAX}, LITERAL("deleted")}},

    {"template",
     "create",
     STATEMENT_TEMPLATE_CREATE,
     IDENT_TEMPLATE,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), NEW(IDENT_TEMPLATE), TEXT("name"), SCOPES("scopes")}},
    {"template", "list", STATEMENT_TEMPLATE_LIST, IDENT_TEMPLATE, READS, MANY, {ID("account", IDENT_ACCOUNT)}},
    {"template",
     "show",
     STATEMENT_TEMPLATE_SHOW,
     IDENT_TEMPLATE,
     READS,
     ONE,
     {ID("account", IDENT_ACCOUNT), ID("template", IDENT_TEMPLATE)}},
    {"template",
     "revise",
     STATEMENT_TEMPLATE_REVISE,
     IDENT_TEMPLATE,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT),
      ID("template", IDENT_TEMPLATE),
      TEXT("name"),
      {SOURCE_SCOPES_OR_NULL, "scopes", IDENT__MAX}}},

    {"link", "list", STATEMENT_LINK_LIST, IDENT__MAX, READS, MANY, {{SOURCE_KEY, "key", IDENT__MAX}}},
    {"link",
     "change",
     STATEMENT_LINK_CHANGE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {{SOURCE_KEY, "key", IDENT__MAX},
      ID("account", IDENT_ACCOUNT),
      ID("template", IDENT_TEMPLATE),
      NUMBER("template-version")}},
    {"link",
     "end",
     STATEMENT_LINK_END,
     IDENT__MAX,
     CHANGES,
     ONE,
     {{SOURCE_KEY, "key", IDENT__MAX}, ID("account", IDENT_ACCOUNT)}},

    {"office", "list", STATEMENT_OFFICE_LIST, IDENT__MAX, READS, MANY, {ID("account", IDENT_ACCOUNT)}},
    {"office",
     "allow",
     STATEMENT_OFFICE_SET,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), ID("office", IDENT_ACCOUNT), LITERAL("true")}},
    {"office",
     "deny",
     STATEMENT_OFFICE_SET,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), ID("office", IDENT_ACCOUNT), LITERAL("false")}},

    {"api",
     "create",
     STATEMENT_API_CREATE,
     IDENT_API,
     CHANGES,
     ONE,
     {NEW(IDENT_API), TEXT("name"), TEXT("prefix"), TEXT("token-path"), TEXT("audience"), TEXT("algorithm"),
      NUMBER("token-seconds")}},
    {"api", "list", STATEMENT_API_ALL, IDENT_API, READS, MANY, {{0}}},
    {"api", "show", STATEMENT_API_SHOW, IDENT_API, READS, ONE, {TEXT("name")}},

    {"collection",
     "create",
     STATEMENT_COLLECTION_CREATE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("api", IDENT_API), TEXT("name"), TEXT("singular"), TEXT("path"), WORDS("versions"), WORDS("methods"),
      TEXT("required")}},
    {"collection", "list", STATEMENT_COLLECTION_ALL, IDENT__MAX, READS, MANY, {{0}}},
    {"collection", "show", STATEMENT_COLLECTION_SHOW, IDENT__MAX, READS, ONE, {TEXT("name")}},

    {"webhook",
     "list",
     STATEMENT_WEBHOOK_LIST,
     IDENT_WEBHOOK,
     READS,
     MANY,
     {ID("account", IDENT_ACCOUNT), LITERAL(NULL)}},
    {"webhook", "show", STATEMENT_WEBHOOK_LIST, IDENT_WEBHOOK, READS, ONE, {HOOK}},
    {"webhook", "disable", STATEMENT_WEBHOOK_SET_STATE, IDENT_WEBHOOK, READS, ONE, {HOOK, LITERAL("disabled")}},
    {"webhook", "enable", STATEMENT_WEBHOOK_SET_STATE, IDENT_WEBHOOK, READS, ONE, {HOOK, LITERAL("active")}},
    {"webhook", "test", STATEMENT_WEBHOOK_TEST, IDENT__MAX, READS, ONE, {HOOK}},
    {"webhook",
     "deliveries",
     STATEMENT_WEBHOOK_DELIVERIES,
     IDENT__MAX,
     READS,
     MANY,
     {HOOK, ID("event", IDENT_EVENT), NUMBER("most")}},
    {"webhook",
     "redeliver",
     STATEMENT_WEBHOOK_REDELIVER,
     IDENT__MAX,
     READS,
     ONE,
     {HOOK, ID("event", IDENT_EVENT), TEXT("from"), TEXT("to")}},
    {"webhook", "delete", STATEMENT_WEBHOOK_DELETE, IDENT_WEBHOOK, READS, ONE, {HOOK}},
    {"webhook",
     "all-off",
     STATEMENT_ACCOUNT_SET_WEBHOOKS,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL("false")}},
    {"webhook",
     "all-on",
     STATEMENT_ACCOUNT_SET_WEBHOOKS,
     IDENT_ACCOUNT,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), LITERAL("true")}},

    {"reference",
     "require",
     STATEMENT_REFERENCE_REQUIRE,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), TEXT("collection"), TEXT("system")}},
    {"reference",
     "relax",
     STATEMENT_REFERENCE_RELAX,
     IDENT__MAX,
     CHANGES,
     ONE,
     {ID("account", IDENT_ACCOUNT), TEXT("collection"), TEXT("system")}},
    {"reference", "list", STATEMENT_REFERENCE_LIST, IDENT__MAX, READS, MANY, {ID("account", IDENT_ACCOUNT)}},

    {"signing-key", "list", STATEMENT_SIGNING_KEY_ALL, IDENT__MAX, READS, MANY, {{0}}},
};

const struct admin_row *admin_table_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (strcmp(rows[i].noun, noun) == 0 && strcmp(rows[i].verb, verb) == 0)
            return &rows[i];
    }
    return NULL;
}
