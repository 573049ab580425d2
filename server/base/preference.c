/* SPDX-License-Identifier: Apache-2.0 */
#include "base/preference.h"

#define QUALITY_DIGITS  3
#define QUALITY_OF_NONE (-1)

/* "0.8" in thousandths; QUALITY_OF_NONE when it is no quality value. */
static int quality_of(h2o_iovec_t text)
{
    int quality = 0, scale = PREFERENCE_FULL;
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
    return quality <= PREFERENCE_FULL ? quality : QUALITY_OF_NONE;
}

static int quality_of_element(h2o_iovec_t parameters)
{
    while (parameters.base != NULL) {
        h2o_iovec_t parameter = slice_trim(slice_cut(&parameters, ';'));
        if (slice_starts_with(parameter, SLICE("q=")) || slice_starts_with(parameter, SLICE("Q=")))
            return quality_of(slice_from(parameter, 2));
    }
    return PREFERENCE_FULL;
}

bool preference_next(h2o_iovec_t *list, h2o_iovec_t *name_out, int *quality_out)
{
    if (list->base == NULL)
        return false;
    h2o_iovec_t parameters = slice_cut(list, ',');
    *name_out = slice_trim(slice_cut(&parameters, ';'));
    *quality_out = quality_of_element(parameters);
    return true;
}

int preference_of(h2o_iovec_t list, h2o_iovec_t name)
{
    h2o_iovec_t element;
    int quality, best = QUALITY_OF_NONE;
    while (preference_next(&list, &element, &quality))
        if (quality > best && slice_equal_ignoring_case(element, name))
            best = quality;
    return best;
}
