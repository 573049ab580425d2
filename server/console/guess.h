/* SPDX-License-Identifier: Apache-2.0 */
/* The slow-down of guessing, over client/penalty.h: it survives restarts, and tells nobody who failed. Counted are
 * failures
 *   - for one person from one address;
 *   - from one address, whoever is tried there (in sixteen parts, so that an office behind one address is not slowed by
 *     a few colleagues);
 *   - for one person from everywhere, which a browser that this person logged in with before is not held up by: so
 *     nobody can lock an owner out for good. */
#ifndef HALLMARK_CONSOLE_GUESS_H
#define HALLMARK_CONSOLE_GUESS_H

#include "http/call.h"

/* Whom a guess is about: a keyless digest of what the person is called here (the address that was typed, or their
 * number for the second step), so that its length does not matter. */
struct guess {
    char name[CREDENTIAL_BYTES_MAX], part[CREDENTIAL_BYTES_MAX];
    bool is_known; /* the browser is one that this person logged in with */
};

void guess_of_email(struct call *call, h2o_iovec_t email, struct guess *out);
void guess_of_code(struct call *call, int64_t user_id, h2o_iovec_t email, struct guess *out);

/* No guess, but slowed as one: who asks for a link to be sent. Nobody holds up another's: what everybody together may
 * send to a person is bounded where it is sent. */
void guess_of_forgotten(struct call *call, h2o_iovec_t email, struct guess *out);

/* Seconds that this guess has to wait; 0: go on. Asked before the work and after it: many may have waited together. */
int64_t guess_wait_s(const struct call *call, const struct guess *guess);
void guess_failed(const struct call *call, const struct guess *guess);
/* Right: the person's own counts are forgotten. */
void guess_succeeded(const struct call *call, const struct guess *guess);

/* From now on this browser is one that the person logged in with. */
void guess_know_browser(struct call *call, h2o_iovec_t email);

#endif
