/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/operation.h"

/* --- where parameters come from ---------------------------------------------------------------------------------- */

#define SEGMENT(segment)                                                                                               \
    {                                                                                                                  \
        OPERAND_SEGMENT, segment, IDENT__MAX, true, NULL                                                               \
    }
#define ACCOUNT SEGMENT("account")
#define TEXT(member, help)                                                                                             \
    {                                                                                                                  \
        OPERAND_TEXT, member, IDENT__MAX, false, help                                                                  \
    }
#define TEXT_NEEDED(member, help)                                                                                      \
    {                                                                                                                  \
        OPERAND_TEXT, member, IDENT__MAX, true, help                                                                   \
    }
#define ID(member, kind, help)                                                                                         \
    {                                                                                                                  \
        OPERAND_IDENT, member, kind, false, help                                                                       \
    }
#define ID_NEEDED(member, kind, help)                                                                                  \
    {                                                                                                                  \
        OPERAND_IDENT, member, kind, true, help                                                                        \
    }
#define SCOPES(member, help)                                                                                           \
    {                                                                                                                  \
        OPERAND_SCOPES, member, IDENT__MAX, false, help                                                                \
    }
#define OTHER(kind, member, help)                                                                                      \
    {                                                                                                                  \
        kind, member, IDENT__MAX, false, help                                                                          \
    }
#define LITERAL(text)                                                                                                  \
    {                                                                                                                  \
        OPERAND_LITERAL, text, IDENT__MAX, false, NULL                                                                 \
    }
#define NEW(kind)                                                                                                      \
    {                                                                                                                  \
        OPERAND_NEW_IDENT, NULL, kind, false, NULL                                                                     \
    }
#define ONLY(kind)                                                                                                     \
    {                                                                                                                  \
        kind, NULL, IDENT__MAX, false, NULL                                                                            \
    }
#define VERSION ONLY(OPERAND_VERSION)
#define CALLER  ONLY(OPERAND_CALLER)
#define RIGHTS  ONLY(OPERAND_RIGHTS)
#define ACTOR   ONLY(OPERAND_ACTOR)
#define ASKED   ONLY(OPERAND_ASKED)
#define PAGE    ONLY(OPERAND_PAGE)

#define NAME TEXT("name", "What it is called.")
#define INVITE                                                                                                         \
    OTHER(OPERAND_INVITE, "invite",                                                                                    \
          "Who has no password yet gets a mail with a link to set one, in this language: en, de, nb or pl.")
#define NAME_NEEDED TEXT_NEEDED("name", "What it is called.")
#define DESCRIPTION TEXT("description", "What it is for.")
#define STATE       TEXT("state", "active or disabled.")
#define TEMPLATE    ID_NEEDED("template_id", IDENT_TEMPLATE, "What the key may there.")
#define OF_TEMPLATE OTHER(OPERAND_NUMBER, "template_version", "A version of the template; the newest when left out.")

#define KEY_TIMES                                                                                                      \
    OTHER(OPERAND_MOMENT, "not_before", "When it begins to work; null: no bound."),                                    \
        OTHER(OPERAND_MOMENT, "expires_at", "When it ends; null: never.")
#define KEY_CHANGE_BY VERSION, CALLER, RIGHTS, ACTOR
#define RATE                                                                                                           \
    OTHER(OPERAND_NUMBER, "requests",                                                                                  \
          "How many; 0: as many as it likes; left out: what the server was started with."),                            \
        OTHER(OPERAND_NUMBER, "seconds", "In how many seconds; 60 when left out.")
#define LOGOUT                                                                                                         \
    OTHER(OPERAND_REDIRECTS, "post_logout_redirect_uris", "Where its users may go after logging out: all of them."),   \
        TEXT("backchannel_logout_uri",                                                                                 \
             "For back-channel logout: where a logout token is posted when a login ends; empty: none."),               \
        OTHER(OPERAND_BOOLEAN, "backchannel_logout_session_required", "Whether it needs to be told which login.")
#define IDENTITY                                                                                                       \
    TEXT("id_token_alg", "How its ID tokens are signed: RS256, ES256 or PS256."),                                      \
        TEXT("userinfo_alg", "The same for what userinfo answers; empty: JSON, not signed."),                          \
        TEXT("subject_type", "public, or pairwise: it knows people by subjects that no other application has.")
#define API_TEXTS                                                                                                      \
    NAME_NEEDED, TEXT_NEEDED("prefix", "Its path, such as /api2/public."),                                             \
        TEXT("token_path", "A path at which tokens for it are had, beside /oauth2/token."),                            \
        TEXT_NEEDED("audience", "What its tokens are for (aud)."),                                                     \
        TEXT("algorithm", "How its tokens are signed: ES256, RS256, PS256 or EdDSA."),                                 \
        OTHER(OPERAND_NUMBER, "token_seconds", "How long its tokens live.")

