/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_table.h"

#include "app/admin_table.h"

/* clang-format off: a row a line */
#define FOUND(name, kind)                                                                                              \
    {                                                                                                                  \
        SOURCE_FOUND, name, kind                                                                                       \
    }
#define ID(name, kind)                                                                                                 \
    {                                                                                                                  \
        SOURCE_IDENT, name, kind                                                                                       \
    }
#define TEXT(name)                                                                                                     \
    {                                                                                                                  \
        SOURCE_TEXT, name, IDENT__MAX                                                                                  \
    }
#define LITERAL(text)                                                                                                  \
    {                                                                                                                  \
        SOURCE_LITERAL, text, IDENT__MAX                                                                               \
    }
#define PERMISSIONS                                                                                                    \
    {                                                                                                                  \
        SOURCE_SCOPES_OR_NULL, "permissions", IDENT__MAX                                                               \
    }
#define PERSON FOUND("email", IDENT_USER)
#define MEMBER ID("account", IDENT_ACCOUNT), ID("user", IDENT_USER)
/* clang-format on */

/* Beside the database these find by name, in the statement itself, or set what need not be there yet. */
static const struct admin_row rows[] = {
    {"user", "show", STATEMENT_USER_FIND, IDENT_USER, false, true, {PERSON}},
    {"user",
     "disable",
     STATEMENT_USER_CHANGE,
     IDENT_USER,
     true,
     true,
     {PERSON, LITERAL(NULL), LITERAL(NULL), LITERAL("disabled")}},
    {"user",
     "enable",
     STATEMENT_USER_CHANGE,
     IDENT_USER,
     true,
     true,
     {PERSON, LITERAL(NULL), LITERAL(NULL), LITERAL("active")}},
    {"member",
     "set",
     STATEMENT_MEMBER_CHANGE,
     IDENT__MAX,
     true,
     true,
     {MEMBER, TEXT("role"), PERMISSIONS, LITERAL("active")}},
    {"member",
     "end",
     STATEMENT_MEMBER_CHANGE,
     IDENT__MAX,
     true,
     true,
     {MEMBER, LITERAL(NULL), LITERAL(NULL), LITERAL("left"), LITERAL("true")}},
    {"application",
     "show",
     STATEMENT_APPLICATION_FIND,
     IDENT_APPLICATION,
     false,
     true,
     {FOUND("name", IDENT_APPLICATION), ID("account", IDENT_ACCOUNT)}},
    {"api", "show", STATEMENT_API_FIND, IDENT_API, false, true, {FOUND("name", IDENT_API)}},
};

const struct admin_row *remote_table_find(const char *noun, const char *verb)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (strcmp(rows[i].noun, noun) == 0 && strcmp(rows[i].verb, verb) == 0)
            return &rows[i];
    }
    return admin_table_find(noun, verb);
}

#define NOT_OFFERED  "the management API does not offer it yet"
#define MASTER_KEY   "it needs the master key"
#define STEP_BY_STEP "its steps are asked for one by one there: /admin/v1/signing-keys in /openapi.json"
#define PROVEN       "it reads the history as it is stored, to prove it"

static const struct {
    const char *noun, *verb; /* verb NULL: every verb of this noun */
    const char *why;
} beside[] = {
    {"account", "operator-on", "nobody makes an operator of himself over HTTP"},
    {"account", "operator-off", "whoever could take it away over HTTP could lock all operators out"},
    {"user", "set-password", "a password goes over no wire but that of the login"},
    {"user", "password-link", "the link opens the person's account to whoever has it"},
    {"user", "totp-on", MASTER_KEY},
    {"user", "totp-off", "it takes a person's protection away"},
    {"application", "offer", NOT_OFFERED},
    {"client", NULL, NOT_OFFERED},
    {"lifetime", NULL, NOT_OFFERED},
    {"mail", NULL, NOT_OFFERED},
    {"reference", NULL, NOT_OFFERED},
    {"webhook", NULL, NOT_OFFERED},
    {"signing-key", "rotate", STEP_BY_STEP},
    {"signing-key", "withdraw", STEP_BY_STEP},
    {"signing-key", "reseal", MASTER_KEY},
    {"checkpoint", NULL, PROVEN},
    {"witness", NULL, "whom the operator trusts is said beside the database"},
    {"history", "export", PROVEN},
    {"history", "archive", "it lets months of the database go"},
    {"history", "archives", NOT_OFFERED},
    {"history", "retain", "it says what may be let go of the database"},
    {"person", "erase", "nothing brings back what it erases"},
    {"record", "erase", "nothing brings back what it erases"},
};

const char *remote_table_beside(const char *noun, const char *verb)
{
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); ++i) {
        bool same_verb = beside[i].verb == NULL || (verb != NULL && strcmp(beside[i].verb, verb) == 0);
        if (strcmp(beside[i].noun, noun) == 0 && same_verb)
            return beside[i].why;
    }
    return NULL;
}
