/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_rotation.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#define SECONDS_PER_DAY 86400
#define PUBLISHED_SECONDS                                                                                              \
    SECONDS_PER_DAY       /* a key is published so long before it signs: caches of the JWKS last no longer */
#define NEXT_AHEAD_DAYS 2 /* the next key is made so long before it is due */

struct key_age {
    enum token_algorithm algorithm;
    int64_t active_seconds, next_seconds; /* -1: there is none */
};

static bool read_ages(struct db_sync *db, struct key_age *ages, size_t *count_out)
{
    const struct db_result *result = NULL;
    struct db_parameters none;
    size_t count = 0;
    db_parameters_start(&none);
    if (db_sync_run(db, STATEMENT_SIGNING_KEY_AGES, &none, &result) != DB_DONE)
        return false;
    for (size_t row = 0; row < db_result_rows(result) && count < TOKEN_ALGORITHM__MAX; ++row) {
        struct key_age *age = &ages[count];
        if (!token_algorithm_parse(db_result_text(result, row, 0), &age->algorithm))
            continue;
        age->active_seconds = db_result_is_null(result, row, 1) ? -1 : db_result_i64(result, row, 1);
        age->next_seconds = db_result_is_null(result, row, 2) ? -1 : db_result_i64(result, row, 2);
        ++count;
    }
    *count_out = count;
    return true;
}

bool key_rotation_opens(struct db_sync *db, const struct settings *settings)
{
    const struct db_result *result = NULL;
    struct db_parameters none;
    db_parameters_start(&none);
    if (db_sync_run(db, STATEMENT_SIGNING_KEY_SEALED, &none, &result) != DB_DONE)
        return false;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bool opens = db_result_rows(result) == 0;
    for (size_t row = 0; row < db_result_rows(result) && !opens; ++row) {
        enum token_algorithm algorithm;
        h2o_iovec_t again;
        opens = token_algorithm_parse(db_result_text(result, row, 1), &algorithm) &&
                key_reseal(&pool, db_result_text(result, row, 0), algorithm, db_result_bytes(result, row, 2, &pool),
                           settings->master_key, settings->master_key, &again);
    }
    h2o_mem_clear_pool(&pool);
    return opens;
}

bool key_rotation_add(struct db_sync *db, const struct settings *settings, enum token_algorithm algorithm,
                      h2o_iovec_t state, const struct db_result **result_out)
{
    h2o_mem_pool_t pool;
    struct made_key made;
    struct db_parameters parameters;
    if (!key_rotation_opens(db, settings)) {
        log_event(LOG_LEVEL_ERROR, "signing_key_not_made", "\"reason\":\"the master key opens none that is there\"");
        return false;
    }
    h2o_mem_init_pool(&pool);
    bool good = key_make(&pool, algorithm, settings->master_key, &made);
    if (good) {
        db_parameters_start(&parameters);
        db_add_text(&parameters, slice_of(made.kid));
        db_add_text(&parameters, token_algorithm_name(algorithm));
        db_add_text(&parameters, state);
        db_add_bytes(&parameters, made.public_der);
        db_add_bytes(&parameters, made.sealed);
        good = db_sync_run(db, STATEMENT_SIGNING_KEY_ADD, &parameters, result_out) == DB_DONE;
    }
    h2o_mem_clear_pool(&pool);
    return good;
}

bool key_rotation_ensure(struct db_sync *db, const struct settings *settings, char **message_out)
{
    struct key_age ages[TOKEN_ALGORITHM__MAX];
    size_t count = 0;
    const struct db_result *result;
    bool good = read_ages(db, ages, &count);
    for (size_t i = 0; good && i < count; ++i) {
        if (ages[i].active_seconds < 0)
            good = key_rotation_add(db, settings, ages[i].algorithm, SLICE("active"), &result);
    }
    if (!good && asprintf(message_out, "the signing keys cannot be made ready: %s", db_sync_message(db)) < 0)
        abort();
    return good;
}

static bool promote(struct db_sync *db, enum token_algorithm algorithm, int64_t published_seconds,
                    const struct db_result **result_out)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_text(&parameters, token_algorithm_name(algorithm));
    db_add_i64(&parameters, published_seconds);
    return db_sync_run(db, STATEMENT_SIGNING_KEY_PROMOTE, &parameters, result_out) == DB_DONE;
}

static bool rotate_one(struct db_sync *db, const struct settings *settings, const struct key_age *age)
{
    const struct db_result *result = NULL;
    int64_t due = (int64_t)settings->signing_key_days * SECONDS_PER_DAY;
    if (age->active_seconds < 0) /* an api began to use this algorithm: the first key signs at once */
        return key_rotation_add(db, settings, age->algorithm, SLICE("active"), &result);
    if (age->next_seconds < 0 && age->active_seconds >= due - NEXT_AHEAD_DAYS * SECONDS_PER_DAY)
        return key_rotation_add(db, settings, age->algorithm, SLICE("next"), &result);
    if (age->active_seconds < due || age->next_seconds < PUBLISHED_SECONDS)
        return true;
    bool good = promote(db, age->algorithm, PUBLISHED_SECONDS, &result);
    if (good && db_result_rows(result) == 1)
        log_event(LOG_LEVEL_INFO, "signing_key_rotated", "\"algorithm\":\"%.*s\"",
                  SLICE_ARGS(token_algorithm_name(age->algorithm)));
    return good;
}

bool key_rotation_by_age(struct db_sync *db, const struct settings *settings)
{
    struct key_age ages[TOKEN_ALGORITHM__MAX];
    size_t count = 0;
    bool good = read_ages(db, ages, &count);
    for (size_t i = 0; good && i < count; ++i)
        good = rotate_one(db, settings, &ages[i]);
    return good;
}

bool key_rotation_by_hand(struct db_sync *db, const struct settings *settings, enum token_algorithm algorithm, bool now,
                          const struct db_result **result_out)
{
    if (!promote(db, algorithm, now ? 0 : PUBLISHED_SECONDS, result_out))
        return false;
    if (db_result_rows(*result_out) == 1)
        return true;
    if (!key_rotation_add(db, settings, algorithm, SLICE("next"), result_out))
        return false;
    return !now || promote(db, algorithm, 0, result_out);
}
