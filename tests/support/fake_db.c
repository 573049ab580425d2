/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_db.h"

#include "base/clock.h"
#include "base/codec.h"
#include "check.h"
#include "store/db_result.h"

#include <stdlib.h>

#define ROWS_MAX   1024
#define VALUES_MAX 64

const char fake_any[] = "(any)";
const char fake_end[] = "(end)";

struct row {
    char *values[VALUES_MAX]; /* NULL: SQL NULL */
    int count;
};

struct expectation {
    h2o_linklist_t link;
    enum statement statement;
    char *parameters[LIMIT_DB_PARAMETERS_MAX];
    bool is_any[LIMIT_DB_PARAMETERS_MAX];
    int parameter_count; /* -1: any */
    bool always, held, expects_cancel;
    enum db_outcome outcome;
    char sqlstate[6];
    struct row *rows;
    int row_count;
    struct db_backend backend;
};

struct db_call {
    h2o_linklist_t link;
    struct db *db;
    struct expectation *expectation; /* owned unless it stands always; NULL: a pause */
    int64_t due_ms;                  /* of a pause */
    db_call_cb *callback;
    void *cookie;
};

struct db {
    h2o_loop_t *loop; /* NULL: answers come in fake_db_turn */
    h2o_timeout_t soon;
    h2o_timeout_entry_t entry;
    h2o_linklist_t expectations, standing, calls;
    struct expectation *last;
    struct db_call *answering;
    struct db_lane_state lane_states[DB_LANE__MAX];
    bool destroying;
};

static struct expectation *expectation_of(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(struct expectation, link, link);
}

static struct db_call *call_of(h2o_linklist_t *link)
{
    return H2O_STRUCT_FROM_MEMBER(struct db_call, link, link);
}

static char *copy_of(const char *text)
{
    return text == NULL ? NULL : strcpy(h2o_mem_alloc(strlen(text) + 1), text);
}

/* --- making and ending ------------------------------------------------------------------------ */

struct db *fake_db_create(void)
{
    struct db *db = h2o_mem_alloc(sizeof(*db));
    *db = (struct db){.loop = NULL};
    h2o_linklist_init_anchor(&db->expectations);
    h2o_linklist_init_anchor(&db->standing);
    h2o_linklist_init_anchor(&db->calls);
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane)
        db->lane_states[lane] = (struct db_lane_state){.connections = 1, .ready = 1};
    return db;
}

static void on_soon(h2o_timeout_entry_t *entry)
{
    struct db *db = H2O_STRUCT_FROM_MEMBER(struct db, entry, entry);
    fake_db_turn(db);
    if (!h2o_linklist_is_empty(&db->calls) && !h2o_timeout_is_linked(&db->entry))
        h2o_timeout_link(db->loop, &db->soon, &db->entry); /* pauses and held calls become due some time */
}

struct db *db_create(h2o_loop_t *loop, const struct db_settings *settings)
{
    (void)settings;
    struct db *db = fake_db_create();
    db->loop = loop;
    h2o_timeout_init(loop, &db->soon, 1);
    db->entry.cb = on_soon;
    return db;
}

static void expectation_free(struct expectation *expectation)
{
    for (int i = 0; i < expectation->parameter_count; ++i)
        free(expectation->parameters[i]);
    for (int row = 0; row < expectation->row_count; ++row) {
        for (int i = 0; i < expectation->rows[row].count; ++i)
            free(expectation->rows[row].values[i]);
    }
    free(expectation->rows);
    free(expectation);
}

static void expectations_free(h2o_linklist_t *list)
{
    while (!h2o_linklist_is_empty(list)) {
        struct expectation *expectation = expectation_of(list->next);
        h2o_linklist_unlink(&expectation->link);
        expectation_free(expectation);
    }
}

static void call_free(struct db_call *call)
{
    if (call->expectation != NULL && !call->expectation->always)
        expectation_free(call->expectation);
    free(call);
}

