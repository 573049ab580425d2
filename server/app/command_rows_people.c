/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_rows.h"

#include "app/admin.h"
#include "app/client_command.h"

static const struct command rows[] = {
    {"application",
     "offer",
     ADMIN,
     "say where an application's users are sent back to, and what it asks them for",
     {SUBJECT("application", "APPLICATION", "its id"),
      FLAG("redirect-uris", "URIS", "all of them, with a space between; loopback ports count for nothing"),
      FLAG("scopes", "SCOPES", "all that it may ask for"),
      FLAG("pushed-only", "YES", "yes: it has to push its requests (RFC 9126); no: it may"),
      FLAG("pkce-optional", "YES", "yes: it may go without PKCE when it keeps a secret and sends a nonce; no: never")},
     application_offer_run},
    {"application",
     "logout",
     ADMIN | OPTION_WEBHOOK,
     "say where an application's users go after logging out, and where it is told that somebody did",
     {SUBJECT("application", "APPLICATION", "its id"),
      FLAG("redirect-uris", "URIS", "all of them, with a space between; compared byte for byte"),
      FLAG("back-channel", "URL", "gets a logout token by POST when a login ends; \"\": none"),
      FLAG("session", "BOOLEAN", "whether it needs to be told which login (sid)"),
      FLAG("account", "ACCOUNT", "of an account's own application: that account")},
     admin_run},

    {"client",
     "create",
     ADMIN,
     "make an application's own client, which acts for people; its secret is shown once",
     {NEEDED("application", "APPLICATION", "the application's id"), FLAG("name", "NAME", "default: the application's"),
      FLAG("account", "ACCOUNT", "of an account's own application: that account"),
      SWITCH("public", "it can keep no secret: a native or browser application"),
      FLAG("introspects", "API", "it stands for this api and may ask about its tokens at /oauth2/introspect, api_...")},
     client_create_run},

    {"grant",
     "list",
     ADMIN,
     "list what people gave to applications in an account",
     {NEEDED("account", "ACCOUNT", "the account"), FLAG("user", "USER", "of this person alone"),
      FLAG("application", "APPLICATION", "to this application alone"), FLAG("state", "WORD", "active or revoked")},
     admin_run},
    {"grant",
     "revoke",
     ADMIN,
     "take back what a person gave: every token of it is refused at once",
     {SUBJECT("grant", "GRANT", "its id, grt_..."), NEEDED("account", "ACCOUNT", "the account")},
     admin_run},

    {"mail", "list", ADMIN, "list the mails of the last days: what waits and why, what was sent", {{0}}, admin_run},

    {"lifetime", "list", ADMIN, "list how long codes, refresh tokens and logins live", {{0}}, admin_run},
    {"lifetime",
     "set",
     ADMIN,
     "set one of these; it counts for what is made from now on",
     {SUBJECT("lifetime", "NAME", "as in the list"), NEEDED("seconds", "N", "how long")},
     admin_run},
};

const struct command_rows command_rows_people = {rows, sizeof(rows) / sizeof(rows[0])};
