/* SPDX-License-Identifier: Apache-2.0 */
#include "client/penalty.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/credential.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/text.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

/* --- cells ------------------------------------------------------------------------------------------------------- */

/* A cell is one word, so that it changes as a whole: who (a part of the keyed hash; the rest of it chooses the line),
 * when he last failed, whether that was saved, and how often. 0 is a free cell. */
#define COUNT_BITS 5
#define DIRTY_BIT  (UINT64_C(1) << COUNT_BITS)
#define TIME_SHIFT (COUNT_BITS + 1)
#define TIME_BITS  26 /* seconds modulo two years; what is older than LIMIT_FAILURES_FORGET_S does not count */
#define TAG_SHIFT  (TIME_SHIFT + TIME_BITS)
#define TAG_BITS   32
#define COUNT_MAX  ((1u << COUNT_BITS) - 1)
#define TIME_MASK  ((UINT64_C(1) << TIME_BITS) - 1)

/* One cache line of cells is looked through for each client and address. */
#define LINE_CELLS 8
#define LINES      8192

_Static_assert(TAG_SHIFT + TAG_BITS == 64, "a cell is one word");
_Static_assert(LIMIT_PENALTY_FIRST_S << (COUNT_MAX - LIMIT_FAILURES_FREE - 1) >= LIMIT_PENALTY_LAST_S,
               "the count reaches as far as the penalty grows");
_Static_assert(LIMIT_PENALTY_LAST_S < LIMIT_FAILURES_FORGET_S, "nobody is forgotten while he waits");

#define SAVE_CELLS_MAX  512 /* of one statement; the rest follows with the next */
#define CELL_NAME_BYTES 16  /* of a cell in the database: line and tag, and zeros */
#define IPV6_SITE_BYTES 8   /* a /64 is one site: whoever has one has all of its addresses */

struct saving { /* a cell whose save is under way */
    _Atomic uint64_t *cell;
    uint64_t tag;
};

struct penalty_table {
    _Alignas(64) _Atomic uint64_t cells[LINES * LINE_CELLS]; /* line by line */
    _Atomic int64_t last_failure_s; /* of all: nothing else is read when nobody has failed lately */
    _Atomic uint64_t changes;       /* counts failures, so that an unchanged table is not gone through */
    uint8_t key[SIPHASH_KEY_BYTES];
    /* of the one thread that saves and loads */
    uint64_t changes_saved;
    struct db_call *save, *load;
    struct saving saving[SAVE_CELLS_MAX];
    size_t saving_count;
    void (*loaded)(void *cookie);
    void *loaded_cookie;
};

static unsigned count_of(uint64_t cell)
{
    return cell & COUNT_MAX;
}

static uint64_t tag_of(uint64_t cell)
{
    return cell >> TAG_SHIFT;
}

/* A clock that was set back makes it 0. */
static int64_t elapsed_s(uint64_t cell, int64_t now_s)
{
    uint64_t elapsed = ((uint64_t)now_s - (cell >> TIME_SHIFT)) & TIME_MASK;
    return elapsed > TIME_MASK / 2 ? 0 : (int64_t)elapsed;
}

static bool is_forgotten(uint64_t cell, int64_t now_s)
{
    return count_of(cell) == 0 || elapsed_s(cell, now_s) > LIMIT_FAILURES_FORGET_S;
}

static uint64_t cell_of(uint64_t tag, int64_t last_s, unsigned count)
{
    return tag << TAG_SHIFT | ((uint64_t)last_s & TIME_MASK) << TIME_SHIFT | count;
}

static int64_t wait_s(uint64_t cell, int64_t now_s)
{
    unsigned count = count_of(cell);
    if (count <= LIMIT_FAILURES_FREE || is_forgotten(cell, now_s))
        return 0;
    int64_t penalty = (int64_t)LIMIT_PENALTY_FIRST_S << (count - LIMIT_FAILURES_FREE - 1);
    if (penalty > LIMIT_PENALTY_LAST_S)
        penalty = LIMIT_PENALTY_LAST_S;
    int64_t elapsed = elapsed_s(cell, now_s);
    return penalty > elapsed ? penalty - elapsed : 0;
}

/* --- the table --------------------------------------------------------------------------------------------------- */

