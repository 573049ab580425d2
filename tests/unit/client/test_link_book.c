/* SPDX-License-Identifier: Apache-2.0 */
#include "client/link_book.h"

#include "base/credential.h"
#include "base/secret.h"
#include "check.h"
#include "fake_db.h"

#define OFFICE     INT64_C(7)
#define CLIENT     INT64_C(9)
#define BOOK_BYTES (1024 * 1024)

struct bed {
    struct db *db;
    struct link_book *book;
    char client_id[CREDENTIAL_BYTES_MAX];
};

struct told {
    int times;
    enum db_outcome outcome;
    bool found;
    h2o_iovec_t scopes; /* static memory */
};

static int setup(void **state)
{
    static struct bed bed;
    secret_start();
    bed.db = fake_db_create();
    bed.book = link_book_create(bed.db, BOOK_BYTES);
    credential_make(CREDENTIAL_CLIENT_ID, OFFICE, bed.client_id);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;
    link_book_destroy(bed->book);
    fake_db_destroy(bed->db);
    return 0;
}

static void expect_read(struct bed *bed, const char *scopes)
{
    fake_db_expect(bed->db, STATEMENT_LINK_FIND, FAKE_TEXTS("9", "7", bed->client_id));
    if (scopes != NULL)
        fake_db_row(bed->db, FAKE_TEXTS("9", "7", bed->client_id, "t", "t", "t", "t", "Bookkeeping", scopes, "", "0"));
}

static void tell(enum db_outcome outcome, struct office_link *link, void *cookie)
{
    struct told *told = cookie;
    ++told->times;
    told->outcome = outcome;
    told->found = link != NULL;
    told->scopes = link == NULL ? SLICE_NONE : slice_of(link->scopes.count == 2 ? "two" : "one");
}

static struct link_fetch *fetch(struct bed *bed, struct told *told)
{
    *told = (struct told){.times = 0};
    struct link_fetch *started = link_book_fetch(bed->book, slice_of(bed->client_id), CLIENT, tell, told);
    assert_int_equal(told->times, 0);
    return started;
}

static struct office_link *find(struct bed *bed, int64_t account_id)
{
    return link_book_find(bed->book, slice_of(bed->client_id), account_id);
}

static void apply(struct bed *bed, enum policy_kind kind, int64_t account_id, const char *subject)
{
    link_book_apply(bed->book, &(struct policy_change){
                                   .id = 1, .kind = kind, .account_id = account_id, .subject = slice_of(subject)});
}

static void fill(struct bed *bed)
{
    struct told told;
    expect_read(bed, "a:read");
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.found);
    assert_non_null(find(bed, CLIENT));
}

/* --- cases ------------------------------------------------------------------------------------------------------- */

static void what_is_not_there_and_what_failed_is_told_and_not_kept(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL);
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_DONE && !told.found);
    expect_read(bed, NULL);
    fake_db_fail(bed->db, DB_LOST);
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_LOST && !told.found);
    expect_read(bed, "not  well formed");
    fetch(bed, &told);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.outcome == DB_REFUSED && !told.found);
    assert_int_equal(link_book_count(bed->book), 0);
}

static void a_link_is_kept_for_its_key_and_its_account_alone(void **state)
{
    struct bed *bed = *state;
    char other[CREDENTIAL_BYTES_MAX];
    fill(bed);
    credential_make(CREDENTIAL_CLIENT_ID, OFFICE, other);
    assert_null(find(bed, CLIENT + 1));
    assert_null(find(bed, OFFICE));
    assert_null(link_book_find(bed->book, slice_of(other), CLIENT));
    assert_int_equal(find(bed, CLIENT)->office_account_id, OFFICE);
    check_slice("template", find(bed, CLIENT)->template_name, SLICE("Bookkeeping"));
}

static void an_answer_from_before_a_change_is_used_once(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, "a:read b:read");
    fake_db_hold(bed->db);
    fetch(bed, &told);
    apply(bed, POLICY_REVOCATION, 1, "jti:x"); /* any change moves the epoch */
    fake_db_release(bed->db);
    fake_db_turn(bed->db);
    assert_true(told.times == 1 && told.found);
    check_slice("scopes", told.scopes, SLICE("two"));
    assert_null(find(bed, CLIENT));
}

static void a_change_forgets_what_it_touches(void **state)
{
    struct bed *bed = *state;
    char other[CREDENTIAL_BYTES_MAX];
    credential_make(CREDENTIAL_CLIENT_ID, OFFICE, other);
    const struct {
        const char *name;
        enum policy_kind kind;
        int64_t account_id;
        const char *subject;
        bool touches;
    } changes[] = {
        {"another key", POLICY_CLIENT, OFFICE, other, false},
        {"another account", POLICY_ACCOUNT, CLIENT + 1, "10", false},
        {"the holder", POLICY_MEMBER, OFFICE, "3", false}, /* client_book's */
        {"an api", POLICY_API, 0, "5", false},
        {"the key, or a link of it", POLICY_CLIENT, OFFICE, bed->client_id, true},
        {"every key", POLICY_CLIENT, 0, "", true},
        {"the client account, or its switch", POLICY_ACCOUNT, CLIENT, "9", true},
        {"the office, or its templates", POLICY_ACCOUNT, OFFICE, "7", true},
        {"a template for all", POLICY_ACCOUNT, 0, "0", true},
    };
    for (size_t i = 0; i < COUNT_OF(changes); ++i) {
        fill(bed);
        apply(bed, changes[i].kind, changes[i].account_id, changes[i].subject);
        check(changes[i].name, (find(bed, CLIENT) == NULL) == changes[i].touches);
        link_book_clear(bed->book);
        check(changes[i].name, link_book_count(bed->book) == 0);
    }
}

static void a_cancelled_fetch_is_never_told(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL);
    fake_db_expect_cancel(bed->db);
    struct link_fetch *started = fetch(bed, &told);
    link_book_cancel(&started);
    assert_null(started);
    link_book_cancel(&started);
    assert_int_equal(told.times, 0);
}

static void the_end_of_the_book_tells_who_still_waits(void **state)
{
    struct bed *bed = *state;
    struct told told;
    expect_read(bed, NULL);
    fake_db_expect_cancel(bed->db);
    fetch(bed, &told);
    link_book_destroy(bed->book);
    bed->book = NULL;
    assert_true(told.times == 1 && told.outcome == DB_BUSY && !told.found);
}

static void a_link_that_is_shared_outlives_the_book(void **state)
{
    struct bed *bed = *state;
    fill(bed);
    struct office_link *link = find(bed, CLIENT);
    office_link_share(link);
    link_book_destroy(bed->book);
    bed->book = NULL;
    assert_int_equal(link->account_id, CLIENT);
    office_link_release(link);
    office_link_release(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_there_and_what_failed_is_told_and_not_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_is_kept_for_its_key_and_its_account_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_from_before_a_change_is_used_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_forgets_what_it_touches, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_fetch_is_never_told, setup, teardown),
        cmocka_unit_test_setup_teardown(the_end_of_the_book_tells_who_still_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_that_is_shared_outlives_the_book, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
