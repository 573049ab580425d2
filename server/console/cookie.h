/* SPDX-License-Identifier: Apache-2.0 */
/* The cookies of the pages. Behind https each is a __Host- cookie: set by this host alone, for all of its paths, and
 * never sent in the clear. Over plain http on loopback, where browsers refuse that prefix, they go by the plain name.
 */
#ifndef HALLMARK_CONSOLE_COOKIE_H
#define HALLMARK_CONSOLE_COOKIE_H

#include "http/call.h"

enum cookie {
    COOKIE_SESSION,  /* who is logged in; ends with the browser */
    COOKIE_FORM,     /* which browser a page was made for (console/form_ticket.h) */
    COOKIE_KNOWN,    /* that somebody logged in here before (console/guess.h) */
    COOKIE_LANGUAGE, /* which language was chosen */
    COOKIE__MAX,
};

#define COOKIE_SECRET_BYTES 44 /* 256 random bits as base64url, and a NUL */

/* Its value; SLICE_NONE when it did not come, or came twice (then somebody else may have set one of them). */
h2o_iovec_t cookie_get(const struct call *call, enum cookie cookie);

/* With the answer to come. The value has letters, digits, '-', '_' and '.' only. */
void cookie_set(struct call *call, enum cookie cookie, h2o_iovec_t value);
void cookie_end(struct call *call, enum cookie cookie);

/* A new random value. */
void cookie_make_secret(char out[static COOKIE_SECRET_BYTES]);
/* What is stored of it; false when the text is no such value. */
bool cookie_digest(h2o_iovec_t value, uint8_t out[static DIGEST_BYTES]);

#endif
