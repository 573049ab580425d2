/* SPDX-License-Identifier: Apache-2.0 */
/* The database is played by this file: it stands in for server/store/store_client.c, so that a test decides when a read
 * looks at the rows and when its answer comes, in whatever order. */
#include "client/client_book.h"

#include "base/credential.h"
#include "check.h"
#include <stdlib.h>

/* --- a database whose answers wait ------------------------------------------------------------------------------- */

#define CLIENTS         12
#define HOLDERS         4
#define ACCOUNTS        3
#define APPLICATIONS    3
#define READS_MAX       512
#define BOOK_BYTES      (1024 * 1024)
#define BOOK_BYTES_TINY (4 * 1024) /* a few clients: entries are thrown out all the time */

struct known { /* a row of the database, and what the book was told of it */
    char client_id[CREDENTIAL_BYTES_MAX];
    int64_t committed; /* the generation that stands in the database */
    int64_t applied;   /* the last generation whose change the book has applied */
    int64_t holder_id, account_id, application_id;
    bool exists;
};

static struct known rows[CLIENTS];

struct store_client_call {
    store_client_cb *callback;
    void *cookie;
    struct known *row;
    int64_t seen; /* the generation that it read; 0: it has not looked yet */
};

static struct store_client_call *reads[READS_MAX];
static size_t read_count, reads_started;
static bool inside_start;

static struct known *row_of(h2o_iovec_t client_id)
{
    for (size_t i = 0; i < CLIENTS; ++i)
        if (slice_equal(slice_of(rows[i].client_id), client_id))
            return &rows[i];
    fail_msg("a read of an unknown client");
    return NULL;
}

struct store_client_call *store_client_find(struct db *db, int64_t account_id, h2o_iovec_t client_id,
                                            store_client_cb *callback, void *cookie)
{
    (void)db;
    struct store_client_call *call = calloc(1, sizeof(*call));
    *call = (struct store_client_call){callback, cookie, row_of(client_id), 0};
    assert_int_equal(account_id, call->row->account_id);
    assert_true(read_count < READS_MAX);
    reads[read_count++] = call;
    ++reads_started;
    return call;
}

static void forget_read(size_t index)
{
    free(reads[index]);
    reads[index] = reads[--read_count];
}

void store_client_cancel(struct store_client_call **call)
{
    size_t i = 0;
    while (i < read_count && reads[i] != *call)
        ++i;
    assert_true(i < read_count); /* nobody cancels what is answered already */
    forget_read(i);
    *call = NULL;
}

static void look(struct store_client_call *call)
{
    if (call->seen == 0)
        call->seen = call->row->committed;
}

static void answer_read(size_t index, enum db_outcome outcome)
{
    struct store_client_call call = *reads[index];
    look(&call);
    struct client_row row = {.account_id = call.row->account_id,
                             .client_id = slice_of(call.row->client_id),
                             .name = SLICE("key"),
                             .application_id = call.row->application_id,
                             .application_name = SLICE("application"),
                             .holder_id = call.row->holder_id,
                             .holder_name = SLICE("holder"),
                             .scopes = SLICE("customers:read"),
                             .holder_permissions = SLICE("customers:read"),
                             .generation = call.seen,
                             .expires_us = INT64_MAX,
                             .holder_active = true};
    bool found = outcome == DB_DONE && call.row->exists;
    forget_read(index);
    call.callback(outcome, found ? &row : NULL, call.cookie);
}

static void answer_all(enum db_outcome outcome)
{
    while (read_count > 0)
        answer_read(0, outcome);
}

static void forget_changes(void)
{
    for (int i = 0; i < CLIENTS; ++i) {
        rows[i].committed = 1;
        rows[i].applied = 0;
        rows[i].exists = true;
    }
    read_count = reads_started = 0;
}

