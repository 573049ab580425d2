/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "store/store_actor.h"

#include <jansson.h>

#define SEED_HEX_LEN 64

static json_t *actor_of(const struct record_author *author)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t text = store_actor_text(&pool, author);
    json_t *actor = json_loadb(text.base, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(actor);
    h2o_mem_clear_pool(&pool);
    return actor;
}

static const char *text_of(const json_t *actor, const char *name)
{
    return json_string_value(json_object_get(actor, name));
}

static void names_stay_inside_their_quotes(void **state)
{
    (void)state;
    json_t *actor = actor_of(&(struct record_author){.application_name = SLICE("a\",\"person\":\"root"),
                                                     .person_name = SLICE("\xf0\x9f\xa6\x8a \\ \x01")});
    assert_string_equal(text_of(actor, "application_name"), "a\",\"person\":\"root");
    assert_string_equal(text_of(actor, "person"), "\xf0\x9f\xa6\x8a \\ \x01");
    json_decref(actor);
}

static void what_is_not_there_is_left_out(void **state)
{
    (void)state;
    json_t *actor = actor_of(&(struct record_author){.application_name = SLICE("x")});
    assert_int_equal(json_object_size(actor), 2); /* the name and the seed */
    json_decref(actor);
}

static void everything_is_said(void **state)
{
    (void)state;
    json_t *actor = actor_of(&(struct record_author){.application_id = INT64_MAX,
                                                     .application_name = SLICE("Importer"),
                                                     .client_id = SLICE("hmk_1"),
                                                     .key_name = SLICE("Night"),
                                                     .holder_id = 7,
                                                     .user_id = 8,
                                                     .person_name = SLICE("Ada"),
                                                     .token_jti = SLICE("jti"),
                                                     .request_id = SLICE("01890000-0000-7000-8000-000000000001"),
                                                     .address = SLICE("192.0.2.1")});
    assert_int_equal(json_integer_value(json_object_get(actor, "application_id")), INT64_MAX);
    assert_int_equal(json_integer_value(json_object_get(actor, "holder_id")), 7);
    assert_int_equal(json_integer_value(json_object_get(actor, "user_id")), 8);
    assert_string_equal(text_of(actor, "client_id"), "hmk_1");
    assert_string_equal(text_of(actor, "key_name"), "Night");
    assert_string_equal(text_of(actor, "token_jti"), "jti");
    assert_string_equal(text_of(actor, "request_id"), "01890000-0000-7000-8000-000000000001");
    assert_string_equal(text_of(actor, "address"), "192.0.2.1");
    json_decref(actor);
}

static void every_text_has_a_seed_of_its_own(void **state)
{
    (void)state;
    json_t *one = actor_of(&(struct record_author){.application_name = SLICE("x")});
    json_t *other = actor_of(&(struct record_author){.application_name = SLICE("x")});
    assert_int_equal(strlen(text_of(one, "seed")), SEED_HEX_LEN);
    assert_string_not_equal(text_of(one, "seed"), text_of(other, "seed"));
    json_decref(one);
    json_decref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_inside_their_quotes),
        cmocka_unit_test(what_is_not_there_is_left_out),
        cmocka_unit_test(everything_is_said),
        cmocka_unit_test(every_text_has_a_seed_of_its_own),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
