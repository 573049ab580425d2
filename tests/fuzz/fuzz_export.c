/* SPDX-License-Identifier: Apache-2.0 */
/* An export comes from somebody who is not trusted: whatever its lines are, they are judged and prove nothing, since no
 * key of ours has signed them. The first half of the input is the note that a first line carries. */
/* clang-format off */
/* links: server/seal/export_check.c server/seal/export_closing.c server/seal/export_erasure.c server/seal/export_fact.c server/seal/export_gap.c server/seal/frozen.c server/seal/note.c server/seal/checkpoint.c server/seal/merkle.c server/seal/leaf.c */
/* clang-format on */
#include "seal/export_check.h"

#include "seal/checkpoint.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void take_lines(struct export_check *check, h2o_mem_pool_t *pool, h2o_iovec_t rest)
{
    h2o_iovec_t wrong = SLICE_NONE;
    while (rest.base != NULL && export_check_line(check, pool, slice_cut(&rest, '\n'), &wrong))
        continue;
    assert(check->changes == 0 || check->has_begun);
    assert(wrong.base != NULL || rest.base == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    struct checkpoint checkpoint;
    struct export_check fresh = {.verifier_count = 1}, begun;
    secret_start();
    h2o_iovec_t text = {malloc(len + 1), len};
    memcpy(text.base, bytes, len);
    h2o_mem_init_pool(&pool);
    memcpy(fresh.verifiers[0].name, "log", 4);
    begun = fresh;
    begun.has_begun = true; /* as behind a first line that was good */
    begun.size = 1000;
    assert(note_open(text, fresh.verifiers, 1).base == NULL);
    (void)!checkpoint_parse(text, &checkpoint);
    take_lines(&fresh, &pool, text);
    assert(!fresh.has_begun);
    take_lines(&begun, &pool, text);
    assert(begun.changes == 0);
    export_check_free(&fresh);
    export_check_free(&begun);
    h2o_mem_clear_pool(&pool);
    free(text.base);
    return 0;
}
