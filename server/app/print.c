/* SPDX-License-Identifier: Apache-2.0 */
#include "app/print.h"

#include "store/result_json.h"

#include <stdio.h>

#define COLUMN_GAP 2

static void print_json(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    size_t count = db_result_rows(result);
    h2o_iovec_t *objects = h2o_mem_alloc_pool(input->pool, sizeof(*objects) * (count + 1));
    for (size_t row = 0; row < count; ++row) {
        struct text json;
        text_start(&json, input->pool, 512);
        result_json_add(&json, result, row, id_kind);
        objects[row] = text_slice(&json);
    }
    print_objects(objects, count);
}

/* DEL and the control characters of C1 (U+0080 to U+009F) steer terminals, too; in JSON they stand in strings alone. */
static void print_json_text(h2o_iovec_t json)
{
    for (size_t i = 0; i < json.len; ++i) {
        unsigned char byte = (unsigned char)json.base[i];
        bool is_c1 = byte == 0xc2 && i + 1 < json.len && (unsigned char)json.base[i + 1] < 0xa0;
        if (byte == 0x7f || is_c1)
            printf("\\u%04x", is_c1 ? (unsigned char)json.base[++i] : byte);
        else
            putchar(byte);
    }
}

void print_objects(const h2o_iovec_t *objects, size_t count)
{
    putchar('[');
    for (size_t i = 0; i < count; ++i) {
        fputs(i == 0 ? "" : ",\n ", stdout);
        print_json_text(objects[i]);
    }
    fputs("]\n", stdout);
    fflush(stdout);
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
    for (size_t i = 0; i < text.len; ++i) { /* what a name contains must not steer the terminal */
        unsigned char byte = (unsigned char)text.base[i];
        bool is_c1 = byte == 0xc2 && i + 1 < text.len && (unsigned char)text.base[i + 1] < 0xa0;
        i += is_c1;
        putchar(byte < 0x20 || byte == 0x7f || is_c1 ? '?' : byte);
    }
    for (size_t used = width_of(text); !last && used < width + COLUMN_GAP; ++used)
        putchar(' ');
}

void print_cells(h2o_mem_pool_t *pool, const h2o_iovec_t *cells, size_t columns, size_t lines)
{
    size_t *widths = h2o_mem_alloc_pool(pool, sizeof(*widths) * (columns + 1));
    memset(widths, 0, sizeof(*widths) * (columns + 1));
    for (size_t i = 0; i < lines * columns; ++i) {
        size_t width = width_of(cells[i]);
        widths[i % columns] = width > widths[i % columns] ? width : widths[i % columns];
    }
    for (size_t line = 0; line < lines; ++line) {
        for (size_t column = 0; column < columns; ++column)
            print_cell(cells[line * columns + column], widths[column], column + 1 == columns);
        putchar('\n');
    }
    fflush(stdout);
}

static void print_table(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    size_t rows = db_result_rows(result), columns = db_result_columns(result);
    if (columns > 0 && !result_json_has(result, columns - 1))
        --columns;
    h2o_iovec_t *cells = h2o_mem_alloc_pool(input->pool, sizeof(*cells) * columns * (rows + 1));
    for (size_t column = 0; column < columns; ++column)
        cells[column] = db_result_column_name(result, column);
    for (size_t i = columns; i < (rows + 1) * columns; ++i) {
        h2o_iovec_t cell = result_json_value(input->pool, result, i / columns - 1, i % columns, id_kind);
        cells[i] = cell.base == NULL ? SLICE("") : cell;
    }
    print_cells(input->pool, cells, columns, rows + 1);
}

void print_result(const struct command_input *input, const struct db_result *result, enum ident_kind id_kind)
{
    if (input->configuration->json)
        print_json(input, result, id_kind);
    else
        print_table(input, result, id_kind);
}