struct penalty_table *penalty_table_create(const uint8_t key[static DIGEST_BYTES])
{
    struct penalty_table *table = NULL;
    if (posix_memalign((void **)&table, _Alignof(struct penalty_table), sizeof(*table)) != 0)
        h2o_fatal("no memory");
    memset(table, 0, sizeof(*table));
    memcpy(table->key, key, sizeof(table->key));
    atomic_store(&table->last_failure_s, -LIMIT_FAILURES_FORGET_S - 1);
    return table;
}

void penalty_table_destroy(struct penalty_table *table)
{
    if (table == NULL)
        return;
    db_call_cancel(&table->save);
    db_call_cancel(&table->load);
    secret_wipe(table->key, sizeof(table->key));
    free(table);
}

struct place {              /* of one client and address */
    _Atomic uint64_t *line; /* LINE_CELLS of them */
    uint64_t tag;
};

static _Atomic uint64_t *line_of(struct penalty_table *table, uint64_t line)
{
    return &table->cells[line * LINE_CELLS];
}

static struct place place_of_hash(struct penalty_table *table, uint64_t hash)
{
    return (struct place){line_of(table, hash % LINES), hash >> (64 - TAG_BITS)};
}

static struct place place_of(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address)
{
    char bytes[CREDENTIAL_BYTES_MAX + 1 + sizeof(address->bytes)];
    size_t address_len = address->family == 6 ? IPV6_SITE_BYTES : sizeof(address->bytes), len = client_id.len;
    assert(len <= CREDENTIAL_BYTES_MAX);
    memcpy(bytes, client_id.base, len);
    bytes[len++] = (char)address->family;
    if (address->family != 0) {
        memcpy(bytes + len, address->bytes, address_len);
        len += address_len;
    }
    return place_of_hash(table, siphash(table->key, (h2o_iovec_t){bytes, len}));
}

static uint64_t load(_Atomic uint64_t *cell)
{
    return atomic_load_explicit(cell, memory_order_relaxed);
}

static bool exchange(_Atomic uint64_t *cell, uint64_t seen, uint64_t wanted)
{
    return atomic_compare_exchange_strong_explicit(cell, &seen, wanted, memory_order_relaxed, memory_order_relaxed);
}

static bool is_quiet(struct penalty_table *table, int64_t now_s)
{
    return now_s - atomic_load_explicit(&table->last_failure_s, memory_order_relaxed) > LIMIT_FAILURES_FORGET_S;
}

int64_t penalty_wait_s(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address, int64_t now_s)
{
    int64_t longest = 0;
    if (is_quiet(table, now_s))
        return 0;
    struct place place = place_of(table, client_id, address);
    for (size_t i = 0; i < LINE_CELLS; ++i) {
        uint64_t cell = load(&place.line[i]);
        int64_t wait = tag_of(cell) == place.tag ? wait_s(cell, now_s) : 0;
        longest = wait > longest ? wait : longest;
    }
    return longest;
}

/* How much is lost when this cell is given to another: the fewest failures go first, then the oldest. */
static uint64_t worth(uint64_t cell, int64_t now_s)
{
    if (is_forgotten(cell, now_s))
        return 0;
    return (uint64_t)count_of(cell) << 32 | (uint64_t)(LIMIT_FAILURES_FORGET_S - elapsed_s(cell, now_s));
}

/* The place's own cell, or the one that it may take. */
static _Atomic uint64_t *choose(struct place place, int64_t now_s, uint64_t *seen_out)
{
    _Atomic uint64_t *chosen = NULL;
    for (size_t i = 0; i < LINE_CELLS; ++i) {
        uint64_t cell = load(&place.line[i]);
        bool is_own = count_of(cell) > 0 && tag_of(cell) == place.tag;
        if (is_own || chosen == NULL || worth(cell, now_s) < worth(*seen_out, now_s)) {
            chosen = &place.line[i];
            *seen_out = cell;
        }
        if (is_own)
            break;
    }
    return chosen;
}

static unsigned count_after(uint64_t cell, uint64_t tag, int64_t now_s)
{
    if (tag_of(cell) != tag || is_forgotten(cell, now_s))
        return 1;
    return count_of(cell) < COUNT_MAX ? count_of(cell) + 1 : COUNT_MAX;
}

