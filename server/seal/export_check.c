/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/export_check.h"

#include "base/codec.h"
#include "seal/checkpoint.h"
#include "seal/export_closing.h"
#include "seal/export_fact.h"
#include "seal/frozen.h"
#include "seal/leaf.h"

#include <string.h>

#define HASH_TEXT_LEN  ((DIGEST_BYTES + 2) / 3 * 4)
#define SALT_BYTES_MAX 64

struct line {
    h2o_mem_pool_t *pool;
    const json_t *members;
    h2o_iovec_t wrong;
};

static bool refuse(struct line *line, h2o_iovec_t why)
{
    line->wrong = why;
    return false;
}

static h2o_iovec_t text_of(const json_t *value)
{
    return json_is_string(value) ? (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)}
                                 : SLICE_NONE;
}

static bool read_number(struct line *line, const char *name, uint64_t *out)
{
    const json_t *value = json_object_get(line->members, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return refuse(line, slice_format(line->pool, "the member %s is no number", name));
    *out = (uint64_t)json_integer_value(value);
    return true;
}

/* --- the first line ---------------------------------------------------------------------------------------------- */

static bool has_name(const struct export_check *check, h2o_iovec_t origin)
{
    for (size_t i = 0; i < check->verifier_count; ++i)
        if (slice_equal(slice_of(check->verifiers[i].name), origin))
            return true;
    return false;
}

static bool read_cosignatures(struct export_check *check, struct line *line, h2o_iovec_t note)
{
    bool is_cosigned = check->witness_count == 0;
    for (size_t i = 0; i < check->witness_count; ++i) {
        struct cosignature cosignature = {.at_s = 0};
        switch (cosignature_find(line->pool, note, &check->witnesses[i], &cosignature)) {
        case COSIGNATURE_NONE:
            break;
        case COSIGNATURE_WRONG:
            return refuse(line, slice_format(line->pool, "the cosignature of %s is wrong", check->witnesses[i].name));
        case COSIGNATURE_RIGHT:
            check->cosigned_s[i] = cosignature.at_s;
            is_cosigned = true;
        }
    }
    return is_cosigned || refuse(line, SLICE("none of the witnesses has cosigned the checkpoint"));
}

static bool read_checkpoint(struct export_check *check, struct line *line)
{
    struct checkpoint checkpoint;
    h2o_iovec_t note = text_of(json_object_get(line->members, "checkpoint"));
    h2o_iovec_t text = note.base == NULL ? note : note_open(note, check->verifiers, check->verifier_count);
    if (text.base == NULL)
        return refuse(line, SLICE("the checkpoint is no note that one of the keys has signed"));
    if (!checkpoint_parse(text, &checkpoint))
        return refuse(line, SLICE("what was signed is no checkpoint"));
    if (!has_name(check, checkpoint.origin))
        return refuse(line, SLICE("the checkpoint is of another log than the keys"));
    check->size = checkpoint.size;
    check->root = checkpoint.root;
    if (check->kept != NULL && !growth_joins(check->growth, check->kept, &checkpoint))
        return refuse(line, SLICE("the log and the checkpoint that was kept have not grown out of one another"));
    return read_cosignatures(check, line, note);
}

/* Instead of an account an archive has a month. */
static bool take_archive(struct export_check *check, struct line *line)
{
    const json_t *month = json_object_get(line->members, "archive"), *from = json_object_get(line->members, "from"),
                 *to = json_object_get(line->members, "to");
    if (!json_is_string(month) || json_string_length(month) != EXPORT_MONTH_BYTES - 1 || !json_is_integer(from) ||
        !json_is_integer(to) || json_object_get(line->members, "complete") != NULL)
        return refuse(line, SLICE("archive, from or to is of another form"));
    check->is_archive = true;
    memcpy(check->month, json_string_value(month), EXPORT_MONTH_BYTES);
    check->from_us = json_integer_value(from);
    check->to_us = json_integer_value(to);
    check->has_begun = read_checkpoint(check, line);
    return check->has_begun;
}

static bool take_head(struct export_check *check, struct line *line)
{
    uint64_t version;
    const json_t *account = json_object_get(line->members, "account_id");
    const json_t *complete = json_object_get(line->members, "complete");
    if (!read_number(line, "hallmark_export", &version) || version != 1)
        return refuse(line, SLICE("it is no export that this program knows"));
    if (json_object_get(line->members, "archive") != NULL)
        return take_archive(check, line);
    if (!json_is_integer(account) || !json_is_boolean(complete))
        return refuse(line, SLICE("account_id or complete is of another form"));
    check->account_id = json_integer_value(account);
    check->is_complete = json_is_true(complete);
    check->has_begun = read_number(line, "last_seq", &check->last_seq) && read_checkpoint(check, line);
    return check->has_begun;
}

/* --- a change ---------------------------------------------------------------------------------------------------- */

/* Where something that is missing is not explained; false then. */
static bool check_explained(struct export_check *check, struct line *line)
{
    const struct erased_place *erased = export_erasures_unexplained(&check->erasures);
    const struct export_gap *gap = export_gaps_unexplained(&check->gaps);
    if (gap != NULL && (erased == NULL || gap->line <= erased->line)) {
        check->line = gap->line;
        check->seq = gap->first - 1;
        return refuse(line, slice_format(line->pool, "changes %llu to %llu of the account are missing",
                                         (unsigned long long)gap->first, (unsigned long long)gap->last));
    }
    if (erased != NULL) {
        check->line = erased->line;
        check->seq = erased->seq;
        return refuse(line, SLICE("a value is missing, and no erasure of it stands in the history"));
    }
    return true;
}

/* An archive goes from account to account, with what lies in its month and with the accounts' erasures. */
static bool take_account(struct export_check *check, struct line *line, int64_t account_id)
{
    const json_t *facts = json_object_get(line->members, "facts"), *at = json_object_get(facts, "at");
    bool is_inside =
        json_is_integer(at) && json_integer_value(at) >= check->from_us && json_integer_value(at) < check->to_us;
    if (!is_inside && !export_fact_is_noun(facts, "erasures"))
        return refuse(line, SLICE("it is not of this month"));
    check->month_changes += is_inside;
    if (check->has_account && account_id == check->account_id)
        return true;
    if (check->has_account && account_id < check->account_id)
        return refuse(line, SLICE("its account is out of order"));
    if (!check_explained(check, line))
        return false;
    check->has_account = true;
    check->account_id = account_id;
    check->seq = check->next_index = 0;
    check->leaf = (struct merkle_hash){{0}};
    return true;
}

static bool check_account(struct export_check *check, struct line *line)
{
    const json_t *account = json_object_get(json_object_get(line->members, "facts"), "account_id");
    if (json_is_integer(account) && check->is_archive)
        return take_account(check, line, json_integer_value(account));
    if (!json_is_integer(account) || json_integer_value(account) != check->account_id)
        return refuse(line, SLICE("it is a change of another account"));
    return true;
}

static bool check_order(struct export_check *check, struct line *line, const struct leaf *leaf)
{
    if (leaf->account_seq <= check->seq || leaf->index < check->next_index || leaf->index >= check->size)
        return refuse(line, SLICE("it is out of order"));
    if (leaf->account_seq == check->seq + 1 && !merkle_equal(&leaf->previous, &check->leaf))
        return refuse(line, SLICE("it does not follow the change before it"));
    return true;
}

static bool read_leaf(struct export_check *check, struct line *line, struct leaf *out)
{
    h2o_iovec_t frozen, previous = text_of(json_object_get(line->members, "previous"));
    const json_t *facts = json_object_get(line->members, "facts");
    *out = (struct leaf){.account_id = check->account_id};
    if (!read_number(line, "seq", &out->account_seq) || !read_number(line, "index", &out->index))
        return false;
    if (previous.base == NULL || !codec_hex_decode(out->previous.bytes, DIGEST_BYTES, previous))
        return refuse(line, SLICE("the member previous is no digest"));
    if (!json_is_object(facts) || !frozen_make(line->pool, facts, &frozen, &line->wrong))
        return line->wrong.base != NULL ? false : refuse(line, SLICE("it has no facts"));
    secret_digest(out->frozen_digest, frozen);
    return true;
}

static bool read_proof(struct line *line, struct merkle_proof *out)
{
    const json_t *steps = json_object_get(line->members, "proof");
    size_t count = json_array_size(steps), len;
    if (!json_is_array(steps) || count > MERKLE_PROOF_MAX)
        return refuse(line, SLICE("it has no proof"));
    for (out->count = 0; out->count < count; ++out->count) {
        uint8_t hash[HASH_TEXT_LEN];
        h2o_iovec_t step = text_of(json_array_get(steps, out->count));
        if (step.len != HASH_TEXT_LEN || !codec_base64_decode(hash, &len, step) || len != DIGEST_BYTES)
            return refuse(line, SLICE("its proof is malformed"));
        memcpy(out->hashes[out->count].bytes, hash, DIGEST_BYTES);
    }
    return true;
}

static bool value_fits(struct line *line, h2o_iovec_t value, h2o_iovec_t salt, h2o_iovec_t wanted)
{
    struct text salted;
    uint8_t bytes[SALT_BYTES_MAX], digest[DIGEST_BYTES], sealed[DIGEST_BYTES];
    if (salt.len % 2 != 0 || salt.len / 2 > sizeof(bytes) || !codec_hex_decode(bytes, salt.len / 2, salt) ||
        wanted.base == NULL || !codec_hex_decode(sealed, sizeof(sealed), wanted))
        return false;
    text_start(&salted, line->pool, value.len + sizeof(bytes));
    text_add(&salted, (h2o_iovec_t){(char *)bytes, salt.len / 2});
    text_add(&salted, value);
    secret_digest(digest, text_slice(&salted));
    return secret_equal(digest, sealed, sizeof(digest));
}

static bool check_values(struct line *line)
{
    static const struct {
        const char *name, *salt, *digest;
    } kinds[] = {{"before", "before_salt", "before_digest"},
                 {"after", "after_salt", "after_digest"},
                 {"person", "person_salt", "person_digest"},
                 {"address", "address_salt", "address_digest"}};
    const json_t *values = json_object_get(line->members, "values"), *facts = json_object_get(line->members, "facts");
    size_t told = 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); ++i) {
        h2o_iovec_t value = text_of(json_object_get(values, kinds[i].name));
        h2o_iovec_t salt = text_of(json_object_get(values, kinds[i].salt));
        h2o_iovec_t digest = text_of(json_object_get(facts, kinds[i].digest));
        told += (value.base != NULL) + (salt.base != NULL);
        if ((value.base == NULL) != (salt.base == NULL) ||
            (value.base != NULL && !value_fits(line, value, salt, digest)))
            return refuse(line, slice_format(line->pool, "the value %s is not the one that was sealed", kinds[i].name));
    }
    return told == json_object_size(values) ? true : refuse(line, SLICE("there are values of another form"));
}

