/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "client/password.h"
#include "console/hash_job.h"
#include "loopback.h"
#include <argon2.h>

#define PASSWORD SLICE("correct horse battery staple")

static const struct routes routes;
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};
static char hash[PASSWORD_HASH_BYTES], old_hash[PASSWORD_HASH_BYTES]; /* of PASSWORD; the old one with less work */

struct bed {
    struct loopback *loopback;
    struct work_pool *pool;
};

struct answer {
    unsigned count;
    bool is_right;
    char fresh[PASSWORD_HASH_BYTES];
};

static int setup(void **state)
{
    static struct bed bed;
    bed = (struct bed){loopback_create(&settings, &routes), work_pool_start(1)};
    loopback_worker(bed.loopback)->pool = bed.pool;
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;
    work_pool_stop(bed->pool);
    loopback_destroy(bed->loopback);
    return 0;
}

static void answered(bool is_right, const char *fresh, void *cookie)
{
    struct answer *answer = cookie;
    ++answer->count;
    answer->is_right = is_right;
    if (fresh != NULL)
        strcpy(answer->fresh, fresh);
}

static struct hash_job *ask(struct bed *bed, h2o_iovec_t password, const char *known, struct answer *answer)
{
    return hash_job_check(loopback_worker(bed->loopback), password, slice_of(known), answered, answer);
}

static void wait_for(struct bed *bed, const struct answer *answer)
{
    while (answer->count == 0)
        worker_turn(loopback_worker(bed->loopback));
}

static void answers_on_the_loop(void **state)
{
    struct bed *bed = *state;
    static const struct {
        const char *name, *password, *hash;
        bool is_right;
    } cases[] = {
        {"wrong", "incorrect horse", hash, false},
        {"nobody", "correct horse battery staple", NULL, false},
        {"right", "correct horse battery staple", hash, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct answer answer = {0};
        char typed[64];
        strcpy(typed, cases[i].password);
        check(cases[i].name, ask(bed, slice_of(typed), cases[i].hash, &answer) != NULL);
        memset(typed, 'x', sizeof(typed)); /* it was copied */
        check(cases[i].name, answer.count == 0);
        wait_for(bed, &answer);
        check(cases[i].name, answer.count == 1);
        check(cases[i].name, answer.is_right == cases[i].is_right);
        check(cases[i].name, answer.fresh[0] == '\0');
    }
}

static void hashes_anew_what_was_hashed_with_less(void **state)
{
    struct bed *bed = *state;
    struct answer answer = {0}, wrong = {0};
    assert_non_null(ask(bed, SLICE("incorrect horse"), old_hash, &wrong));
    assert_non_null(ask(bed, PASSWORD, old_hash, &answer));
    wait_for(bed, &answer);
    assert_false(wrong.is_right);
    assert_int_equal(wrong.fresh[0], '\0');
    assert_true(answer.is_right);
    assert_false(password_is_old(answer.fresh));
    assert_true(password_is_right(PASSWORD, answer.fresh));
}

static void cancelled_before_and_after_it_was_hashed(void **state)
{
    struct bed *bed = *state;
    struct answer hashed = {0}, waiting = {0}, last = {0};
    struct hash_job *first = ask(bed, PASSWORD, old_hash, &hashed);
    while (work_pool_figures(bed->pool).done == 0)
        usleep(1000); /* its message is on the way now */
    struct hash_job *second = ask(bed, PASSWORD, hash, &waiting);
    hash_job_cancel(&first);
    hash_job_cancel(&second);
    assert_null(first);
    assert_null(second);
    hash_job_cancel(&second);
    assert_non_null(ask(bed, PASSWORD, hash, &last));
    wait_for(bed, &last);
    assert_int_equal(hashed.count, 0);
    assert_int_equal(waiting.count, 0);
}

static void full_queue_is_told_at_once(void **state)
{
    struct bed *bed = *state;
    static struct answer answers[LIMIT_WORK_WAITING + 8];
    unsigned taken = 0, refused = 0;
    memset(answers, 0, sizeof(answers));
    for (size_t i = 0; i < COUNT_OF(answers); ++i)
        if (ask(bed, PASSWORD, hash, &answers[i]) != NULL)
            ++taken;
        else
            ++refused;
    assert_true(refused > 0);
    assert_in_range(taken, LIMIT_WORK_WAITING, COUNT_OF(answers) - 1);
    assert_int_equal(work_pool_figures(bed->pool).refused, refused);
    /* what still waits when the pool stops is dropped, and what was answered meanwhile is answered */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_on_the_loop, setup, teardown),
        cmocka_unit_test_setup_teardown(hashes_anew_what_was_hashed_with_less, setup, teardown),
        cmocka_unit_test_setup_teardown(cancelled_before_and_after_it_was_hashed, setup, teardown),
        cmocka_unit_test_setup_teardown(full_queue_is_told_at_once, setup, teardown),
    };
    secret_start();
    if (!password_hash(PASSWORD, hash) || argon2id_hash_encoded(1, 64, 1, PASSWORD.base, PASSWORD.len, "saltsalt", 8,
                                                                32, old_hash, sizeof(old_hash)) != ARGON2_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
