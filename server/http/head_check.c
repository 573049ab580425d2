/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head_check.h"

#include "base/limits.h"

#define METHOD_BYTES_MAX          32
#define CONTENT_LENGTH_DIGITS_MAX 18 /* fits 64 bits whatever the digits are */

enum {
    IN_METHOD = 1, /* upper case only: no method in use has lower-case letters */
    IN_TOKEN = 2,  /* RFC 9110 section 5.6.2 */
    IN_HOST = 4,   /* RFC 3986 section 3.2.2 and the port */
    IN_VALUE = 8,  /* RFC 9110 section 5.5: all but control characters */
    IN_TARGET = 16 /* what can be seen in ASCII, but for the fragment's '#' */
};

#define LETTER_OR_DIGIT (IN_TOKEN | IN_HOST | IN_VALUE | IN_TARGET)
#define SEEN            (IN_VALUE | IN_TARGET)

static const uint8_t classes[256] = {
    ['\t'] = IN_VALUE,
    [' '] = IN_VALUE,
    ['A' ... 'Z'] = LETTER_OR_DIGIT | IN_METHOD,
    ['a' ... 'z'] = LETTER_OR_DIGIT,
    ['0' ... '9'] = LETTER_OR_DIGIT | IN_METHOD,
    ['-'] = LETTER_OR_DIGIT | IN_METHOD,
    ['_'] = LETTER_OR_DIGIT | IN_METHOD,
    ['.'] = LETTER_OR_DIGIT,
    ['~'] = LETTER_OR_DIGIT,
    ['!'] = LETTER_OR_DIGIT,
    ['$'] = LETTER_OR_DIGIT,
    ['%'] = LETTER_OR_DIGIT,
    ['&'] = LETTER_OR_DIGIT,
    ['\''] = LETTER_OR_DIGIT,
    ['*'] = LETTER_OR_DIGIT,
    ['+'] = LETTER_OR_DIGIT,
    ['^'] = IN_TOKEN | SEEN,
    ['`'] = IN_TOKEN | SEEN,
    ['|'] = IN_TOKEN | SEEN,
    ['#'] = IN_TOKEN | IN_VALUE,
    ['('] = IN_HOST | SEEN,
    [')'] = IN_HOST | SEEN,
    [','] = IN_HOST | SEEN,
    [';'] = IN_HOST | SEEN,
    ['='] = IN_HOST | SEEN,
    [':'] = IN_HOST | SEEN,
    ['['] = IN_HOST | SEEN,
    [']'] = IN_HOST | SEEN,
    ['"'] = SEEN,
    ['/'] = SEEN,
    ['<'] = SEEN,
    ['>'] = SEEN,
    ['?'] = SEEN,
    ['@'] = SEEN,
    ['\\'] = SEEN,
    ['{'] = SEEN,
    ['}'] = SEEN,
    [0x80 ... 0xff] = IN_VALUE,
};

/* Fields that may come once at most, since two of them leave it open which one counts. */
enum field {
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_AUTHORIZATION,
    FIELD_CONTENT_TYPE,
    FIELD_EXPECT,
    FIELD__MAX
};

static const struct {
    h2o_iovec_t name, repeated;
} fields[FIELD__MAX] = {
    [FIELD_HOST] = {SLICE("host"), SLICE("The request has more than one Host field.")},
    [FIELD_CONTENT_LENGTH] = {SLICE("content-length"), SLICE("The request has more than one Content-Length field.")},
    [FIELD_TRANSFER_ENCODING] = {SLICE("transfer-encoding"),
                                 SLICE("The request has more than one Transfer-Encoding field.")},
    [FIELD_AUTHORIZATION] = {SLICE("authorization"), SLICE("The request has more than one Authorization field.")},
    [FIELD_CONTENT_TYPE] = {SLICE("content-type"), SLICE("The request has more than one Content-Type field.")},
    [FIELD_EXPECT] = {SLICE("expect"), SLICE("The request has more than one Expect field.")},
};

struct scan {
    h2o_iovec_t rest; /* behind the lines read so far */
    bool version_1_1;
    h2o_iovec_t values[FIELD__MAX]; /* base NULL: did not come */
    h2o_iovec_t detail;
};