static bool take_change(struct export_check *check, struct line *line)
{
    struct leaf leaf;
    struct merkle_proof proof;
    if (!check_account(check, line) || !read_leaf(check, line, &leaf) || !check_order(check, line, &leaf) ||
        !read_proof(line, &proof))
        return false;
    struct merkle_hash hash = leaf_hash(&leaf);
    if (!merkle_included(&hash, leaf.index, check->size, &proof, &check->root))
        return refuse(line, SLICE("it is not the change that was sealed in this place"));
    struct erased_place place = {.line = check->line, .seq = check->seq};
    if (!check_values(line) || !export_erasures_take(&check->erasures, line->pool, line->members, place, &line->wrong))
        return false;
    check->is_closed = check->nonce.base != NULL && export_closes(line->members, check->nonce);
    if (check->is_complete && leaf.account_seq > check->seq + 1)
        export_gaps_add(&check->gaps, (struct export_gap){check->seq + 1, leaf.account_seq - 1, check->line});
    export_gaps_take(&check->gaps, json_object_get(line->members, "facts"));
    check->leaf = hash;
    check->seq = leaf.account_seq;
    check->next_index = leaf.index + 1;
    ++check->changes;
    return true;
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static bool take_end(struct export_check *check, struct line *line)
{
    uint64_t changes;
    if (!check_explained(check, line) || !read_number(line, "changes", &changes))
        return false;
    if (changes != check->changes)
        return refuse(line, slice_format(line->pool, "%llu changes are told and %llu are there",
                                         (unsigned long long)changes, (unsigned long long)check->changes));
    if (check->is_complete && check->seq != check->last_seq)
        return refuse(line, slice_format(line->pool,
                                         "it ends with number %llu of the account, and the checkpoint covers %llu",
                                         (unsigned long long)check->seq, (unsigned long long)check->last_seq));
    if (check->nonce.base != NULL && (!check->is_complete || !check->is_closed))
        return refuse(line, SLICE("it does not end with the change that tells of an export with this nonce"));
    check->has_ended = true;
    return true;
}

static bool take(struct export_check *check, struct line *line)
{
    if (check->has_ended)
        return refuse(line, SLICE("there is something behind the end"));
    if (!json_is_object(line->members))
        return refuse(line, SLICE("it is no JSON object, or has a member twice"));
    if (!check->has_begun)
        return take_head(check, line);
    return json_is_true(json_object_get(line->members, "end")) ? take_end(check, line) : take_change(check, line);
}

bool export_check_line(struct export_check *check, h2o_mem_pool_t *pool, h2o_iovec_t line, h2o_iovec_t *wrong_out)
{
    json_t *members = json_loadb(line.base, line.len, JSON_REJECT_DUPLICATES, NULL);
    ++check->line;
    struct line of_line = {.pool = pool, .members = members, .wrong = SLICE_NONE};
    bool done = take(check, &of_line);
    json_decref(members);
    *wrong_out = of_line.wrong;
    return done;
}

bool export_check_end(const struct export_check *check, h2o_iovec_t *wrong_out)
{
    *wrong_out = SLICE("the export was cut off");
    return check->has_ended;
}

void export_check_free(struct export_check *check)
{
    export_erasures_free(&check->erasures);
    export_gaps_free(&check->gaps);
}
