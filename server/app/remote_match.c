/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote_match.h"

/* --- what the command line says ---------------------------------------------------------------------------------- */

static void add(struct remote_match *match, struct remote_value value)
{
    match->values[match->count++] = value;
}

static void add_key(const struct command_input *input, const struct admin_source *source, struct remote_match *match)
{
    const char *text = command_value(input, source->name), *account = NULL;
    char ident[IDENT_BYTES_MAX];
    int64_t account_id;
    if (text != NULL && credential_check(CREDENTIAL_CLIENT_ID, slice_of(text), &account_id))
        account = slice_copy(input->pool, (h2o_iovec_t){ident, ident_text(IDENT_ACCOUNT, account_id, ident)}).base;
    add(match, (struct remote_value){source, account, false, true});
    add(match, (struct remote_value){source, text, false, false});
}

static bool add_idents(const struct command_input *input, const struct admin_source *source, struct remote_match *match)
{
    h2o_iovec_t words;
    if (!admin_idents(input, source, &words))
        return false;
    add(match, (struct remote_value){source, words.base, false, false});
    return true;
}

/* The same checks as beside the database, with the same sentences; where the server may call, and whether it sends
 * mails, is its own to judge. */
static bool is_good(const struct command_input *input, const struct admin_source *source)
{
    static const enum admin_source_kind unchecked[] = {SOURCE_NEW_KEY, SOURCE_NEW_SECRET, SOURCE_FOUND,
                                                       SOURCE_IDENTS,  SOURCE_TARGET,     SOURCE_INVITE};
    struct db_parameters scratch;
    for (size_t i = 0; i < sizeof(unchecked) / sizeof(unchecked[0]); ++i) {
        if (source->kind == unchecked[i])
            return true;
    }
    db_parameters_start(&scratch);
    bool is_left_out = source->kind == SOURCE_CALLER && command_value(input, source->name) == NULL;
    return is_left_out || admin_add(input, source, &scratch);
}

static bool read_source(const struct command_input *input, const struct admin_source *source,
                        struct remote_match *match)
{
    const struct remote_value drawn = {source, NULL, true, false};
    if (!is_good(input, source))
        return false;
    switch (source->kind) {
    case SOURCE_NEW_SECRET:
        add(match, drawn);
        add(match, drawn);
        return true;
    case SOURCE_NEW_ID:
    case SOURCE_NEW_KEY:
        add(match, drawn);
        return true;
    case SOURCE_KEY:
        add_key(input, source, match);
        return true;
    case SOURCE_IDENTS:
        return add_idents(input, source, match);
    case SOURCE_LITERAL:
        add(match, (struct remote_value){source, source->name, false, false});
        return true;
    default:
        add(match, (struct remote_value){source, command_value(input, source->name), false, false});
        return true;
    }
}

bool remote_match_read(const struct command_input *input, const struct admin_row *row, struct remote_match *out)
{
    *out = (struct remote_match){.operation = NULL};
    for (const struct admin_source *source = row->sources; source->kind != SOURCE_END; ++source) {
        if (!read_source(input, source, out))
            return false;
    }
    while (out->count < statement_row(row->statement)->parameters)
        add(out, (struct remote_value){NULL, NULL, false, false});
    return true;
}

/* --- what the operations take ------------------------------------------------------------------------------------ */

int remote_parameters_of(enum operand_kind kind)
{
    switch (kind) {
    case OPERAND_ASKED:
    case OPERAND_NEW_SIGNING_KEY:
        return 3;
    case OPERAND_SEGMENT_KEY:
    case OPERAND_KEY:
    case OPERAND_NEW_SECRET:
    case OPERAND_PAGE:
        return 2;
    default:
        return 1;
    }
}

enum remote_where remote_where(enum operand_kind kind)
{
    if (kind == OPERAND_SEGMENT || kind == OPERAND_SEGMENT_ARRAY || kind == OPERAND_SEGMENT_KEY)
        return REMOTE_PATH;
    if (kind >= OPERAND_TEXT && kind <= OPERAND_OBJECT)
        return REMOTE_BODY;
    if (kind >= OPERAND_QUERY_IDENT && kind <= OPERAND_QUERY_IS)
        return REMOTE_QUERY;
    return kind == OPERAND_LITERAL ? REMOTE_LITERAL : REMOTE_NOWHERE;
}

