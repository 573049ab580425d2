/* SPDX-License-Identifier: Apache-2.0 */
/* One request for a page: what was sent, in which language to answer, and what is under way for it. Made in the
 * request's pool; what is under way is cancelled, and what was secret is wiped, when the request ends.
 *
 * Each form carries a ticket (token/ticket.h) that is bound to the browser by a cookie, so that no other site can post
 * it, and that carries what the next step has to know and nobody may change. */
#ifndef HALLMARK_CONSOLE_VISIT_H
#define HALLMARK_CONSOLE_VISIT_H

#include "base/form.h"
#include "console/hash_job.h"
#include "console/page.h"
#include "http/reply.h"
#include "http/settle.h"
#include "store/rows_call.h"
#include "store/store_login.h"
#include <jansson.h>

struct visit {
    struct call *call;
    struct form query, form; /* empty where it was not well formed */
    enum language language;
    json_t *claims;         /* of the form's ticket; NULL: it had none, or not one of ours */
    struct rows_call *rows; /* under way: the one statement that is waited for */
    struct hash_job *hash;
    struct settling *settling;
    void (*then)(struct visit *visit, const struct session_row *session); /* of visit_find_session */
    struct page_allowed page_allowed; /* of the page that is sent (http/reply.h): nothing, unless it is set */
    void *owner;                      /* whose visit it is, told when it is gone; NULL: none */
    void (*owner_gone)(void *owner);
    h2o_iovec_t onward; /* of visit_settle */
};

struct visit *visit_start(struct call *call);

/* --- the ticket of a form --- */

/* What forms are for: a ticket of one is no ticket of another. */
#define VISIT_LOGIN   "login form"
#define VISIT_CODE    "second step form"
#define VISIT_SESSION "session form"
#define VISIT_END     "end of an application form"

/* A ticket for the page to come; gives the browser its cookie if it has none. `claims` is taken over. */
h2o_iovec_t visit_ticket(struct visit *visit, const char *purpose, json_t *claims, int64_t seconds);

/* Opens the posted ticket into visit->claims. False: it is not ours, not for this browser or purpose, too old, or the
 * browser says that another site sends it. */
bool visit_open(struct visit *visit, const char *purpose);

/* A text among the claims; SLICE_NONE when there is none. Valid as long as the visit. */
h2o_iovec_t visit_claim(const struct visit *visit, const char *name);

/* --- where to go on --- */

/* Where somebody goes on after a login. */
struct visit_onward {
    h2o_iovec_t target;      /* a path of ours, beginning with one slash */
    h2o_iovec_t form_target; /* an origin that it may lead to at once; SLICE_NONE: none */
    h2o_iovec_t hint;        /* the address to log in with, as somebody else knows it; SLICE_NONE: none */
};

/* All that in a ticket, so that whoever is sent to log in comes back there and nowhere else:
 * "/login?continue=TICKET". */
h2o_iovec_t visit_login_location(struct call *call, const struct visit_onward *onward);

/* What is in such a ticket; false, and all of it SLICE_NONE, when it is not one of ours. */
bool visit_read_onward(struct call *call, h2o_iovec_t ticket, struct visit_onward *out);

/* --- who it is --- */

/* Looks the session cookie up and calls `then(visit, session)` once, never inside; session is NULL when nobody is
 * logged in, and valid inside the callback only. When the database cannot be asked the request is refused instead. */
void visit_find_session(struct visit *visit, void (*then)(struct visit *visit, const struct session_row *session));

/* Whether this is a login of the last minutes, as what changes how a person logs in wants it. False: the browser was
 * sent to log in, as whoever it is, and back to `path`. `session` may be NULL. */
bool visit_is_fresh(struct visit *visit, const struct session_row *session, h2o_iovec_t path);

/* Who does it, for the history (store_actor_text): this person, through our pages. */
h2o_iovec_t visit_actor(const struct visit *visit, int64_t user_id, h2o_iovec_t name);

/* Something ended: sends the browser on (303) once every thread of this node has heard of it. */
void visit_settle(struct visit *visit, h2o_iovec_t target);

/* --- answers --- */

/* Starts the text of a page. */
void visit_page_start(struct visit *visit, struct text *out);
void visit_page_send(struct visit *visit, int status, const struct text *out);
/* The database could not do it. */
void visit_refuse(struct visit *visit, enum db_outcome outcome);

#endif
