/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/mail_message.h"

#include "base/codec.h"
#include "base/text.h"

#include <assert.h>
#include <time.h>

#define WORD_BYTES_MAX  45 /* of text in one encoded word: with its frame 72 of the 75 characters that it may have */
#define PLAIN_BYTES_MAX 200
#define LINE_BYTES_MAX  76 /* of quoted-printable, RFC 2045 section 6.7 */
#define BYTES_USUAL     2048
#define SECOND_US       INT64_C(1000000)

/* --- headers ------------------------------------------------------------------------------------------------------ */

static bool is_plain(h2o_iovec_t text)
{
    for (size_t i = 0; i < text.len; ++i)
        if (text.base[i] < ' ' || text.base[i] > '~')
            return false;
    return text.len <= PLAIN_BYTES_MAX && slice_find(text, '?') == SIZE_MAX; /* "=?" begins an encoded word */
}

/* At most WORD_BYTES_MAX bytes, cut between two characters. */
static h2o_iovec_t cut_word(h2o_iovec_t *rest)
{
    size_t len = 0;
    while (len < rest->len) {
        size_t step = slice_utf8_length(slice_from(*rest, len));
        step = step == 0 ? 1 : step;
        if (len + step > WORD_BYTES_MAX)
            break;
        len += step;
    }
    h2o_iovec_t word = {rest->base, len};
    *rest = slice_from(*rest, len);
    return word;
}

static void add_encoded(struct text *out, h2o_iovec_t text)
{
    char word[WORD_BYTES_MAX], encoded[(WORD_BYTES_MAX + 2) / 3 * 4];
    for (h2o_iovec_t rest = text; rest.len > 0;) {
        h2o_iovec_t piece = cut_word(&rest);
        for (size_t i = 0; i < piece.len; ++i)
            word[i] = (char)((unsigned char)piece.base[i] < ' ' || piece.base[i] == 0x7f ? ' ' : piece.base[i]);
        size_t len = codec_base64_encode(encoded, word, piece.len);
        text_add_format(out, "=?UTF-8?B?%.*s?=%s", (int)len, encoded, rest.len > 0 ? "\r\n " : "");
    }
}

static void add_quoted(struct text *out, h2o_iovec_t text)
{
    text_add_char(out, '"');
    for (size_t i = 0; i < text.len; ++i) {
        if (text.base[i] == '"' || text.base[i] == '\\')
            text_add_char(out, '\\');
        text_add_char(out, text.base[i]);
    }
    text_add_char(out, '"');
}

static void add_mailbox(struct text *out, const char *header, const struct mailbox *mailbox)
{
    assert(mailbox_is_address(mailbox->address));
    text_add_format(out, "%s: ", header);
    if (mailbox->name.len > 0) {
        if (is_plain(mailbox->name))
            add_quoted(out, mailbox->name);
        else
            add_encoded(out, mailbox->name);
        text_add(out, SLICE("\r\n "));
    }
    text_add_format(out, "<%.*s>\r\n", SLICE_ARGS(mailbox->address));
}

static void add_subject(struct text *out, h2o_iovec_t subject)
{
    text_add(out, SLICE("Subject: "));
    if (is_plain(subject))
        text_add(out, subject);
    else
        add_encoded(out, subject);
    text_add(out, SLICE("\r\n"));
}

/* As RFC 5322 section 3.3 writes it, in English whatever the locale. */
static void add_date(struct text *out, int64_t unix_us)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm at;
    time_t seconds = (time_t)(unix_us / SECOND_US);
    if (gmtime_r(&seconds, &at) == NULL)
        return;
    text_add_format(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", &days[at.tm_wday * 3], at.tm_mday,
                    &months[at.tm_mon * 3], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

/* --- the body ----------------------------------------------------------------------------------------------------- */

static bool stands_for_itself(h2o_iovec_t line, size_t i)
{
    char c = line.base[i];
    bool last = i + 1 == line.len;
    return (c > ' ' && c <= '~' && c != '=') || (c == ' ' && !last);
}

static void add_line(struct text *out, h2o_iovec_t line)
{
    size_t column = 0;
    for (size_t i = 0; i < line.len; ++i) {
        bool plain = stands_for_itself(line, i);
        size_t width = plain ? 1 : 3;
        if (column + width > LINE_BYTES_MAX - 1) { /* the last place is that of the soft line end */
            text_add(out, SLICE("=\r\n"));
            column = 0;
        }
        if (plain)
            text_add_char(out, line.base[i]);
        else
            text_add_format(out, "=%02X", (unsigned)(unsigned char)line.base[i]);
        column += width;
    }
    text_add(out, SLICE("\r\n"));
}

h2o_iovec_t mail_message_text(h2o_mem_pool_t *pool, const struct mail_message *message)
{
    struct text out;
    h2o_iovec_t rest = message->text, subject = slice_cut(&rest, '\n');
    text_start(&out, pool, BYTES_USUAL);
    add_mailbox(&out, "From", &message->from);
    add_mailbox(&out, "To", &message->to);
    add_subject(&out, subject);
    add_date(&out, message->date_us);
    text_add_format(&out, "Message-ID: <%.*s@%.*s>\r\n", SLICE_ARGS(message->id),
                    SLICE_ARGS(mailbox_domain(message->from.address)));
    text_add_format(&out, "Content-Language: %.*s\r\n", SLICE_ARGS(message->language));
    text_add(&out, SLICE("Auto-Submitted: auto-generated\r\n" /* RFC 3834: no machine answers it */
                         "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                         "Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
    (void)slice_cut(&rest, '\n');
    while (rest.len > 0)
        add_line(&out, slice_cut(&rest, '\n'));
    return text_slice(&out);
}
