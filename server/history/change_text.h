/* SPDX-License-Identifier: Apache-2.0 */
/* One change of the history as JSON. */
#ifndef HALLMARK_HISTORY_CHANGE_TEXT_H
#define HALLMARK_HISTORY_CHANGE_TEXT_H

#include "base/scope.h"
#include "base/text.h"
#include "store/store_history.h"

/* Adds the change. Values, and the names of the members that changed, are told only to a reader who may read the
 * collection (`readable` has its scope); otherwise "withheld" is true. Where values were erased, "erased" is true. The
 * facts are always told. */
void change_text_add(struct text *out, const struct history_row *row, const struct scope_set *readable);

#endif
