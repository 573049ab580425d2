/* SPDX-License-Identifier: Apache-2.0 */
#include "app/export_file.h"

#include <stdlib.h>

static void tell_fault(FILE *told, const struct export_check *check, h2o_iovec_t wrong)
{
    fprintf(told, "NOT PROVEN: line %llu", (unsigned long long)check->line);
    if (check->has_begun)
        fprintf(told, " (behind change %llu of the account)", (unsigned long long)check->seq);
    fprintf(told, ": %.*s\n", SLICE_ARGS(wrong));
}

/* The sentence is told before what it lies in is given back. */
static bool check_line(struct export_check *check, FILE *told, h2o_iovec_t line)
{
    h2o_mem_pool_t pool;
    h2o_iovec_t wrong = SLICE_NONE;
    h2o_mem_init_pool(&pool);
    bool done = export_check_line(check, &pool, line, &wrong);
    if (!done)
        tell_fault(told, check, wrong);
    h2o_mem_clear_pool(&pool);
    return done;
}

bool export_file_check(struct export_check *check, FILE *file, FILE *told, uint8_t digest_out[static DIGEST_BYTES])
{
    char *bytes = NULL;
    size_t room = 0;
    ssize_t len;
    bool done = true;
    h2o_iovec_t wrong;
    struct secret_digester *digester = secret_digester_start();
    while (done && (len = getline(&bytes, &room, file)) > 0) {
        h2o_iovec_t line = {bytes, (size_t)len};
        secret_digester_add(digester, line);
        if (line.base[line.len - 1] == '\n')
            --line.len;
        done = check_line(check, told, line);
    }
    free(bytes);
    secret_digester_end(digester, digest_out);
    if (done && !export_check_end(check, &wrong)) {
        tell_fault(told, check, wrong);
        done = false;
    }
    return done;
}
