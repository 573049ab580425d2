/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/export_gap.h"

#include "seal/export_fact.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16

static void append(struct export_gaps *gaps, struct export_gap gap)
{
    if (gap.first > gap.last)
        return;
    if (gaps->count == gaps->room) {
        gaps->room = gaps->room == 0 ? ROOM_FIRST : 2 * gaps->room;
        gaps->open = h2o_mem_realloc(gaps->open, gaps->room * sizeof(*gaps->open));
    }
    gaps->open[gaps->count++] = gap;
}

void export_gaps_add(struct export_gaps *gaps, struct export_gap gap)
{
    append(gaps, gap);
    gaps->changes += gap.last - gap.first + 1;
}

/* Takes the places from first up to before `behind` out of every gap. */
static void explain(struct export_gaps *gaps, uint64_t first, uint64_t behind)
{
    struct export_gaps rest = {.changes = gaps->changes};
    for (size_t i = 0; i < gaps->count; ++i) {
        struct export_gap left = gaps->open[i], right = gaps->open[i];
        if (first > left.last || behind <= left.first) {
            append(&rest, left);
            continue;
        }
        left.last = first - 1; /* first is 1 or more, and so is left.first */
        right.first = behind;
        append(&rest, left);
        append(&rest, right);
    }
    free(gaps->open);
    *gaps = rest;
}

/* One "[first,behind)"; what follows is left in *rest. */
static bool read_range(h2o_iovec_t *rest, uint64_t *first, uint64_t *behind)
{
    h2o_iovec_t range = slice_cut(rest, ')');
    if (range.base == NULL || range.len == 0 || range.base[0] != '[')
        return false;
    range = slice_from(range, 1);
    h2o_iovec_t number = slice_cut(&range, ',');
    return slice_to_u64(number, INT64_MAX, first) && range.base != NULL && slice_to_u64(range, INT64_MAX, behind) &&
           *first > 0 && *first < *behind;
}

/* {[1,7),[8,9)}: what comes before a fault counts. */
static void explain_all(struct export_gaps *gaps, h2o_iovec_t told)
{
    uint64_t first, behind;
    if (told.len < 2 || told.base[0] != '{' || told.base[told.len - 1] != '}')
        return;
    h2o_iovec_t rest = {told.base + 1, told.len - 2};
    while (rest.base != NULL && rest.len > 0 && read_range(&rest, &first, &behind)) {
        explain(gaps, first, behind);
        if (rest.base != NULL && rest.len > 0 && rest.base[0] == ',')
            rest = slice_from(rest, 1);
    }
}

void export_gaps_take(struct export_gaps *gaps, const json_t *facts)
{
    if (gaps->count == 0 || !export_fact_is_noun(facts, "archives") || !export_fact_is(facts, "method", "POST"))
        return;
    json_t *references = export_fact_references(facts);
    const json_t *gone = json_object_get(references, "Gone");
    if (json_is_string(gone))
        explain_all(gaps, (h2o_iovec_t){(char *)json_string_value(gone), json_string_length(gone)});
    json_decref(references);
}

const struct export_gap *export_gaps_unexplained(const struct export_gaps *gaps)
{
    return gaps->count == 0 ? NULL : &gaps->open[0];
}

void export_gaps_free(struct export_gaps *gaps)
{
    free(gaps->open);
    *gaps = (struct export_gaps){0};
}
