/* SPDX-License-Identifier: Apache-2.0 */
#include "console/program.h"

struct word {
    const char *sign; /* in the User-Agent */
    const char *name;
};

/* Each of the later ones is in the User-Agents of some earlier ones, too: the first that is there is it. */
static const struct word browsers[] = {
    {"Edg", "Edge"},         {"OPR/", "Opera"},     {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"},
    {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},    {"Chrome/", "Chrome"},
    {"Safari/", "Safari"},
};
static const struct word systems[] = {
    {"iPhone", "iPhone"},   {"iPad", "iPad"},     {"Android", "Android"}, {"Windows", "Windows"},
    {"Macintosh", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
};

static const char *name_in(h2o_iovec_t text, const struct word *words, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (memmem(text.base, text.len, words[i].sign, strlen(words[i].sign)) != NULL)
            return words[i].name;
    return NULL;
}

h2o_iovec_t program_name(h2o_mem_pool_t *pool, h2o_iovec_t user_agent)
{
    if (user_agent.len == 0)
        return SLICE_NONE;
    const char *browser = name_in(user_agent, browsers, sizeof(browsers) / sizeof(browsers[0]));
    const char *system = name_in(user_agent, systems, sizeof(systems) / sizeof(systems[0]));
    if (browser == NULL)
        return slice_copy(pool, user_agent);
    return slice_format(pool, "%s%s%s", browser, system == NULL ? "" : ", ", system == NULL ? "" : system);
}
