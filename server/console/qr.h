/* SPDX-License-Identifier: Apache-2.0 */
/* Texts for cameras: a QR code (ISO/IEC 18004) as an SVG picture in the page itself, so that nothing is loaded and what
 * it says is in no address. */
#ifndef HALLMARK_CONSOLE_QR_H
#define HALLMARK_CONSOLE_QR_H

#include "base/text.h"

/* The whole element; class "qr", hidden from screen readers: the page has the same content as text beside it. Nothing
 * for a text that no code can hold (more than 2,331 bytes). */
void qr_add(struct text *out, h2o_iovec_t content);

#endif
