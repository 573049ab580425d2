/* SPDX-License-Identifier: Apache-2.0 */
#include "base/member.h"

void member_ident(struct text *out, h2o_iovec_t name, enum ident_kind kind, int64_t id)
{
    char ident[IDENT_BYTES_MAX];
    size_t len = ident_text(kind, id, ident);
    text_add_string_member(out, name, (h2o_iovec_t){ident, len});
}

void member_time(struct text *out, h2o_iovec_t name, int64_t unix_us)
{
    text_add_member(out, name);
    text_add_char(out, '"');
    text_add_time(out, unix_us);
    text_add_char(out, '"');
}
