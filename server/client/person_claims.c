/* SPDX-License-Identifier: Apache-2.0 */
#include "client/person_claims.h"

#define US_PER_SECOND 1000000

/* --- values --------------------------------------------------------------------------------------------------------
 */

static void add_name(struct text *out, const struct person_row *person)
{
    text_add_json_string(out, person->name);
}

static void add_updated_at(struct text *out, const struct person_row *person)
{
    text_add_u64(out, (uint64_t)(person->profile_at_us / US_PER_SECOND));
}

static void add_email(struct text *out, const struct person_row *person)
{
    text_add_json_string(out, person->email);
}

/* What an administrator wrote down is not verified before its owner has opened a link that was sent there. */
static void add_email_verified(struct text *out, const struct person_row *person)
{
    text_add(out, person->email_verified ? SLICE("true") : SLICE("false"));
}

static const struct {
    h2o_iovec_t name, scope;
    void (*add)(struct text *out, const struct person_row *person);
} rows[] = {
    {SLICE("name"), SLICE("profile"), add_name},
    {SLICE("updated_at"), SLICE("profile"), add_updated_at},
    {SLICE("email"), SLICE("email"), add_email},
    {SLICE("email_verified"), SLICE("email"), add_email_verified},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* --- what is told --------------------------------------------------------------------------------------------------
 */

h2o_iovec_t person_claim_scope(h2o_iovec_t claim)
{
    for (size_t i = 0; i < ROW_COUNT; ++i)
        if (slice_equal(rows[i].name, claim))
            return rows[i].scope;
    return SLICE_NONE;
}

h2o_iovec_t person_claim_names(h2o_mem_pool_t *pool)
{
    struct text names;
    text_start(&names, pool, ROW_COUNT * sizeof("email_verified"));
    for (size_t i = 0; i < ROW_COUNT; ++i) {
        if (i > 0)
            text_add_char(&names, ' ');
        text_add(&names, rows[i].name);
    }
    return text_slice(&names);
}

static bool is_wanted(h2o_iovec_t wanted, h2o_iovec_t name)
{
    bool found = wanted.base == NULL;
    while (!found && wanted.base != NULL)
        found = slice_equal(slice_cut(&wanted, ' '), name);
    return found;
}

void person_claims_add(struct text *out, const struct person_row *person, const struct scope_set *scopes,
                       h2o_iovec_t wanted)
{
    for (size_t i = 0; i < ROW_COUNT; ++i) {
        if (!scope_set_has(scopes, rows[i].scope) || !is_wanted(wanted, rows[i].name))
            continue;
        text_add_member(out, rows[i].name);
        rows[i].add(out, person);
    }
}
