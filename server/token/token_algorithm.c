/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key_set.h"

#include <assert.h>

static const struct {
    const char *name, *other_name;
} names[] = {
    [TOKEN_ES256] = {"ES256", NULL},
    [TOKEN_RS256] = {"RS256", NULL},
    [TOKEN_PS256] = {"PS256", NULL},
    [TOKEN_EDDSA] = {"EdDSA", "Ed25519"}, /* we write the older name, which every library knows */
};
_Static_assert(sizeof(names) / sizeof(names[0]) == TOKEN_ALGORITHM__MAX, "each algorithm has a name");

h2o_iovec_t token_algorithm_name(enum token_algorithm algorithm)
{
    assert(algorithm < TOKEN_ALGORITHM__MAX);
    return slice_of(names[algorithm].name);
}

bool token_algorithm_parse(h2o_iovec_t name, enum token_algorithm *out)
{
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        bool other = names[i].other_name != NULL && slice_equal(name, slice_of(names[i].other_name));
        if (other || slice_equal(name, slice_of(names[i].name))) {
            *out = (enum token_algorithm)i;
            return true;
        }
    }
    return false;
}
