/* SPDX-License-Identifier: Apache-2.0 */
#include "history/sentence.h"

#include "base/text.h"

#define FIELDS_NAMED_MAX 5 /* a sentence is for people */

static const char *verb_of(h2o_iovec_t method)
{
    if (slice_equal(method, SLICE("POST")))
        return "created";
    return slice_equal(method, SLICE("DELETE")) ? "deleted" : "changed";
}

static void add_fields(struct text *out, const struct difference *fields, size_t count)
{
    if (count == 0) {
        text_add(out, SLICE(" (no value differs)"));
        return;
    }
    text_add(out, SLICE(" ("));
    for (size_t i = 0; i < count && i < FIELDS_NAMED_MAX; ++i) {
        if (i > 0)
            text_add(out, SLICE(", "));
        text_add(out, fields[i].name);
    }
    if (count > FIELDS_NAMED_MAX)
        text_add_format(out, " and %zu more", count - FIELDS_NAMED_MAX);
    text_add_char(out, ')');
}

h2o_iovec_t sentence_of(h2o_mem_pool_t *pool, const struct history_row *row, const struct difference *fields,
                        size_t count)
{
    struct text out;
    text_start(&out, pool, 192);
    text_add(&out, row->application_name);
    text_add_format(&out, " %s %.*s ", verb_of(row->method), SLICE_ARGS(row->collection));
    text_add_i64(&out, row->record_id);
    if (fields != NULL && slice_equal(row->method, SLICE("PUT")))
        add_fields(&out, fields, count);
    if (row->person.base != NULL) {
        text_add(&out, SLICE(" for "));
        text_add(&out, row->person);
    }
    if (row->key_name.base != NULL) {
        text_add(&out, SLICE(" with the key \""));
        text_add(&out, row->key_name);
        text_add_char(&out, '"');
    }
    if (row->office_name.base != NULL) {
        text_add(&out, SLICE(" of "));
        text_add(&out, row->office_name);
    }
    text_add(&out, SLICE(" on "));
    text_add_time(&out, row->at_us);
    text_add_char(&out, '.');
    return text_slice(&out);
}
