/* SPDX-License-Identifier: Apache-2.0 */
/* The pages: one function for each template of server/console/templates, made by scripts/compile-templates. A page is
 * given a struct of typed values and written into a text; whatever the values are, what comes out is the template's own
 * HTML with the values as text in it. Slices that a page is given are borrowed while it is written; an empty one and
 * SLICE_NONE are alike. Moments are microseconds since 1970. */
#ifndef HALLMARK_CONSOLE_PAGE_H
#define HALLMARK_CONSOLE_PAGE_H

#include "base/text.h"
#include "console/language.h"

#include "page_functions.h"

/* The style sheet of all pages; it lies at PAGE_SHEET_PATH, which names its digest and so never changes. */
h2o_iovec_t page_sheet(void);

/* The script of the one page that has one (`{% script %}`); it lies at PAGE_SCRIPT_PATH, likewise. */
h2o_iovec_t page_script(void);

#endif
