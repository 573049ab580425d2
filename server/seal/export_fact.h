/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the facts of a change that an export tells. */
#ifndef HALLMARK_SEAL_EXPORT_FACT_H
#define HALLMARK_SEAL_EXPORT_FACT_H

#include <jansson.h>
#include <stdbool.h>

/* Whether a member is this text. */
bool export_fact_is(const json_t *object, const char *name, const char *wanted);

/* Whether it is an administrative change of this noun: their collections have negative numbers, and no collection of
 * records can take their names. */
bool export_fact_is_noun(const json_t *facts, const char *noun);

/* The external references of a change, as JSON: the caller gives them back. NULL when they are none. */
json_t *export_fact_references(const json_t *facts);

#endif
