/* SPDX-License-Identifier: Apache-2.0 */
#include "app/export_source.h"

#include "app/admin.h"
#include "base/codec.h"

#define HASH_TEXT_LEN ((DIGEST_BYTES + 2) / 3 * 4)

bool export_source_open(struct export_source *source, const struct command_input *input)
{
    source->pages = admin_open(input);
    source->of_tiles = source->pages == NULL ? NULL : admin_open(input);
    return source->of_tiles != NULL;
}

void export_source_close(struct export_source *source)
{
    db_sync_close(source->of_tiles);
    db_sync_close(source->pages);
}

void export_source_start(struct export_source *source, uint64_t size)
{
    tile_reader_start(&source->tiles, source->of_tiles, size);
}

/* --- a line ------------------------------------------------------------------------------------------------------ */

static void add_hash(struct text *line, h2o_iovec_t hash)
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    uint8_t nothing[DIGEST_BYTES] = {0};
    codec_hex_encode(hex, hash.base == NULL ? (const void *)nothing : hash.base, DIGEST_BYTES);
    text_add_string_member(line, SLICE("previous"), (h2o_iovec_t){hex, sizeof(hex)});
}

static void add_proof(struct text *line, const struct merkle_proof *proof)
{
    text_add_member(line, SLICE("proof"));
    text_add_char(line, '[');
    for (size_t i = 0; i < proof->count; ++i) {
        char base64[HASH_TEXT_LEN];
        size_t len = codec_base64_encode(base64, proof->hashes[i].bytes, DIGEST_BYTES);
        if (i > 0)
            text_add_char(line, ',');
        text_add_json_string(line, (h2o_iovec_t){base64, len});
    }
    text_add_char(line, ']');
}

/* Only where something was: the names of the values that are not there any more. */
static void add_erased(struct text *line, h2o_iovec_t names)
{
    if (names.base == NULL)
        return;
    text_add_member(line, SLICE("erased"));
    text_add(line, names);
}

bool export_source_line(struct export_source *source, const struct db_result *page, size_t row, struct text *line)
{
    struct merkle_proof proof;
    uint64_t index = (uint64_t)db_result_i64(page, row, EXPORT_INDEX);
    if (!merkle_inclusion(index, source->tiles.size, tile_reader_read, &source->tiles, &proof))
        return false;
    text_add_char(line, '{');
    text_add_u64_member(line, SLICE("seq"), (uint64_t)db_result_i64(page, row, EXPORT_SEQ));
    text_add_u64_member(line, SLICE("index"), index);
    add_hash(line, db_result_bytes(page, row, EXPORT_PREVIOUS, line->pool));
    add_proof(line, &proof);
    text_add_member(line, SLICE("facts"));
    text_add(line, db_result_text(page, row, EXPORT_FACTS));
    text_add_member(line, SLICE("values"));
    text_add(line, db_result_text(page, row, EXPORT_HELD));
    add_erased(line, db_result_text(page, row, EXPORT_ERASED));
    text_add(line, SLICE("}\n"));
    return true;
}
