/* SPDX-License-Identifier: Apache-2.0 */
#include "app/admin.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>

#define READ_BYTES 4096

/* The whole file; false after having said why. */
static bool read_file(const struct command_input *input, const char *path, h2o_iovec_t *out)
{
    struct text all;
    char bytes[READ_BYTES];
    size_t count;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        command_usage("--file: %s: %s", path, strerror(errno));
        return false;
    }
    text_start(&all, input->pool, READ_BYTES);
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(&all, (h2o_iovec_t){bytes, count});
    bool good = ferror(file) == 0;
    fclose(file);
    if (!good)
        command_usage("--file: %s cannot be read", path);
    *out = text_slice(&all);
    return good;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static h2o_iovec_t next_word(h2o_iovec_t *rest)
{
    size_t start = 0, end;
    while (start < rest->len && is_blank(rest->base[start]))
        ++start;
    for (end = start; end < rest->len && !is_blank(rest->base[end]);)
        ++end;
    h2o_iovec_t word = {rest->base + start, end - start};
    *rest = slice_from(*rest, end);
    return word;
}

static bool add_words(struct text *out, enum ident_kind kind, h2o_iovec_t words)
{
    for (h2o_iovec_t word = next_word(&words); word.len > 0; word = next_word(&words)) {
        int64_t id;
        if (!ident_parse(kind, word, &id)) {
            command_usage("\"%.*s\" is no such id; the list command shows them", SLICE_ARGS(word));
            return false;
        }
        if (out->len > 0)
            text_add_char(out, ' ');
        text_add(out, word);
    }
    return true;
}

bool admin_idents(const struct command_input *input, const struct admin_source *source, h2o_iovec_t *words_out)
{
    const char *words = command_value(input, source->name), *path = command_value(input, "file");
    h2o_iovec_t lines = SLICE("");
    struct text all;
    text_start(&all, input->pool, 64);
    if (path != NULL && !read_file(input, path, &lines))
        return false;
    if (!add_words(&all, source->ident, slice_of(words == NULL ? "" : words)) || !add_words(&all, source->ident, lines))
        return false;
    if (all.len == 0)
        command_usage("say which %s, with --%s or with --file", source->name, source->name);
    *words_out = slice_copy(input->pool, text_slice(&all));
    return all.len > 0;
}
