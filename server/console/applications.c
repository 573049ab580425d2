/* SPDX-License-Identifier: Apache-2.0 */
#include "console/applications.h"

#include "base/scope.h"
#include "console/scope_face.h"
#include "console/visit.h"
#include "http/reply.h"
#include "store/store_given.h"

#define APPLICATIONS_PATH SLICE("/applications")
#define SHOWN_MAX         100 /* of one person; more is told as such */

/* Copied out of the answer that told it: the visitor, and which of the applications it is about. */
struct holding {
    struct visit *visit;
    int64_t user_id, session_id, account_id, grant_id;
    h2o_iovec_t name, email;
};

static struct holding *holding_of(struct visit *visit, const struct session_row *session)
{
    h2o_mem_pool_t *pool = visit->call->pool;
    struct holding *holding = h2o_mem_alloc_pool(pool, sizeof(*holding));
    *holding = (struct holding){.visit = visit,
                                .user_id = session->user_id,
                                .session_id = session->id,
                                .name = slice_copy(pool, session->name),
                                .email = slice_copy(pool, session->email)};
    return holding;
}

static void send_to_login(struct visit *visit)
{
    reply_see_other(visit->call,
                    visit_login_location(visit->call, &(struct visit_onward){.target = APPLICATIONS_PATH}));
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

static void list(struct visit *visit, const struct session_row *session);
static void listed(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

void applications_start(struct call *call)
{
    visit_find_session(visit_start(call), list);
}

static void list(struct visit *visit, const struct session_row *session)
{
    if (session == NULL)
        send_to_login(visit);
    else
        visit->rows = store_given_list(visit->call->worker->db, session->user_id, SHOWN_MAX + 1, listed,
                                       holding_of(visit, session));
}

static h2o_iovec_t ident_in(h2o_mem_pool_t *pool, enum ident_kind kind, int64_t id)
{
    char text[IDENT_BYTES_MAX];
    return slice_copy(pool, (h2o_iovec_t){text, ident_text(kind, id, text)});
}

/* The sentences that the person read when they let it in. */
static void tell_scopes(h2o_mem_pool_t *pool, h2o_iovec_t text, struct page_applications_applications *row)
{
    struct scope_set scopes;
    if (scope_set_parse(pool, text, &scopes) != ERR_NONE)
        return; /* what is not understood opens nothing, either */
    struct page_applications_scopes *faces = h2o_mem_alloc_pool(pool, sizeof(*faces) * (scopes.count + 1));
    for (size_t i = 0; i < scopes.count; ++i) {
        struct scope_face face = scope_face(scopes.tokens[i]);
        faces[i] =
            (struct page_applications_scopes){.word = face.word, .subject = face.subject, SCOPE_FACE_MEMBERS(face)};
    }
    row->scopes = faces;
    row->scopes_count = scopes.count;
    row->may = scopes.count > 0;
}

static struct page_applications_applications *rows_of(h2o_mem_pool_t *pool, const struct given_row *given, size_t count)
{
    struct page_applications_applications *rows = h2o_mem_alloc_pool(pool, sizeof(*rows) * (count + 1));
    for (size_t i = 0; i < count; ++i) {
        rows[i] = (struct page_applications_applications){
            .name = given[i].application,
            .maker = given[i].maker,
            .account_name = given[i].account,
            .account = ident_in(pool, IDENT_ACCOUNT, given[i].account_id),
            .grant = ident_in(pool, IDENT_GRANT, given[i].grant_id),
            .given = given[i].given_us,
            .used = given[i].used_us,
            .is_used = given[i].used_us != 0,
            .open = given[i].open,
        };
        tell_scopes(pool, given[i].scopes, &rows[i]);
    }
    return rows;
}

static void listed(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct holding *holding = cookie;
    struct visit *visit = holding->visit;
    struct text out;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    size_t shown = count < SHOWN_MAX ? count : SHOWN_MAX;
    struct page_applications page = {.name = holding->name,
                                     .email = holding->email,
                                     .ended = form_get(&visit->query, SLICE("ended")).base != NULL,
                                     .any = count > 0,
                                     .more = count > shown,
                                     .applications = rows_of(visit->call->pool, rows, shown),
                                     .applications_count = shown};
    visit_page_start(visit, &out);
    page_applications(&out, visit->language, &page);
    visit_page_send(visit, 200, &out);
}

/* --- the question ------------------------------------------------------------------------------------------------- */

static void ask(struct visit *visit, const struct session_row *session);
static void asked(enum db_outcome outcome, const void *rows, size_t count, void *cookie);
static void end(struct visit *visit, const struct session_row *session);

void applications_end_start(struct call *call)
{
    visit_find_session(visit_start(call), call->method == METHOD_POST ? end : ask);
}

static void ask(struct visit *visit, const struct session_row *session)
{
    int64_t account_id, grant_id;
    if (session == NULL)
        send_to_login(visit);
    else if (!ident_parse(IDENT_ACCOUNT, form_get(&visit->query, SLICE("account")), &account_id) ||
             !ident_parse(IDENT_GRANT, form_get(&visit->query, SLICE("grant")), &grant_id))
        reply_see_other(visit->call, APPLICATIONS_PATH);
    else
        visit->rows = store_given_find(visit->call->worker->db, session->user_id, account_id, grant_id, asked,
                                       holding_of(visit, session));
}

static void asked(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct holding *holding = cookie;
    struct visit *visit = holding->visit;
    const struct given_row *given = rows;
    struct text out;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    if (count == 0) {
        reply_see_other(visit->call, APPLICATIONS_PATH);
        return;
    }
    json_t *claims = json_pack("{s:I, s:I, s:I}", "session", (json_int_t)holding->session_id, "account",
                               (json_int_t)given->account_id, "grant", (json_int_t)given->grant_id);
    struct page_application_end page = {.form = visit_ticket(visit, VISIT_END, claims, LIMIT_SESSION_SECONDS),
                                        .application = given->application,
                                        .account = given->account};
    visit_page_start(visit, &out);
    page_application_end(&out, visit->language, &page);
    visit_page_send(visit, 200, &out);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void ended(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct visit *visit = cookie;
    (void)rows, (void)count; /* what is gone already has ended, too */
    visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(visit, outcome);
    else
        visit_settle(visit, SLICE("/applications?ended=yes"));
}

static int64_t number_in(const struct visit *visit, const char *name)
{
    return json_integer_value(json_object_get(visit->claims, name));
}

static void end(struct visit *visit, const struct session_row *session)
{
    if (session == NULL)
        send_to_login(visit);
    else if (!visit_open(visit, VISIT_END) || number_in(visit, "session") != session->id)
        reply_see_other(visit->call, APPLICATIONS_PATH); /* a page that was open for too long, or not ours */
    else
        visit->rows = store_given_end(visit->call->worker->db, session->user_id, number_in(visit, "account"),
                                      number_in(visit, "grant"), visit_actor(visit, session->user_id, session->name),
                                      ended, visit);
}
