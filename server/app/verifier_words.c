/* SPDX-License-Identifier: Apache-2.0 */
#include "app/verifier_words.h"

#include "app/command.h"

bool verifier_words_read(const char *flag, const char *words, struct note_verifier *verifiers, size_t max,
                         size_t *count)
{
    h2o_iovec_t rest = slice_of(words);
    while (rest.base != NULL) {
        h2o_iovec_t word = slice_cut(&rest, ',');
        if (*count == max || !note_verifier_parse(word, &verifiers[*count])) {
            command_usage("--%s: \"%.*s\" is no verifier key; hallmark checkpoint key-make prints one", flag,
                          SLICE_ARGS(word));
            return false;
        }
        ++*count;
    }
    return true;
}

bool verifier_words_read_witnesses(const char *words, struct note_verifier *witnesses, size_t max, size_t *count)
{
    h2o_iovec_t rest = slice_of(words);
    while (rest.base != NULL) {
        h2o_iovec_t word = slice_cut(&rest, ',');
        if (*count == max || !note_witness_parse(word, &witnesses[*count])) {
            command_usage("--witness: \"%.*s\" is no key of a witness (name+id+key, algorithm 0x04)", SLICE_ARGS(word));
            return false;
        }
        ++*count;
    }
    return true;
}
