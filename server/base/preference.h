/* SPDX-License-Identifier: Apache-2.0 */
/* What a client would rather have: the lists of Accept and Accept-Language, "da, en-gb;q=0.8" (RFC 9110
 * section 12.4.2). Pure. */
#ifndef HALLMARK_BASE_PREFERENCE_H
#define HALLMARK_BASE_PREFERENCE_H

#include "base/slice.h"

#define PREFERENCE_FULL 1000 /* q=1, in thousandths; 0 says: not this one */

/* Cuts the next element off the list (SLICE_NONE: it is empty). False: there is none. The name is trimmed and may be
 * empty; quality -1: the element's is none, so it says nothing. Other parameters are not looked at. */
bool preference_next(h2o_iovec_t *list, h2o_iovec_t *name_out, int *quality_out);

/* That of a name, whatever its case; -1: the list does not name it. The best one, when it stands there twice. */
int preference_of(h2o_iovec_t list, h2o_iovec_t name);

#endif
