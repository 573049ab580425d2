/* SPDX-License-Identifier: Apache-2.0 */
#include "history/change_text.h"

#include "base/codec.h"
#include "base/credential.h"
#include "gateway/right.h"
#include "history/sentence.h"

enum values { VALUES_SHOWN, VALUES_WITHHELD, VALUES_ERASED, VALUES_UNREADABLE };

struct fields {
    enum values values;
    struct difference *list; /* SHOWN only */
    size_t count;
};

/* --- values ---------------------------------------------------------------------------------------------------- */

static bool was_erased(const struct history_row *row)
{
    bool had_before = !slice_equal(row->method, SLICE("POST")), had_after = !slice_equal(row->method, SLICE("DELETE"));
    return (had_before && row->before.base == NULL) || (had_after && row->after.base == NULL);
}

static struct fields fields_of(h2o_mem_pool_t *pool, const struct history_row *row, const struct scope_set *readable)
{
    struct fields fields = {VALUES_SHOWN, NULL, 0};
    if (!scope_set_has(readable, right_read_scope(pool, row->collection)))
        fields.values = VALUES_WITHHELD;
    else if (was_erased(row))
        fields.values = VALUES_ERASED;
    else if (!difference_find(pool, row->before, row->after, &fields.list, &fields.count))
        fields.values = VALUES_UNREADABLE;
    return fields;
}

static void add_raw_member(struct text *out, h2o_iovec_t name, h2o_iovec_t json)
{
    if (json.base == NULL)
        return;
    text_add_member(out, name);
    text_add(out, json);
}

static void add_field(struct text *out, const struct difference *field)
{
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("name"), field->name);
    add_raw_member(out, SLICE("old"), field->before);
    add_raw_member(out, SLICE("new"), field->after);
    text_add_char(out, '}');
}

static void add_fields(struct text *out, const struct fields *fields)
{
    text_add_member(out, SLICE("fields"));
    text_add_char(out, '[');
    for (size_t i = 0; i < fields->count; ++i) {
        if (i > 0)
            text_add_char(out, ',');
        add_field(out, &fields->list[i]);
    }
    text_add_char(out, ']');
}

/* What we cannot take apart is shown whole. */
static void add_values(struct text *out, const struct history_row *row, const struct fields *fields)
{
    switch (fields->values) {
    case VALUES_SHOWN:
        add_fields(out, fields);
        break;
    case VALUES_WITHHELD:
        add_raw_member(out, SLICE("withheld"), SLICE("true"));
        break;
    case VALUES_ERASED:
        add_raw_member(out, SLICE("erased"), SLICE("true"));
        break;
    case VALUES_UNREADABLE:
        add_raw_member(out, SLICE("before"), row->before);
        add_raw_member(out, SLICE("after"), row->after);
        break;
    }
}

/* --- facts ----------------------------------------------------------------------------------------------------- */

static void add_ident(struct text *out, h2o_iovec_t name, enum ident_kind kind, int64_t id)
{
    char ident[IDENT_BYTES_MAX];
    if (id == 0)
        return;
    size_t len = ident_text(kind, id, ident);
    text_add_string_member(out, name, (h2o_iovec_t){ident, len});
}

/* What was done on the command line or by hand was done without a key. */
static void add_key(struct text *out, const struct history_row *row)
{
    if (row->client_id.len == 0)
        return;
    text_add_member(out, SLICE("key"));
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("client_id"), row->client_id);
    text_add_string_member(out, SLICE("name"), row->key_name);
    text_add_char(out, '}');
}

/* The account that the key belongs to, when it is not the one whose history this is. */
static void add_office(struct text *out, const struct history_row *row)
{
    if (row->office_account_id == 0)
        return;
    text_add_member(out, SLICE("office"));
    text_add_char(out, '{');
    add_ident(out, SLICE("account"), IDENT_ACCOUNT, row->office_account_id);
    text_add_string_member(out, SLICE("name"), row->office_name);
    text_add_char(out, '}');
}

static void add_who(struct text *out, const struct history_row *row)
{
    text_add_member(out, SLICE("application"));
    text_add_char(out, '{');
    add_ident(out, SLICE("id"), IDENT_APPLICATION, row->application_id);
    text_add_string_member(out, SLICE("name"), row->application_name);
    text_add_char(out, '}');
    add_key(out, row);
    add_office(out, row);
    add_ident(out, SLICE("holder"), IDENT_USER, row->holder_id);
    add_ident(out, SLICE("user"), IDENT_USER, row->user_id);
    text_add_string_member(out, SLICE("person"), row->person);
    text_add_string_member(out, SLICE("address"), row->address);
    text_add_string_member(out, SLICE("token"), row->token_jti);
}

static void add_what(struct text *out, const struct history_row *row)
{
    text_add_string_member(out, SLICE("method"), row->method);
    text_add_string_member(out, SLICE("collection"), row->collection);
    text_add_u64_member(out, SLICE("record"), (uint64_t)row->record_id);
    text_add_u64_member(out, SLICE("version"), (uint64_t)row->version);
    add_raw_member(out, SLICE("external_references"), row->external_references);
    text_add_string_member(out, SLICE("request_id"), row->request_id);
}

static void add_receipt(struct text *out, const struct history_row *row)
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    text_add_member(out, SLICE("receipt"));
    text_add_char(out, '"');
    text_add_i64(out, row->id);
    text_add_char(out, ':');
    text_add(out, (h2o_iovec_t){hex, codec_hex_encode(hex, row->digest, DIGEST_BYTES)});
    text_add_char(out, '"');
}

void change_text_add(struct text *out, const struct history_row *row, const struct scope_set *readable)
{
    struct fields fields = fields_of(out->pool, row, readable);
    h2o_iovec_t sentence =
        sentence_of(out->pool, row, fields.values == VALUES_SHOWN ? fields.list : NULL, fields.count);
    text_add_char(out, '{');
    text_add_u64_member(out, SLICE("id"), (uint64_t)row->id);
    text_add_member(out, SLICE("at"));
    text_add_char(out, '"');
    text_add_time(out, row->at_us);
    text_add_char(out, '"');
    text_add_string_member(out, SLICE("sentence"), sentence);
    add_who(out, row);
    add_what(out, row);
    add_receipt(out, row);
    add_values(out, row, &fields);
    text_add_char(out, '}');
}
