/* SPDX-License-Identifier: Apache-2.0 */
#include "app/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

bool durable_write(int file, h2o_iovec_t bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(file, bytes.base, bytes.len);
        if (done < 0 && errno != EINTR)
            return false;
        bytes = slice_from(bytes, done < 0 ? 0 : (size_t)done);
    }
    return fsync(file) == 0;
}

bool durable_name(const char *path)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    bool done = fsync(folder) == 0;
    close(folder);
    return done;
}
