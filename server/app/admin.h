/* SPDX-License-Identifier: Apache-2.0 */
/* Administrative commands: each is one statement, whose parameters come from the words of the command line as a row
 * says. */
#ifndef HALLMARK_APP_ADMIN_H
#define HALLMARK_APP_ADMIN_H

#include "app/command.h"
#include "base/credential.h"
#include "store/db_sync.h"

#define ADMIN_SOURCES_MAX 14

enum admin_source_kind {
    SOURCE_END,
    SOURCE_NEW_ID,         /* drawn; `ident` says of which kind */
    SOURCE_IDENT,          /* acc_..., usr_..., app_...; NULL when not given */
    SOURCE_CALLER,         /* usr_..., who asks: it has to be given, but over HTTP, where the server knows it */
    SOURCE_TEXT,           /* as given; NULL when not given */
    SOURCE_NUMBER,         /* decimal; NULL when not given */
    SOURCE_KEY,            /* a client id: two parameters, the account that it carries and the id itself */
    SOURCE_SCOPES,         /* space-separated, checked and sorted; an empty array when not given */
    SOURCE_SCOPES_OR_NULL, /* the same, but NULL when not given */
    SOURCE_WORDS,          /* space-separated words of [A-Za-z0-9._-]; an empty array when not given */
    SOURCE_REDIRECTS,      /* space-separated URIs that browsers may be sent to; NULL when not given */
    SOURCE_TARGET,         /* a URL that we call (webhook/target.h), or "" for none; NULL when not given */
    SOURCE_IDENTS,         /* ids with blanks between, in --name, in the file of --file, or in both; one at least */
    SOURCE_INVITE,         /* a language for a mail; NULL when not given */
    SOURCE_LITERAL,        /* `name` itself; NULL is SQL's */
    SOURCE_NEW_KEY,        /* a client id that is drawn; the command that has it in its row adds it */
    SOURCE_NEW_SECRET,     /* two parameters, digest and mask of a secret that is drawn; likewise */
    SOURCE_FOUND,          /* over HTTP alone: the id of what has this name, or e-mail address (remote_found.h) */
    SOURCE__MAX
};

struct admin_source {
    enum admin_source_kind kind;
    const char *name;
    enum ident_kind ident;
};

struct admin_row {
    const char *noun, *verb;
    enum statement statement;
    enum ident_kind id_kind; /* what the column "id" of the answer is; IDENT__MAX: a plain number */
    bool changes;            /* a policy change: the answer waits until every node has applied it */
    bool one;                /* no row is "not found" */
    struct admin_source sources[ADMIN_SOURCES_MAX];
};

/* Runs the row of the command. */
enum command_exit admin_run(struct command_input *input);

/* The connection of the administrative commands; NULL after having said why. */
struct db_sync *admin_open(const struct command_input *input);

/* The same with the master key read first. *exit_out is set when it is NULL: a key that is not there is a fault of the
 * call (COMMAND_USAGE), a database that is not is none. */
struct db_sync *admin_open_with_master_key(const struct command_input *input, enum command_exit *exit_out);

/* Waits until every live node has applied all changes made so far; a node that does not answer refuses requests by
 * itself (its feed is silent), so the wait ends when no node is behind. False, after having said so, when one is still
 * behind after ten seconds. */
bool admin_wait_for_nodes(struct db_sync *db);

/* The ids of a SOURCE_IDENTS, checked, with one space between; false, after having said which is none, or that there is
 * none at all. */
bool admin_idents(const struct command_input *input, const struct admin_source *source, h2o_iovec_t *words_out);

/* Adds the parameter that a source describes; false, after having said why. Not for what is drawn with a key. */
bool admin_add(const struct command_input *input, const struct admin_source *source, struct db_parameters *parameters);

/* What is left of the statement's parameters (rights, a version, who asks, pages) is for those who come over HTTP:
 * NULL.
 */
void admin_add_rest(enum statement statement, struct db_parameters *parameters);

/* Says what the database refused, in words of the command line. */
enum command_exit admin_refused(struct db_sync *db, const struct db_result *result);

#endif
