/* SPDX-License-Identifier: Apache-2.0 */
/* "hallmark checkpoint publish": brings each new checkpoint out of reach of whoever can write the database, and stands
 * still, with a sentence, when the log is not the one that was published before. */
#ifndef HALLMARK_APP_CHECKPOINT_PUBLISH_COMMAND_H
#define HALLMARK_APP_CHECKPOINT_PUBLISH_COMMAND_H

#include "app/command.h"

enum command_exit checkpoint_publish_run(struct command_input *input);

#endif
