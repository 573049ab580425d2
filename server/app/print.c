/* SPDX-License-Identifier: Apache-2.0 */
#include "app/print.h"

#include "store/result_json.h"

#include <stdio.h>

#define COLUMN_GAP 2

static void print_json(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    struct text json;
    text_start(&json, input->pool, 4096);
    text_add_char(&json, '[');
    for (size_t row = 0; row < db_result_rows(result); ++row) {
        text_add(&json, row == 0 ? SLICE("") : SLICE(",\n "));
        result_json_add(&json, result, row, id_kind);
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
    if (columns > 0 && !result_json_has(result, columns - 1))
        --columns;
    h2o_iovec_t *cells = h2o_mem_alloc_pool(input->pool, sizeof(*cells) * columns * (rows + 1));
    size_t *widths = h2o_mem_alloc_pool(input->pool, sizeof(*widths) * (columns + 1));
    for (size_t column = 0; column < columns; ++column) {
        cells[column] = db_result_column_name(result, column);
        widths[column] = width_of(cells[column]);
        for (size_t row = 0; row < rows; ++row) {
            h2o_iovec_t cell = result_json_value(input->pool, result, row, column, id_kind);
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
