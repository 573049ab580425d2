/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <assert.h>

static const struct err_row rows[ERR__MAX] = {
#define ERR_ROW(name, code, status, text)                                                                              \
    [ERR_##name] = {{(char *)code, sizeof(code) - 1}, status, {(char *)text, sizeof(text) - 1}},
    ERR_TABLE(ERR_ROW)
#undef ERR_ROW
};

const struct err_row *err_row(enum err err)
{
    assert(err > ERR_NONE);
    assert(err < ERR__MAX);
    return &rows[err];
}