static int setup(void **state)
{
    (void)state;
    secret_start();
    for (int i = 0; i < CLIENTS; ++i) {
        rows[i] = (struct known){
            .holder_id = 1 + i % HOLDERS, .account_id = 1 + i % ACCOUNTS, .application_id = 1 + i / 4 % APPLICATIONS};
        credential_make(CREDENTIAL_CLIENT_ID, rows[i].account_id, rows[i].client_id);
    }
    forget_changes();
    return 0;
}

static h2o_iovec_t id_of(size_t row)
{
    return slice_of(rows[row].client_id);
}

static void apply(struct client_book *book, enum policy_kind kind, int64_t account_id, const char *subject)
{
    client_book_apply(
        book, &(struct policy_change){.id = 1, .kind = kind, .account_id = account_id, .subject = slice_of(subject)});
}

/* --- one fetch, told what came ----------------------------------------------------------------------------------- */

struct told {
    int times;
    enum db_outcome outcome;
    int64_t generation; /* 0: there was no client */
    struct client_fetch **cancels;
    struct client_book *fetches_again;
    struct told *again;
};

static void tell(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct told *told = cookie;
    assert_false(inside_start);
    ++told->times;
    told->outcome = outcome;
    told->generation = client == NULL ? 0 : client->generation;
    if (told->cancels != NULL)
        client_book_cancel(told->cancels);
    if (told->fetches_again != NULL)
        (void)client_book_fetch(told->fetches_again, client->client_id, tell, told->again);
}

static struct client_fetch *fetch(struct client_book *book, size_t row, struct told *told)
{
    inside_start = true;
    struct client_fetch *started = client_book_fetch(book, id_of(row), tell, told);
    inside_start = false;
    return started;
}

static void check_told(const char *name, const struct told *told, enum db_outcome outcome, int64_t generation)
{
    check(name, told->times == 1);
    check(name, told->outcome == outcome);
    check(name, told->generation == generation);
}

/* --- cases ------------------------------------------------------------------------------------------------------- */

static void a_fetch_is_answered_once_and_kept(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told = {0};
    assert_null(client_book_find(book, id_of(0)));
    fetch(book, 0, &told);
    assert_int_equal(told.times, 0);
    answer_all(DB_DONE);
    check_told("kept", &told, DB_DONE, 1);
    assert_int_equal(client_book_find(book, id_of(0))->generation, 1);
    assert_null(client_book_find(book, id_of(1)));
    assert_int_equal(client_book_count(book), 1);
    client_book_destroy(book);
}

static void what_is_not_there_and_what_failed_is_told_and_not_kept(void **state)
{
    (void)state;
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST, DB_REFUSED, DB_DONE};
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    rows[0].exists = false;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct told told = {0};
        fetch(book, 0, &told);
        answer_all(outcomes[i]);
        check_told("nothing", &told, outcomes[i], 0);
        assert_int_equal(client_book_count(book), 0);
    }
    client_book_destroy(book);
}

static void fetches_of_one_client_in_one_epoch_share_a_read(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told first = {0}, second = {0}, other = {0};
    fetch(book, 0, &first);
    fetch(book, 1, &other);
    fetch(book, 0, &second);
    assert_int_equal(reads_started, 2);
    answer_all(DB_DONE);
    check_told("first", &first, DB_DONE, 1);
    check_told("second", &second, DB_DONE, 1);
    check_told("other", &other, DB_DONE, 1);
    client_book_destroy(book);
}

/* The read saw the old row, the change came, then the answer: it serves who asked before the change, and nobody else.
 */
static void an_answer_from_before_a_change_is_used_once(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told before = {0}, after = {0};
    fetch(book, 0, &before);
    look(reads[0]);
    rows[0].committed = 2;
    apply(book, POLICY_CLIENT, 1, rows[0].client_id);
    fetch(book, 0, &after);
    assert_int_equal(reads_started, 2); /* the later one did not join the older */
    answer_read(0, DB_DONE);
    check_told("before", &before, DB_DONE, 1);
    assert_null(client_book_find(book, id_of(0)));
    answer_read(0, DB_DONE);
    check_told("after", &after, DB_DONE, 2);
    assert_int_equal(client_book_find(book, id_of(0))->generation, 2);
    client_book_destroy(book);
}

