/* SPDX-License-Identifier: Apache-2.0 */
/* Fills against invalidations, at random. */
#include "client/client_book.h"

#include "check.h"
#include "late_store.h"

#define BOOK_BYTES_TINY (4 * 1024) /* a few clients: entries are thrown out all the time */

/* What must hold whatever the order: the book never shows a row older than a change that it has applied, and a fetch
 * is never told one older than what was applied when it started. */

#define ROUNDS 3000
#define STEPS  200
#define QUEUE  64 /* changes that are committed and not yet applied, in their order, as the feed keeps it */

struct asked {
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
    if (asked->under_way || late_read_count == READS_MAX)
        return;
    asked->row = &late_rows[draw(scene, CLIENTS)];
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
    if (late_read_count > 0)
        late_look(late_reads[draw(scene, late_read_count)]);
}

static void let_answer(struct scene *scene)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_DONE, DB_BUSY, DB_LOST};
    if (late_read_count == 0)
        return;
    size_t index = draw(scene, late_read_count);
    if (late_reads[index]->seen != 0 && late_reads[index]->seen < late_reads[index]->row->applied)
        ++scene->stale_answers;
    late_answer(index, outcomes[draw(scene, COUNT_OF(outcomes))]);
}

static void commit_change(struct scene *scene)
{
    static const enum policy_kind kinds[] = {POLICY_CLIENT,  POLICY_CLIENT,      POLICY_CLIENT, POLICY_MEMBER,
                                             POLICY_ACCOUNT, POLICY_APPLICATION, POLICY_API};
    if (scene->queue_count == QUEUE)
        return;
    struct queued *change = &scene->queue[scene->queue_count++];
    const struct known *row = &late_rows[draw(scene, CLIENTS)];
    *change = (struct queued){.kind = kinds[draw(scene, COUNT_OF(kinds))]};
    change->account_id = change->kind == POLICY_MEMBER && draw(scene, 2) == 0 ? 0 : row->account_id;
    if (change->kind == POLICY_CLIENT)
        snprintf(change->subject, sizeof(change->subject), "%s", row->client_id);
    else
        snprintf(change->subject, sizeof(change->subject), "%lld",
                 (long long)(change->kind == POLICY_MEMBER ? row->holder_id : row->application_id));
    for (size_t i = 0; i < CLIENTS; ++i)
        if (late_is_touched(&late_rows[i], change->kind, change->account_id, change->subject))
            change->generations[i] = ++late_rows[i].committed;
}

static void note_applied(const int64_t generations[static CLIENTS])
{
    for (size_t i = 0; i < CLIENTS; ++i)
        if (generations[i] > late_rows[i].applied)
            late_rows[i].applied = generations[i];
}

static void apply_change(struct scene *scene)
{
    if (scene->queue_count == 0)
        return;
    struct queued change = scene->queue[0];
    memmove(scene->queue, scene->queue + 1, --scene->queue_count * sizeof(change));
    late_apply(scene->book, change.kind, change.account_id, change.subject);
    note_applied(change.generations);
}

/* The feed broke: everything that was committed so far counts as told. */
static void lose_sight(struct scene *scene)
{
    int64_t generations[CLIENTS];
    for (size_t i = 0; i < CLIENTS; ++i)
        generations[i] = late_rows[i].committed;
    scene->queue_count = 0;
    client_book_clear(scene->book);
    note_applied(generations);
}

static void check_book(struct scene *scene)
{
    for (size_t i = 0; i < CLIENTS; ++i) {
        const struct client *client = client_book_find(scene->book, late_id(i));
        if (client == NULL)
            continue;
        ++scene->kept;
        if (client->generation < late_rows[i].applied)
            fail_msg("the book holds generation %lld after %lld was applied", (long long)client->generation,
                     (long long)late_rows[i].applied);
    }
}

static void (*const steps[])(struct scene *scene) = {
    start_fetch, start_fetch,   start_fetch,   start_fetch,  let_look,     let_look,     let_look,
    let_answer,  commit_change, commit_change, apply_change, apply_change, cancel_fetch,
};

static void play(struct scene *scene, uint64_t seed)
{
    late_forget_changes();
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
    assert_int_equal(late_read_count, 0);
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
        cmocka_unit_test_setup(no_stale_entry_survives_a_change, late_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
