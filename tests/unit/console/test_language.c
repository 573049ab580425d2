/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "console/language.h"

static void chooses_what_a_person_reads(void **state)
{
    (void)state;
    static const struct {
        const char *name, *ui_locales, *chosen, *accepted;
        enum language language;
    } cases[] = {
        {"nothing said", NULL, NULL, NULL, LANGUAGE_EN},
        {"not well formed", "\xff  ;;", ",,,", ";q=1,,de;q=x,;;", LANGUAGE_EN},
        {"quality that is none", NULL, NULL, "de;q=1.001, pl;q=0.1", LANGUAGE_PL},
        {"quality with too many digits", NULL, NULL, "de;q=0.9999, pl;q=0.1", LANGUAGE_PL},
        {"an empty quality", NULL, NULL, "de;q=, pl;q=0.1", LANGUAGE_PL},
        {"refused by q=0", NULL, NULL, "de;q=0, de-AT;q=0.000", LANGUAGE_EN},
        {"one of ours", NULL, NULL, "de", LANGUAGE_DE},
        {"with a region, any case", NULL, NULL, "DE-at", LANGUAGE_DE},
        {"first of equals", NULL, NULL, "pl,de", LANGUAGE_PL},
        {"best quality", NULL, NULL, "fr, de;q=0.7, pl;q=0.8 , *;q=0.5", LANGUAGE_PL},
        {"Norwegian", NULL, NULL, "no", LANGUAGE_NB},
        {"Nynorsk before English", NULL, NULL, "nn-NO, en;q=0.9", LANGUAGE_NB},
        {"only a beginning", NULL, NULL, "deu", LANGUAGE_EN},
        {"chosen before wins over the browser", NULL, "nb", "de", LANGUAGE_NB},
        {"chosen before, and not ours", NULL, "fr", "de", LANGUAGE_DE},
        {"asked for wins", "fr pl-PL de", "nb", "de", LANGUAGE_PL},
        {"asked for none of ours", "fr es", "nb", "de", LANGUAGE_NB},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].name, language_choose(slice_of(cases[i].ui_locales), slice_of(cases[i].chosen),
                                             slice_of(cases[i].accepted)) == cases[i].language);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chooses_what_a_person_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