static void note_failure(struct penalty_table *table, int64_t at_s)
{
    int64_t last = atomic_load_explicit(&table->last_failure_s, memory_order_relaxed);
    while (last < at_s && !atomic_compare_exchange_weak(&table->last_failure_s, &last, at_s))
        ;
}

void penalty_failed(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address, int64_t now_s)
{
    struct place place = place_of(table, client_id, address);
    for (;;) {
        uint64_t seen = 0;
        _Atomic uint64_t *cell = choose(place, now_s, &seen);
        unsigned count = count_after(seen, place.tag, now_s);
        if (exchange(cell, seen, cell_of(place.tag, now_s, count) | DIRTY_BIT))
            break; /* else somebody else changed it meanwhile: look again */
    }
    note_failure(table, now_s);
    atomic_fetch_add(&table->changes, 1);
}

/* Who failed meanwhile again, on another thread, keeps his count. */
void penalty_succeeded(struct penalty_table *table, h2o_iovec_t client_id, const struct address *address)
{
    if (is_quiet(table, clock_unix_s()))
        return;
    struct place place = place_of(table, client_id, address);
    for (size_t i = 0; i < LINE_CELLS; ++i) {
        uint64_t cell = load(&place.line[i]);
        if (count_of(cell) > 0 && tag_of(cell) == place.tag)
            (void)exchange(&place.line[i], cell, 0);
    }
}

/* --- saving ------------------------------------------------------------------------------------------------------ */

struct save_texts { /* PostgreSQL's spelling of three arrays */
    struct text cells, failures, times;
};

static void name_of(const struct penalty_table *table, const struct saving *saving, uint8_t out[static CELL_NAME_BYTES])
{
    size_t line = (size_t)(saving->cell - table->cells) / LINE_CELLS;
    memset(out, 0, CELL_NAME_BYTES);
    for (size_t i = 0; i < 4; ++i) {
        out[i] = (uint8_t)(line >> (8 * (3 - i)));
        out[4 + i] = (uint8_t)(saving->tag >> (8 * (3 - i)));
    }
}

static void add_row(const struct penalty_table *table, struct save_texts *texts, uint64_t cell, int64_t now_s)
{
    uint8_t name[CELL_NAME_BYTES];
    char hex[CODEC_HEX_LEN(CELL_NAME_BYTES)];
    const char *separator = table->saving_count == 1 ? "" : ",";
    name_of(table, &table->saving[table->saving_count - 1], name);
    codec_hex_encode(hex, name, sizeof(name));
    text_add_format(&texts->cells, "%s\"\\\\x%.*s\"", separator, (int)sizeof(hex), hex);
    text_add_format(&texts->failures, "%s%u", separator, count_of(cell));
    text_add_format(&texts->times, "%s%lld", separator, (long long)(now_s - elapsed_s(cell, now_s)) * 1000000);
}

/* Two threads that saw somebody fail for the first time at the same moment may both have given him a cell of the line.
 * One statement cannot save one name twice. */
static bool is_taken_already(const struct penalty_table *table, const _Atomic uint64_t *cell, uint64_t tag)
{
    size_t in_line = (size_t)(cell - table->cells) % LINE_CELLS;
    for (size_t i = table->saving_count; i > 0 && table->saving[i - 1].cell >= cell - in_line; --i)
        if (table->saving[i - 1].tag == tag)
            return true;
    return false;
}

/* Takes the cells that changed, marks them as saved, and says whether some are left for the next statement. */
static bool collect(struct penalty_table *table, struct save_texts *texts, int64_t now_s)
{
    bool is_some_left = false;
    table->saving_count = 0;
    for (size_t i = 0; i < LINES * LINE_CELLS && table->saving_count < SAVE_CELLS_MAX; ++i) {
        _Atomic uint64_t *cell = &table->cells[i];
        uint64_t seen = load(cell);
        if ((seen & DIRTY_BIT) == 0)
            continue;
        if (is_taken_already(table, cell, tag_of(seen)) || !exchange(cell, seen, seen & ~DIRTY_BIT)) {
            is_some_left = true;
            continue;
        }
        table->saving[table->saving_count++] = (struct saving){cell, tag_of(seen)};
        add_row(table, texts, seen, now_s);
    }
    return is_some_left || table->saving_count == SAVE_CELLS_MAX;
}