/* Answers may overtake each other. */
static void a_late_old_answer_does_not_replace_a_newer_one(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told before = {0}, after = {0};
    fetch(book, 0, &before);
    look(reads[0]);
    rows[0].committed = 2;
    apply(book, POLICY_CLIENT, 1, rows[0].client_id);
    fetch(book, 0, &after);
    answer_read(1, DB_DONE);
    answer_read(0, DB_DONE);
    assert_int_equal(client_book_find(book, id_of(0))->generation, 2);
    client_book_destroy(book);
}

static void fill(struct client_book *book, struct told told[static CLIENTS])
{
    memset(told, 0, CLIENTS * sizeof(*told));
    for (size_t i = 0; i < CLIENTS; ++i)
        fetch(book, i, &told[i]);
    answer_all(DB_DONE);
    assert_int_equal(client_book_count(book), CLIENTS);
}

/* Which clients a change touches, by what stands in their rows. */
static bool is_touched(const struct known *row, enum policy_kind kind, int64_t account_id, const char *subject)
{
    switch (kind) {
    case POLICY_CLIENT:
        return strcmp(row->client_id, subject) == 0;
    case POLICY_MEMBER:
        return row->holder_id == atoll(subject) && (account_id == 0 || row->account_id == account_id);
    case POLICY_ACCOUNT:
        return row->account_id == account_id;
    case POLICY_APPLICATION:
        return row->application_id == atoll(subject);
    default:
        return false;
    }
}

