/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/json.h"
#include "base/text.h"
#include "webhook/webhook_event.h"

static struct webhook_event change(void)
{
    return (struct webhook_event){
        .account_id = 1,
        .webhook_id = 2,
        .record_id = 12,
        .id = 62,
        .at_us = 1796083200000123,
        .version = 3,
        .type = SLICE("customers.updated"),
        .collection = SLICE("customers"),
        .application_name = SLICE("Im\"porter\n"),
        .client_id = SLICE("hmk_x"),
        .external_references = SLICE("{\"erp\": \"4711\"}"),
        .changed = SLICE("[\"Name\"]"),
    };
}

static h2o_iovec_t checked_body(h2o_mem_pool_t *pool, const struct webhook_event *event)
{
    h2o_iovec_t body = webhook_event_body(pool, event);
    struct json_object object;
    struct json_fault fault;
    assert_true(json_scan_object(pool, body, &object, &fault));
    assert_int_equal(object.count, 3);
    return body;
}

static void tells_a_change(void **state)
{
    struct webhook_event event = change();
    char id[IDENT_BYTES_MAX];
    check_slice(
        "body", checked_body(pool_of(state), &event),
        SLICE("{\"type\":\"customers.updated\",\"timestamp\":\"2026-12-01T00:00:00.000123Z\",\"data\":{"
              "\"id\":\"evt_00000000010\",\"account\":\"acc_00000001\",\"webhook\":\"whk_00000000002\","
              "\"collection\":\"customers\",\"record\":12,\"version\":3,\"history_id\":62,"
              "\"application\":\"Im\\\"porter\\n\",\"key\":\"hmk_x\",\"external_references\":{\"erp\": \"4711\"},"
              "\"changed\":[\"Name\"]}}"));
    webhook_event_id(&event, id);
    assert_string_equal(id, "evt_00000000010");
}

static void leaves_out_what_is_not_there(void **state)
{
    struct webhook_event event = change(),
                         ping = {.account_id = 1, .webhook_id = 2, .id = 3, .type = SLICE("webhook.ping")};
    event.changed = event.external_references = SLICE_NONE;
    event.document = SLICE("{\"Id\":12}");
    h2o_iovec_t body = checked_body(pool_of(state), &event);
    assert_null(memmem(body.base, body.len, "changed", 7));
    assert_null(memmem(body.base, body.len, "references", 10));
    assert_non_null(memmem(body.base, body.len, "\"document\":{\"Id\":12}", 20));
    check_slice("ping", checked_body(pool_of(state), &ping),
                SLICE("{\"type\":\"webhook.ping\",\"timestamp\":\"1970-01-01T00:00:00.000000Z\",\"data\":{"
                      "\"id\":\"evt_00000000003\",\"account\":\"acc_00000001\",\"webhook\":\"whk_00000000002\"}}"));
}

static void stays_thin(void **state)
{
    struct webhook_event event = change();
    struct text names;
    text_start(&names, pool_of(state), 100);
    text_add(&names, SLICE("[\"x\""));
    while (names.len < 100000)
        text_add(&names, SLICE(",\"AnotherMember\""));
    text_add_char(&names, ']');
    event.changed = text_slice(&names);
    h2o_iovec_t body = checked_body(pool_of(state), &event);
    assert_true(body.len < 20000);
    assert_null(memmem(body.base, body.len, "changed", 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(tells_a_change),
        test_with_pool(leaves_out_what_is_not_there),
        test_with_pool(stays_thin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