/* --- rows -------------------------------------------------------------------------------------------------------- */

#define LIST(path, scope, flags, statement, kind, noun, help, ...)                                                     \
    {                                                                                                                  \
        METHOD_GET, path, scope, OPERATION_LIST | (flags), statement, kind, noun, help, NULL, NULL,                    \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define SHOW(path, scope, flags, statement, kind, noun, help, ...)                                                     \
    {                                                                                                                  \
        METHOD_GET, path, scope, flags, statement, kind, noun, help, NULL, NULL,                                       \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define MAKE(path, scope, flags, statement, kind, noun, help, shown_at, subject, ...)                                  \
    {                                                                                                                  \
        METHOD_POST, path, scope, flags, statement, kind, noun, help, shown_at, subject,                               \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define CHANGE(path, scope, flags, statement, kind, noun, help, ...)                                                   \
    {                                                                                                                  \
        METHOD_PUT, path, scope, flags, statement, kind, noun, help, NULL, NULL,                                       \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define END(path, scope, flags, statement, noun, help, ...)                                                            \
    {                                                                                                                  \
        METHOD_DELETE, path, scope, OPERATION_EMPTY | (flags), statement, IDENT__MAX, noun, help, NULL, NULL,          \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define ALL       OPERATION_ALL
#define VERSIONED OPERATION_VERSION

#define ONE_ACCOUNT "accounts/{account}"
#define ONE_KEY     ONE_ACCOUNT "/keys/{key}"
#define ONE_LINK    ONE_ACCOUNT "/links/{office_key}"
#define ONE_GRANT   ONE_ACCOUNT "/grants/{grant}"

#define ONE_SIGNING_KEY "signing-keys/{kid}"

static const struct operation operations[] = {
    LIST("accounts", "accounts:read", 0, STATEMENT_ACCOUNT_LIST, IDENT_ACCOUNT, "account",
         "The accounts that the token may administer: its own, for an operator's all.", ONLY(OPERAND_ALL_OR_OWN), PAGE),
    MAKE("accounts", "all-accounts:write", ALL, STATEMENT_ACCOUNT_CREATE, IDENT_ACCOUNT, "account",
         "Makes an account, with its API access on.", ONE_ACCOUNT, "id", NEW(IDENT_ACCOUNT), NAME_NEEDED, ASKED),
    SHOW(ONE_ACCOUNT, "accounts:read", 0, STATEMENT_ACCOUNT_SHOW, IDENT_ACCOUNT, "account", "One account.", ACCOUNT),
    CHANGE(ONE_ACCOUNT, "accounts:write", VERSIONED, STATEMENT_ACCOUNT_SET, IDENT_ACCOUNT, "account",
           "Renames an account, switches its API access off or on, or sets its rules for keys.", ACCOUNT, LITERAL(NULL),
           OTHER(OPERAND_BOOLEAN, "api_access", "Whether its keys work."), NAME,
           TEXT("keys_rule", "How many keys it may have: any, one_per_application or one."),
           OTHER(OPERAND_BOOLEAN, "confirm_wide",
                 "Whether a second admin has to confirm keys that follow their holder, "
                 "have no end or are an office's. To switch it off needs two as well: whoever asks first stands as "
                 "confirm_off_asker_id until another does it, or true takes it back."),
           VERSION, ACTOR),
    CHANGE(ONE_ACCOUNT "/state", "all-accounts:write", ALL | VERSIONED, STATEMENT_ACCOUNT_SET, IDENT_ACCOUNT, "account",
           "Closes an account, or opens it again.", ACCOUNT, TEXT_NEEDED("state", "active or closed."), LITERAL(NULL),
           LITERAL(NULL), LITERAL(NULL), LITERAL(NULL), VERSION, ACTOR),
    MAKE(ONE_ACCOUNT "/access", "accounts:write", 0, STATEMENT_ACCOUNT_REQUEST_ACCESS, IDENT_ACCOUNT, "account",
         "Asks the operator for API access, accepting the terms by name and version.", NULL, NULL, ACCOUNT,
         TEXT("terms_name", "The terms that are accepted."), TEXT("terms_version", "Their version."), ACTOR),
    CHANGE(ONE_ACCOUNT "/access", "all-accounts:write", ALL | VERSIONED, STATEMENT_ACCOUNT_SET_ACCESS, IDENT_ACCOUNT,
           "account", "Grants or refuses API access; says whether the account's plan has it.", ACCOUNT,
           TEXT("access", "granted, refused or none."),
           OTHER(OPERAND_BOOLEAN, "plan", "Whether the account's plan includes API access."),
           OTHER(OPERAND_BOOLEAN, "trial", "Whether the account is on trial."), VERSION, ACTOR),
    SHOW("activation", "all-accounts:read", ALL, STATEMENT_ACTIVATION_SHOW, IDENT__MAX, "activation",
         "What the operator asks for before an account's keys work.", ONLY(OPERAND_END)),
    CHANGE("activation", "all-accounts:write", ALL | VERSIONED, STATEMENT_ACTIVATION_SET, IDENT__MAX, "activation",
           "Changes what the operator asks for.",
           OTHER(OPERAND_BOOLEAN, "by_default", "Whether new accounts have it without asking."),
           OTHER(OPERAND_BOOLEAN, "plan_needed", "Whether only accounts whose plan includes it have it."),
           OTHER(OPERAND_BOOLEAN, "trial_included", "Whether accounts on trial have it, too."),
           TEXT("terms_name", "The terms to accept; empty: none."), TEXT("terms_version", "Their version."), VERSION,
           ACTOR),

    LIST("users", "users:read", ALL, STATEMENT_USER_LIST, IDENT_USER, "user", "Every person.", PAGE),
    MAKE("users", "users:write", ALL, STATEMENT_USER_CREATE, IDENT_USER, "user",
         "Makes a person, who is a member of no account yet.", "users/{user}", "id", NEW(IDENT_USER),
         TEXT_NEEDED("email", "Where the person is reached."), NAME_NEEDED, INVITE, ASKED),
    SHOW("users/{user}", "users:read", ALL, STATEMENT_USER_FIND, IDENT_USER, "user", "One person.", SEGMENT("user")),
    CHANGE("users/{user}", "users:write", ALL | VERSIONED, STATEMENT_USER_CHANGE, IDENT_USER, "user",
           "Alters a person, or disables one in every account.", SEGMENT("user"),
           TEXT("email", "Where the person is reached."), NAME, STATE, VERSION, ACTOR),

    LIST(ONE_ACCOUNT "/members", "members:read", 0, STATEMENT_MEMBER_LIST, IDENT__MAX, "member",
         "The members of an account, with the number of keys that each holds.", ACCOUNT, PAGE),
    MAKE(ONE_ACCOUNT "/members", "members:write", 0, STATEMENT_MEMBER_INVITE, IDENT__MAX, "member",
         "Makes a person a member, by e-mail address. Nobody gives more than he has.", ONE_ACCOUNT "/members/{user}",
         "user_id", ACCOUNT, NEW(IDENT_USER), TEXT_NEEDED("email", "Who it is."),
         TEXT("name", "For a person who is not known yet."), TEXT("role", "owner, admin, auditor or member."),
         SCOPES("permissions", "What this member may."), INVITE, RIGHTS, ASKED),
    SHOW(ONE_ACCOUNT "/members/{user}", "members:read", 0, STATEMENT_MEMBER_SHOW, IDENT__MAX, "member", "One member.",
         ACCOUNT, SEGMENT("user")),
    CHANGE(ONE_ACCOUNT "/members/{user}", "members:write", VERSIONED, STATEMENT_MEMBER_CHANGE, IDENT__MAX, "member",
           "Changes a member's role and permissions.", ACCOUNT, SEGMENT("user"),
           TEXT("role", "owner, admin, auditor or member."), SCOPES("permissions", "What this member may."),
           TEXT("state", "active or left."), LITERAL(NULL), VERSION, RIGHTS, ACTOR),
    END(ONE_ACCOUNT "/members/{user}", "members:write", VERSIONED, STATEMENT_MEMBER_CHANGE, "member",
        "Ends a membership. While the member holds keys it is refused, and they are named: hand them to another "
        "holder.",
        ACCOUNT, SEGMENT("user"), LITERAL(NULL), LITERAL(NULL), LITERAL("left"),
        {OPERAND_QUERY_IS, "keys=end", IDENT__MAX, false, "Let the keys of this member end, too."}, VERSION, RIGHTS,
        ACTOR),

    LIST(ONE_ACCOUNT "/applications", "applications:read", 0, STATEMENT_APPLICATION_LIST, IDENT_APPLICATION,
         "application", "The applications to choose from: those known to all, and the account's own.", ACCOUNT, PAGE),
    MAKE(ONE_ACCOUNT "/applications", "applications:write", 0, STATEMENT_APPLICATION_CREATE, IDENT_APPLICATION,
         "application", "Makes an application of the account's own.", ONE_ACCOUNT "/applications/{application}", "id",
         NEW(IDENT_APPLICATION), ACCOUNT, NAME_NEEDED, TEXT("maker", "Who makes it."), DESCRIPTION,
         SCOPES("scopes", "What it asks for."), ASKED),
    SHOW(ONE_ACCOUNT "/applications/{application}", "applications:read", 0, STATEMENT_APPLICATION_FIND,
         IDENT_APPLICATION, "application", "One application.", SEGMENT("application"), ACCOUNT),
    CHANGE(ONE_ACCOUNT "/applications/{application}", "applications:write", VERSIONED, STATEMENT_APPLICATION_SET,
           IDENT_APPLICATION, "application", "Alters an application of the account's own, or disables it.",
           SEGMENT("application"), STATE, NAME, TEXT("maker", "Who makes it."), DESCRIPTION,
           SCOPES("scopes", "What it asks for."), ACCOUNT, VERSION, ACTOR),
    LIST("applications", "all-accounts:read", ALL, STATEMENT_APPLICATION_LIST, IDENT_APPLICATION, "application",
         "Every application.", LITERAL(NULL), PAGE),
    MAKE("applications", "all-accounts:write", ALL, STATEMENT_APPLICATION_CREATE, IDENT_APPLICATION, "application",
         "Makes an application that is known to all accounts.", "applications/{application}", "id",
         NEW(IDENT_APPLICATION), LITERAL(NULL), NAME_NEEDED, TEXT("maker", "Who makes it."), DESCRIPTION,
         SCOPES("scopes", "What it asks for."), ASKED),
    SHOW("applications/{application}", "all-accounts:read", ALL, STATEMENT_APPLICATION_FIND, IDENT_APPLICATION,
         "application", "One application that is known to all.", SEGMENT("application"), LITERAL("0")),
    CHANGE("applications/{application}", "all-accounts:write", ALL | VERSIONED, STATEMENT_APPLICATION_SET,
           IDENT_APPLICATION, "application", "Alters an application that is known to all, or disables it.",
           SEGMENT("application"), STATE, NAME, TEXT("maker", "Who makes it."), DESCRIPTION,
           SCOPES("scopes", "What it asks for."), LITERAL("0"), VERSION, ACTOR),

    SHOW(ONE_ACCOUNT "/applications/{application}/logout", "applications:read", 0, STATEMENT_APPLICATION_LOGOUT,
         IDENT_APPLICATION, "logout", "Where an application's users go after logging out.", SEGMENT("application"),
         ACCOUNT),
    CHANGE(ONE_ACCOUNT "/applications/{application}/logout", "applications:write", VERSIONED,
           STATEMENT_APPLICATION_SET_LOGOUT, IDENT_APPLICATION, "logout",
           "Says so, of an application of the account's own.", SEGMENT("application"), LOGOUT, ACCOUNT, VERSION, ACTOR),
    SHOW("applications/{application}/logout", "all-accounts:read", ALL, STATEMENT_APPLICATION_LOGOUT, IDENT_APPLICATION,
         "logout", "Where an application's users go after logging out.", SEGMENT("application"), LITERAL("0")),
    CHANGE("applications/{application}/logout", "all-accounts:write", ALL | VERSIONED, STATEMENT_APPLICATION_SET_LOGOUT,
           IDENT_APPLICATION, "logout", "Says so, of an application that is known to all.", SEGMENT("application"),
           LOGOUT, LITERAL("0"), VERSION, ACTOR),
    SHOW(ONE_ACCOUNT "/applications/{application}/identity", "applications:read", 0, STATEMENT_APPLICATION_IDENTITY,
         IDENT_APPLICATION, "identity", "How an application is told of people (OpenID Connect).",
         SEGMENT("application"), ACCOUNT),
    CHANGE(ONE_ACCOUNT "/applications/{application}/identity", "applications:write", VERSIONED,
           STATEMENT_APPLICATION_SET_IDENTITY, IDENT_APPLICATION, "identity",
           "Says so, of an application of the account's own.", SEGMENT("application"), IDENTITY, ACCOUNT, VERSION,
           ACTOR),
    SHOW("applications/{application}/identity", "all-accounts:read", ALL, STATEMENT_APPLICATION_IDENTITY,
         IDENT_APPLICATION, "identity", "How an application is told of people (OpenID Connect).",
         SEGMENT("application"), LITERAL("0")),
    CHANGE("applications/{application}/identity", "all-accounts:write", ALL | VERSIONED,
           STATEMENT_APPLICATION_SET_IDENTITY, IDENT_APPLICATION, "identity",
           "Says so, of an application that is known to all.", SEGMENT("application"), IDENTITY, LITERAL("0"), VERSION,
           ACTOR),
    CHANGE("applications/{application}/limit", "all-accounts:write", ALL, STATEMENT_APPLICATION_LIMIT,
           IDENT_APPLICATION, "limit", "Limits the requests of all keys of an application together.",
           SEGMENT("application"), RATE, ACTOR),

    LIST(ONE_ACCOUNT "/rights", "keys:read", OPERATION_ROWS, STATEMENT_RIGHT_LIST, IDENT__MAX, "right",
         "Every right, and whether you can give it to a key of this holder; if not, why.", ACCOUNT,
         {OPERAND_QUERY_IDENT, "holder", IDENT_USER, true, "The member on whom the key would hang."}, RIGHTS),
    LIST(ONE_ACCOUNT "/keys", "keys:read", 0, STATEMENT_CLIENT_LIST, IDENT__MAX, "key", "The keys of an account.",
         ACCOUNT, {OPERAND_QUERY_IDENT, "holder", IDENT_USER, false, "Those of this member."},
         {OPERAND_QUERY_IDENT, "application", IDENT_APPLICATION, false, "Those of this application."},
         {OPERAND_QUERY_WORD, "state", IDENT__MAX, false, "active, disabled or deleted."}, PAGE),
    MAKE(ONE_ACCOUNT "/keys", "keys:write", OPERATION_SECRET, STATEMENT_CLIENT_CREATE, IDENT__MAX, "key",
         "Makes a key. Its secret stands in this answer and nowhere else. Nobody gives more than he has.", ONE_KEY,
         "client_id", ACCOUNT, ONLY(OPERAND_NEW_KEY),
         ID_NEEDED("application_id", IDENT_APPLICATION, "The application that is to use it."), NAME_NEEDED, DESCRIPTION,
         ID_NEEDED("holder_id", IDENT_USER, "The member it hangs on, whose rights bound it."),
         SCOPES("scopes", "What it may; or say a preset."), ONLY(OPERAND_NEW_SECRET), KEY_TIMES,
         OTHER(OPERAND_BOOLEAN, "office", "It opens the client accounts that it is linked to, and never its own."),
         TEXT("preset", "application: what it asks for; holder_now: what the holder may now; holder: whatever the "
                        "holder may."),
         CALLER, RIGHTS, ASKED),
    SHOW(ONE_KEY, "keys:read", 0, STATEMENT_CLIENT_SHOW, IDENT__MAX, "key", "One key.", ACCOUNT, SEGMENT("key")),
    CHANGE(ONE_KEY, "keys:write", VERSIONED, STATEMENT_CLIENT_CHANGE, IDENT__MAX, "key",
           "Renames a key, hands it to another holder, gives it other scopes or times, disables or enables it.",
           ACCOUNT, SEGMENT("key"), NAME, DESCRIPTION,
           ID("holder_id", IDENT_USER, "The member it hangs on from now on."),
           SCOPES("scopes", "What it may from now on."), STATE, KEY_TIMES, KEY_CHANGE_BY),
    END(ONE_KEY, "keys:write", VERSIONED, STATEMENT_CLIENT_CHANGE, "key",
        "Deletes a key for ever. The history keeps its name.", ACCOUNT, SEGMENT("key"), LITERAL(NULL), LITERAL(NULL),
        LITERAL(NULL), LITERAL(NULL), LITERAL("deleted"), LITERAL(NULL), LITERAL(NULL), KEY_CHANGE_BY),
    CHANGE(ONE_KEY "/addresses", "keys:write", VERSIONED, STATEMENT_CLIENT_ALLOW_ADDRESS, IDENT__MAX, "addresses",
           "Says from which addresses a key may be used.", ACCOUNT, SEGMENT("key"),
           TEXT("addresses", "Blocks such as 192.0.2.0/24 2001:db8::/32; none: anywhere."), VERSION, ACTOR),
    CHANGE(ONE_KEY "/limit", "all-accounts:write", ALL, STATEMENT_CLIENT_LIMIT, IDENT__MAX, "limit",
           "Limits the requests of a key.", ACCOUNT, SEGMENT("key"), RATE, ACTOR),
    LIST(ONE_KEY "/secrets", "keys:read", OPERATION_ROWS, STATEMENT_CLIENT_SECRETS, IDENT__MAX, "secret",
         "The secrets of a key, masked, with the last use of each.", ACCOUNT, SEGMENT("key")),
    MAKE(ONE_KEY "/secrets", "keys:write", OPERATION_SECRET, STATEMENT_CLIENT_SECRET_REPLACE, IDENT__MAX, "key",
         "Makes a new secret; it stands in this answer and nowhere else. The old one ends at once, at a moment, or "
         "when the new one has been used so often.",
         ONE_KEY, "client_id", ACCOUNT, SEGMENT("key"), ONLY(OPERAND_NEW_SECRET),
         OTHER(OPERAND_MOMENT, "old_until", "When the old secret ends; at once when this and the next are left out."),
         OTHER(OPERAND_NUMBER, "old_until_uses", "It ends when the new one has been used so many times."), CALLER,
         RIGHTS, ASKED),
    MAKE(ONE_KEY "/confirmation", "keys:write", 0, STATEMENT_CLIENT_CONFIRM, IDENT__MAX, "key",
         "A second admin says that a key that waits may work.", NULL, NULL, ACCOUNT, SEGMENT("key"), CALLER, RIGHTS,
         ACTOR),

    LIST(ONE_ACCOUNT "/templates", "templates:read", 0, STATEMENT_TEMPLATE_LIST, IDENT_TEMPLATE, "template",
         "The access templates of an office, and those that serve all offices; the newest version of each.", ACCOUNT,
         PAGE),
    MAKE(ONE_ACCOUNT "/templates", "templates:write", 0, STATEMENT_TEMPLATE_CREATE, IDENT_TEMPLATE, "template",
         "Makes an access template.", ONE_ACCOUNT "/templates/{template}", "id", ACCOUNT, NEW(IDENT_TEMPLATE),
         NAME_NEEDED, {OPERAND_SCOPES, "scopes", IDENT__MAX, true, "What it gives."}, RIGHTS, ASKED),
    SHOW(ONE_ACCOUNT "/templates/{template}", "templates:read", OPERATION_LIST | OPERATION_ROWS,
         STATEMENT_TEMPLATE_SHOW, IDENT_TEMPLATE, "template",
         "Every version of an access template, the newest first, with the number of links that follow it.", ACCOUNT,
         SEGMENT("template")),
    CHANGE(ONE_ACCOUNT "/templates/{template}", "templates:write", VERSIONED, STATEMENT_TEMPLATE_REVISE, IDENT_TEMPLATE,
           "template", "Makes the next version. Links keep the version that they follow.", ACCOUNT, SEGMENT("template"),
           NAME, SCOPES("scopes", "What it gives."), VERSION, RIGHTS, ACTOR),

    LIST(ONE_KEY "/links", "links:read", 0, STATEMENT_LINK_LIST, IDENT__MAX, "link",
         "The client accounts that an office's key is linked to.", ACCOUNT, SEGMENT("key"), LITERAL(NULL), PAGE),
    MAKE("links", "all-accounts:write", ALL | OPERATION_LIST | OPERATION_ROWS, STATEMENT_LINK_CREATE, IDENT__MAX,
         "link",
         "Links an office's key to client accounts, all of them or none. A link that is there gets this template.",
         NULL, NULL, {OPERAND_KEY, "key", IDENT__MAX, true, "The office's key."},
         {OPERAND_IDENTS, "accounts", IDENT_ACCOUNT, true, "The client accounts."}, TEMPLATE, OF_TEMPLATE,
         LITERAL(NULL), LITERAL(NULL), ACTOR),
    MAKE(ONE_ACCOUNT "/links", "links:write", 0, STATEMENT_LINK_CREATE, IDENT__MAX, "link",
         "Lets a key of an office in to this account, with what a template gives.", NULL, NULL,
         {OPERAND_KEY, "key", IDENT__MAX, true, "The office's key."},
         {OPERAND_SEGMENT_ARRAY, "account", IDENT__MAX, true, NULL}, TEMPLATE, OF_TEMPLATE,
         ONLY(OPERAND_OWN_UNLESS_ALL), ONLY(OPERAND_RIGHTS_OR_ALL), ACTOR),
    SHOW(ONE_LINK, "links:read", 0, STATEMENT_LINK_LIST, IDENT__MAX, "link", "One link, as the client account sees it.",
         {OPERAND_SEGMENT_KEY, "office_key", IDENT__MAX, true, NULL}, ACCOUNT, LITERAL(NULL), LITERAL(NULL)),
    CHANGE(ONE_LINK, "links:write", VERSIONED, STATEMENT_LINK_CHANGE, IDENT__MAX, "link",
           "Lets a link follow another template, or another version of it.",
           {OPERAND_SEGMENT_KEY, "office_key", IDENT__MAX, true, NULL}, ACCOUNT, TEMPLATE, OF_TEMPLATE, VERSION,
           ONLY(OPERAND_RIGHTS_OR_ALL), ACTOR),
    END(ONE_LINK, "links:write", VERSIONED, STATEMENT_LINK_END, "link",
        "Ends a link: the key no longer opens this account.",
        {OPERAND_SEGMENT_KEY, "office_key", IDENT__MAX, true, NULL}, ACCOUNT, VERSION, ACTOR),
    LIST(ONE_ACCOUNT "/offices", "offices:read", 0, STATEMENT_OFFICE_LIST, IDENT__MAX, "office",
         "The offices and keys that reach into an account.", ACCOUNT, PAGE),
    CHANGE(ONE_ACCOUNT "/offices/{office}", "offices:write", 0, STATEMENT_OFFICE_SET, IDENT__MAX, "office",
           "The account's own switch for an office: let it in, or keep it out.", ACCOUNT, SEGMENT("office"),
           {OPERAND_BOOLEAN, "allowed", IDENT__MAX, true, "Whether its keys open this account."}, ACTOR),

    LIST(ONE_ACCOUNT "/grants", "grants:read", 0, STATEMENT_GRANT_LIST, IDENT__MAX, "grant",
         "What people gave to applications, newest first: all of it with members:read, else what you gave yourself.",
         ACCOUNT, {OPERAND_QUERY_IDENT, "user", IDENT_USER, false, "What this person gave."},
         {OPERAND_QUERY_IDENT, "application", IDENT_APPLICATION, false, "What was given to this application."},
         {OPERAND_QUERY_WORD, "state", IDENT__MAX, false, "active or revoked."}, LITERAL(NULL), CALLER,
         ONLY(OPERAND_RIGHTS_OR_ALL), PAGE),
    SHOW(ONE_GRANT, "grants:read", 0, STATEMENT_GRANT_LIST, IDENT__MAX, "grant",
         "What a person gave to an application.", ACCOUNT, LITERAL(NULL), LITERAL(NULL), LITERAL(NULL),
         SEGMENT("grant"), CALLER, ONLY(OPERAND_RIGHTS_OR_ALL), LITERAL(NULL), LITERAL(NULL)),
    END(ONE_GRANT, "grants:write", VERSIONED, STATEMENT_GRANT_REVOKE, "grant",
        "Takes back what a person gave: every token of it is refused at once. With members:write anybody's, else your "
        "own.",
        ACCOUNT, SEGMENT("grant"), CALLER, ONLY(OPERAND_RIGHTS_OR_ALL), VERSION, ACTOR),

    LIST(ONE_ACCOUNT "/as-of/who-could", "history:read", 0, STATEMENT_HISTORY_WHO_COULD, IDENT__MAX, "history",
         "Which keys and people could do something at a moment, such as customers:write.", ACCOUNT,
         {OPERAND_QUERY_WORD, "scope", IDENT__MAX, true, "What they could do."},
         {OPERAND_QUERY_MOMENT, "at", IDENT__MAX, true, "The moment."}, RIGHTS, PAGE),
    LIST(ONE_ACCOUNT "/as-of/touched", "history:read", 0, STATEMENT_HISTORY_TOUCHED, IDENT__MAX, "history",
         "Everything that a key touched, each record once.", ACCOUNT,
         {OPERAND_QUERY_KEY, "key", IDENT__MAX, true, "The key, this account's or an office's."},
         {OPERAND_QUERY_MOMENT, "from", IDENT__MAX, false, "From this moment on."},
         {OPERAND_QUERY_MOMENT, "to", IDENT__MAX, false, "Until this moment."}, PAGE),
    LIST(ONE_ACCOUNT "/as-of/record", "history:read", OPERATION_ROWS, STATEMENT_HISTORY_BETWEEN, IDENT__MAX, "history",
         "What changed in a record between two moments, field by field.", ACCOUNT,
         {OPERAND_QUERY_WORD, "collection", IDENT__MAX, true, "Its collection; the right to read it is needed."},
         {OPERAND_QUERY_NUMBER, "record", IDENT__MAX, true, "Its Id."},
         {OPERAND_QUERY_MOMENT, "from", IDENT__MAX, true, "The first moment."},
         {OPERAND_QUERY_MOMENT, "to", IDENT__MAX, true, "The second one."}, RIGHTS),

    LIST(ONE_ACCOUNT "/history-reads", "history:read", 0, STATEMENT_HISTORY_READ_LIST, IDENT__MAX, "history read",
         "Who read the history, newest first; this log is not sealed.", ACCOUNT,
         {OPERAND_QUERY_MOMENT, "from", IDENT__MAX, false, "From this moment on."},
         {OPERAND_QUERY_MOMENT, "to", IDENT__MAX, false, "Until this moment."}, PAGE),

    LIST("apis", "apis:read", ALL, STATEMENT_API_ALL, IDENT_API, "api", "Every api.", PAGE),
    MAKE("apis", "apis:write", ALL, STATEMENT_API_CREATE, IDENT_API, "api", "Makes an api over the built-in store.",
         "apis/{api}", "id", NEW(IDENT_API), API_TEXTS, ASKED),
    SHOW("apis/{api}", "apis:read", ALL, STATEMENT_API_FIND, IDENT_API, "api", "One api.", SEGMENT("api")),
    CHANGE("apis/{api}", "apis:write", ALL | VERSIONED, STATEMENT_API_SET, IDENT_API, "api",
           "Switches an api off or on, or lets its tokens live shorter or longer.", SEGMENT("api"),
           OTHER(OPERAND_NUMBER, "token_seconds", "How long its tokens live."), STATE, VERSION, ACTOR),

    LIST("collections", "collections:read", ALL, STATEMENT_COLLECTION_ALL, IDENT__MAX, "collection",
         "Every collection, as each api offers it.", PAGE),
    MAKE("collections", "collections:write", ALL, STATEMENT_COLLECTION_CREATE, IDENT__MAX, "collection",
         "Makes a collection, if there is none of this name, and lets an api offer it.", "collections/{collection}",
         "name", ID_NEEDED("api_id", IDENT_API, "The api that offers it."), NAME_NEEDED,
         TEXT("singular", "What one of it is called."), TEXT("path", "Its path segment; its name when left out."),
         OTHER(OPERAND_WORDS, "versions", "Version segments before the path, such as v1.2."),
         OTHER(OPERAND_WORDS, "methods", "Of GET, POST, PUT and DELETE; all of them when left out."),
         OTHER(OPERAND_OBJECT, "required", "Members that a record needs, with their types."), ASKED),
    SHOW("collections/{collection}", "collections:read", ALL | OPERATION_LIST | OPERATION_ROWS,
         STATEMENT_COLLECTION_SHOW, IDENT__MAX, "collection", "One collection, as each api offers it.",
         SEGMENT("collection")),
    CHANGE("collections/{collection}", "collections:write", ALL | VERSIONED, STATEMENT_COLLECTION_SET, IDENT__MAX,
           "collection", "Alters a collection, or switches it off in every api.", SEGMENT("collection"),
           TEXT("singular", "What one of it is called."),
           OTHER(OPERAND_OBJECT, "required", "Members that a record needs, with their types."), STATE, VERSION, ACTOR),

    LIST("signing-keys", "signing-keys:read", ALL | OPERATION_ROWS, STATEMENT_SIGNING_KEY_ALL, IDENT__MAX,
         "signing key", "Every key that signs tokens, will sign, or did.", ONLY(OPERAND_END)),
    MAKE("signing-keys", "signing-keys:write", ALL, STATEMENT_SIGNING_KEY_MAKE, IDENT__MAX, "signing key",
         "Makes the next key of an algorithm. It is published at once, and signs when it is promoted: a day later, or "
         "when it is its turn by age.",
         ONE_SIGNING_KEY, "kid", TEXT_NEEDED("algorithm", "ES256, RS256, PS256 or EdDSA."), ASKED,
         {OPERAND_NEW_SIGNING_KEY, "algorithm", IDENT__MAX, true, NULL}),
    SHOW(ONE_SIGNING_KEY, "signing-keys:read", ALL, STATEMENT_SIGNING_KEY_SHOW, IDENT__MAX, "signing key",
         "One signing key.", SEGMENT("kid")),
    MAKE(ONE_SIGNING_KEY "/promotion", "signing-keys:write", ALL, STATEMENT_SIGNING_KEY_PROMOTE_ONE, IDENT__MAX,
         "signing key", "Lets the next key sign. The one that signs retires: what it signed is good until it ends.",
         NULL, NULL, SEGMENT("kid"),
         OTHER(OPERAND_BOOLEAN, "now", "Though validators have not had a day to see it: after a compromise."), ACTOR),
    END(ONE_SIGNING_KEY, "signing-keys:write", ALL, STATEMENT_SIGNING_KEY_END, "signing key",
        "Withdraws a key after a compromise: what it signed is refused at once. One that signs gives its place to the "
        "next.",
        SEGMENT("kid"), ACTOR),
    LIST("revocations", "revocations:read", ALL, STATEMENT_REVOCATION_ALL, IDENT__MAX, "revocation",
         "What was taken back before its time, the newest first.", PAGE),
    MAKE("revocations", "revocations:write", ALL, STATEMENT_REVOCATION_ADD, IDENT__MAX, "revocation",
         "Takes back a token, or all tokens of a key, an application or an account.", NULL, NULL,
         TEXT_NEEDED("kind", "jti, client, application or account."),
         TEXT_NEEDED("subject", "Which one; of applications and accounts their number."),
         ID("account_id", IDENT_ACCOUNT, "In this account alone."),
         {OPERAND_MOMENT, "until", IDENT__MAX, true, "When it no longer matters."}, ACTOR),
};

size_t operation_count(void)
{
    return sizeof(operations) / sizeof(operations[0]);
}

const struct operation *operation_at(size_t index)
{
    return &operations[index];
}