static void a_change_forgets_whom_it_touches(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told[CLIENTS];
    const struct {
        enum policy_kind kind;
        int64_t account_id;
        const char *subject;
        size_t touched;
    } cases[] = {
        {POLICY_CLIENT, 1, rows[0].client_id, 1},
        {POLICY_CLIENT, 1, "hmk_nobody", 0},
        {POLICY_MEMBER, 1, "1", 1},
        {POLICY_MEMBER, 0, "1", 3},
        {POLICY_MEMBER, 1, "99", 0},
        {POLICY_ACCOUNT, 2, "", 4},
        {POLICY_ACCOUNT, 99, "", 0},
        {POLICY_APPLICATION, 0, "2", 4},
        {POLICY_APPLICATION, 0, "99", 0},
        {POLICY_API, 0, "1", 0},
        {POLICY_SIGNING_KEY, 0, "x", 0},
        {POLICY_REVOCATION, 1, "jti:x", 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        fill(book, told);
        apply(book, cases[i].kind, cases[i].account_id, cases[i].subject);
        assert_int_equal(client_book_count(book), CLIENTS - cases[i].touched);
        for (size_t row = 0; row < CLIENTS; ++row) {
            bool gone = is_touched(&rows[row], cases[i].kind, cases[i].account_id, cases[i].subject);
            assert_int_equal(client_book_find(book, id_of(row)) == NULL, gone);
        }
    }
    client_book_destroy(book);
}

/* What is not understood, or names all, forgets all rather than trusts. */
static void a_change_that_is_not_understood_forgets_everybody(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told[CLIENTS];
    static const struct {
        enum policy_kind kind;
        const char *subject;
    } cases[] = {{POLICY_CLIENT, ""},      {POLICY_MEMBER, ""},        {POLICY_MEMBER, "x"}, {POLICY_MEMBER, "-1"},
                 {POLICY_APPLICATION, ""}, {POLICY_APPLICATION, "1x"}, {POLICY_ACCOUNT, ""}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        fill(book, told);
        apply(book, cases[i].kind, 0, cases[i].subject);
        assert_int_equal(client_book_count(book), 0);
    }
    fill(book, told);
    client_book_clear(book);
    assert_int_equal(client_book_count(book), 0);
    client_book_destroy(book);
}

static void reads_under_way_when_sight_is_lost_are_not_kept(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told = {0};
    fetch(book, 0, &told);
    client_book_clear(book);
    answer_all(DB_DONE);
    check_told("used once", &told, DB_DONE, 1);
    assert_int_equal(client_book_count(book), 0);
    client_book_destroy(book);
}

/* --- cancelling -------------------------------------------------------------------------------------------------- */

static void a_cancelled_fetch_is_never_told_and_the_last_one_ends_the_read(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told first = {0}, second = {0};
    struct client_fetch *fetches[] = {fetch(book, 0, &first), fetch(book, 0, &second)}, *none = NULL;
    client_book_cancel(&fetches[0]);
    assert_null(fetches[0]);
    assert_int_equal(read_count, 1);
    answer_all(DB_DONE);
    assert_int_equal(first.times, 0);
    check_told("second", &second, DB_DONE, 1);

    fetches[0] = fetch(book, 1, &first);
    fetches[1] = fetch(book, 1, &first);
    client_book_cancel(&fetches[1]);
    client_book_cancel(&fetches[0]);
    assert_int_equal(read_count, 0);
    assert_int_equal(first.times, 0);
    client_book_cancel(&none);
    client_book_destroy(book);
}

/* A callback may end its neighbours, which wait for the same read, and ask anew. */
static void callbacks_may_cancel_and_fetch(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told again = {0}, first = {.again = &again}, second = {0}, third = {0};
    first.fetches_again = book;
    fetch(book, 0, &first);
    struct client_fetch *neighbour = fetch(book, 0, &second);
    fetch(book, 0, &third);
    first.cancels = &neighbour;
    answer_read(0, DB_DONE);
    check_told("first", &first, DB_DONE, 1);
    assert_int_equal(second.times, 0);
    check_told("third", &third, DB_DONE, 1);
    assert_int_equal(again.times, 0);
    answer_all(DB_DONE);
    check_told("again", &again, DB_DONE, 1);
    client_book_destroy(book);
}

static void a_callback_may_cancel_the_last_who_waits(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told first = {0}, second = {0};
    fetch(book, 0, &first);
    struct client_fetch *neighbour = fetch(book, 0, &second);
    first.cancels = &neighbour;
    answer_read(0, DB_DONE);
    check_told("first", &first, DB_DONE, 1);
    assert_int_equal(second.times, 0);
    client_book_destroy(book);
}

static void the_end_of_the_book_tells_who_still_waits(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told[CLIENTS + 1] = {{0}};
    for (size_t i = 0; i < CLIENTS; ++i)
        fetch(book, i, &told[i]);
    fetch(book, 0, &told[CLIENTS]);
    client_book_destroy(book);
    assert_int_equal(read_count, 0);
    for (size_t i = 0; i <= CLIENTS; ++i)
        check_told("end", &told[i], DB_BUSY, 0);
    client_book_destroy(NULL);
}

static void a_client_that_is_shared_outlives_the_book(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told told = {0};
    fetch(book, 0, &told);
    answer_all(DB_DONE);
    struct client *client = client_book_find(book, id_of(0));
    client_share(client);
    apply(book, POLICY_CLIENT, 1, rows[0].client_id);
    assert_null(client_book_find(book, id_of(0)));
    client_book_destroy(book);
    assert_int_equal(client->generation, 1);
    client_release(client);
}

/* --- fills against invalidations, at random ---------------------------------------------------------------------- */

/* What must hold whatever the order: the book never shows a row older than a change that it has applied, and a fetch
 * is never told one older than what was applied when it started. */

#define ROUNDS 3000
#define STEPS  200
#define QUEUE  64 /* changes that are committed and not yet applied, in their order, as the feed keeps it */

struct asked {
    struct told told; /* first */
    struct client_fetch *fetch;
    struct known *row;
    int64_t applied_at_start;
    bool under_way;
};

struct scene {
    struct client_book *book;
    uint64_t random;
    struct asked asked[READS_MAX];
    struct queued {
        enum policy_kind kind;
        int64_t account_id;
        char subject[CREDENTIAL_BYTES_MAX];
        int64_t generations[CLIENTS]; /* of each row when the change was committed; 0: not touched */
    } queue[QUEUE];
    size_t queue_count;
    size_t kept, stale_answers; /* that the test was worth it */
};

static uint64_t draw(struct scene *scene, uint64_t below)
{
    scene->random ^= scene->random << 13; /* Marsaglia's xorshift: the same rounds every time */
    scene->random ^= scene->random >> 7;
    scene->random ^= scene->random << 17;
    return scene->random % below;
}

static void tell_asked(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct asked *asked = cookie;
    assert_true(asked->under_way);
    asked->under_way = false;
    if (outcome != DB_DONE)
        return;
    assert_non_null(client);
    if (client->generation < asked->applied_at_start)
        fail_msg("a fetch was told generation %lld after %lld had been applied", (long long)client->generation,
                 (long long)asked->applied_at_start);
}

static void start_fetch(struct scene *scene)
{
    struct asked *asked = &scene->asked[draw(scene, READS_MAX)];
    if (asked->under_way || read_count == READS_MAX)
        return;
    asked->row = &rows[draw(scene, CLIENTS)];
    asked->applied_at_start = asked->row->applied;
    asked->under_way = true;
    asked->fetch = client_book_fetch(scene->book, slice_of(asked->row->client_id), tell_asked, asked);
}

static void cancel_fetch(struct scene *scene)
{
    struct asked *asked = &scene->asked[draw(scene, READS_MAX)];
    if (!asked->under_way)
        return;
    asked->under_way = false;
    client_book_cancel(&asked->fetch);
}

static void let_look(struct scene *scene)
{
    if (read_count > 0)
        look(reads[draw(scene, read_count)]);
}

static void let_answer(struct scene *scene)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_BUSY, DB_LOST};
    if (read_count == 0)
        return;
    size_t index = draw(scene, read_count);
    if (reads[index]->seen != 0 && reads[index]->seen < reads[index]->row->applied)
        ++scene->stale_answers;
    answer_read(index, outcomes[draw(scene, COUNT_OF(outcomes))]);
}

