/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/json_lexeme.h"

#include <assert.h>
#include <stdlib.h>

#define ENTRIES_INLINE     64 /* members of all open objects together; records seldom have more */
#define PAIRWISE_COUNT_MAX 32 /* up to here comparing each with each is cheaper than sorting */
#define INDEX_DIGITS_MAX   20

/* The way from the top to the value at hand, innermost first. */
struct place {
    const struct place *outer;
    h2o_iovec_t name; /* SLICE_NONE: an element of an array */
    size_t index;
};

struct entry {
    struct json_member member;
    const char *written; /* where the name stands in the text */
};

struct scanner {
    struct json_cursor cursor;
    const char *text;
    h2o_mem_pool_t *pool;
    struct json_fault *fault;
    struct entry *entries; /* members of the objects that are open, outermost first; a stack */
    size_t entry_count, entry_capacity;
    h2o_iovec_t *items; /* where the elements of the array on top go; NULL: they are only counted */
    size_t item_count;
    struct entry entries_inline[ENTRIES_INLINE];
};

static void scanner_start(struct scanner *scanner, h2o_mem_pool_t *pool, h2o_iovec_t text, struct json_fault *fault)
{
    scanner->cursor = (struct json_cursor){text.base, text.len == 0 ? text.base : text.base + text.len, NULL};
    scanner->text = text.base;
    scanner->pool = pool;
    scanner->fault = fault;
    scanner->entries = scanner->entries_inline;
    scanner->entry_count = 0;
    scanner->entry_capacity = ENTRIES_INLINE;
    scanner->items = NULL;
    scanner->item_count = 0;
}

static void scanner_end(struct scanner *scanner)
{
    if (scanner->entries != scanner->entries_inline)
        free(scanner->entries);
}

static void push_entry(struct scanner *scanner, struct entry entry)
{
    if (scanner->entry_count == scanner->entry_capacity) {
        bool is_inline = scanner->entries == scanner->entries_inline;
        size_t bytes = scanner->entry_count * sizeof(entry);
        scanner->entries = h2o_mem_realloc(is_inline ? NULL : scanner->entries, 2 * bytes);
        if (is_inline)
            memcpy(scanner->entries, scanner->entries_inline, bytes);
        scanner->entry_capacity *= 2;
    }
    scanner->entries[scanner->entry_count++] = entry;
}

/* --- refusing --- */

/* The steps are written backwards, from the innermost to the top. */
static char *put_index_before(char *at, size_t index)
{
    do {
        *--at = (char)('0' + index % 10);
        index /= 10;
    } while (index != 0);
    return at;
}

static char *put_name_before(char *at, h2o_iovec_t name)
{
    for (size_t i = name.len; i > 0; --i) {
        char c = name.base[i - 1];
        if (c != '~' && c != '/') {
            *--at = c;
            continue;
        }
        *--at = "01"[c == '/'];
        *--at = '~';
    }
    return at;
}

static h2o_iovec_t pointer_to(h2o_mem_pool_t *pool, const struct place *innermost)
{
    size_t capacity = 0;
    for (const struct place *place = innermost; place != NULL; place = place->outer)
        capacity += 1 + (place->name.base == NULL ? INDEX_DIGITS_MAX : 2 * place->name.len);
    if (capacity == 0)
        return SLICE("");
    char *base = h2o_mem_alloc_pool(pool, capacity);
    char *at = base + capacity;
    for (const struct place *place = innermost; place != NULL; place = place->outer) {
        at = place->name.base == NULL ? put_index_before(at, place->index) : put_name_before(at, place->name);
        *--at = '/';
    }
    return (h2o_iovec_t){at, (size_t)(base + capacity - at)};
}

static bool refuse(struct scanner *scanner, const struct place *place, const char *what)
{
    size_t offset = scanner->cursor.at == NULL ? 0 : (size_t)(scanner->cursor.at - scanner->text);
    *scanner->fault = (struct json_fault){pointer_to(scanner->pool, place), slice_of(what), offset};
    return false;
}

/* --- duplicates --- */

