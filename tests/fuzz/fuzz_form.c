/* SPDX-License-Identifier: Apache-2.0 */
/* links: server/base/slice.c server/base/codec.c server/base/text.c */
#include "base/form.c"

#include "base/text.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const char *const repeatable[] = {"resource", "r", NULL};

static size_t count_of(const struct form *form, h2o_iovec_t name)
{
    size_t count = 0;
    for (size_t i = 0; i < form->count; ++i)
        count += slice_equal(form->fields[i].name, name);
    return count;
}

static void check_fields(const struct form *form)
{
    assert(form->count <= LIMIT_FORM_FIELDS_MAX);
    assert(form->wrong.base == NULL);
    for (size_t i = 0; i < form->count; ++i) {
        const struct form_field *field = &form->fields[i];
        assert(field->value.len > 0);
        assert(slice_is_utf8(field->name) && slice_find(field->name, '\0') == SIZE_MAX);
        assert(slice_is_utf8(field->value) && slice_find(field->value, '\0') == SIZE_MAX);
        assert(form_get(form, field->name).base != NULL);
        assert(is_listed(repeatable, field->name) || count_of(form, field->name) == 1);
    }
}

static void add_escaped(struct text *text, h2o_iovec_t plain)
{
    for (size_t i = 0; i < plain.len; ++i)
        text_add_format(text, "%%%02X", (uint8_t)plain.base[i]);
}

/* The same fields, every byte escaped. */
static h2o_iovec_t body_of(h2o_mem_pool_t *pool, const struct form *form)
{
    struct text text;
    text_start(&text, pool, 256);
    for (size_t i = 0; i < form->count; ++i) {
        add_escaped(&text, form->fields[i].name);
        text_add_char(&text, '=');
        add_escaped(&text, form->fields[i].value);
        text_add_char(&text, '&');
    }
    return text_slice(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct form form, again;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    if (form_parse(&pool, (h2o_iovec_t){(char *)bytes, len}, repeatable, &form) == ERR_NONE) {
        check_fields(&form);
        enum err err = form_parse(&pool, body_of(&pool, &form), repeatable, &again);
        assert(err == ERR_NONE);
        assert(again.count == form.count);
        for (size_t i = 0; i < form.count; ++i) {
            assert(slice_equal(again.fields[i].name, form.fields[i].name));
            assert(slice_equal(again.fields[i].value, form.fields[i].value));
        }
    } else {
        assert(form.count == 0);
        assert(form.wrong.base != NULL);
        assert(slice_is_utf8(form.wrong));
    }
    h2o_mem_clear_pool(&pool);
    return 0;
}