static void commit_change(struct scene *scene)
{
    static const enum policy_kind kinds[] = {POLICY_CLIENT,  POLICY_CLIENT,      POLICY_CLIENT, POLICY_MEMBER,
                                             POLICY_ACCOUNT, POLICY_APPLICATION, POLICY_API};
    if (scene->queue_count == QUEUE)
        return;
    struct queued *change = &scene->queue[scene->queue_count++];
    const struct known *row = &rows[draw(scene, CLIENTS)];
    *change = (struct queued){.kind = kinds[draw(scene, COUNT_OF(kinds))]};
    change->account_id = change->kind == POLICY_MEMBER && draw(scene, 2) == 0 ? 0 : row->account_id;
    if (change->kind == POLICY_CLIENT)
        snprintf(change->subject, sizeof(change->subject), "%s", row->client_id);
    else
        snprintf(change->subject, sizeof(change->subject), "%lld",
                 (long long)(change->kind == POLICY_MEMBER ? row->holder_id : row->application_id));
    for (size_t i = 0; i < CLIENTS; ++i)
        if (is_touched(&rows[i], change->kind, change->account_id, change->subject))
            change->generations[i] = ++rows[i].committed;
}

static void note_applied(const int64_t generations[static CLIENTS])
{
    for (size_t i = 0; i < CLIENTS; ++i)
        if (generations[i] > rows[i].applied)
            rows[i].applied = generations[i];
}