static bool all_in(h2o_iovec_t s, uint8_t class)
{
    for (size_t i = 0; i < s.len; ++i)
        if ((classes[(uint8_t)s.base[i]] & class) == 0)
            return false;
    return true;
}

#define EACH_BYTE(value) (UINT64_MAX / 255 * (value))

/* Eight bytes at once, for values, which are most of a head: true when none of them is below a blank, nor DEL. */
static bool are_eight_plain(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    uint64_t del = word ^ EACH_BYTE(0x7f);
    uint64_t below_blank = (word - EACH_BYTE(' ')) & ~word;
    uint64_t is_del = (del - EACH_BYTE(1)) & ~del;
    return ((below_blank | is_del) & EACH_BYTE(0x80)) == 0;
}

static bool is_value(h2o_iovec_t s)
{
    while (s.len >= sizeof(uint64_t) && are_eight_plain(s.base))
        s = (h2o_iovec_t){s.base + sizeof(uint64_t), s.len - sizeof(uint64_t)};
    return all_in(s, IN_VALUE); /* the rest; or from the first eight on that may have a tab or worse */
}

static enum err malformed(struct scan *scan, h2o_iovec_t detail)
{
    scan->detail = detail;
    return ERR_MALFORMED_HTTP;
}

/* A line without its CR LF. A bare line feed is no end of a line, and a bare carriage return is in no class of
 * characters. */
static bool next_line(struct scan *scan, h2o_iovec_t *out)
{
    const char *end = scan->rest.len == 0 ? NULL : memchr(scan->rest.base, '\n', scan->rest.len);
    if (end == NULL || end == scan->rest.base || end[-1] != '\r')
        return false;
    *out = (h2o_iovec_t){scan->rest.base, (size_t)(end - 1 - scan->rest.base)};
    scan->rest = slice_from(scan->rest, out->len + 2);
    return true;
}

/* --- request line ---------------------------------------------------------------------------------------------------
 */

static enum err check_target(struct scan *scan, h2o_iovec_t target)
{
    if (target.len > LIMIT_URI_BYTES_MAX) {
        scan->detail = err_row(ERR_URI_TOO_LONG)->text;
        return ERR_URI_TOO_LONG;
    }
    if (target.len == 0 || target.base[0] != '/')
        return malformed(scan, SLICE("The request target must be a path that begins with a slash."));
    if (!all_in(target, IN_TARGET))
        return malformed(scan,
                         SLICE("The request target has a character that has to be percent-encoded, or a fragment."));
    return ERR_NONE;
}

static enum err check_request_line(struct scan *scan, struct head *head)
{
    h2o_iovec_t line;
    if (!next_line(scan, &line) || (line.len == 0 && !next_line(scan, &line)))
        return malformed(scan, SLICE("A line of the head does not end with CR LF."));
    h2o_iovec_t version = line;
    head->method = slice_cut(&version, ' ');
    head->target = slice_cut(&version, ' ');
    if (head->method.len == 0 || head->method.len > METHOD_BYTES_MAX || !all_in(head->method, IN_METHOD))
        return malformed(scan, SLICE("The method is not a word in upper-case letters."));
    enum err err = check_target(scan, head->target);
    if (err != ERR_NONE)
        return err;
    scan->version_1_1 = slice_equal(version, SLICE("HTTP/1.1"));
    if (!scan->version_1_1 && !slice_equal(version, SLICE("HTTP/1.0")))
        return malformed(scan, SLICE("The protocol version must be HTTP/1.1 or HTTP/1.0."));
    return ERR_NONE;
}

/* --- fields ---------------------------------------------------------------------------------------------------------
 */

static enum err note_field(struct scan *scan, h2o_iovec_t name, h2o_iovec_t value)
{
    for (size_t i = 0; i < FIELD__MAX; ++i) {
        if (name.len != fields[i].name.len || !slice_equal_ignoring_case(name, fields[i].name))
            continue;
        if (scan->values[i].base != NULL)
            return malformed(scan, fields[i].repeated);
        scan->values[i] = value;
    }
    return ERR_NONE;
}

