/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/contract.h"

#include "check.h"

static const struct {
    enum err err;
    int status;
    enum contract_stage first, last;
} rows[] = {
    {ERR_NOT_FOUND, 404, CONTRACT_COLLECTION, CONTRACT_COLLECTION},
    {ERR_METHOD_NOT_ALLOWED, 405, CONTRACT_METHOD, CONTRACT_METHOD},
    {ERR_TWO_CREDENTIALS, 400, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_RATE_LIMITED, 429, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_TOKEN_MISSING, 401, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_INVALID_TOKEN, 401, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_ADDRESS_NOT_ALLOWED, 403, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_API_ACCESS_OFF, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_ACCESS_NOT_GRANTED, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_PLAN_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_INSUFFICIENT_SCOPE, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_KEY_RIGHT_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_HOLDER_RIGHT_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_APPLICATION_RIGHT_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_PERSON_RIGHT_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_ACCOUNT_NEEDED, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_LINK_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_LINK_ENDED, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_OFFICE_OFF, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_TEMPLATE_RIGHT_MISSING, 403, CONTRACT_RIGHT, CONTRACT_RIGHT},
    {ERR_INVALID_HEADER, 400, CONTRACT_REQUEST, CONTRACT_REQUEST},
    {ERR_WRONG_MEDIA_TYPE, 400, CONTRACT_REQUEST, CONTRACT_REQUEST},
    {ERR_RECORD_TOO_LARGE, 400, CONTRACT_REQUEST, CONTRACT_REQUEST},
    {ERR_INVALID_MEMBER, 400, CONTRACT_REQUEST, CONTRACT_REQUEST},
    {ERR_INVALID_QUERY, 400, CONTRACT_REQUEST, CONTRACT_RECORD},
    {ERR_INVALID_JSON, 400, CONTRACT_REQUEST, CONTRACT_RECORD},
    {ERR_RECORD_NOT_FOUND, 404, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_ARCHIVED, 404, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_VERSION_MISMATCH, 400, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_REFERENCE_TAKEN, 400, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_IDEMPOTENCY_KEY_REUSED, 400, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_OUTCOME_UNKNOWN, 503, CONTRACT_RECORD, CONTRACT_RECORD},
    {ERR_POLICY_STALE, 503, CONTRACT_CREDENTIAL, CONTRACT_CREDENTIAL},
    {ERR_INTERNAL, 500, CONTRACT_COLLECTION, CONTRACT_RECORD},
};

/* Overload comes where the database is asked: for the client, and for the record. */
static bool overload_at(enum contract_stage stage)
{
    return stage == CONTRACT_CREDENTIAL || stage == CONTRACT_RECORD;
}

static void every_refusal_has_its_status_and_its_stages(void **state)
{
    (void)state;
    for (enum err err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        size_t i = 0;
        const char *name = err_row(err)->code.base;
        while (i < COUNT_OF(rows) && rows[i].err != err)
            ++i;
        bool listed = i < COUNT_OF(rows);
        check(name, contract_status_of_refusal(err) == (listed ? rows[i].status : err == ERR_OVERLOADED ? 503 : 0));
        check(name, contract_status_of_refusal(err) == 0 || contract_status_of_refusal(err) == err_row(err)->status);
        for (enum contract_stage stage = 0; stage < CONTRACT_STAGE__MAX; ++stage) {
            bool wanted =
                listed ? stage >= rows[i].first && stage <= rows[i].last : err == ERR_OVERLOADED && overload_at(stage);
            check(name, contract_allows(err, stage) == wanted);
        }
    }
}

static void success_has_few_statuses(void **state)
{
    (void)state;
    static const int statuses[CONTRACT_SUCCESS__MAX] = {200, 200, 204, 204, 304};
    for (enum contract_success success = 0; success < CONTRACT_SUCCESS__MAX; ++success)
        assert_int_equal(contract_status_of_success(success), statuses[success]);
}

static void refuse_with_what_is_not_listed(void)
{
    contract_refuse(NULL, CONTRACT_RIGHT, &(struct refusal){.err = ERR_INVALID_GRANT});
}

static void refuse_at_another_stage(void)
{
    contract_refuse(NULL, CONTRACT_CREDENTIAL, &(struct refusal){.err = ERR_RECORD_NOT_FOUND});
}

static void succeed_with_what_is_not_listed(void)
{
    contract_succeed(NULL, CONTRACT_SUCCESS__MAX, SLICE_NONE);
}

static void nothing_else_can_leave(void **state)
{
    (void)state;
    assert_true(aborts(refuse_with_what_is_not_listed));
    assert_true(aborts(refuse_at_another_stage));
    assert_true(aborts(succeed_with_what_is_not_listed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_its_status_and_its_stages),
        cmocka_unit_test(success_has_few_statuses),
        cmocka_unit_test(nothing_else_can_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
