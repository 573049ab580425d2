/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "mail/relay.h"

static void knows_which_relay_may_be_spoken_to_in_the_clear(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool good, loopback;
    } cases[] = {
        {"", false, false},
        {"relay.example.com", false, false},
        {"http://127.0.0.1", false, false},
        {"smtp:", false, false},
        {"smtp://", false, false},
        {"smtp://user@127.0.0.1", false, false},
        {"smtp://127.0.0.1:0x19", false, false},
        {"smtp://127.0.0.1/helo.example.com", false, false},
        {"smtp://127.0.0.1/?a", false, false},
        {"smtp://127.0.0.1/#a", false, false},
        {"smtp://relay.example.com", true, false},
        {"smtps://relay.example.com:465", true, false},
        {"smtp://localhost.example.com", true, false},
        {"smtp://127.0.0.1.example.com", true, false},
        {"smtp://10.0.0.1", true, false},
        {"smtp://[2001:db8::1]:25", true, false},
        {"smtp://localhost:25", true, true},
        {"smtp://127.0.0.1", true, true},
        {"smtp://127.9.9.9:2525/", true, true},
        {"smtp://[::1]:25", true, true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        check(cases[i].url, relay_url_is_good(cases[i].url) == cases[i].good);
        check(cases[i].url, relay_url_is_loopback(cases[i].url) == cases[i].loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_which_relay_may_be_spoken_to_in_the_clear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
