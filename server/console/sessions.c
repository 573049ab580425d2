/* SPDX-License-Identifier: Apache-2.0 */
#include "console/sessions.h"

#include "console/cookie.h"
#include "console/program.h"
#include "console/visit.h"
#include "http/reply.h"

#define SESSIONS_PATH SLICE("/sessions")

/* Copied out of the answer that told it: the visitor. */
struct visitor {
    struct visit *visit;
    int64_t user_id, session_id;
    h2o_iovec_t name, email;
};

static struct visitor *visitor_of(struct visit *visit, const struct session_row *session)
{
    h2o_mem_pool_t *pool = visit->call->pool;
    struct visitor *visitor = h2o_mem_alloc_pool(pool, sizeof(*visitor));
    *visitor = (struct visitor){visit, session->user_id, session->id, slice_copy(pool, session->name),
                                slice_copy(pool, session->email)};
    return visitor;
}

/* The form is one that this session was given. */
static bool is_own_form(struct visit *visit, const struct session_row *session)
{
    return visit_open(visit, VISIT_SESSION) &&
           json_integer_value(json_object_get(visit->claims, "session")) == session->id;
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

static void list(struct visit *visit, const struct session_row *session);
static void listed(enum db_outcome outcome, const void *rows, size_t count, void *cookie);
static void end_one(struct visit *visit, const struct session_row *session);

void sessions_start(struct call *call)
{
    visit_find_session(visit_start(call), call->method == METHOD_POST ? end_one : list);
}

static void list(struct visit *visit, const struct session_row *session)
{
    struct call *call = visit->call;
    if (session == NULL)
        reply_see_other(call, visit_login_location(call, &(struct visit_onward){.target = SESSIONS_PATH}));
    else
        visit->rows = store_session_list(call->worker->db, session->user_id, listed, visitor_of(visit, session));
}

static struct page_sessions_sessions *rows_of(const struct visitor *visitor, const struct session_place *places,
                                              size_t count)
{
    h2o_mem_pool_t *pool = visitor->visit->call->pool;
    struct page_sessions_sessions *rows = h2o_mem_alloc_pool(pool, sizeof(*rows) * (count + 1));
    for (size_t i = 0; i < count; ++i)
        rows[i] = (struct page_sessions_sessions){.number = places[i].id,
                                                  .begun = places[i].created_us,
                                                  .seen = places[i].seen_us,
                                                  .address = places[i].address,
                                                  .program = program_name(pool, places[i].program),
                                                  .here = places[i].id == visitor->session_id};
    return rows;
}

static void listed(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct visitor *visitor = cookie;
    struct visit *visit = visitor->visit;
    struct text out;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    json_t *claims = json_pack("{s:I}", "session", (json_int_t)visitor->session_id);
    struct page_sessions page = {.form = visit_ticket(visit, VISIT_SESSION, claims, LIMIT_SESSION_SECONDS),
                                 .name = visitor->name,
                                 .email = visitor->email,
                                 .ended = form_get(&visit->query, SLICE("ended")).base != NULL,
                                 .changed = form_get(&visit->query, SLICE("password")).base != NULL,
                                 .sessions = rows_of(visitor, rows, count),
                                 .sessions_count = count};
    visit_page_start(visit, &out);
    page_sessions(&out, visit->language, &page);
    visit_page_send(visit, 200, &out);
}

/* --- ending one --------------------------------------------------------------------------------------------------- */

static void ended(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct visit *visit = cookie;
    (void)rows, (void)count; /* one that is gone already is ended, too */
    visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(visit, outcome);
    else
        visit_settle(visit, SLICE("/sessions?ended=yes"));
}

static void end_one(struct visit *visit, const struct session_row *session)
{
    struct call *call = visit->call;
    uint64_t id;
    if (session == NULL)
        reply_see_other(call, visit_login_location(call, &(struct visit_onward){.target = SESSIONS_PATH}));
    else if (!is_own_form(visit, session) || !slice_to_u64(form_get(&visit->form, SLICE("session")), INT64_MAX, &id) ||
             id == 0)
        reply_see_other(call, SESSIONS_PATH); /* a page that was open for too long, or not ours: shown anew */
    else
        visit->rows = store_session_end(call->worker->db, session->user_id, (int64_t)id,
                                        visit_actor(visit, session->user_id, session->name), ended, visit);
}

/* --- logging out -------------------------------------------------------------------------------------------------- */

static void logout(struct visit *visit, const struct session_row *session);

void logout_start(struct call *call)
{
    visit_find_session(visit_start(call), logout);
}

static void logged_out(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct visit *visit = cookie;
    (void)rows, (void)count;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    cookie_end(visit->call, COOKIE_SESSION);
    visit_settle(visit, visit->onward);
}

/* id 0: all of them */
static void log_out(struct visit *visit, const struct session_row *session, int64_t id, h2o_iovec_t target)
{
    visit->onward = target;
    visit->rows = store_session_end(visit->call->worker->db, session->user_id, id,
                                    visit_actor(visit, session->user_id, session->name), logged_out, visit);
}

void sessions_log_out(struct visit *visit, const struct session_row *session, h2o_iovec_t target)
{
    log_out(visit, session, session->id, target);
}

static void logout(struct visit *visit, const struct session_row *session)
{
    bool everywhere = form_get(&visit->form, SLICE("everywhere")).base != NULL;
    bool is_own = session == NULL ? visit_open(visit, VISIT_SESSION) : is_own_form(visit, session);
    h2o_iovec_t asked = is_own ? visit_claim(visit, SESSION_CLAIM_TO) : SLICE_NONE;
    h2o_iovec_t target = asked.base == NULL ? SLICE("/login?left=yes") : asked;
    if (session == NULL) {
        cookie_end(visit->call, COOKIE_SESSION);
        reply_see_other(visit->call, target);
    } else if (!is_own)
        reply_see_other(visit->call, SESSIONS_PATH);
    else
        log_out(visit, session, everywhere ? 0 : session->id, target);
}