static int compare_entries(const void *left, const void *right, void *cookie)
{
    const struct entry *entries = cookie;
    size_t a = *(const size_t *)left, b = *(const size_t *)right;
    h2o_iovec_t a_name = entries[a].member.name, b_name = entries[b].member.name;
    if (a_name.len != b_name.len)
        return a_name.len < b_name.len ? -1 : 1;
    int order = memcmp(a_name.base, b_name.base, a_name.len);
    return order != 0 ? order : (a > b) - (a < b);
}

static const struct entry *repeated_of_many(const struct entry *entries, size_t count)
{
    size_t repeated = count;
    size_t *sorted = h2o_mem_alloc(count * sizeof(*sorted));
    for (size_t i = 0; i < count; ++i)
        sorted[i] = i;
    qsort_r(sorted, count, sizeof(*sorted), compare_entries, (void *)entries);
    for (size_t i = 1; i < count; ++i)
        if (sorted[i] < repeated && slice_equal(entries[sorted[i - 1]].member.name, entries[sorted[i]].member.name))
            repeated = sorted[i];
    free(sorted);
    return repeated == count ? NULL : &entries[repeated];
}

static const struct entry *repeated_of_few(const struct entry *entries, size_t count)
{
    for (size_t i = 1; i < count; ++i)
        for (size_t before = 0; before < i; ++before)
            if (slice_equal(entries[before].member.name, entries[i].member.name))
                return &entries[i];
    return NULL;
}

/* The first member whose name came before in the same object, or NULL. */
static const struct entry *repeated_entry(const struct entry *entries, size_t count)
{
    return count <= PAIRWISE_COUNT_MAX ? repeated_of_few(entries, count) : repeated_of_many(entries, count);
}

/* --- scanning --- */

static bool scan_value(struct scanner *scanner, const struct place *place, size_t depth, enum json_type *type_out);