/* What was not saved has to be saved again, unless the cell has been given away. */
static void mark_again(struct penalty_table *table)
{
    for (size_t i = 0; i < table->saving_count; ++i) {
        _Atomic uint64_t *cell = table->saving[i].cell;
        uint64_t seen = load(cell);
        while (count_of(seen) > 0 && tag_of(seen) == table->saving[i].tag && !exchange(cell, seen, seen | DIRTY_BIT))
            seen = load(cell);
    }
    atomic_fetch_add(&table->changes, 1);
}

static void saved(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct penalty_table *table = cookie;
    (void)result;
    table->save = NULL;
    if (outcome == DB_DONE)
        return;
    log_event(LOG_LEVEL_WARN, "penalties_not_saved", "\"cells\":%zu", table->saving_count);
    mark_again(table);
}

static h2o_iovec_t close_array(struct text *text)
{
    text_add_char(text, '}');
    return text_slice(text);
}

void penalty_save(struct penalty_table *table, struct db *db)
{
    uint64_t changes = atomic_load(&table->changes);
    if (table->save != NULL || changes == table->changes_saved)
        return;
    h2o_mem_pool_t pool;
    struct save_texts texts;
    h2o_mem_init_pool(&pool);
    struct text *all[] = {&texts.cells, &texts.failures, &texts.times};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i) {
        text_start(all[i], &pool, 256);
        text_add_char(all[i], '{');
    }
    if (!collect(table, &texts, clock_unix_s()))
        table->changes_saved = changes;

    if (table->saving_count > 0) {
        struct db_parameters parameters;
        db_parameters_start(&parameters);
        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); ++i)
            db_add_text(&parameters, close_array(all[i]));
        table->save = db_call_start(db, STATEMENT_AUTH_FAILURE_SAVE, &parameters, saved, table);
    }
    h2o_mem_clear_pool(&pool);
}

/* --- loading ----------------------------------------------------------------------------------------------------- */

enum { COLUMN_CELL, COLUMN_FAILURES, COLUMN_LAST_AT };

static uint64_t read_number(const uint8_t *bytes)
{
    return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 | bytes[3];
}

/* Failures that were seen here while the rows were on their way are added to. */
static void restore(struct penalty_table *table, h2o_iovec_t name, int64_t failures, int64_t last_s)
{
    const uint8_t *bytes = (const uint8_t *)name.base;
    if (name.len != CELL_NAME_BYTES || read_number(bytes) >= LINES || failures <= 0)
        return; /* no row of ours */
    struct place place = {line_of(table, read_number(bytes)), read_number(bytes + 4)};
    int64_t now_s = clock_unix_s();
    for (;;) {
        uint64_t seen = 0;
        _Atomic uint64_t *cell = choose(place, now_s, &seen);
        bool is_own = count_of(seen) > 0 && tag_of(seen) == place.tag;
        unsigned kept = is_own ? count_of(seen) : 0;
        unsigned count = failures < COUNT_MAX - kept ? (unsigned)failures + kept : COUNT_MAX;
        int64_t at_s = is_own ? now_s - elapsed_s(seen, now_s) : last_s;
        if (exchange(cell, seen, cell_of(place.tag, at_s, count) | (is_own ? DIRTY_BIT : 0)))
            break;
    }
    note_failure(table, last_s);
}

static void loaded(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct penalty_table *table = cookie;
    h2o_mem_pool_t pool;
    table->load = NULL;
    h2o_mem_init_pool(&pool);
    for (size_t row = 0; outcome == DB_DONE && row < db_result_rows(result); ++row)
        restore(table, db_result_bytes(result, row, COLUMN_CELL, &pool), db_result_i64(result, row, COLUMN_FAILURES),
                db_result_i64(result, row, COLUMN_LAST_AT) / 1000000);
    h2o_mem_clear_pool(&pool);
    table->loaded(table->loaded_cookie);
}

void penalty_load(struct penalty_table *table, struct db *db, void (*done)(void *cookie), void *cookie)
{
    struct db_parameters parameters;
    assert(table->load == NULL);
    table->loaded = done;
    table->loaded_cookie = cookie;
    db_parameters_start(&parameters);
    table->load = db_call_start(db, STATEMENT_AUTH_FAILURE_LIST, &parameters, loaded, table);
}
