/* SPDX-License-Identifier: Apache-2.0 */
#include "console/language.h"

#define QUALITY_FULL    1000 /* q=1, in thousandths */
#define QUALITY_DIGITS  3
#define QUALITY_OF_NONE (-1)

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

/* "0.8" in thousandths; QUALITY_OF_NONE when it is no quality value (RFC 9110 section 12.4.2). */
static int quality_of(h2o_iovec_t text)
{
    int quality = 0, scale = QUALITY_FULL;
    if (text.len == 0 || text.len > 2 + QUALITY_DIGITS || (text.base[0] != '0' && text.base[0] != '1') ||
        (text.len > 1 && text.base[1] != '.'))
        return QUALITY_OF_NONE;
    for (size_t i = 0; i < text.len; ++i) {
        if (i == 1)
            continue;
        if (text.base[i] < '0' || text.base[i] > '9')
            return QUALITY_OF_NONE;
        quality += (text.base[i] - '0') * scale;
        scale /= 10;
    }
    return quality <= QUALITY_FULL ? quality : QUALITY_OF_NONE;
}

static int quality_of_element(h2o_iovec_t parameters)
{
    h2o_iovec_t parameter = slice_trim(slice_cut(&parameters, ';'));
    if (parameter.base == NULL)
        return QUALITY_FULL;
    if (!slice_starts_with(parameter, SLICE("q=")) && !slice_starts_with(parameter, SLICE("Q=")))
        return QUALITY_OF_NONE;
    return quality_of(slice_from(parameter, 2));
}

static bool most_wanted(h2o_iovec_t accepted, enum language *out)
{
    int best = 0; /* q=0 says: not this one */
    while (accepted.base != NULL) {
        h2o_iovec_t element = slice_cut(&accepted, ','), parameters = element;
        h2o_iovec_t tag = slice_trim(slice_cut(&parameters, ';'));
        int quality = quality_of_element(parameters);
        if (quality > best && language_parse(tag, out))
            best = quality;
    }
    return best > 0;
}

enum language language_choose(h2o_iovec_t ui_locales, h2o_iovec_t chosen, h2o_iovec_t accept_language)
{
    enum language language = LANGUAGE_EN;
    if (!first_of(ui_locales, &language) && (chosen.base == NULL || !language_parse(chosen, &language)))
        (void)most_wanted(accept_language, &language);
    return language;
}
