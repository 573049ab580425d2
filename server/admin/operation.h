/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that the management API can do, one row each: method and path, the scope it needs, the statement behind it
 * and where each of its parameters comes from. Routing, reading, answering and the OpenAPI document go by these rows.
 */
#ifndef HALLMARK_ADMIN_OPERATION_H
#define HALLMARK_ADMIN_OPERATION_H

#include "base/credential.h"
#include "http/call.h"
#include "store/statement.h"

#define OPERATION_PREFIX       POLICY_MANAGEMENT_PATH "/"
#define OPERATION_OPERANDS_MAX 24
#define OPERATION_SEGMENTS_MAX 6

enum operand_kind {
    OPERAND_END,
    OPERAND_SEGMENT,         /* of the path: an id, or a word */
    OPERAND_SEGMENT_ARRAY,   /* the same as an array of one */
    OPERAND_SEGMENT_KEY,     /* a client id of the path: two parameters, the account that it carries and itself */
    OPERAND_ALL_OR_OWN,      /* the account that an operator's view is not bound to: NULL, otherwise the token's */
    OPERAND_OWN_UNLESS_ALL,  /* the account of the path for whom may change in it alone; NULL for an operator */
    OPERAND_TEXT,            /* a member of the body, as those that follow */
    OPERAND_IDENT,           /* an id such as usr_... */
    OPERAND_IDENTS,          /* an array of them */
    OPERAND_KEY,             /* a client id: two parameters, its account and itself */
    OPERAND_SCOPES,          /* "a:read b:write" */
    OPERAND_WORDS,           /* an array of words */
    OPERAND_REDIRECTS,       /* an array of URIs that browsers may be sent to */
    OPERAND_NUMBER,          /* a whole number, not negative */
    OPERAND_BOOLEAN,         /* true or false */
    OPERAND_MOMENT,          /* RFC 3339; null takes a bound away */
    OPERAND_INVITE,          /* a language in which somebody is invited by mail; only where mail is sent */
    OPERAND_OBJECT,          /* a JSON object */
    OPERAND_QUERY_IDENT,     /* a parameter of the query that narrows a list */
    OPERAND_QUERY_WORD,      /* another one */
    OPERAND_QUERY_KEY,       /* a client id */
    OPERAND_QUERY_NUMBER,    /* a whole number */
    OPERAND_QUERY_MOMENT,    /* RFC 3339 */
    OPERAND_QUERY_IS,        /* "name=value": true when the query has it */
    OPERAND_NEW_IDENT,       /* drawn */
    OPERAND_NEW_KEY,         /* a client id of the path's account; drawn */
    OPERAND_NEW_SECRET,      /* two parameters, digest and mask; the answer shows the secret once */
    OPERAND_NEW_SIGNING_KEY, /* the last one, of the algorithm that the body names: three parameters, its kid, public
                              * half and sealed private one, made off the loop (admin/key_work.h) */
    OPERAND_LITERAL,         /* `name`; NULL is SQL's */
    OPERAND_VERSION,         /* If-Match */
    OPERAND_CALLER,          /* the member who asks, or whom the asking key hangs on */
    OPERAND_RIGHTS,          /* what whoever asks may give */
    OPERAND_RIGHTS_OR_ALL,   /* the same; NULL for an operator */
    OPERAND_ACTOR,           /* who changes, for the history */
    OPERAND_ASKED,           /* three parameters: Idempotency-Key, the request's digest, who changes */
    OPERAND_PAGE,            /* two parameters: where the page before ended, and how many rows */
    OPERAND__MAX,
};

struct operand {
    enum operand_kind kind;
    const char *name;
    enum ident_kind ident; /* OPERAND_IDENT and the like */
    bool needed;
    const char *help; /* of a member or a parameter of the query */
};

enum operation_flag {
    OPERATION_LIST = 1,    /* answers rows, in pages */
    OPERATION_VERSION = 2, /* a change of what has a version: If-Match is needed (RFC 6585 section 3) */
    OPERATION_EMPTY = 4,   /* answers without a body */
    OPERATION_SECRET = 8,  /* its answer shows a secret */
    OPERATION_ALL = 16,    /* of what all accounts share: its scope is one that operators alone have */
    OPERATION_ROWS = 32,   /* answers every row, without pages */
};

struct operation {
    enum method method;
    const char *path; /* behind the prefix; {account}, {user}, ... are segments */
    const char *scope;
    unsigned flags;
    enum statement statement;
    enum ident_kind id_kind; /* of the column "id"; IDENT__MAX: a plain number */
    const char *noun;        /* what it is about, one of it */
    const char *help;
    const char *shown_at; /* of a POST: the path at which what was made is shown; its last segment stands for its id */
    const char *subject;  /* the column that is this segment */
    struct operand operands[OPERATION_OPERANDS_MAX];
};

/* A path, cut up as a row says. */
struct operation_path {
    const struct operation *operation;
    h2o_iovec_t texts[OPERATION_SEGMENTS_MAX]; /* of the segments in braces, in order */
    const char *names[OPERATION_SEGMENTS_MAX]; /* without braces: the row's */
    size_t name_lens[OPERATION_SEGMENTS_MAX];
    size_t count;
    int64_t account_id; /* of {account}; 0: the path has none */
};

size_t operation_count(void);
const struct operation *operation_at(size_t index);

/* Finds what stands at a path (behind the prefix) and at its method; segments that are no ids of their kind are no path
 * at all. *methods_out has the METHOD_BITs that the path knows: 0 when there is no such path. NULL: no such method or
 * path. */
const struct operation *operation_find(enum method method, h2o_iovec_t path, struct operation_path *out,
                                       unsigned *methods_out);

/* The text of a segment by its name; asserts that it is there. */
h2o_iovec_t operation_segment(const struct operation_path *path, h2o_iovec_t name);

/* What a segment of this name is: an id of which kind; IDENT__MAX: a client id or a word. */
enum ident_kind operation_segment_kind(h2o_iovec_t name);

#endif
