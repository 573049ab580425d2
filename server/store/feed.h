/* SPDX-License-Identifier: Apache-2.0 */
/* The feed of policy changes: how a node learns at once that a key was disabled, a right taken away, a signing key
 * made.
 *
 * Every administrative statement inserts a row into hallmark.policy_change, whose ids follow the order of commits (its
 * trigger takes an advisory lock before it draws the id), and sends NOTIFY. The table is the truth and the notification
 * only a wake-up: on it, and after LIMIT_FEED_SILENCE_MS without a beat, the rows behind the last one seen are read.
 * The node beats every LIMIT_FEED_BEAT_MS through its own LISTEN connection and tells in hallmark.node up to which
 * change all its threads have come, so that whoever changed something can wait until every live node has applied it.
 *
 * One feed a process, on the first thread's loop, with one connection of its own. */
#ifndef HALLMARK_STORE_FEED_H
#define HALLMARK_STORE_FEED_H

#include "base/slice.h"
#include <h2o.h>

/* What hallmark.policy_change.kind says. */
enum policy_kind {
    POLICY_CLIENT,      /* subject: client id */
    POLICY_MEMBER,      /* subject: user id as a decimal number */
    POLICY_ACCOUNT,     /* the account's state or switches */
    POLICY_APPLICATION, /* subject: application id as a decimal number; account_id 0 */
    POLICY_API,         /* apis, collections */
    POLICY_SIGNING_KEY,
    POLICY_REVOCATION, /* subject: "jti:...", "grant:...", ...; read hallmark.revocation again */
    POLICY__MAX,
};

struct policy_change {
    int64_t id;
    enum policy_kind kind;
    int64_t account_id; /* 0: all accounts */
    h2o_iovec_t subject;
};

struct feed;

struct feed_callbacks {
    /* Rows in order, on the feed's thread. When all threads have applied them, call feed_applied with the last id. */
    void (*changes)(const struct policy_change *changes, size_t count, void *cookie);
    /* Sight was lost (connection broken, or rows older than the table keeps): forget everything that is cached and read
     * it anew; call feed_applied(through) when all threads have done so. Also called once at the start. */
    void (*reset)(int64_t through, void *cookie);
    void *cookie;
};

struct feed *feed_create(h2o_loop_t *loop, const char *conninfo, struct feed_callbacks callbacks);
void feed_destroy(struct feed *feed);

void feed_applied(struct feed *feed, int64_t through);

/* Up to which change all threads have come. Any thread: a relaxed atomic. */
int64_t feed_applied_through(const struct feed *feed);

/* Milliseconds since the feed was last proven: since a moment before which everything that was committed has been
 * applied here, and at which others knew that they have to wait for this node. Any thread: a relaxed atomic. Above
 * LIMIT_FEED_DEAD_MS every request that needs policy is refused with ERR_POLICY_STALE. Large before the first beat. */
int64_t feed_age_ms(const struct feed *feed);

#endif
