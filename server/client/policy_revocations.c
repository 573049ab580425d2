/* SPDX-License-Identifier: Apache-2.0 */
#include "client/policy_revocations.h"

#include "base/secret.h"
#include "base/siphash.h"
#include <stdlib.h>

#define SLOTS_PER_ROW 2 /* at least: so a look-up that finds nothing ends after a step or two */

struct revoked {
    h2o_iovec_t kind, subject; /* kind.base NULL: a free slot */
    int64_t until_us;
};

/* Open addressing by the subject alone (hardly any two kinds share one); nothing is ever removed from a set. */
struct policy_revocations {
    int references; /* atomic */
    size_t count, slot_mask;
    struct revoked *slots;
    char *texts; /* all kinds and subjects, one behind the other */
    uint8_t hash_key[SIPHASH_KEY_BYTES];
};

static size_t slots_for(size_t rows)
{
    size_t slots = 1;
    while (slots < rows * SLOTS_PER_ROW + 1)
        slots *= 2;
    return slots;
}

static struct revoked *allocate_slots(size_t count)
{
    struct revoked *slots = calloc(count, sizeof(*slots));
    if (slots == NULL)
        h2o_fatal("no memory");
    return slots;
}

/* The slot of what is looked for, or the free one where it would stand. */
static struct revoked *slot_of(const struct policy_revocations *revocations, h2o_iovec_t kind, h2o_iovec_t subject)
{
    size_t at = siphash(revocations->hash_key, subject) & revocations->slot_mask;
    for (;; at = (at + 1) & revocations->slot_mask) {
        struct revoked *slot = &revocations->slots[at];
        if (slot->kind.base == NULL || (slice_equal(slot->subject, subject) && slice_equal(slot->kind, kind)))
            return slot;
    }
}

static h2o_iovec_t append(char **at, h2o_iovec_t text)
{
    h2o_iovec_t copy = {memcpy(*at, text.base, text.len), text.len};
    *at += text.len;
    return copy;
}

/* Two accounts may both have revoked something: the later end counts. */
static void add(struct policy_revocations *revocations, const struct revocation_row *row, char **at)
{
    struct revoked *slot = slot_of(revocations, row->kind, row->subject);
    if (slot->kind.base == NULL)
        *slot = (struct revoked){append(at, row->kind), append(at, row->subject), row->until_us};
    else if (slot->until_us < row->until_us)
        slot->until_us = row->until_us;
}

struct policy_revocations *policy_revocations_create(const struct revocation_row *rows, size_t count)
{
    struct policy_revocations *revocations = h2o_mem_alloc(sizeof(*revocations));
    size_t slots = slots_for(count), bytes = 1;
    for (size_t i = 0; i < count; ++i)
        bytes += rows[i].kind.len + rows[i].subject.len;
    *revocations = (struct policy_revocations){.references = 1, .count = count, .slot_mask = slots - 1};
    revocations->slots = allocate_slots(slots);
    revocations->texts = h2o_mem_alloc(bytes);
    secret_random(revocations->hash_key, sizeof(revocations->hash_key));

    char *at = revocations->texts;
    for (size_t i = 0; i < count; ++i)
        add(revocations, &rows[i], &at);
    return revocations;
}

struct policy_revocations *policy_revocations_share(struct policy_revocations *revocations)
{
    __atomic_fetch_add(&revocations->references, 1, __ATOMIC_RELAXED);
    return revocations;
}

void policy_revocations_release(struct policy_revocations *revocations)
{
    if (revocations == NULL || __atomic_sub_fetch(&revocations->references, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    free(revocations->slots);
    free(revocations->texts);
    free(revocations);
}

size_t policy_revocations_count(const struct policy_revocations *revocations)
{
    return revocations->count;
}

/* On the way of every request: nearly always the set is empty, or small. */
bool policy_revocations_has(const struct policy_revocations *revocations, h2o_iovec_t kind, h2o_iovec_t subject,
                            int64_t now_us)
{
    if (revocations->count == 0)
        return false;
    const struct revoked *slot = slot_of(revocations, kind, subject);
    return slot->kind.base != NULL && now_us < slot->until_us;
}
