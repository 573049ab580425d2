/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/export_erasure.h"

#include "seal/export_fact.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

enum { BEFORE, AFTER, PERSON, ADDRESS, KINDS };

static const struct {
    const char *name, *digest;
} kinds[KINDS] = {[BEFORE] = {"before", "before_digest"},
                  [AFTER] = {"after", "after_digest"},
                  [PERSON] = {"person", "person_digest"},
                  [ADDRESS] = {"address", "address_digest"}};

/* --- facts ------------------------------------------------------------------------------------------------------- */

static bool read_number(const json_t *references, const char *name, int64_t *out)
{
    uint64_t number;
    const char *text = json_string_value(json_object_get(references, name));
    if (text == NULL || !slice_to_u64(slice_of(text), INT64_MAX, &number))
        return false;
    *out = (int64_t)number;
    return true;
}

/* Whose erasure a change is; false when it is none. */
static bool read_erasure(const json_t *facts, struct erased_subject *out)
{
    if (!export_fact_is_noun(facts, "erasures") || !export_fact_is(facts, "method", "POST"))
        return false;
    json_t *references = export_fact_references(facts);
    *out = (struct erased_subject){0, 0};
    bool known = export_fact_is(references, "Kind", "person")
                     ? read_number(references, "User", &out->number)
                     : export_fact_is(references, "Kind", "record") &&
                           read_number(references, "CollectionId", &out->collection_id) &&
                           read_number(references, "Record", &out->number) && out->collection_id > 0;
    json_decref(references);
    return known;
}

static struct erased_subject subject_of_documents(const json_t *facts)
{
    int64_t record = json_integer_value(json_object_get(facts, "record_id"));
    if (export_fact_is_noun(facts, "users"))
        return (struct erased_subject){0, record};
    return (struct erased_subject){json_integer_value(json_object_get(facts, "collection_id")), record};
}

/* Of who did it: the person, else the holder of the key; 0: neither is known. */
static struct erased_subject subject_of_author(const json_t *facts)
{
    const json_t *user = json_object_get(facts, "user_id"), *holder = json_object_get(facts, "holder_id");
    return (struct erased_subject){0, json_integer_value(json_is_integer(user) ? user : holder)};
}

/* --- the subjects that wait for their erasure ------------------------------------------------------------------- */

static int compare(const struct erased_subject *a, const struct erased_subject *b)
{
    if (a->collection_id != b->collection_id)
        return a->collection_id < b->collection_id ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Where it stands, or has to be put in. */
static size_t find(const struct export_erasures *erasures, const struct erased_subject *subject, bool *found_out)
{
    size_t low = 0, high = erasures->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&erasures->open[middle].subject, subject) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found_out = low < erasures->count && compare(&erasures->open[low].subject, subject) == 0;
    return low;
}

static void wait_for(struct export_erasures *erasures, const struct erased_place *place)
{
    bool found;
    size_t at = find(erasures, &place->subject, &found);
    if (found)
        return;
    if (erasures->count == erasures->room) {
        erasures->room = erasures->room == 0 ? ROOM_FIRST : 2 * erasures->room;
        erasures->open = h2o_mem_realloc(erasures->open, erasures->room * sizeof(*erasures->open));
    }
    memmove(&erasures->open[at + 1], &erasures->open[at], (erasures->count - at) * sizeof(*erasures->open));
    erasures->open[at] = *place;
    ++erasures->count;
}

static void explain(struct export_erasures *erasures, const struct erased_subject *subject)
{
    bool found;
    size_t at = find(erasures, subject, &found);
    if (!found)
        return;
    --erasures->count;
    memmove(&erasures->open[at], &erasures->open[at + 1], (erasures->count - at) * sizeof(*erasures->open));
}

/* --- a change ---------------------------------------------------------------------------------------------------- */

/* The names are those of the digests without a value, in their order, or there are none. */
static bool names_are_right(const json_t *names, const bool *is_missing)
{
    size_t place = 0;
    for (size_t kind = 0; kind < KINDS; ++kind) {
        if (!is_missing[kind])
            continue;
        const char *name = json_string_value(json_array_get(names, place++));
        if (name == NULL || strcmp(name, kinds[kind].name) != 0)
            return false;
    }
    return place == 0 ? names == NULL : json_array_size(names) == place;
}

bool export_erasures_take(struct export_erasures *erasures, h2o_mem_pool_t *pool, const json_t *line,
                          struct erased_place place, h2o_iovec_t *wrong_out)
{
    const json_t *facts = json_object_get(line, "facts"), *values = json_object_get(line, "values");
    struct erased_subject erased;
    bool is_missing[KINDS], any = false;
    for (size_t i = 0; i < KINDS; ++i) {
        is_missing[i] = json_is_string(json_object_get(facts, kinds[i].digest)) &&
                        !json_is_string(json_object_get(values, kinds[i].name));
        any = any || is_missing[i];
    }
    if (!names_are_right(json_object_get(line, "erased"), is_missing)) {
        *wrong_out = slice_format(pool, "values are missing, or there, that are not named so");
        return false;
    }
    erasures->changes += any;
    if (read_erasure(facts, &erased))
        explain(erasures, &erased);
    if (is_missing[BEFORE] || is_missing[AFTER]) {
        place.subject = subject_of_documents(facts);
        wait_for(erasures, &place);
    }
    if (is_missing[PERSON] || is_missing[ADDRESS]) {
        place.subject = subject_of_author(facts);
        wait_for(erasures, &place);
    }
    return true;
}

const struct erased_place *export_erasures_unexplained(const struct export_erasures *erasures)
{
    const struct erased_place *first = NULL;
    for (size_t i = 0; i < erasures->count; ++i)
        if (first == NULL || erasures->open[i].line < first->line)
            first = &erasures->open[i];
    return first;
}

void export_erasures_free(struct export_erasures *erasures)
{
    free(erasures->open);
    *erasures = (struct export_erasures){0};
}
