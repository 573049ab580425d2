/* SPDX-License-Identifier: Apache-2.0 */
#include "console/language.h"

#include "base/preference.h"

static const h2o_iovec_t tags[LANGUAGE__MAX] = {
#define LANGUAGE_TAG_ROW(symbol, tag) SLICE(tag),
    LANGUAGE_ROWS(LANGUAGE_TAG_ROW)
#undef LANGUAGE_TAG_ROW
};

/* What is read as another: the macrolanguage, and Nynorsk, whose readers read Bokmål rather than English. */
static const struct {
    h2o_iovec_t tag;
    enum language language;
} others[] = {{SLICE("no"), LANGUAGE_NB}, {SLICE("nn"), LANGUAGE_NB}};

h2o_iovec_t language_tag(enum language language)
{
    return tags[language];
}

bool language_parse(h2o_iovec_t tag, enum language *out)
{
    h2o_iovec_t rest = tag, first = slice_cut(&rest, '-');
    for (size_t i = 0; i < LANGUAGE__MAX; ++i)
        if (slice_equal_ignoring_case(first, tags[i])) {
            *out = (enum language)i;
            return true;
        }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i)
        if (slice_equal_ignoring_case(first, others[i].tag)) {
            *out = others[i].language;
            return true;
        }
    return false;
}

static bool first_of(h2o_iovec_t locales, enum language *out)
{
    while (locales.base != NULL)
        if (language_parse(slice_cut(&locales, ' '), out))
            return true;
    return false;
}

static bool most_wanted(h2o_iovec_t accepted, enum language *out)
{
    h2o_iovec_t tag;
    int quality, best = 0; /* q=0 says: not this one */
    while (preference_next(&accepted, &tag, &quality))
        if (quality > best && language_parse(tag, out))
            best = quality;
    return best > 0;
}

enum language language_choose(h2o_iovec_t ui_locales, h2o_iovec_t chosen, h2o_iovec_t accept_language)
{
    enum language language = LANGUAGE_EN;
    if (!first_of(ui_locales, &language) && (chosen.base == NULL || !language_parse(chosen, &language)))
        (void)most_wanted(accept_language, &language);
    return language;
}
