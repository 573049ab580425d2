/* SPDX-License-Identifier: Apache-2.0 */
#include "base/form.h"

#include "base/codec.h"
#include "base/secret.h"

static bool is_listed(const char *const *names, h2o_iovec_t name)
{
    for (; names != NULL && *names != NULL; ++names)
        if (slice_equal(slice_of(*names), name))
            return true;
    return false;
}

static bool is_present(const struct form *form, h2o_iovec_t name)
{
    for (size_t i = 0; i < form->count; ++i)
        if (slice_equal(form->fields[i].name, name))
            return true;
    return false;
}

/* Adds one "name=value"; false when it is wrong, and form->wrong says how. */
static bool add_field(h2o_mem_pool_t *pool, h2o_iovec_t pair, const char *const *repeatable, struct form *form)
{
    struct form_field field;
    h2o_iovec_t name = slice_cut(&pair, '=');
    form->wrong = SLICE("the number of parameters");
    if (form->count == LIMIT_FORM_FIELDS_MAX)
        return false;
    form->wrong = SLICE("the name of a parameter");
    if (!codec_form_decode(pool, name, &field.name))
        return false;
    form->wrong = field.name;
    if (!codec_form_decode(pool, pair, &field.value))
        return false;
    bool is_repeated = is_present(form, field.name) && !is_listed(repeatable, field.name);
    form->fields[form->count++] = field;
    if (is_repeated)
        return false;
    form->wrong = SLICE_NONE;
    return true;
}

/* Nobody is given the fields of a form that is refused: what was decoded into copies may be a secret. */
static void wipe_copies(struct form *form, h2o_iovec_t body)
{
    for (size_t i = 0; i < form->count; ++i) {
        h2o_iovec_t value = form->fields[i].value;
        if (value.base < body.base || value.base >= body.base + body.len)
            secret_wipe(value.base, value.len);
    }
    form->count = 0;
}

/* Only now: a name that comes with and without a value comes twice all the same. */
static void drop_empty(struct form *form)
{
    size_t kept = 0;
    for (size_t i = 0; i < form->count; ++i)
        if (form->fields[i].value.len > 0)
            form->fields[kept++] = form->fields[i];
    form->count = kept;
}

enum err form_parse(h2o_mem_pool_t *pool, h2o_iovec_t body, const char *const *repeatable, struct form *form)
{
    form->count = 0;
    form->wrong = SLICE_NONE;
    h2o_iovec_t rest = body;
    while (rest.base != NULL) {
        h2o_iovec_t pair = slice_cut(&rest, '&');
        if (pair.len > 0 && !add_field(pool, pair, repeatable, form)) {
            wipe_copies(form, body);
            return ERR_INVALID_REQUEST;
        }
    }
    drop_empty(form);
    return ERR_NONE;
}

h2o_iovec_t form_get(const struct form *form, h2o_iovec_t name)
{
    for (size_t i = 0; i < form->count; ++i)
        if (slice_equal(form->fields[i].name, name))
            return form->fields[i].value;
    return SLICE_NONE;
}
