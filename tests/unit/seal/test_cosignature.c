/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "seal/cosignature.h"

/* Made apart, with Python and the openssl command, from a key whose seed is the bytes 0 to 31. */
#define WITNESS "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define RIGHT   "519lMgAAAABpJ5SAjLY5iuYYR+8NSssucA8Ax0VPKyGtu4B7792lXZvs0G7j2qQf4S3MaLqBZA/+fV8eQ4YXl0f9NkYrPPs5WgV9CA=="
#define AT_ZERO                                                                                                          \
    "519lMgAAAAAAAAAAgA3Tg2tXGyHuBJGetmbcd6tAGE2ZQ2H+GMKtF79pvLT36HdB5rNXzmKNcH9o52ddlgSeZK+Ka+qDit/gV7zQCw==" /* at     \
                                                                                                                  second \
                                                                                                                  0 */
#define OF_EIGHT                                                                                                          \
    "519lMgAAAABpJ5SAOn/xmBODauHM4ws1DR6N4UszV5m8fFwGN7Cv+9aLb3KUGpNnmirrmZazGFBBEgsKkcD8zcUVGajCtNpanJnBCQ==" /* of      \
                                                                                                                  another \
                                                                                                                  size    \
                                                                                                                */

#define TEXT               "books.example/history\n7\nn4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=\n"
#define LINE(name, base64) "\xe2\x80\x94 " name " " base64 "\n"
#define W1(base64)         LINE("witness.example/w1", base64)
#define OURS               LINE("books.example/history", "AAAA")

static struct note_verifier witness(void)
{
    struct note_verifier verifier;
    assert_true(note_witness_parse(SLICE(WITNESS), &verifier));
    return verifier;
}

static void keys_of_logs_and_witnesses_are_not_mixed_up(void **state)
{
    (void)state;
    struct note_verifier verifier;
    char text[NOTE_VERIFIER_BYTES];
    assert_false(note_verifier_parse(SLICE(WITNESS), &verifier));
    assert_false(note_witness_parse(SLICE("name"), &verifier));
    assert_true(note_witness_parse(SLICE(WITNESS), &verifier));
    note_verifier_text(&verifier, text); /* tells it as a log's: the same key, and another id */
    assert_false(note_witness_parse(slice_of(text), &verifier));
}

static void cosignatures_are_judged(void **state)
{
    static const struct {
        const char *name, *note;
        enum cosignature_verdict verdict;
    } cases[] = {
        {"nothing", "", COSIGNATURE_NONE},
        {"no note", TEXT, COSIGNATURE_NONE},
        {"not cosigned", TEXT "\n" OURS, COSIGNATURE_NONE},
        {"somebody else's", TEXT "\n" OURS LINE("witness.example/w2", RIGHT), COSIGNATURE_NONE},
        {"another key of the same name", TEXT "\n" W1("A" RIGHT), COSIGNATURE_NONE},
        {"too short", TEXT "\n" W1("/////w=="), COSIGNATURE_NONE},
        {"no base64", TEXT "\n" W1("*"), COSIGNATURE_NONE},
        {"of a newer form", TEXT "\n" LINE("witness.example/w1", RIGHT "AAAA"), COSIGNATURE_NONE},
        {"right", TEXT "\n" W1(RIGHT), COSIGNATURE_RIGHT},
        {"right, behind others", TEXT "\n" OURS LINE("x", "AAAA") W1("AAAA") W1(RIGHT), COSIGNATURE_RIGHT},
        {"of another checkpoint", TEXT "\n" W1(OF_EIGHT), COSIGNATURE_WRONG},
        {"of no time", TEXT "\n" W1(AT_ZERO), COSIGNATURE_WRONG},
        {"of another text", "x" TEXT "\n" W1(RIGHT), COSIGNATURE_WRONG},
        {"of a text with more lines", TEXT "more\n\n" W1(RIGHT), COSIGNATURE_WRONG},
    };
    struct note_verifier verifier = witness();
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct cosignature found = {.at_s = 0};
        enum cosignature_verdict verdict = cosignature_find(pool_of(state), slice_of(cases[i].note), &verifier, &found);
        check(cases[i].name, verdict == cases[i].verdict);
        if (verdict != COSIGNATURE_RIGHT)
            continue;
        check(cases[i].name, found.at_s == 1764201600);
        check_slice(cases[i].name, found.line, SLICE(W1(RIGHT)));
    }
}

static void line_that_was_altered_is_never_right(void **state)
{
    struct note_verifier verifier = witness();
    char note[] = TEXT "\n" W1(RIGHT);
    for (size_t i = 0; i < sizeof(note) - 1; ++i) {
        struct cosignature found;
        note[i] ^= 1;
        assert_int_not_equal(cosignature_find(pool_of(state), (h2o_iovec_t){note, sizeof(note) - 1}, &verifier, &found),
                             COSIGNATURE_RIGHT);
        note[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_logs_and_witnesses_are_not_mixed_up),
        test_with_pool(cosignatures_are_judged),
        test_with_pool(line_that_was_altered_is_never_right),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