static bool is_drawn(enum operand_kind kind)
{
    return kind == OPERAND_NEW_IDENT || kind == OPERAND_NEW_KEY || kind == OPERAND_NEW_SECRET ||
           kind == OPERAND_NEW_SIGNING_KEY;
}

enum fit { FIT_NOT, FIT_WELL, FIT_EXACTLY };

/* An application that no account is named for is one that is known to all: the account "0". */
static enum fit fit_literal(const struct remote_value *value, const char *literal)
{
    bool is_all = literal != NULL && strcmp(literal, "0") == 0;
    bool is_open = value->source == NULL || value->source->kind == SOURCE_IDENT;
    if (value->text == NULL)
        return literal == NULL || (is_all && is_open) ? FIT_WELL : FIT_NOT;
    return literal != NULL && strcmp(literal, value->text) == 0 ? FIT_EXACTLY : FIT_NOT;
}

static enum fit fit_path(const struct remote_value *value, const struct operand *operand)
{
    bool is_many = value->text != NULL && operand->kind == OPERAND_SEGMENT_ARRAY && strchr(value->text, ' ') != NULL;
    return value->text != NULL && !is_many ? FIT_EXACTLY : FIT_NOT;
}

static enum fit fit_of(const struct remote_value *value, const struct remote_place *place)
{
    const struct operand *operand = place->operand;
    if (value->is_drawn || is_drawn(operand->kind))
        return value->is_drawn && is_drawn(operand->kind) ? FIT_WELL : FIT_NOT;
    switch (remote_where(operand->kind)) {
    case REMOTE_LITERAL:
        return fit_literal(value, operand->name);
    case REMOTE_PATH:
        return fit_path(value, operand);
    case REMOTE_NOWHERE:
        return value->text == NULL ? FIT_WELL : FIT_NOT;
    default:
        return value->text != NULL || !operand->needed ? FIT_WELL : FIT_NOT;
    }
}

/* Behind the last operand stand places of none. */
static void lay_out(const struct operation *operation, struct remote_place places[static LIMIT_DB_PARAMETERS_MAX])
{
    const struct operand *operand = operation->operands;
    int part = 0;
    for (int i = 0; i < LIMIT_DB_PARAMETERS_MAX; ++i) {
        places[i] = (struct remote_place){operand, part++};
        bool is_whole = operand->kind != OPERAND_END && part == remote_parameters_of(operand->kind);
        operand += is_whole;
        part = is_whole ? 0 : part;
    }
}

/* What does not fit is remembered when it is a word of the command line: leaving it out, or giving it, may help. */
static void note_misfit(struct remote_match *match, const struct remote_value *value)
{
    if (value->source == NULL || value->source->name == NULL || value->source->kind == SOURCE_LITERAL)
        return;
    match->misfit = value->source->name;
    match->misfit_given = value->text != NULL;
}

/* How well all of it fits; 0: not at all. */
static int score_of(struct remote_match *match, const struct remote_place *places)
{
    int score = 1;
    for (int i = 0; i < match->count; ++i) {
        enum fit fit = fit_of(&match->values[i], &places[i]);
        if (fit == FIT_NOT) {
            note_misfit(match, &match->values[i]);
            return 0;
        }
        score += fit == FIT_EXACTLY;
    }
    return score;
}

void remote_match_choose(enum statement statement, struct remote_match *match)
{
    struct remote_place places[LIMIT_DB_PARAMETERS_MAX];
    int best = 0;
    match->operation = NULL;
    match->misfit = NULL;
    for (size_t i = 0; i < operation_count(); ++i) {
        const struct operation *operation = operation_at(i);
        if (operation->statement != statement)
            continue;
        lay_out(operation, places);
        int score = score_of(match, places);
        if (score <= best)
            continue;
        best = score;
        match->operation = operation;
        memcpy(match->places, places, sizeof(places));
    }
}
