/* SPDX-License-Identifier: Apache-2.0 */
/* The languages of the pages, those of server/console/texts, and which of them a person gets. */
#ifndef HALLMARK_CONSOLE_LANGUAGE_H
#define HALLMARK_CONSOLE_LANGUAGE_H

#include "base/slice.h"
#include "page_words.h"

enum language {
#define LANGUAGE_ENUM_ROW(symbol, tag) LANGUAGE_##symbol,
    LANGUAGE_ROWS(LANGUAGE_ENUM_ROW)
#undef LANGUAGE_ENUM_ROW
        LANGUAGE__MAX,
};

/* Its tag as BCP 47 has it, "de". */
h2o_iovec_t language_tag(enum language language);

/* The language of one tag: what comes behind the first subtag does not count, and Norwegian of any kind is Bokmål.
 * False when it is none of ours; *out is untouched then. */
bool language_parse(h2o_iovec_t tag, enum language *out);

/* The first of ours in ui_locales (OpenID Connect Core section 3.1.2.1: tags in the order of preference, with blanks
 * between), else the one that was chosen before (`chosen`, a tag), else the most wanted of Accept-Language (RFC 9110
 * section 12.5.4), else English. Each may be SLICE_NONE, and anything in them that is not well formed is passed over.
 */
enum language language_choose(h2o_iovec_t ui_locales, h2o_iovec_t chosen, h2o_iovec_t accept_language);

#endif
