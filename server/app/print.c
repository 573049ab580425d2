/* SPDX-License-Identifier: Apache-2.0 */
#include "app/print.h"

#include "base/text.h"

#include <stdio.h>

#define COLUMN_GAP 2

static const struct {
    const char *column;
    enum ident_kind kind;
} ident_columns[] = {
    {"account_id", IDENT_ACCOUNT},   {"office_account_id", IDENT_ACCOUNT},
    {"user_id", IDENT_USER},         {"holder_id", IDENT_USER},
    {"creator_id", IDENT_USER},      {"application_id", IDENT_APPLICATION},
    {"template_id", IDENT_TEMPLATE}, {"api_id", IDENT_API},
    {"webhook_id", IDENT_WEBHOOK},   {"event_id", IDENT_EVENT},
};

static enum ident_kind kind_of(h2o_iovec_t column, enum ident_kind id_kind)
{
    if (slice_equal(column, SLICE("id")))
        return id_kind;
    for (size_t i = 0; i < sizeof(ident_columns) / sizeof(ident_columns[0]); ++i) {
        if (slice_equal(column, slice_of(ident_columns[i].column)))
            return ident_columns[i].kind;
    }
    return IDENT__MAX;
}

/* The value as it is shown; SLICE_NONE for NULL. */
static h2o_iovec_t shown(const struct command_input *input, const struct db_result *result, size_t row, size_t column,
                         enum ident_kind id_kind)
{
    char text[IDENT_BYTES_MAX];
    h2o_iovec_t value = db_result_text(result, row, column);
    enum ident_kind kind = kind_of(db_result_column_name(result, column), id_kind);
    if (value.base == NULL || kind == IDENT__MAX)
        return value;
    int64_t id = db_result_i64(result, row, column);
    if (id == 0)
        return SLICE_NONE; /* account 0: all accounts */
    return slice_copy(input->pool, (h2o_iovec_t){text, ident_text(kind, id, text)});
}

static void add_json_value(struct text *json, const struct db_result *result, size_t column, h2o_iovec_t value)
{
    enum db_kind kind = db_result_kind(result, column);
    bool number = value.len > 0 && kind == DB_KIND_NUMBER &&
                  (value.base[0] == '-' || (value.base[0] >= '0' && value.base[0] <= '9'));
    if (value.base == NULL)
        text_add(json, SLICE("null"));
    else if (kind == DB_KIND_BOOLEAN)
        text_add(json, slice_equal(value, SLICE("t")) ? SLICE("true") : SLICE("false"));
    else if (number || kind == DB_KIND_JSON)
        text_add(json, value);
    else
        text_add_json_string(json, value);
}

static void print_json(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    struct text json;
    text_start(&json, input->pool, 4096);
    text_add_char(&json, '[');
    for (size_t row = 0; row < db_result_rows(result); ++row) {
        text_add(&json, row == 0 ? SLICE("{") : SLICE(",\n {"));
        for (size_t column = 0; column < db_result_columns(result); ++column) {
            text_add_member(&json, db_result_column_name(result, column));
            add_json_value(&json, result, column, shown(input, result, row, column, id_kind));
        }
        text_add_char(&json, '}');
    }
    text_add(&json, SLICE("]\n"));
    fwrite(json.base, 1, json.len, stdout);
}

/* Characters, not bytes, so that columns stand under each other. */
static size_t width_of(h2o_iovec_t text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.len; ++i)
        width += ((unsigned char)text.base[i] & 0xc0) != 0x80;
    return width;
}

static void print_cell(h2o_iovec_t text, size_t width, bool last)
{
    for (size_t i = 0; i < text.len; ++i) /* what a name contains must not steer the terminal */
        putchar((unsigned char)text.base[i] < 0x20 || text.base[i] == 0x7f ? '?' : text.base[i]);
    for (size_t used = width_of(text); !last && used < width + COLUMN_GAP; ++used)
        putchar(' ');
}

static void print_table(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    size_t rows = db_result_rows(result), columns = db_result_columns(result);
    h2o_iovec_t *cells = h2o_mem_alloc_pool(input->pool, sizeof(*cells) * columns * (rows + 1));
    size_t *widths = h2o_mem_alloc_pool(input->pool, sizeof(*widths) * (columns + 1));
    for (size_t column = 0; column < columns; ++column) {
        cells[column] = db_result_column_name(result, column);
        widths[column] = width_of(cells[column]);
        for (size_t row = 0; row < rows; ++row) {
            h2o_iovec_t cell = shown(input, result, row, column, id_kind);
            cells[(row + 1) * columns + column] = cell.base == NULL ? SLICE("") : cell;
            size_t width = width_of(cells[(row + 1) * columns + column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t row = 0; row <= rows; ++row) {
        for (size_t column = 0; column < columns; ++column)
            print_cell(cells[row * columns + column], widths[column], column + 1 == columns);
        putchar('\n');
    }
}

void print_result(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    if (input->configuration->json)
        print_json(input, result, id_kind);
    else
        print_table(input, result, id_kind);
    fflush(stdout);
}
