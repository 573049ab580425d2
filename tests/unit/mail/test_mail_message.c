/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "mail/mail_message.h"

#include <string.h>

static h2o_iovec_t written(h2o_mem_pool_t *pool, h2o_iovec_t name, h2o_iovec_t text)
{
    return mail_message_text(pool, &(struct mail_message){.from = {SLICE("Hallmark"), SLICE("no-reply@example.com")},
                                                          .to = {name, SLICE("ada@example.com")},
                                                          .date_us = INT64_C(1764201600) * 1000000,
                                                          .id = SLICE("0123"),
                                                          .language = SLICE("en"),
                                                          .text = text});
}

static void writes_a_whole_message(void **state)
{
    (void)state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    check_slice("message", written(&pool, SLICE("Ada \"the first\" Lovelace"), SLICE("Hello\n\nOne = two\nend ")),
                SLICE("From: \"Hallmark\"\r\n <no-reply@example.com>\r\nTo: \"Ada \\\"the first\\\" Lovelace\"\r\n "
                      "<ada@example.com>\r\nSubject: Hello\r\nDate: Thu, 27 Nov 2025 00:00:00 +0000\r\n"
                      "Message-ID: <0123@example.com>\r\nContent-Language: en\r\nAuto-Submitted: auto-generated\r\n"
                      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                      "Content-Transfer-Encoding: quoted-printable\r\n\r\nOne =3D two\r\nend=20\r\n"));
    h2o_mem_clear_pool(&pool);
}

/* Where the head ends, and that every line of it is one that we began. */
static size_t check_head(const char *name, h2o_iovec_t message)
{
    static const char *const ours[] = {"From: ",
                                       "To: ",
                                       "Subject: ",
                                       "Date: ",
                                       "Message-ID: ",
                                       "MIME-Version: ",
                                       "Content-Language: ",
                                       "Auto-Submitted: ",
                                       "Content-Type: ",
                                       "Content-Transfer-Encoding: ",
                                       " "};
    size_t at = 0;
    for (;;) {
        h2o_iovec_t rest = slice_from(message, at);
        size_t len = slice_find(rest, '\r');
        check(name, len != SIZE_MAX && rest.base[len + 1] == '\n');
        if (len == 0)
            return at;
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(ours); ++i)
            known = known || slice_starts_with(rest, slice_of(ours[i]));
        check(name, known && slice_find((h2o_iovec_t){rest.base, len}, '\n') == SIZE_MAX && len <= 998);
        at += len + 2;
    }
}

static void no_name_and_no_subject_is_a_header(void **state)
{
    (void)state;
    static const h2o_iovec_t cases[] = {
        SLICE("Eve\r\nBcc: all@example.com"),    SLICE("Eve\nBcc: all@example.com"),
        SLICE("Eve\rBcc: all@example.com"),      SLICE("\r\n\r\nbody"),
        SLICE("Eve\0Bcc: all@example.com"),      SLICE("=?UTF-8?B?DQpCY2M6IGFsbEBleGFtcGxlLmNvbQ==?="),
        SLICE("Eve\" <eve@example.com>, \"x"),   SLICE("\\"),
        SLICE("\xc2\x85 \xe2\x80\xa8 \xff\xfe"), SLICE("\xe2\x80\xae evil"),
    };
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t message = written(&pool, cases[i], SLICE("Hello\n\nbody"));
        size_t end = check_head(cases[i].base, message);
        check_slice(cases[i].base, slice_from(message, end), SLICE("\r\nbody\r\n"));
        check(cases[i].base, memmem(message.base, end, "\nBcc", 4) == NULL);
        h2o_iovec_t subject = cases[i];
        subject = slice_cut(&subject, '\n');
        (void)check_head(cases[i].base,
                         written(&pool, SLICE(""), slice_format(&pool, "%.*s\n\nb", SLICE_ARGS(subject))));
    }
    h2o_mem_clear_pool(&pool);
}

static void long_words_are_cut_between_characters(void **state)
{
    (void)state;
    char name[400];
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    for (size_t i = 0; i < sizeof(name); i += 4)
        memcpy(name + i, "\xf0\x9f\x97\x9d", 4);
    h2o_iovec_t message = written(&pool, (h2o_iovec_t){name, sizeof(name)}, SLICE("Hello\n\nbody"));
    (void)check_head("long name", message);
    const char *at = message.base;
    size_t words = 0;
    while ((at = memmem(at, (size_t)(message.base + message.len - at), "=?UTF-8?B?", 10)) != NULL) {
        const char *end = memmem(at + 10, 76, "?=", 2);
        check("word", end != NULL && end + 2 - at <= 75 && (end - at - 10) % 4 == 0);
        ++words;
        at = end;
    }
    check("words", words == (sizeof(name) + 43) / 44); /* eleven whole characters in each */
    h2o_mem_clear_pool(&pool);
}

static void lines_of_the_body_are_short_and_unfolded_again(void **state)
{
    (void)state;
    static const char text[] = "Hello\n\n"
                               "https://auth.example.com/password?link=0123456789abcdefghijklmnopqrstuvwxyz_-ABCDE\n"
                               "\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5\x82\xc5"
                               "\x82\xc5\x82\xc5\x82\xc5\x82"
                               "\n.\nFrom here";
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t message = written(&pool, SLICE(""), slice_of(text));
    char got[sizeof(text)];
    size_t len = 0;
    for (h2o_iovec_t rest = slice_from(message, check_head("body", message) + 2); rest.len > 0;) {
        h2o_iovec_t line = slice_cut(&rest, '\n');
        check("line", line.len >= 1 && line.len - 1 <= 76 && line.base[line.len - 1] == '\r');
        bool soft = line.len > 1 && line.base[line.len - 2] == '=';
        for (size_t i = 0; i < line.len - 1 - (soft ? 1 : 0); ++i) {
            unsigned byte = (unsigned char)line.base[i];
            if (byte == '=') {
                check("hex", sscanf(line.base + i + 1, "%2X", &byte) == 1);
                i += 2;
            }
            got[len++] = (char)byte;
        }
        if (!soft && rest.len > 0)
            got[len++] = '\n';
    }
    check_slice("body", (h2o_iovec_t){got, len}, slice_from(slice_of(text), strlen("Hello\n\n")));
    h2o_mem_clear_pool(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_a_whole_message),
        cmocka_unit_test(no_name_and_no_subject_is_a_header),
        cmocka_unit_test(long_words_are_cut_between_characters),
        cmocka_unit_test(lines_of_the_body_are_short_and_unfolded_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
