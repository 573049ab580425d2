/* SPDX-License-Identifier: Apache-2.0 */
#include "console/qr.h"

#include <qrencode.h>

#define QUIET  4 /* modules of white around it, as the standard wants */
#define IS_INK 1 /* in a module's byte; the other bits are for the library */

static void add_line(struct text *out, const QRcode *code, int y)
{
    const unsigned char *line = code->data + (size_t)y * (size_t)code->width;
    for (int x = 0, end; x < code->width; x = end + 1) {
        for (end = x; end < code->width && (line[end] & IS_INK) != 0;)
            ++end;
        if (end > x)
            text_add_format(out, "M%d %dh%dv1h-%dz", x, y, end - x, end - x);
    }
}

void qr_add(struct text *out, h2o_iovec_t content)
{
    int any_version = 0;
    QRcode *code = QRcode_encodeData((int)content.len, (const unsigned char *)content.base, any_version, QR_ECLEVEL_M);
    if (code == NULL)
        return;
    text_add_format(out, "<svg class=\"qr\" aria-hidden=\"true\" viewBox=\"-%d -%d %d %d\"><path d=\"", QUIET, QUIET,
                    code->width + 2 * QUIET, code->width + 2 * QUIET);
    for (int y = 0; y < code->width; ++y)
        add_line(out, code, y);
    text_add(out, SLICE("\"/></svg>"));
    QRcode_free(code);
}