static void apply_change(struct scene *scene)
{
    if (scene->queue_count == 0)
        return;
    struct queued change = scene->queue[0];
    memmove(scene->queue, scene->queue + 1, --scene->queue_count * sizeof(change));
    apply(scene->book, change.kind, change.account_id, change.subject);
    note_applied(change.generations);
}

/* The feed broke: everything that was committed so far counts as told. */
static void lose_sight(struct scene *scene)
{
    int64_t generations[CLIENTS];
    for (size_t i = 0; i < CLIENTS; ++i)
        generations[i] = rows[i].committed;
    scene->queue_count = 0;
    client_book_clear(scene->book);
    note_applied(generations);
}

static void check_book(struct scene *scene)
{
    for (size_t i = 0; i < CLIENTS; ++i) {
        const struct client *client = client_book_find(scene->book, id_of(i));
        if (client == NULL)
            continue;
        ++scene->kept;
        if (client->generation < rows[i].applied)
            fail_msg("the book holds generation %lld after %lld was applied", (long long)client->generation,
                     (long long)rows[i].applied);
    }
}

static void (*const steps[])(struct scene *scene) = {
    start_fetch, start_fetch,   start_fetch,   start_fetch,  let_look,     let_look,     let_look,
    let_answer,  commit_change, commit_change, apply_change, apply_change, cancel_fetch,
};

static void play(struct scene *scene, uint64_t seed)
{
    forget_changes();
    scene->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    scene->queue_count = 0;
    memset(scene->asked, 0, sizeof(scene->asked));
    scene->book = client_book_create(NULL, seed % 3 == 0 ? BOOK_BYTES_TINY : BOOK_BYTES);
    for (int step = 0; step < STEPS; ++step) {
        if (draw(scene, 100) == 0)
            lose_sight(scene);
        else
            steps[draw(scene, COUNT_OF(steps))](scene);
        check_book(scene);
    }
    client_book_destroy(scene->book);
    assert_int_equal(read_count, 0);
    for (size_t i = 0; i < READS_MAX; ++i)
        assert_false(scene->asked[i].under_way); /* each was told, or cancelled */
}

static void no_stale_entry_survives_a_change(void **state)
{
    (void)state;
    static struct scene scene;
    for (uint64_t seed = 1; seed <= ROUNDS; ++seed)
        play(&scene, seed);
    printf("%zu entries looked at, %zu answers older than a change\n", scene.kept, scene.stale_answers);
    assert_true(scene.kept > ROUNDS * STEPS / 10);
    assert_true(scene.stale_answers > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fetch_is_answered_once_and_kept, setup),
        cmocka_unit_test_setup(what_is_not_there_and_what_failed_is_told_and_not_kept, setup),
        cmocka_unit_test_setup(fetches_of_one_client_in_one_epoch_share_a_read, setup),
        cmocka_unit_test_setup(an_answer_from_before_a_change_is_used_once, setup),
        cmocka_unit_test_setup(a_late_old_answer_does_not_replace_a_newer_one, setup),
        cmocka_unit_test_setup(a_change_forgets_whom_it_touches, setup),
        cmocka_unit_test_setup(a_change_that_is_not_understood_forgets_everybody, setup),
        cmocka_unit_test_setup(reads_under_way_when_sight_is_lost_are_not_kept, setup),
        cmocka_unit_test_setup(a_cancelled_fetch_is_never_told_and_the_last_one_ends_the_read, setup),
        cmocka_unit_test_setup(callbacks_may_cancel_and_fetch, setup),
        cmocka_unit_test_setup(a_callback_may_cancel_the_last_who_waits, setup),
        cmocka_unit_test_setup(the_end_of_the_book_tells_who_still_waits, setup),
        cmocka_unit_test_setup(a_client_that_is_shared_outlives_the_book, setup),
        cmocka_unit_test_setup(no_stale_entry_survives_a_change, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