void db_destroy(struct db *db)
{
    if (db == NULL)
        return;
    db->destroying = true;
    while (!h2o_linklist_is_empty(&db->calls)) {
        struct db_call *call = call_of(db->calls.next);
        h2o_linklist_unlink(&call->link);
        db->answering = call;
        call->callback(DB_BUSY, NULL, call->cookie);
        call_free(call);
    }
    if (db->loop != NULL) {
        h2o_timeout_unlink(&db->entry);
        h2o_timeout_dispose(db->loop, &db->soon);
    }
    expectations_free(&db->expectations);
    expectations_free(&db->standing);
    free(db);
}

void fake_db_destroy(struct db *db)
{
    if (!h2o_linklist_is_empty(&db->expectations)) {
        struct expectation *missing = expectation_of(db->expectations.next);
        fail_msg("a call of %s was expected and did not come", statement_row(missing->statement)->name);
    }
    for (h2o_linklist_t *link = db->calls.next; link != &db->calls; link = link->next) {
        const struct expectation *expectation = call_of(link)->expectation;
        if (expectation != NULL && expectation->expects_cancel)
            fail_msg("a call of %s was expected to be cancelled", statement_row(expectation->statement)->name);
    }
    db_destroy(db);
}

/* --- what is expected ------------------------------------------------------------------------- */

static struct expectation *expectation_add(struct db *db, h2o_linklist_t *list, enum statement statement)
{
    struct expectation *expectation = h2o_mem_alloc(sizeof(*expectation));
    *expectation = (struct expectation){.statement = statement, .parameter_count = -1, .outcome = DB_DONE};
    h2o_linklist_insert(list, &expectation->link);
    db->last = expectation;
    return expectation;
}

void fake_db_expect(struct db *db, enum statement statement, const char *const *parameters)
{
    struct expectation *expectation = expectation_add(db, &db->expectations, statement);
    for (int i = 0; parameters != NULL && (i == 0 || parameters[i - 1] != fake_end); ++i) {
        expectation->parameter_count = i;
        if (parameters[i] == fake_end)
            break;
        assert_true(i < LIMIT_DB_PARAMETERS_MAX);
        expectation->is_any[i] = parameters[i] == fake_any;
        expectation->parameters[i] = copy_of(parameters[i]);
    }
    if (expectation->parameter_count >= 0)
        assert_int_equal(expectation->parameter_count, statement_row(statement)->parameters);
}

void fake_db_always(struct db *db, enum statement statement)
{
    expectation_add(db, &db->standing, statement)->always = true;
}

static struct expectation *last_of(struct db *db)
{
    assert_non_null(db->last); /* state an expectation first */
    return db->last;
}

void fake_db_row(struct db *db, const char *const *values)
{
    struct expectation *expectation = last_of(db);
    assert_true(expectation->row_count < ROWS_MAX);
    if (expectation->rows == NULL)
        expectation->rows = h2o_mem_alloc(ROWS_MAX * sizeof(*expectation->rows));
    struct row *row = &expectation->rows[expectation->row_count++];
    for (row->count = 0; values[row->count] != fake_end; ++row->count) {
        assert_true(row->count < VALUES_MAX);
        row->values[row->count] = copy_of(values[row->count]);
    }
}

void fake_db_refuse(struct db *db, const char *sqlstate)
{
    last_of(db)->outcome = DB_REFUSED;
    snprintf(last_of(db)->sqlstate, sizeof(last_of(db)->sqlstate), "%s", sqlstate);
}

void fake_db_fail(struct db *db, enum db_outcome outcome)
{
    assert_true(outcome == DB_BUSY || outcome == DB_LOST);
    last_of(db)->outcome = outcome;
}

void fake_db_backend(struct db *db, struct db_backend backend)
{
    last_of(db)->backend = backend;
}

void fake_db_hold(struct db *db)
{
    last_of(db)->held = true;
}

