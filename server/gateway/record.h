/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done with records; each row is a file's start and the check before it. */
#ifndef HALLMARK_GATEWAY_RECORD_H
#define HALLMARK_GATEWAY_RECORD_H

#include "gateway/ask.h"

extern const struct action record_get_action;     /* record_get.c */
extern const struct action record_list_action;    /* record_list.c */
extern const struct action record_create_action;  /* record_write.c, as the two below */
extern const struct action record_replace_action; /* of the record in the path, or of the one whose Id is in the body */
extern const struct action record_delete_action;

#endif
