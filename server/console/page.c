/* SPDX-License-Identifier: Apache-2.0 */
#include "console/page.h"

#include "console/escape.h"
#include "console/qr.h"

#include <assert.h>
#include <time.h>

#define MOMENT_BYTES   sizeof("9999-12-31 23:59 UTC")
#define SECOND_US      INT64_C(1000000)
#define GIVEN_MARK     '\001' /* in a text: the next character says which value goes there, counted from '0' */
#define DIGITS_IN_MARK 10

struct page_given {
    enum { PAGE_GIVEN_TEXT, PAGE_GIVEN_NUMBER, PAGE_GIVEN_MOMENT } kind;
    h2o_iovec_t text;
    int64_t number;
};

/* People read minutes; a machine that reads the attribute gets the same moment as RFC 3339 writes it. */
static void add_moment(struct text *out, enum escape escape, int64_t unix_us)
{
    char written[MOMENT_BYTES];
    struct tm parts;
    time_t seconds = (time_t)(unix_us / SECOND_US);
    if (escape != ESCAPE_TEXT) {
        text_add_time(out, unix_us);
        return;
    }
    if (gmtime_r(&seconds, &parts) != NULL && strftime(written, sizeof(written), "%Y-%m-%d %H:%M UTC", &parts) > 0)
        text_add(out, slice_of(written));
}

static void page_value(struct text *out, enum escape escape, const struct page_given *given)
{
    switch (given->kind) {
    case PAGE_GIVEN_TEXT:
        escape_add(out, escape, given->text);
        return;
    case PAGE_GIVEN_NUMBER:
        text_add_i64(out, given->number);
        return;
    case PAGE_GIVEN_MOMENT:
        add_moment(out, escape, given->number);
        return;
    }
    assert(0 && "a value");
}

static void page_text(struct text *out, enum escape escape, enum language language, enum page_text_id id,
                      const struct page_given *given);

#include "pages.inc"

static void page_text(struct text *out, enum escape escape, enum language language, enum page_text_id id,
                      const struct page_given *given)
{
    h2o_iovec_t rest = texts[language][id];
    while (rest.base != NULL) {
        escape_add(out, escape, slice_cut(&rest, GIVEN_MARK));
        if (rest.base == NULL)
            return;
        assert(rest.len > 0);
        size_t index = (size_t)(rest.base[0] - '0');
        assert(index < DIGITS_IN_MARK);
        page_value(out, escape, &given[index]);
        rest = slice_from(rest, 1);
    }
}

h2o_iovec_t page_sheet(void)
{
    return sheet;
}

h2o_iovec_t page_script(void)
{
    return script;
}