void fake_db_expect_cancel(struct db *db)
{
    last_of(db)->held = last_of(db)->expects_cancel = true;
}

/* --- calls ------------------------------------------------------------------------------------ */

/* As an expectation would state it; in the pool. */
static const char *parameter_text(h2o_mem_pool_t *pool, const struct db_parameters *parameters, int i)
{
    const char *value = parameters->values[i];
    size_t len = (size_t)parameters->lengths[i];
    if (value == NULL)
        return NULL;
    if (parameters->formats[i] == 0)
        return slice_copy(pool, (h2o_iovec_t){(char *)value, len}).base;
    char *hex = h2o_mem_alloc_pool(pool, CODEC_HEX_LEN(len) + sizeof("\\x"));
    memcpy(hex, "\\x", 2);
    hex[2 + codec_hex_encode(hex + 2, value, len)] = '\0';
    return hex;
}

static void print_call(enum statement statement, const struct db_parameters *parameters)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    print_error("called: %s\n", statement_row(statement)->name);
    for (int i = 0; i < parameters->count; ++i) {
        const char *text = parameter_text(&pool, parameters, i);
        print_error("   $%d = %s\n", i + 1, text == NULL ? "NULL" : text);
    }
    h2o_mem_clear_pool(&pool);
}

static void check_parameters(const struct expectation *expectation, const struct db_parameters *parameters)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    for (int i = 0; i < expectation->parameter_count; ++i) {
        const char *want = expectation->parameters[i], *got = parameter_text(&pool, parameters, i);
        bool same = expectation->is_any[i] || (want == NULL && got == NULL) ||
                    (want != NULL && got != NULL && strcmp(want, got) == 0);
        if (!same) {
            print_call(expectation->statement, parameters);
            fail_msg("$%d of %s: expected %s", i + 1, statement_row(expectation->statement)->name,
                     want == NULL ? "NULL" : want);
        }
    }
    h2o_mem_clear_pool(&pool);
}

/* The one that this call meets, taken out of its list unless it stands always. */
static struct expectation *expectation_take(struct db *db, enum statement statement,
                                            const struct db_parameters *parameters)
{
    if (!h2o_linklist_is_empty(&db->expectations)) {
        struct expectation *next = expectation_of(db->expectations.next);
        if (next->statement == statement) {
            check_parameters(next, parameters);
            h2o_linklist_unlink(&next->link);
            return next;
        }
    }
    for (h2o_linklist_t *link = db->standing.prev; link != &db->standing; link = link->prev) {
        if (expectation_of(link)->statement == statement)
            return expectation_of(link); /* the one stated last */
    }
    print_call(statement, parameters);
    if (h2o_linklist_is_empty(&db->expectations))
        fail_msg("no call was expected");
    else
        fail_msg("expected was a call of %s", statement_row(expectation_of(db->expectations.next)->statement)->name);
    return NULL;
}

static struct db_call *call_start(struct db *db, struct expectation *expectation, db_call_cb *callback, void *cookie)
{
    struct db_call *call = h2o_mem_alloc(sizeof(*call));
    *call = (struct db_call){.db = db, .expectation = expectation, .callback = callback, .cookie = cookie};
    h2o_linklist_insert(&db->calls, &call->link);
    if (db->loop != NULL && !db->destroying && !h2o_timeout_is_linked(&db->entry))
        h2o_timeout_link(db->loop, &db->soon, &db->entry);
    return call;
}

struct db_call *db_call_start(struct db *db, enum statement statement, const struct db_parameters *parameters,
                              db_call_cb *callback, void *cookie)
{
    assert_int_equal(parameters->count, statement_row(statement)->parameters);
    struct expectation *expectation = db->destroying ? NULL : expectation_take(db, statement, parameters);
    return call_start(db, expectation, callback, cookie);
}

