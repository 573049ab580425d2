/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/right.h"

#include "base/text.h"
#include "gateway/ask.h"

#include <assert.h>

#define SCOPES_NEEDED_MAX 2

struct needed {
    h2o_iovec_t scopes[SCOPES_NEEDED_MAX];
    size_t count;
};

h2o_iovec_t right_read_scope(h2o_mem_pool_t *pool, h2o_iovec_t collection)
{
    return slice_format(pool, "%.*s:read", SLICE_ARGS(collection));
}

static struct needed scopes_needed(const struct ask *ask)
{
    struct needed needed = {.count = 0};
    unsigned rights = ask->action->rights;
    if (rights & RIGHT_READ)
        needed.scopes[needed.count++] = ask->target.collection->scope_read;
    if (rights & RIGHT_WRITE)
        needed.scopes[needed.count++] = ask->target.collection->scope_write;
    if (rights & RIGHT_HISTORY)
        needed.scopes[needed.count++] = SLICE("history:read");
    assert(needed.count > 0);
    assert(needed.count <= SCOPES_NEEDED_MAX);
    return needed;
}

static void add_word(struct text *list, h2o_iovec_t word)
{
    if (list->len > 0)
        text_add_char(list, ' ');
    text_add(list, word);
}

/* `err` is what the first scope lacks; every other one that lacks the same is told with it. */
static enum contract_step refuse(struct ask *ask, enum err err, const struct needed *needed)
{
    struct text all, missing;
    h2o_mem_pool_t *pool = ask->call->pool;
    text_start(&all, pool, SCOPES_NEEDED_MAX * LIMIT_SCOPE_BYTES_MAX);
    text_start(&missing, pool, SCOPES_NEEDED_MAX * LIMIT_SCOPE_BYTES_MAX);
    for (size_t i = 0; i < needed->count; ++i) {
        add_word(&all, needed->scopes[i]);
        if (right_of_scope(&ask->principal, needed->scopes[i]) == err)
            add_word(&missing, needed->scopes[i]);
    }
    h2o_iovec_t lacked = text_slice(&missing);
    h2o_iovec_t detail =
        slice_format(pool, "%.*s What is missing: %.*s.", SLICE_ARGS(err_row(err)->text), SLICE_ARGS(lacked));
    ask_refuse(ask, err, detail);
    ask->refusal.missing = lacked;
    ask->refusal.scope = text_slice(&all);
    return CONTRACT_REFUSED;
}

enum contract_step right_check(struct ask *ask)
{
    struct needed needed = scopes_needed(ask);
    enum err account = right_to_account(&ask->principal);
    if (account != ERR_NONE)
        return ask_refuse(ask, account, SLICE_NONE);
    for (size_t i = 0; i < needed.count; ++i) {
        enum err err = right_of_scope(&ask->principal, needed.scopes[i]);
        if (err != ERR_NONE)
            return refuse(ask, err, &needed);
    }
    return CONTRACT_PASSED;
}
