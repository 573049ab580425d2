/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of $filter values: reads lines, each as it would stand in an address (form-encoded), and prints for each
 * the jsonpath, or
 * "! POSITION WHAT" for one that is refused. tests/e2e/test_filter.py asks it. */
#include "base/codec.h"
#include "gateway/filter.h"

#include <stdio.h>
#include <stdlib.h>

static void answer(h2o_iovec_t line)
{
    h2o_mem_pool_t pool;
    h2o_iovec_t text, jsonpath;
    struct filter_fault fault;
    h2o_mem_init_pool(&pool);
    if (!codec_form_decode(&pool, line, &text))
        puts("! 0 not form-encoded");
    else if (filter_read(&pool, text, &jsonpath, &fault))
        printf("%.*s\n", SLICE_ARGS(jsonpath));
    else
        printf("! %zu %s\n", fault.position, fault.what);
    h2o_mem_clear_pool(&pool);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while ((len = getline(&line, &room, stdin)) != -1)
        answer((h2o_iovec_t){line, (size_t)len - (line[len - 1] == '\n')});
    free(line);
    return 0;
}
