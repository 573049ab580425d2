/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "mail/relay_verdict.h"

static void judges_what_the_relay_said(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        CURLcode code;
        long reply;
        bool told;
        enum relay_result result;
    } cases[] = {
        {"no connection", CURLE_COULDNT_CONNECT, 0, false, RELAY_LATER},
        {"no such host", CURLE_COULDNT_RESOLVE_HOST, 0, false, RELAY_LATER},
        {"a certificate of nobody", CURLE_PEER_FAILED_VERIFICATION, 220, false, RELAY_LATER},
        {"no TLS offered", CURLE_USE_SSL_FAILED, 250, false, RELAY_LATER},
        {"the login is wrong", CURLE_LOGIN_DENIED, 535, false, RELAY_LATER},
        {"refused at the door", CURLE_WEIRD_SERVER_REPLY, 554, false, RELAY_LATER},
        {"asks for a login at MAIL", CURLE_SEND_ERROR, 530, false, RELAY_LATER},
        {"takes no mail", CURLE_SEND_ERROR, 521, false, RELAY_LATER},
        {"greylisted", CURLE_SEND_ERROR, 450, false, RELAY_LATER},
        {"no such mailbox", CURLE_SEND_ERROR, 550, false, RELAY_REFUSED},
        {"not that sender", CURLE_SEND_ERROR, 553, false, RELAY_REFUSED},
        {"spam", CURLE_WEIRD_SERVER_REPLY, 554, true, RELAY_REFUSED},
        {"full behind DATA", CURLE_WEIRD_SERVER_REPLY, 452, true, RELAY_LATER},
        {"gone behind DATA", CURLE_RECV_ERROR, 354, true, RELAY_LATER},
        {"too slow", CURLE_OPERATION_TIMEDOUT, 550, true, RELAY_LATER},
        {"no reply code", CURLE_SEND_ERROR, 600, false, RELAY_LATER},
        {"taken", CURLE_OK, 250, true, RELAY_SENT},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, relay_verdict(cases[i].code, cases[i].reply, cases[i].told) == cases[i].result);
}

static void waits_longer_each_time(void **state)
{
    (void)state;
    static const int64_t least_ms[] = {10000, 30000, 120000, 300000, 600000, 900000, 900000, 900000};
    for (size_t i = 0; i < COUNT_OF(least_ms); ++i)
        for (uint32_t dice = 0; dice < 5000; dice += 333) {
            int64_t delay_ms = relay_delay_ms((int64_t)i + 1, dice);
            assert_true(delay_ms >= least_ms[i] && delay_ms <= least_ms[i] / 5 * 6);
        }
    assert_true(relay_delay_ms(INT64_MAX, UINT32_MAX) >= 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_what_the_relay_said),
        cmocka_unit_test(waits_longer_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
