/* SPDX-License-Identifier: Apache-2.0 */
#include "app/checkpoint_command.h"

#include "app/admin.h"
#include "seal/seal_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A file that is there is somebody's key: it is never written over. */
static bool write_key(const char *path, h2o_iovec_t pem)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return false;
    bool done = write(file, pem.base, pem.len) == (ssize_t)pem.len && fsync(file) == 0;
    return close(file) == 0 && done;
}

enum command_exit checkpoint_key_make_run(struct command_input *input)
{
    struct note_signer signer;
    char verifier[NOTE_VERIFIER_BYTES];
    const char *wrong = NULL, *path = command_value(input, "file");
    h2o_iovec_t pem = note_key_make(input->pool);
    if (pem.base == NULL)
        return command_failed("OpenSSL made no key");
    enum command_exit exit_code = COMMAND_DONE;
    if (!note_signer_read(slice_of(command_value(input, "origin")), pem, &signer, &wrong)) {
        exit_code = command_usage("--origin: %s", wrong);
    } else {
        note_verifier_text(&signer.verifier, verifier);
        note_signer_wipe(&signer);
        if (write_key(path, pem))
            printf("%s\n", verifier);
        else
            exit_code = command_failed("%s: %s", path, strerror(errno));
    }
    secret_wipe(pem.base, pem.len);
    return exit_code;
}

enum command_exit checkpoint_show_run(struct command_input *input)
{
    struct db_sync *db = admin_open(input);
    if (db == NULL)
        return COMMAND_FAILED;
    h2o_iovec_t note = seal_log_last_note(db, input->pool);
    enum command_exit exit_code = COMMAND_DONE;
    if (note.base == NULL)
        exit_code = command_failed("nothing of the history was sealed yet");
    else
        printf("%.*s", SLICE_ARGS(note));
    db_sync_close(db);
    return exit_code;
}
