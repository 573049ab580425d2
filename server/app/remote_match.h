/* SPDX-License-Identifier: Apache-2.0 */
/* Which operation of the management API a command is, and which of its words goes where: both run the same statement,
 * so that the parameters of one are those of the other, position by position. */
#ifndef HALLMARK_APP_REMOTE_MATCH_H
#define HALLMARK_APP_REMOTE_MATCH_H

#include "admin/operation.h"
#include "app/admin.h"

/* One parameter of the statement, as the command line says it. */
struct remote_value {
    const struct admin_source *source; /* NULL: behind the last of the row */
    const char *text;                  /* as it is written in a request; NULL: not given */
    bool is_drawn;                     /* by the server, over HTTP */
    bool is_account_of_key;            /* the first of the two that a client id stands for */
};

/* The same parameter, as the operation has it. */
struct remote_place {
    const struct operand *operand;
    int part; /* of an operand that stands for several: 0, 1, ... */
};

struct remote_match {
    const struct operation *operation; /* NULL: none fits */
    struct remote_value values[LIMIT_DB_PARAMETERS_MAX];
    struct remote_place places[LIMIT_DB_PARAMETERS_MAX];
    int count;
    const char *misfit; /* when none fits: the parameter of the command that has to be left out or given; NULL: none */
    bool misfit_given;
};

/* What the words of the command line say; false, after having said what is wrong with one. */
__attribute__((warn_unused_result)) bool remote_match_read(const struct command_input *input,
                                                           const struct admin_row *row, struct remote_match *out);

/* Chooses the operation: one that takes all that is given and misses nothing, and of several the narrowest, that is the
 * one whose path and literals say most. */
void remote_match_choose(enum statement statement, struct remote_match *match);

/* Where an operand is written. */
enum remote_where {
    REMOTE_NOWHERE, /* the server knows it, or draws it */
    REMOTE_LITERAL, /* it stands in the operation itself */
    REMOTE_PATH,
    REMOTE_BODY,
    REMOTE_QUERY,
};
enum remote_where remote_where(enum operand_kind kind);

/* How many parameters an operand stands for. */
int remote_parameters_of(enum operand_kind kind);

#endif
