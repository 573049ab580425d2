/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "mail/mailbox.h"

#define LETTERS_16 "aaaaaaaaaaaaaaaa"
#define LETTERS_64 LETTERS_16 LETTERS_16 LETTERS_16 LETTERS_16

static void refuses_what_is_more_than_an_address(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {
        {"", 0},
        SLICE("a"),
        SLICE("@"),
        SLICE("a@"),
        SLICE("@example.com"),
        SLICE("a@b@example.com"),
        SLICE("a@example.com\r\nBcc: all@example.com"),
        SLICE("a@example.com\n"),
        SLICE("a\0b@example.com"),
        SLICE("a b@example.com"),
        SLICE("a\tb@example.com"),
        SLICE("a@example.com>"),
        SLICE("<a@example.com>"),
        SLICE("a,b@example.com"),
        SLICE("a;b@example.com"),
        SLICE("a:b@example.com"),
        SLICE("\"a\"@example.com"),
        SLICE("a\\b@example.com"),
        SLICE("(a)@example.com"),
        SLICE("a@[127.0.0.1]"),
        SLICE("a@exam\x7fple.com"),
        SLICE("\xff@example.com"),
        SLICE(LETTERS_64 "a@example.com"),
        SLICE("a@" LETTERS_64 LETTERS_64 LETTERS_64 LETTERS_64),
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].base, !mailbox_is_address(cases[i]));
}

static void takes_addresses(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {SLICE("a@b"), SLICE("o'brien+tag=1@mail.example.com"),
                                        SLICE(LETTERS_64 "@example.com"),
                                        SLICE("\xc5\x82ucja@b\xc3\xbc"
                                              "cher.example")};
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].base, mailbox_is_address(cases[i]));
    check_slice("domain", mailbox_domain(SLICE("a@example.com")), SLICE("example.com"));
}

static void reads_who_mails_are_from(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *address; /* NULL: refused */
    } cases[] = {
        {"a@example.com", "", "a@example.com"},
        {"<a@example.com>", "", "a@example.com"},
        {"Example <a@example.com>", "Example", "a@example.com"},
        {"Example, Inc. <a@example.com>", "Example, Inc.", "a@example.com"},
        {"", NULL, NULL},
        {"Example", NULL, NULL},
        {"Example a@example.com", NULL, NULL},
        {"Example <a@example.com", NULL, NULL},
        {"Example <a@example.com> x", NULL, NULL},
        {"Example <>", NULL, NULL},
        {"<", NULL, NULL},
        {"A <b@c> <a@example.com>", NULL, NULL},
        {"A\r\nBcc: x@example.com <a@example.com>", NULL, NULL},
        {"\xff <a@example.com>", NULL, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct mailbox mailbox = {SLICE("untouched"), SLICE_NONE};
        bool read = mailbox_parse(slice_of(cases[i].text), &mailbox);
        check(cases[i].text, read == (cases[i].address != NULL));
        check_slice(cases[i].text, mailbox.name, read ? slice_of(cases[i].name) : SLICE("untouched"));
        if (read)
            check_slice(cases[i].text, mailbox.address, slice_of(cases[i].address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_more_than_an_address),
        cmocka_unit_test(takes_addresses),
        cmocka_unit_test(reads_who_mails_are_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
