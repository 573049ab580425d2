/* SPDX-License-Identifier: Apache-2.0 */
/* How a scope is told to a person: as which of the sentences of templates/scope.html, which stands in a loop over rows
 * named `scope` with the members below, and with which word in it. */
#ifndef HALLMARK_CONSOLE_SCOPE_FACE_H
#define HALLMARK_CONSOLE_SCOPE_FACE_H

#include "base/slice.h"

struct scope_face {
    h2o_iovec_t word;    /* the scope itself */
    h2o_iovec_t subject; /* "customers" of customers:read */
    bool reads, writes;  /* of a collection, or of what administrators have */
    bool history, openid, profile, email, offline;
    bool other; /* none of these: the word itself is told */
};

/* Exactly one of the bools is set. Borrows from `scope`. */
struct scope_face scope_face(h2o_iovec_t scope);

/* Its members, for the row of a page: {.word = face.word, SCOPE_FACE_MEMBERS(face), ...}. */
#define SCOPE_FACE_MEMBERS(face)                                                                                       \
    .reads = (face).reads, .writes = (face).writes, .history = (face).history, .openid = (face).openid,                \
    .profile = (face).profile, .email = (face).email, .offline = (face).offline, .other = (face).other

#endif
