/* SPDX-License-Identifier: Apache-2.0 */
/* How a value is written into HTML, by the place where it stands. scripts/compile-templates chooses the place; nothing
 * else writes values into pages. Bytes that are no UTF-8, and control characters, become U+FFFD everywhere. */
#ifndef HALLMARK_CONSOLE_ESCAPE_H
#define HALLMARK_CONSOLE_ESCAPE_H

#include "base/text.h"

enum escape {
    ESCAPE_TEXT,      /* between tags */
    ESCAPE_ATTRIBUTE, /* in double quotes */
    ESCAPE_URL,   /* the whole of an attribute that holds a URL: an http or https URL, or a path of our own; anything
                   * else becomes "#" */
    ESCAPE_PART,  /* a part of a URL behind a path of our own: all but unreserved characters (RFC 3986 section 2.3)
                   * are percent-encoded */
    ESCAPE_PLAIN, /* in a mail: nothing but what is no character of a line */
};

void escape_add(struct text *out, enum escape escape, h2o_iovec_t value);

/* What ESCAPE_URL lets through: https://..., http://..., or a path that begins with one slash; no blank, backslash or
 * control character anywhere. */
bool escape_url_is_safe(h2o_iovec_t url);

#endif
