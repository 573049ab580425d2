/* SPDX-License-Identifier: Apache-2.0 */
#include "client/access.h"

static const struct {
    h2o_iovec_t word;
    enum err err;
} words[] = {
    {SLICE("none"), ERR_ACCESS_NOT_GRANTED},
    {SLICE("requested"), ERR_ACCESS_NOT_GRANTED},
    {SLICE("refused"), ERR_ACCESS_NOT_GRANTED},
    {SLICE("plan missing"), ERR_PLAN_MISSING},
};

enum err access_shut(bool api_access, h2o_iovec_t shut)
{
    if (api_access)
        return ERR_NONE;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i)
        if (slice_equal(words[i].word, shut))
            return words[i].err;
    return ERR_API_ACCESS_OFF;
}
