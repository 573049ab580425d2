/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mailbox.h"

#define ADDRESS_BYTES_MAX 254 /* RFC 5321 section 4.5.3.1.3, without the angle brackets */
#define LOCAL_BYTES_MAX   64  /* section 4.5.3.1.1 */
#define NAME_BYTES_MAX    400

static bool has_specials(h2o_iovec_t text)
{
    static const char specials[] = "()<>[]:;,\\\"";
    for (size_t i = 0; i < text.len; ++i) {
        unsigned char c = (unsigned char)text.base[i];
        if (c <= ' ' || c == 0x7f || memchr(specials, c, sizeof(specials) - 1) != NULL)
            return true;
    }
    return false;
}

bool mailbox_is_address(h2o_iovec_t text)
{
    h2o_iovec_t domain = text, local = slice_cut(&domain, '@');
    if (text.len > ADDRESS_BYTES_MAX || local.len == 0 || local.len > LOCAL_BYTES_MAX || domain.len == 0)
        return false;
    return slice_find(domain, '@') == SIZE_MAX && !has_specials(text) && slice_is_utf8(text);
}

static bool is_name(h2o_iovec_t name)
{
    for (size_t i = 0; i < name.len; ++i)
        if ((unsigned char)name.base[i] < ' ' || name.base[i] == 0x7f || name.base[i] == '<')
            return false;
    return name.len <= NAME_BYTES_MAX && slice_is_utf8(name);
}

bool mailbox_parse(h2o_iovec_t text, struct mailbox *out)
{
    struct mailbox found = {SLICE(""), text};
    size_t open = slice_find(text, '<');
    if (open != SIZE_MAX) {
        if (text.base[text.len - 1] != '>')
            return false;
        found.name = slice_trim((h2o_iovec_t){text.base, open});
        found.address = (h2o_iovec_t){text.base + open + 1, text.len - open - 2};
    }
    if (!is_name(found.name) || !mailbox_is_address(found.address))
        return false;
    *out = found;
    return true;
}

h2o_iovec_t mailbox_domain(h2o_iovec_t address)
{
    h2o_iovec_t domain = address;
    (void)slice_cut(&domain, '@');
    return domain;
}
