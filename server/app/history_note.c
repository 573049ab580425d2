/* SPDX-License-Identifier: Apache-2.0 */
#include "app/history_note.h"

#include "base/text.h"

#define QUESTION_BYTES_USUAL 256

static h2o_iovec_t question(const struct command_input *input)
{
    struct text out;
    const struct command *command = input->command;
    text_start(&out, input->pool, QUESTION_BYTES_USUAL);
    text_add_format(&out, "hallmark %s %s", command->noun, command->verb);
    for (size_t i = 0; i < COMMAND_PARAMETERS_MAX && command->parameters[i].name != NULL; ++i) {
        if (input->values[i] != NULL)
            text_add_format(&out, " --%s=%s", command->parameters[i].name, input->values[i]);
    }
    return text_slice(&out);
}

bool history_note(const struct command_input *input, struct db_sync *db, int64_t account_id)
{
    struct db_parameters parameters;
    const struct db_result *result;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, account_id);
    db_add_text(&parameters, question(input));
    db_add_null(&parameters);
    if (db_sync_run(db, STATEMENT_HISTORY_READ_NOTE, &parameters, &result) == DB_DONE)
        return true;
    command_failed("this question could not be entered into the log of reads: %s", db_sync_message(db));
    return false;
}
