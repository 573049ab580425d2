/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "check.h"
#include "seal/note.h"

#define NAME "books.example/history"
#define TEXT "first line\n\nand behind an empty one\n"

static struct note_signer signer_of(h2o_mem_pool_t *pool, h2o_iovec_t name)
{
    struct note_signer signer;
    const char *wrong = NULL;
    assert_true(note_signer_read(name, note_key_make(pool), &signer, &wrong));
    return signer;
}

static h2o_iovec_t joined(h2o_mem_pool_t *pool, h2o_iovec_t a, h2o_iovec_t b)
{
    struct text text;
    text_start(&text, pool, a.len + b.len);
    text_add(&text, a);
    text_add(&text, b);
    return text_slice(&text);
}

static void keys_that_are_none_are_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct note_signer signer;
    const char *wrong = NULL;
    h2o_iovec_t pem = note_key_make(pool);
    assert_false(note_signer_read(SLICE(NAME), SLICE(""), &signer, &wrong));
    assert_non_null(wrong);
    assert_false(note_signer_read(SLICE(NAME), SLICE("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
                                  &signer, &wrong));
    static const char *const names[] = {"", "with blank", "with+plus", "with\nline", "\xff"};
    for (size_t i = 0; i < COUNT_OF(names); ++i)
        check(names[i], !note_signer_read(slice_of(names[i]), pem, &signer, &wrong));
}

static void verifier_keys_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "name",
        "name+00000000",
        "name+00000000+AQ==",
        "name+zzzzzzzz+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "name+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* the id is not that of the key */
    };
    struct note_verifier verifier;
    for (size_t i = 0; i < COUNT_OF(texts); ++i)
        check(texts[i], !note_verifier_parse(slice_of(texts[i]), &verifier));
}

static void verifier_key_goes_round(void **state)
{
    struct note_signer signer = signer_of(pool_of(state), SLICE(NAME));
    struct note_verifier verifier;
    char text[NOTE_VERIFIER_BYTES];
    size_t len = note_verifier_text(&signer.verifier, text);
    assert_true(note_verifier_parse((h2o_iovec_t){text, len}, &verifier));
    assert_string_equal(verifier.name, NAME);
    assert_memory_equal(verifier.public_key, signer.verifier.public_key, NOTE_PUBLIC_BYTES);
    note_signer_wipe(&signer);
}

/* The specification's own example of a key and its note. */
static void foreign_note_is_opened(void **state)
{
    (void)state;
    static const h2o_iovec_t text = SLICE("If you think cryptography is the answer to your problem,\n"
                                          "then you don't know what your problem is.\n");
    static const h2o_iovec_t note =
        SLICE("If you think cryptography is the answer to your problem,\n"
              "then you don't know what your problem is.\n"
              "\n"
              "\xe2\x80\x94 PeterNeumann "
              "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n");
    struct note_verifier verifier;
    assert_true(
        note_verifier_parse(SLICE("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), &verifier));
    check_slice("text", note_open(note, &verifier, 1), text);
}

static void signed_text_is_opened(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct note_signer signers[] = {signer_of(pool, SLICE(NAME)), signer_of(pool, SLICE(NAME))};
    struct note_signer stranger = signer_of(pool, SLICE(NAME));
    h2o_iovec_t note = note_sign(pool, SLICE(TEXT), signers, 2);
    check_slice("by the first", note_open(note, &signers[0].verifier, 1), SLICE(TEXT));
    check_slice("by the second", note_open(note, &signers[1].verifier, 1), SLICE(TEXT));
    assert_null(note_open(note, &stranger.verifier, 1).base);
    assert_null(note_open(note, NULL, 0).base);
    struct note_verifier both[] = {stranger.verifier, signers[1].verifier};
    check_slice("by one of two", note_open(note, both, 2), SLICE(TEXT));
    note_signer_wipe(&signers[0]);
    note_signer_wipe(&signers[1]);
    note_signer_wipe(&stranger);
}

static void changed_note_is_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct note_signer signer = signer_of(pool, SLICE(NAME));
    h2o_iovec_t note = note_sign(pool, SLICE(TEXT), &signer, 1);
    for (size_t i = 0; i < note.len; ++i) {
        h2o_iovec_t changed = slice_copy(pool, note);
        changed.base[i] ^= 0x01;
        if (note_open(changed, &signer.verifier, 1).base != NULL)
            fail_msg("byte %zu does not count", i);
    }
    for (size_t len = 0; len < note.len; ++len)
        assert_null(note_open((h2o_iovec_t){note.base, len}, &signer.verifier, 1).base);
    note_signer_wipe(&signer);
}

static void cosignatures_are_passed_over(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct note_signer signer = signer_of(pool, SLICE(NAME));
    h2o_iovec_t note = note_sign(pool, SLICE(TEXT), &signer, 1);
    check_slice("of another algorithm",
                note_open(joined(pool, note, SLICE("\xe2\x80\x94 witness.example AAAAAAAA\n")), &signer.verifier, 1),
                SLICE(TEXT));
    assert_null(note_open(joined(pool, note, SLICE("no signature\n")), &signer.verifier, 1).base);
    assert_null(note_open(joined(pool, note, SLICE("\xe2\x80\x94 noblank\n")), &signer.verifier, 1).base);
    note_signer_wipe(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(keys_that_are_none_are_refused), cmocka_unit_test(verifier_keys_that_are_none_are_refused),
        test_with_pool(verifier_key_goes_round),        cmocka_unit_test(foreign_note_is_opened),
        test_with_pool(signed_text_is_opened),          test_with_pool(changed_note_is_refused),
        test_with_pool(cosignatures_are_passed_over),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
