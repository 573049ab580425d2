/* SPDX-License-Identifier: Apache-2.0 */
#include "client/member_book.h"

#include "base/secret.h"
#include "check.h"
#include "fake_db.h"

#define ACCOUNT    INT64_C(9)
#define PERSON     INT64_C(3)
#define BOOK_BYTES (1024 * 1024)

struct bed {
    struct db *db;
    struct member_book *book;
};

struct told {
    int times;
    enum db_outcome outcome;
    bool found;
    size_t permissions;
};

static int setup(void **state)
{
    static struct bed bed;
    secret_start();
    bed.db = fake_db_create();
    bed.book = member_book_create(bed.db, BOOK_BYTES);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;
    member_book_destroy(bed->book);
    fake_db_destroy(bed->db);
    return 0;
}

static void expect_read(struct bed *bed, const char *permissions, const char *active)
{
    fake_db_expect(bed->db, STATEMENT_MEMBER_FIND, FAKE_TEXTS("9", "3"));
    if (permissions != NULL)
        fake_db_row(bed->db, FAKE_TEXTS("9", "3", "Ada", permissions, active, "t", "t", "", "7"));
}

static void tell(enum db_outcome outcome, struct member *member, void *cookie)
{
    struct told *told = cookie;
    ++told->times;
    told->outcome = outcome;
    told->found = member != NULL;
    told->permissions = member == NULL ? 0 : member->permissions.count;
}

static struct member_fetch *fetch(struct bed *bed, struct told *told)
{
    *told = (struct told){.times = 0};
    struct member_fetch *started = member_book_fetch(bed->book, ACCOUNT, PERSON, tell, told);
    assert_int_equal(told->times, 0);
    return started;
}

static void apply(struct bed *bed, enum policy_kind kind, int64_t account_id, const char *subject)
{
    member_book_apply(bed->book, &(struct policy_change){
                                     .id = 1, .kind = kind, .account_id = account_id, .subject = slice_of(subject)});
}

static void fill(struct bed *bed)
{
    struct told told;
    expect_read(bed, "a:read", "t");
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.found);
    assert_non_null(member_book_find(bed->book, ACCOUNT, PERSON));
}

/* --- cases ------------------------------------------------------------------------------------------------------- */

static void what_is_not_there_and_what_failed_is_told_and_not_kept(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL, NULL);
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_DONE && !told.found);
    expect_read(bed, NULL, NULL);
    fake_db_fail(bed->db, DB_LOST);
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_LOST && !told.found);
    expect_read(bed, "not  well formed", "t");
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_REFUSED && !told.found);
    assert_int_equal(member_book_count(bed->book), 0);
}

static void who_is_not_active_may_nothing(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, "a:read", "f");
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.found && told.permissions == 0);
    assert_int_equal(member_usable(member_book_find(bed->book, ACCOUNT, PERSON)), ERR_INVALID_TOKEN);
}

static void each_state_has_its_refusal(void **state)
{
    static const struct {
        const char *name;
        struct member member;
        enum err err;
    } cases[] = {
        {"left or disabled", {.account_active = true, .access = ERR_NONE}, ERR_INVALID_TOKEN},
        {"closed account", {.active = true, .access = ERR_NONE}, ERR_INVALID_TOKEN},
        {"closed and switched off", {.active = true}, ERR_INVALID_TOKEN},
        {"API access off", {.active = true, .account_active = true, .access = ERR_API_ACCESS_OFF}, ERR_API_ACCESS_OFF},
        {"all is well", {.active = true, .account_active = true, .access = ERR_NONE}, ERR_NONE},
    };
    (void)state;
    assert_int_equal(member_usable(NULL), ERR_INVALID_TOKEN);
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, member_usable(&cases[i].member) == cases[i].err);
}

static void a_member_is_kept_for_their_account_alone(void **state)
{
    struct bed *bed = *state;
    fill(bed);
    assert_null(member_book_find(bed->book, ACCOUNT + 1, PERSON));
    assert_null(member_book_find(bed->book, ACCOUNT, PERSON + 1));
    assert_null(member_book_find(bed->book, PERSON, ACCOUNT));
    check_slice("name", member_book_find(bed->book, ACCOUNT, PERSON)->name, SLICE("Ada"));
}

static void an_answer_from_before_a_change_is_used_once(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, "a:read b:read", "t");
    fake_db_hold(bed->db);
    fetch(bed, &told);
    apply(bed, POLICY_MEMBER, ACCOUNT, "3");
    fake_db_release(bed->db);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.found && told.permissions == 2);
    assert_null(member_book_find(bed->book, ACCOUNT, PERSON));
}

static void a_change_forgets_what_it_touches(void **state)
{
    static const struct {
        const char *name;
        enum policy_kind kind;
        int64_t account_id;
        const char *subject;
        bool touches;
    } changes[] = {
        {"another person", POLICY_MEMBER, ACCOUNT, "4", false},
        {"the person elsewhere", POLICY_MEMBER, ACCOUNT + 1, "3", false},
        {"another account", POLICY_ACCOUNT, ACCOUNT + 1, "10", false},
        {"a client", POLICY_CLIENT, ACCOUNT, "3", false},
        {"an api", POLICY_API, 0, "3", false},
        {"the member", POLICY_MEMBER, ACCOUNT, "3", true},
        {"the person everywhere", POLICY_MEMBER, 0, "3", true},
        {"somebody who is not understood", POLICY_MEMBER, ACCOUNT, "x", true},
        {"the account", POLICY_ACCOUNT, ACCOUNT, "9", true},
        {"every account", POLICY_ACCOUNT, 0, "0", true},
    };
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(changes); ++i) {
        fill(bed);
        apply(bed, changes[i].kind, changes[i].account_id, changes[i].subject);
        check(changes[i].name, (member_book_find(bed->book, ACCOUNT, PERSON) == NULL) == changes[i].touches);
        member_book_clear(bed->book);
        check(changes[i].name, member_book_count(bed->book) == 0);
    }
}

static void a_cancelled_fetch_is_never_told(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL, NULL);
    fake_db_expect_cancel(bed->db);
    struct member_fetch *started = fetch(bed, &told);
    member_book_cancel(&started);
    assert_null(started);
    member_book_cancel(&started);
    assert_int_equal(told.times, 0);
}

static void the_end_of_the_book_tells_who_still_waits(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL, NULL);
    fake_db_expect_cancel(bed->db);
    fetch(bed, &told);
    member_book_destroy(bed->book);
    bed->book = NULL;
    assert_true(told.times == 1 && told.outcome == DB_BUSY && !told.found);
}

static void a_member_who_is_shared_outlives_the_book(void **state)
{
    struct bed *bed = *state;
    fill(bed);
    struct member *member = member_book_find(bed->book, ACCOUNT, PERSON);
    member_share(member);
    member_book_destroy(bed->book);
    bed->book = NULL;
    assert_int_equal(member->account_id, ACCOUNT);
    member_release(member);
    member_release(NULL);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BED(what_is_not_there_and_what_failed_is_told_and_not_kept),
        WITH_BED(who_is_not_active_may_nothing),
        WITH_BED(each_state_has_its_refusal),
        WITH_BED(a_member_is_kept_for_their_account_alone),
        WITH_BED(an_answer_from_before_a_change_is_used_once),
        WITH_BED(a_change_forgets_what_it_touches),
        WITH_BED(a_cancelled_fetch_is_never_told),
        WITH_BED(the_end_of_the_book_tells_who_still_waits),
        WITH_BED(a_member_who_is_shared_outlives_the_book),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