static enum err check_field(struct scan *scan, h2o_iovec_t line)
{
    if (line.base[0] == ' ' || line.base[0] == '\t')
        return malformed(scan, SLICE("A field is folded over several lines."));
    h2o_iovec_t value = line;
    h2o_iovec_t name = slice_cut(&value, ':');
    if (value.base == NULL || name.len == 0 || !all_in(name, IN_TOKEN))
        return malformed(scan, SLICE("A field has no well-formed name with a colon right behind it."));
    if (!is_value(value))
        return malformed(scan, SLICE("A field has a control character in its value."));
    return note_field(scan, name, slice_trim(value));
}

static enum err check_fields(struct scan *scan)
{
    size_t count = 0;
    for (;;) {
        h2o_iovec_t line;
        if (!next_line(scan, &line))
            return malformed(scan, SLICE("A line of the head does not end with CR LF."));
        if (line.len == 0)
            return ERR_NONE;
        if (++count > LIMIT_HEADERS_MAX) {
            scan->detail = err_row(ERR_HEAD_TOO_LARGE)->text;
            return ERR_HEAD_TOO_LARGE;
        }
        enum err err = check_field(scan, line);
        if (err != ERR_NONE)
            return err;
    }
}

/* --- what the fields say together
 * --------------------------------------------------------------------------------------- */

static bool is_number(h2o_iovec_t s)
{
    for (size_t i = 0; i < s.len; ++i)
        if (s.base[i] < '0' || s.base[i] > '9')
            return false;
    return s.len > 0 && s.len <= CONTENT_LENGTH_DIGITS_MAX;
}

static enum err check_host(struct scan *scan)
{
    h2o_iovec_t host = scan->values[FIELD_HOST];
    if (host.base == NULL)
        return scan->version_1_1 ? malformed(scan, SLICE("The request has no Host field.")) : ERR_NONE;
    if (host.len == 0 || !all_in(host, IN_HOST))
        return malformed(scan, SLICE("The Host field is not a host name with an optional port."));
    return ERR_NONE;
}

static enum err check_framing(struct scan *scan)
{
    h2o_iovec_t length = scan->values[FIELD_CONTENT_LENGTH];
    h2o_iovec_t encoding = scan->values[FIELD_TRANSFER_ENCODING];
    if (length.base != NULL && encoding.base != NULL)
        return malformed(scan, SLICE("The request has both Content-Length and Transfer-Encoding."));
    if (length.base != NULL && !is_number(length))
        return malformed(scan, SLICE("Content-Length is not a number."));
    if (encoding.base == NULL)
        return ERR_NONE;
    if (!scan->version_1_1)
        return malformed(scan, SLICE("HTTP/1.0 has no Transfer-Encoding."));
    if (!slice_equal_ignoring_case(encoding, SLICE("chunked")))
        return malformed(scan, SLICE("The only Transfer-Encoding is chunked."));
    return ERR_NONE;
}

static enum err check_all(struct scan *scan, struct head *head)
{
    enum err err = check_request_line(scan, head);
    if (err == ERR_NONE)
        err = check_fields(scan);
    if (err == ERR_NONE)
        err = check_host(scan);
    if (err == ERR_NONE)
        err = check_framing(scan);
    return err;
}

enum err head_check(h2o_iovec_t raw, struct head *out, h2o_iovec_t *detail_out)
{
    struct scan scan = {.rest = raw};
    struct head head = {.length = 0};
    enum err err = check_all(&scan, &head);
    head.length = raw.len - scan.rest.len;
    if (err == ERR_NONE && head.length > LIMIT_HEAD_BYTES_MAX) {
        scan.detail = err_row(ERR_HEAD_TOO_LARGE)->text;
        err = ERR_HEAD_TOO_LARGE;
    }
    if (err != ERR_NONE) {
        *detail_out = scan.detail;
        return err;
    }
    head.chunked = scan.values[FIELD_TRANSFER_ENCODING].base != NULL;
    *out = head;
    return ERR_NONE;
}
