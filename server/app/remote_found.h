/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of what the command line names otherwise: a person by e-mail address, an application or an api by name. */
#ifndef HALLMARK_APP_REMOTE_FOUND_H
#define HALLMARK_APP_REMOTE_FOUND_H

#include "app/remote_match.h"
#include "app/remote_session.h"

/* Puts ids in the place of the names that SOURCE_FOUND says, by reading the lists in which both stand. An id in the
 * place of a name is taken as it is. False, after having said that there is none of this name. */
__attribute__((warn_unused_result)) bool remote_found(struct remote_session *session, struct remote_match *match);

#endif
