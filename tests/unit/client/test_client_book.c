/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client_book.h"

#include "check.h"
#include "late_store.h"
#include <stdlib.h>

static bool inside_start;

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
    struct client_fetch *started = client_book_fetch(book, late_id(row), tell, told);
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
    assert_null(client_book_find(book, late_id(0)));
    fetch(book, 0, &told);
    assert_int_equal(told.times, 0);
    late_answer_all(DB_DONE);
    check_told("kept", &told, DB_DONE, 1);
    assert_int_equal(client_book_find(book, late_id(0))->generation, 1);
    assert_null(client_book_find(book, late_id(1)));
    assert_int_equal(client_book_count(book), 1);
    client_book_destroy(book);
}

static void what_is_not_there_and_what_failed_is_told_and_not_kept(void **state)
{
    (void)state;
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST, DB_REFUSED, DB_DONE};
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    late_rows[0].exists = false;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct told told = {0};
        fetch(book, 0, &told);
        late_answer_all(outcomes[i]);
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
    assert_int_equal(late_reads_started, 2);
    late_answer_all(DB_DONE);
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
    late_look(late_reads[0]);
    late_rows[0].committed = 2;
    late_apply(book, POLICY_CLIENT, 1, late_rows[0].client_id);
    fetch(book, 0, &after);
    assert_int_equal(late_reads_started, 2); /* the later one did not join the older */
    late_answer(0, DB_DONE);
    check_told("before", &before, DB_DONE, 1);
    assert_null(client_book_find(book, late_id(0)));
    late_answer(0, DB_DONE);
    check_told("after", &after, DB_DONE, 2);
    assert_int_equal(client_book_find(book, late_id(0))->generation, 2);
    client_book_destroy(book);
}

/* Answers may overtake each other. */
static void a_late_old_answer_does_not_replace_a_newer_one(void **state)
{
    (void)state;
    struct client_book *book = client_book_create(NULL, BOOK_BYTES);
    struct told before = {0}, after = {0};
    fetch(book, 0, &before);
    late_look(late_reads[0]);
    late_rows[0].committed = 2;
    late_apply(book, POLICY_CLIENT, 1, late_rows[0].client_id);
    fetch(book, 0, &after);
    late_answer(1, DB_DONE);
    late_answer(0, DB_DONE);
    assert_int_equal(client_book_find(book, late_id(0))->generation, 2);
    client_book_destroy(book);
}

static void fill(struct client_book *book, struct told told[static CLIENTS])
{
    memset(told, 0, CLIENTS * sizeof(*told));
    for (size_t i = 0; i < CLIENTS; ++i)
        fetch(book, i, &told[i]);
    late_answer_all(DB_DONE);
    assert_int_equal(client_book_count(book), CLIENTS);
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
        {POLICY_CLIENT, 1, late_rows[0].client_id, 1},
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
        late_apply(book, cases[i].kind, cases[i].account_id, cases[i].subject);
        assert_int_equal(client_book_count(book), CLIENTS - cases[i].touched);
        for (size_t row = 0; row < CLIENTS; ++row) {
            bool gone = late_is_touched(&late_rows[row], cases[i].kind, cases[i].account_id, cases[i].subject);
            assert_int_equal(client_book_find(book, late_id(row)) == NULL, gone);
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
        late_apply(book, cases[i].kind, 0, cases[i].subject);
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
    late_answer_all(DB_DONE);
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
    assert_int_equal(late_read_count, 1);
    late_answer_all(DB_DONE);
    assert_int_equal(first.times, 0);
    check_told("second", &second, DB_DONE, 1);

    fetches[0] = fetch(book, 1, &first);
    fetches[1] = fetch(book, 1, &first);
    client_book_cancel(&fetches[1]);
    client_book_cancel(&fetches[0]);
    assert_int_equal(late_read_count, 0);
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
    late_answer(0, DB_DONE);
    check_told("first", &first, DB_DONE, 1);
    assert_int_equal(second.times, 0);
    check_told("third", &third, DB_DONE, 1);
    assert_int_equal(again.times, 0);
    late_answer_all(DB_DONE);
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
    late_answer(0, DB_DONE);
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
    assert_int_equal(late_read_count, 0);
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
    late_answer_all(DB_DONE);
    struct client *client = client_book_find(book, late_id(0));
    client_share(client);
    late_apply(book, POLICY_CLIENT, 1, late_rows[0].client_id);
    assert_null(client_book_find(book, late_id(0)));
    client_book_destroy(book);
    assert_int_equal(client->generation, 1);
    client_release(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_fetch_is_answered_once_and_kept, late_setup),
        cmocka_unit_test_setup(what_is_not_there_and_what_failed_is_told_and_not_kept, late_setup),
        cmocka_unit_test_setup(fetches_of_one_client_in_one_epoch_share_a_read, late_setup),
        cmocka_unit_test_setup(an_answer_from_before_a_change_is_used_once, late_setup),
        cmocka_unit_test_setup(a_late_old_answer_does_not_replace_a_newer_one, late_setup),
        cmocka_unit_test_setup(a_change_forgets_whom_it_touches, late_setup),
        cmocka_unit_test_setup(a_change_that_is_not_understood_forgets_everybody, late_setup),
        cmocka_unit_test_setup(reads_under_way_when_sight_is_lost_are_not_kept, late_setup),
        cmocka_unit_test_setup(a_cancelled_fetch_is_never_told_and_the_last_one_ends_the_read, late_setup),
        cmocka_unit_test_setup(callbacks_may_cancel_and_fetch, late_setup),
        cmocka_unit_test_setup(a_callback_may_cancel_the_last_who_waits, late_setup),
        cmocka_unit_test_setup(the_end_of_the_book_tells_who_still_waits, late_setup),
        cmocka_unit_test_setup(a_client_that_is_shared_outlives_the_book, late_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