struct db_call *db_call_pause(struct db *db, int64_t ms, db_call_cb *callback, void *cookie)
{
    struct db_call *call = call_start(db, NULL, callback, cookie);
    call->due_ms = clock_monotonic_ms() + ms;
    return call;
}

void db_call_cancel(struct db_call **call)
{
    struct db_call *cancelled = *call;
    *call = NULL;
    if (cancelled == NULL || cancelled == cancelled->db->answering)
        return;
    h2o_linklist_unlink(&cancelled->link);
    call_free(cancelled);
}

struct db_backend db_call_backend(const struct db_call *call)
{
    assert_ptr_equal(call, call->db->answering); /* valid inside the callback only */
    return call->expectation == NULL ? (struct db_backend){0, 0} : call->expectation->backend;
}

/* --- answers ---------------------------------------------------------------------------------- */

static PGresult *rows_of(const struct expectation *expectation)
{
    PGresult *rows = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    int columns = expectation->row_count == 0 ? 0 : expectation->rows[0].count;
    PGresAttDesc attributes[VALUES_MAX] = {{.name = NULL}};
    for (int i = 0; i < columns; ++i)
        attributes[i] = (PGresAttDesc){.name = (char *)"", .typlen = -1, .atttypmod = -1};
    assert_true(columns == 0 || PQsetResultAttrs(rows, columns, attributes) == 1);
    for (int row = 0; row < expectation->row_count; ++row) {
        assert_int_equal(expectation->rows[row].count, columns);
        for (int i = 0; i < columns; ++i) {
            char *value = expectation->rows[row].values[i];
            assert_int_equal(PQsetvalue(rows, row, i, value, value == NULL ? -1 : (int)strlen(value)), 1);
        }
    }
    return rows;
}

static void call_answer(struct db_call *call)
{
    const struct expectation *expectation = call->expectation;
    enum db_outcome outcome = expectation == NULL ? DB_DONE : expectation->outcome;
    struct db_result result = {.sqlstate = SLICE_NONE};
    PGresult *rows = NULL;
    if (expectation != NULL && outcome == DB_DONE)
        result.rows = rows = rows_of(expectation);
    if (outcome == DB_REFUSED) {
        result.sqlstate = slice_of(expectation->sqlstate);
        result.message = SLICE("refused by the fake database");
    }
    bool has_result = expectation != NULL && (outcome == DB_DONE || outcome == DB_REFUSED);
    h2o_linklist_unlink(&call->link);
    call->db->answering = call;
    call->callback(outcome, has_result ? &result : NULL, call->cookie);
    call->db->answering = NULL;
    PQclear(rows);
    call_free(call);
}

static struct db_call *first_due(struct db *db)
{
    for (h2o_linklist_t *link = db->calls.next; link != &db->calls; link = link->next) {
        struct db_call *call = call_of(link);
        bool due = call->expectation == NULL ? call->due_ms <= clock_monotonic_ms() : !call->expectation->held;
        if (due)
            return call;
    }
    return NULL;
}

void fake_db_turn(struct db *db)
{
    struct db_call *call;
    while ((call = first_due(db)) != NULL)
        call_answer(call);
}

void fake_db_release(struct db *db)
{
    for (h2o_linklist_t *link = db->calls.next; link != &db->calls; link = link->next) {
        struct expectation *expectation = call_of(link)->expectation;
        if (expectation != NULL && !expectation->expects_cancel)
            expectation->held = false;
    }
}

size_t fake_db_waiting(const struct db *db)
{
    size_t count = 0;
    for (const h2o_linklist_t *link = db->calls.next; link != &db->calls; link = link->next)
        ++count;
    return count;
}

struct db_lane_state db_lane_state(const struct db *db, enum db_lane lane)
{
    return db->lane_states[lane];
}

void fake_db_set_lane_state(struct db *db, enum db_lane lane, struct db_lane_state state)
{
    db->lane_states[lane] = state;
}