static void skip_blanks(struct json_cursor *cursor)
{
    while (cursor->at != cursor->end &&
           (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\r' || *cursor->at == '\t'))
        ++cursor->at;
}

static bool next_is(const struct json_cursor *cursor, char c)
{
    return cursor->at != cursor->end && *cursor->at == c;
}

/* Behind an element: a comma (*closed_out false), or the end of the container (true). */
static bool scan_separator(struct scanner *scanner, const struct place *container, char closing, bool *closed_out)
{
    skip_blanks(&scanner->cursor);
    *closed_out = next_is(&scanner->cursor, closing);
    if (!*closed_out && !next_is(&scanner->cursor, ','))
        return refuse(scanner, container, closing == '}' ? "a comma or } is missing" : "a comma or ] is missing");
    ++scanner->cursor.at;
    if (!*closed_out)
        skip_blanks(&scanner->cursor);
    return true;
}

static bool scan_name(struct scanner *scanner, const struct place *object, h2o_iovec_t *name_out)
{
    struct json_cursor *cursor = &scanner->cursor;
    if (!next_is(cursor, '"'))
        return refuse(scanner, object, "the name of a member is missing");
    const char *start = cursor->at + 1;
    bool escaped;
    if (!json_lexeme_string(cursor, &escaped))
        return refuse(scanner, object, cursor->what);
    h2o_iovec_t inside = {(char *)start, (size_t)(cursor->at - 1 - start)};
    *name_out = escaped ? json_lexeme_decode(scanner->pool, inside) : inside;
    return true;
}

static bool scan_member(struct scanner *scanner, const struct place *object, size_t depth)
{
    struct json_cursor *cursor = &scanner->cursor;
    struct entry entry = {.written = cursor->at};
    if (!scan_name(scanner, object, &entry.member.name))
        return false;
    struct place place = {object, entry.member.name, 0};
    skip_blanks(cursor);
    if (!next_is(cursor, ':'))
        return refuse(scanner, &place, "a colon is missing");
    ++cursor->at;
    skip_blanks(cursor);

    char *start = (char *)cursor->at;
    if (!scan_value(scanner, &place, depth, &entry.member.type))
        return false;
    entry.member.value = (h2o_iovec_t){start, (size_t)(cursor->at - start)};
    push_entry(scanner, entry);
    return true;
}

static bool refuse_repeated(struct scanner *scanner, const struct place *object, const struct entry *repeated)
{
    struct place place = {object, repeated->member.name, 0};
    scanner->cursor.at = repeated->written;
    return refuse(scanner, &place, "a member of this name came before in the same object");
}

/* The members of the outermost object stay on the stack: they are what is asked for. */
static bool scan_object(struct scanner *scanner, const struct place *object, size_t depth)
{
    size_t first = scanner->entry_count;
    bool closed = next_is(&scanner->cursor, '}');
    if (closed)
        ++scanner->cursor.at;
    while (!closed) {
        if (scanner->entry_count - first == LIMIT_JSON_MEMBERS_MAX)
            return refuse(scanner, object, "an object has too many members");
        if (!scan_member(scanner, object, depth) || !scan_separator(scanner, object, '}', &closed))
            return false;
    }
    const struct entry *repeated = repeated_entry(scanner->entries + first, scanner->entry_count - first);
    if (repeated != NULL)
        return refuse_repeated(scanner, object, repeated);
    if (depth > 1)
        scanner->entry_count = first;
    return true;
}

static void note_item(struct scanner *scanner, const char *start)
{
    if (scanner->items != NULL)
        scanner->items[scanner->item_count] = (h2o_iovec_t){(char *)start, (size_t)(scanner->cursor.at - start)};
    ++scanner->item_count;
}

static bool scan_array(struct scanner *scanner, const struct place *array, size_t depth)
{
    struct place place = {array, SLICE_NONE, 0};
    bool closed = next_is(&scanner->cursor, ']');
    if (closed)
        ++scanner->cursor.at;
    for (; !closed; ++place.index) {
        const char *start = scanner->cursor.at;
        enum json_type type;
        if (!scan_value(scanner, &place, depth, &type))
            return false;
        if (depth == 1)
            note_item(scanner, start);
        if (!scan_separator(scanner, array, ']', &closed))
            return false;
    }
    return true;
}

static bool scan_container(struct scanner *scanner, const struct place *place, size_t depth, enum json_type type)
{
    if (depth > LIMIT_JSON_DEPTH_MAX)
        return refuse(scanner, place, "objects and arrays are nested too deep");
    ++scanner->cursor.at;
    skip_blanks(&scanner->cursor);
    return type == JSON_TYPE_OBJECT ? scan_object(scanner, place, depth) : scan_array(scanner, place, depth);
}

static bool scan_word(struct scanner *scanner, const struct place *place)
{
    static const h2o_iovec_t words[] = {{"true", 4}, {"false", 5}, {"null", 4}};
    struct json_cursor *cursor = &scanner->cursor;
    h2o_iovec_t rest = {(char *)cursor->at, (size_t)(cursor->end - cursor->at)};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i)
        if (slice_starts_with(rest, words[i])) {
            cursor->at += words[i].len;
            return true;
        }
    return refuse(scanner, place, "a word here can only be true, false or null");
}

static bool scan_text(struct scanner *scanner, const struct place *place, enum json_type type)
{
    bool escaped;
    struct json_cursor *cursor = &scanner->cursor;
    if (type == JSON_TYPE_STRING ? !json_lexeme_string(cursor, &escaped) : !json_lexeme_number(cursor))
        return refuse(scanner, place, cursor->what);
    return true;
}

#define NO_VALUE     0
#define STARTS(type) (JSON_TYPE_##type + 1)

/* The type by the first character, one up, so that what starts no value is zero. */
static const uint8_t starts[256] = {['n'] = STARTS(NULL),           ['t'] = STARTS(BOOLEAN), ['f'] = STARTS(BOOLEAN),
                                    ['0' ... '9'] = STARTS(NUMBER), ['-'] = STARTS(NUMBER),  ['"'] = STARTS(STRING),
                                    ['['] = STARTS(ARRAY),          ['{'] = STARTS(OBJECT)};

/* `depth` is that of the container around the value. */
static bool scan_value(struct scanner *scanner, const struct place *place, size_t depth, enum json_type *type_out)
{
    if (scanner->cursor.at == scanner->cursor.end)
        return refuse(scanner, place, "the text ends where a value should stand");
    uint8_t start = starts[(uint8_t)*scanner->cursor.at];
    if (start == NO_VALUE)
        return refuse(scanner, place, "no value begins with this character");
    *type_out = (enum json_type)(start - 1);
    switch (*type_out) {
    case JSON_TYPE_NULL:
    case JSON_TYPE_BOOLEAN:
        return scan_word(scanner, place);
    case JSON_TYPE_NUMBER:
    case JSON_TYPE_STRING:
        return scan_text(scanner, place, *type_out);
    default:
        return scan_container(scanner, place, depth + 1, *type_out);
    }
}

static bool scan_top(struct scanner *scanner, enum json_type wanted)
{
    struct json_cursor *cursor = &scanner->cursor;
    enum json_type type;
    if (slice_starts_with((h2o_iovec_t){(char *)cursor->at, (size_t)(cursor->end - cursor->at)}, SLICE("\xef\xbb\xbf")))
        return refuse(scanner, NULL, "a byte order mark is not accepted");
    skip_blanks(cursor);
    uint8_t start = cursor->at == cursor->end ? NO_VALUE : starts[(uint8_t)*cursor->at];
    if (start != NO_VALUE && start != wanted + 1)
        return refuse(scanner, NULL, "the value on top has to be an object");
    if (!scan_value(scanner, NULL, 0, &type))
        return false;
    skip_blanks(cursor);
    if (cursor->at != cursor->end)
        return refuse(scanner, NULL, "something stands behind the value");
    return true;
}

/* --- what callers see --- */

static void list_members(const struct scanner *scanner, struct json_object *out)
{
    out->count = scanner->entry_count;
    out->members = h2o_mem_alloc_pool(scanner->pool, out->count * sizeof(*out->members));
    for (size_t i = 0; i < out->count; ++i)
        out->members[i] = scanner->entries[i].member;
}

bool json_scan_object(h2o_mem_pool_t *pool, h2o_iovec_t text, struct json_object *out, struct json_fault *fault)
{
    struct scanner scanner;
    scanner_start(&scanner, pool, text, fault);
    bool accepted = scan_top(&scanner, JSON_TYPE_OBJECT);
    if (accepted)
        list_members(&scanner, out);
    scanner_end(&scanner);
    return accepted;
}

bool json_scan_nested(h2o_mem_pool_t *pool, h2o_iovec_t object_text, struct json_object *out)
{
    struct json_fault fault;
    return json_scan_object(pool, object_text, out, &fault);
}

bool json_scan_array(h2o_mem_pool_t *pool, h2o_iovec_t array_text, h2o_iovec_t **items, size_t *count)
{
    struct json_fault fault;
    struct scanner scanner;
    scanner_start(&scanner, pool, array_text, &fault);
    bool accepted = scan_top(&scanner, JSON_TYPE_ARRAY);
    size_t item_count = scanner.item_count;
    scanner_end(&scanner);
    if (!accepted)
        return false;

    /* Once more, now that their number is known: the pool never gives back what a growing list would leave behind. */
    scanner_start(&scanner, pool, array_text, &fault);
    scanner.items = h2o_mem_alloc_pool(pool, item_count * sizeof(**items));
    accepted = scan_top(&scanner, JSON_TYPE_ARRAY);
    assert(accepted);
    *items = scanner.items;
    *count = item_count;
    scanner_end(&scanner);
    return true;
}

const struct json_member *json_find(const struct json_object *object, h2o_iovec_t name)
{
    for (size_t i = 0; i < object->count; ++i)
        if (slice_equal(object->members[i].name, name))
            return &object->members[i];
    return NULL;
}

h2o_iovec_t json_string_text(h2o_mem_pool_t *pool, h2o_iovec_t string_text)
{
    assert(string_text.len >= 2);
    assert(string_text.base[0] == '"');
    h2o_iovec_t inside = {string_text.base + 1, string_text.len - 2};
    return slice_find(inside, '\\') == SIZE_MAX ? inside : json_lexeme_decode(pool, inside);
}

enum json_type json_type_of(h2o_iovec_t value_text)
{
    assert(value_text.len > 0);
    uint8_t start = starts[(uint8_t)value_text.base[0]];
    assert(start != NO_VALUE);
    return (enum json_type)(start - 1);
}
