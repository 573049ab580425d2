/* SPDX-License-Identifier: Apache-2.0 */
#include "app/published_head.h"

#include "app/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAD_BYTES_MAX 8192 /* a note with sixteen signatures has three thousand */

static bool open_note(h2o_iovec_t note, const struct seal_identity *identity, struct checkpoint *out)
{
    struct note_verifier verifiers[SEAL_KEYS_MAX];
    for (size_t i = 0; i < identity->signer_count; ++i)
        verifiers[i] = identity->signers[i].verifier;
    h2o_iovec_t text = note_open(note, verifiers, identity->signer_count);
    return text.base != NULL && checkpoint_parse(text, out) && slice_equal(out->origin, identity->origin);
}

static void take(struct published_head *head, const struct checkpoint *checkpoint)
{
    head->is_there = true;
    head->size = checkpoint->size;
    head->root = checkpoint->root;
}

static bool fail(char **message_out, const char *path, const char *why)
{
    if (asprintf(message_out, "checkpoint file %s: %s", path, why) < 0)
        abort();
    return false;
}

bool published_head_read(struct published_head *head, const char *path, const struct seal_identity *identity,
                         char **message_out)
{
    char bytes[HEAD_BYTES_MAX];
    struct checkpoint checkpoint;
    *head = (struct published_head){.path = path};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return true;
    if (file < 0)
        return fail(message_out, path, strerror(errno));
    ssize_t len = read(file, bytes, sizeof(bytes));
    int error = errno;
    close(file);
    if (len < 0)
        return fail(message_out, path, strerror(error));
    if (!open_note((h2o_iovec_t){bytes, (size_t)len}, identity, &checkpoint))
        return fail(message_out, path,
                    "it holds no checkpoint that the checkpoint key has signed for this origin; look at what happened "
                    "before you take it away");
    take(head, &checkpoint);
    return true;
}

static bool replace(const char *path, h2o_iovec_t note)
{
    char made[PATH_MAX];
    if ((size_t)snprintf(made, sizeof(made), "%s.new", path) >= sizeof(made)) {
        errno = ENAMETOOLONG;
        return false;
    }
    int file = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0)
        return false;
    bool done = durable_write(file, note);
    return close(file) == 0 && done && rename(made, path) == 0 && durable_name(path);
}

enum head_outcome published_head_write(struct published_head *head, h2o_iovec_t note, const struct merkle_range *range,
                                       const struct seal_identity *identity)
{
    struct checkpoint checkpoint;
    struct merkle_hash root = merkle_root(range);
    if (!open_note(note, identity, &checkpoint) || checkpoint.size != range->size ||
        !merkle_equal(&checkpoint.root, &root))
        return HEAD_OF_ANOTHER;
    if (!replace(head->path, note))
        return HEAD_UNWRITTEN;
    take(head, &checkpoint);
    return HEAD_WRITTEN;
}
