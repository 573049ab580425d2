/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command_rows.h"

#include "app/admin.h"
#include "app/reseal_command.h"
#include "app/signing_key_command.h"

static const struct command rows[] = {
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
};

const struct command_rows command_rows_operation = {rows, sizeof(rows) / sizeof(rows[0])};
