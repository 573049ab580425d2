/* SPDX-License-Identifier: Apache-2.0 */
#include "history/sentence.h"

#include "check.h"

#define AT_US INT64_C(1795299369000123) /* 2026-11-21T22:16:09.000123Z */

static const struct difference many[] = {{SLICE("A"), {0}, {0}}, {SLICE("B"), {0}, {0}}, {SLICE("C"), {0}, {0}},
                                         {SLICE("D"), {0}, {0}}, {SLICE("E"), {0}, {0}}, {SLICE("F"), {0}, {0}},
                                         {SLICE("G"), {0}, {0}}};

static const struct {
    const char *name, *method, *person, *key, *office;
    const struct difference *fields;
    size_t count;
    const char *sentence;
} cases[] = {
    {"created", "POST", NULL, "Production", NULL, many, 2,
     "Invoice importer created customers 12 with the key \"Production\" on 2026-11-21T22:16:09.000123Z."},
    {"changed", "PUT", NULL, "Production", NULL, many, 2,
     "Invoice importer changed customers 12 (A, B) with the key \"Production\" on 2026-11-21T22:16:09.000123Z."},
    {"changed much", "PUT", NULL, "Production", NULL, many, 7,
     "Invoice importer changed customers 12 (A, B, C, D, E and 2 more) with the key \"Production\" on "
     "2026-11-21T22:16:09.000123Z."},
    {"changed nothing", "PUT", NULL, "Production", NULL, many, 0,
     "Invoice importer changed customers 12 (no value differs) with the key \"Production\" on "
     "2026-11-21T22:16:09.000123Z."},
    {"fields may not be named", "PUT", NULL, "Production", NULL, NULL, 0,
     "Invoice importer changed customers 12 with the key \"Production\" on 2026-11-21T22:16:09.000123Z."},
    {"changed by an office", "PUT", NULL, "All clients", "Office Ltd", many, 1,
     "Invoice importer changed customers 12 (A) with the key \"All clients\" of Office Ltd on "
     "2026-11-21T22:16:09.000123Z."},
    {"deleted for a person, without a key", "DELETE", "Anna Berg", NULL, NULL, many, 1,
     "Invoice importer deleted customers 12 for Anna Berg on 2026-11-21T22:16:09.000123Z."},
};

static void changes_are_told_in_a_sentence(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct history_row row = {.at_us = AT_US,
                                  .record_id = 12,
                                  .application_name = SLICE("Invoice importer"),
                                  .collection = SLICE("customers"),
                                  .method = slice_of(cases[i].method),
                                  .person = slice_of(cases[i].person),
                                  .key_name = slice_of(cases[i].key),
                                  .office_name = slice_of(cases[i].office)};
        check_slice(cases[i].name, sentence_of(pool_of(state), &row, cases[i].fields, cases[i].count),
                    slice_of(cases[i].sentence));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {test_with_pool(changes_are_told_in_a_sentence)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
