/* SPDX-License-Identifier: Apache-2.0 */
#include "console/scope_face.h"

#include <stddef.h>

/* Those that have a sentence of their own. */
static const struct {
    h2o_iovec_t scope;
    size_t member;
} rows[] = {
    {{(char *)"openid", 6}, offsetof(struct scope_face, openid)},
    {{(char *)"profile", 7}, offsetof(struct scope_face, profile)},
    {{(char *)"email", 5}, offsetof(struct scope_face, email)},
    {{(char *)"offline_access", 14}, offsetof(struct scope_face, offline)},
    {{(char *)"history:read", 12}, offsetof(struct scope_face, history)},
};

struct scope_face scope_face(h2o_iovec_t scope)
{
    h2o_iovec_t verb = scope;
    struct scope_face face = {.word = scope, .subject = slice_cut(&verb, ':')};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        if (slice_equal(rows[i].scope, scope)) {
            *(bool *)((char *)&face + rows[i].member) = true;
            return face;
        }
    face.reads = slice_equal(verb, SLICE("read"));
    face.writes = slice_equal(verb, SLICE("write"));
    face.other = !face.reads && !face.writes;
    return face;
}
