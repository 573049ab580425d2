/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the administrative commands, a file a group of nouns; admin_table.c looks through them. */
#ifndef HALLMARK_APP_ADMIN_ROWS_H
#define HALLMARK_APP_ADMIN_ROWS_H

#include "app/admin.h"

struct admin_rows {
    const struct admin_row *rows;
    size_t count;
};

extern const struct admin_rows admin_rows_accounts, admin_rows_keys, admin_rows_operation;

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
#define REDIRECTS(name)                                                                                                \
    {                                                                                                                  \
        SOURCE_REDIRECTS, name, IDENT__MAX                                                                             \
    }
#define TARGET(name)                                                                                                   \
    {                                                                                                                  \
        SOURCE_TARGET, name, IDENT__MAX                                                                                \
    }
#define LITERAL(text)                                                                                                  \
    {                                                                                                                  \
        SOURCE_LITERAL, text, IDENT__MAX                                                                               \
    }
#define KEY                                                                                                            \
    {                                                                                                                  \
        SOURCE_KEY, "key", IDENT__MAX                                                                                  \
    }
#define NEW_KEY                                                                                                        \
    {                                                                                                                  \
        SOURCE_NEW_KEY, NULL, IDENT__MAX                                                                               \
    }
#define NEW_SECRET                                                                                                     \
    {                                                                                                                  \
        SOURCE_NEW_SECRET, NULL, IDENT__MAX                                                                            \
    }
#define SCOPES_OR_NULL(name)                                                                                           \
    {                                                                                                                  \
        SOURCE_SCOPES_OR_NULL, name, IDENT__MAX                                                                        \
    }
#define HOOK             ID("account", IDENT_ACCOUNT), ID("webhook", IDENT_WEBHOOK)
#define KEY_STATE(state) KEY, LITERAL(NULL), LITERAL(NULL), LITERAL(NULL), LITERAL(NULL), LITERAL(state)
#define APPLICATION_STATE(state)                                                                                       \
    ID("application", IDENT_APPLICATION), LITERAL(state), LITERAL(NULL), LITERAL(NULL), LITERAL(NULL), LITERAL(NULL),  \
        ID("account", IDENT_ACCOUNT)
#define CHANGES true
#define READS   false
#define ONE     true
#define MANY    false

#endif
