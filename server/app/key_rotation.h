/* SPDX-License-Identifier: Apache-2.0 */
/* Signing keys over time. A key is published (next) at least a day before it signs (active), and stays published
 * (retiring) while a token that it signed can live. The very first key of an algorithm signs at once, since there is
 * nothing to wait for. */
#ifndef HALLMARK_APP_KEY_ROTATION_H
#define HALLMARK_APP_KEY_ROTATION_H

#include "http/settings.h"
#include "store/db_sync.h"
#include "token/key_make.h"

/* Makes an active key for each algorithm that an api uses and that has none. False with *message_out (malloc) when the
 * database refused. */
__attribute__((warn_unused_result)) bool key_rotation_ensure(struct db_sync *db, const struct settings *settings,
                                                             char **message_out);

/* Makes the next key two days before the active one is due, and promotes it when it is. */
bool key_rotation_by_age(struct db_sync *db, const struct settings *settings);

/* By hand. `now`: the next key signs at once, although validators may not have seen it yet (for a compromise). */
bool key_rotation_by_hand(struct db_sync *db, const struct settings *settings, enum token_algorithm algorithm, bool now,
                          const struct db_result **result_out);

/* Whether the master key opens at least one of the signing keys, or there is none yet. What another one seals, no node
 * can open, and none serves anybody with a key that it cannot open. */
bool key_rotation_opens(struct db_sync *db, const struct settings *settings);

/* Makes a key, seals it and stores it in the given state ("next" or "active"); *result_out shows it. An existing one of
 * that state stays. False when the database or key_rotation_opens says no. */
bool key_rotation_add(struct db_sync *db, const struct settings *settings, enum token_algorithm algorithm,
                      h2o_iovec_t state, const struct db_result **result_out);

#endif
