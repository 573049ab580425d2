/* SPDX-License-Identifier: Apache-2.0 */
/* Gaps of an export, and what archives explain of them. */
#include "seal/export_gap.h"

#include "check.h"

/* What is left of the gaps 3 to 9 and 20 to 20 after an archive has told that this is gone. */
static void take(struct export_gaps *gaps, const char *collection, int collection_id, const char *method,
                 const char *gone)
{
    json_t *references = json_pack("{s:s}", "Gone", gone);
    char *text = json_dumps(references, JSON_COMPACT);
    json_t *facts = json_pack("{s:s, s:i, s:s, s:s}", "collection", collection, "collection_id", collection_id,
                              "method", method, "external_references", text);
    export_gaps_take(gaps, facts);
    json_decref(facts);
    json_decref(references);
    free(text);
}

static struct export_gaps two_gaps(void)
{
    struct export_gaps gaps = {0};
    export_gaps_add(&gaps, (struct export_gap){.first = 3, .last = 9, .line = 4});
    export_gaps_add(&gaps, (struct export_gap){.first = 20, .last = 20, .line = 15});
    return gaps;
}

static const struct {
    const char *gone, *left; /* as "first-last first-last" */
} cases[] = {
    /* what is no answer leaves everything */
    {"", "3-9 20-20"},
    {"{}", "3-9 20-20"},
    {"[1,30)", "3-9 20-20"},
    {"{[1,30]}", "3-9 20-20"},
    {"{(1,30)}", "3-9 20-20"},
    {"{[30,1)}", "3-9 20-20"},
    {"{[0,30)}", "3-9 20-20"},
    {"{[-5,30)}", "3-9 20-20"},
    {"{[,30)}", "3-9 20-20"},
    {"{[1,)}", "3-9 20-20"},
    {"{[1,99999999999999999999)}", "3-9 20-20"},
    {"{[1,30", "3-9 20-20"},
    /* what lies beside the gaps */
    {"{[1,3)}", "3-9 20-20"},
    {"{[10,20)}", "3-9 20-20"},
    {"{[21,30)}", "3-9 20-20"},
    /* what lies in them */
    {"{[1,30)}", ""},
    {"{[3,10),[20,21)}", ""},
    {"{[1,4)}", "4-9 20-20"},
    {"{[9,30)}", "3-8"},
    {"{[5,7)}", "3-4 7-9 20-20"},
    {"{[3,4),[5,6),[8,9)}", "4-4 6-7 9-9 20-20"},
};

static void what_is_told_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        char left[128] = "";
        struct export_gaps gaps = two_gaps();
        take(&gaps, "archives", -20, "POST", cases[i].gone);
        for (size_t j = 0; j < gaps.count; ++j)
            snprintf(left + strlen(left), sizeof(left) - strlen(left), "%s%llu-%llu", j == 0 ? "" : " ",
                     (unsigned long long)gaps.open[j].first, (unsigned long long)gaps.open[j].last);
        check_slice(cases[i].gone, slice_of(left), slice_of(cases[i].left));
        assert_int_equal(gaps.changes, 8);
        export_gaps_free(&gaps);
    }
}

static void only_archives_explain(void **state)
{
    (void)state;
    struct export_gaps gaps = two_gaps();
    take(&gaps, "archives", 20, "POST", "{[1,30)}"); /* somebody's collection of that name */
    take(&gaps, "erasures", -17, "POST", "{[1,30)}");
    take(&gaps, "archives", -20, "PUT", "{[1,30)}");
    assert_int_equal(export_gaps_unexplained(&gaps)->line, 4);
    take(&gaps, "archives", -20, "POST", "{[1,10)}");
    assert_int_equal(export_gaps_unexplained(&gaps)->line, 15);
    take(&gaps, "archives", -20, "POST", "{[1,30)}");
    assert_null(export_gaps_unexplained(&gaps));
    export_gaps_free(&gaps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_explained),
        cmocka_unit_test(only_archives_explain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
