/* SPDX-License-Identifier: Apache-2.0 */
#include "store/result_json.h"

static const struct {
    const char *column;
    enum ident_kind kind;
} ident_columns[] = {
    {"account_id", IDENT_ACCOUNT},
    {"office_account_id", IDENT_ACCOUNT},
    {"user_id", IDENT_USER},
    {"holder_id", IDENT_USER},
    {"creator_id", IDENT_USER},
    {"confirmer_id", IDENT_USER},
    {"confirm_off_asker_id", IDENT_USER},
    {"application_id", IDENT_APPLICATION},
    {"template_id", IDENT_TEMPLATE},
    {"api_id", IDENT_API},
    {"webhook_id", IDENT_WEBHOOK},
    {"event_id", IDENT_EVENT},
    {"grant_id", IDENT_GRANT},
    {"family_id", IDENT_FAMILY},
    {"session_id", IDENT_SESSION},
};

enum ident_kind result_json_ident(h2o_iovec_t column, enum ident_kind id_kind)
{
    if (slice_equal(column, SLICE("id")))
        return id_kind;
    for (size_t i = 0; i < sizeof(ident_columns) / sizeof(ident_columns[0]); ++i) {
        if (slice_equal(column, slice_of(ident_columns[i].column)))
            return ident_columns[i].kind;
    }
    return IDENT__MAX;
}

bool result_json_has(const struct db_result *result, size_t column)
{
    return !slice_equal(db_result_column_name(result, column), SLICE("place"));
}

int result_json_column(const struct db_result *result, h2o_iovec_t name)
{
    for (size_t column = 0; column < db_result_columns(result); ++column) {
        if (slice_equal(db_result_column_name(result, column), name))
            return (int)column;
    }
    return -1;
}

/* "2026-11-27 03:47:47.123+00" becomes "2026-11-27T03:47:47.123Z", another zone's "+02" becomes "+02:00". What is no
 * moment (infinity) is no bound. */
static h2o_iovec_t moment(h2o_mem_pool_t *pool, h2o_iovec_t written)
{
    h2o_iovec_t copy = slice_copy(pool, written);
    char *blank = copy.len > 10 ? memchr(copy.base, ' ', copy.len) : NULL;
    if (blank == NULL)
        return SLICE_NONE;
    *blank = 'T';
    h2o_iovec_t zone = slice_from(copy, copy.len - 3);
    if (slice_equal(zone, SLICE("+00")))
        return slice_format(pool, "%.*sZ", (int)(copy.len - 3), copy.base);
    bool is_whole_hours = zone.base[0] == '+' || zone.base[0] == '-';
    return is_whole_hours ? slice_format(pool, "%.*s:00", SLICE_ARGS(copy)) : copy;
}

h2o_iovec_t result_json_value(h2o_mem_pool_t *pool, const struct db_result *result, size_t row, size_t column,
                              enum ident_kind id_kind)
{
    char text[IDENT_BYTES_MAX];
    h2o_iovec_t value = db_result_text(result, row, column);
    enum ident_kind kind = result_json_ident(db_result_column_name(result, column), id_kind);
    if (value.base != NULL && db_result_kind(result, column) == DB_KIND_MOMENT)
        return moment(pool, value);
    if (value.base == NULL || kind == IDENT__MAX)
        return value;
    int64_t id = db_result_i64(result, row, column);
    if (id == 0)
        return SLICE_NONE; /* account 0: all accounts */
    return slice_copy(pool, (h2o_iovec_t){text, ident_text(kind, id, text)});
}

static void add_value(struct text *out, const struct db_result *result, size_t column, h2o_iovec_t value)
{
    enum db_kind kind = db_result_kind(result, column);
    bool number = value.len > 0 && kind == DB_KIND_NUMBER &&
                  (value.base[0] == '-' || (value.base[0] >= '0' && value.base[0] <= '9'));
    if (value.base == NULL)
        text_add(out, SLICE("null"));
    else if (kind == DB_KIND_BOOLEAN)
        text_add(out, slice_equal(value, SLICE("t")) ? SLICE("true") : SLICE("false"));
    else if (number || kind == DB_KIND_JSON)
        text_add(out, value);
    else
        text_add_json_string(out, value);
}

void result_json_add(struct text *out, const struct db_result *result, size_t row, enum ident_kind id_kind)
{
    text_add_char(out, '{');
    for (size_t column = 0; column < db_result_columns(result); ++column) {
        if (!result_json_has(result, column))
            continue;
        text_add_member(out, db_result_column_name(result, column));
        add_value(out, result, column, result_json_value(out->pool, result, row, column, id_kind));
    }
    text_add_char(out, '}');
}
