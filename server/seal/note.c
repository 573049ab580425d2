/* SPDX-License-Identifier: Apache-2.0 */
#include "seal/note.h"

#include "base/codec.h"
#include "base/text.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define DASH              "\xe2\x80\x94 " /* U+2014 and a blank */
#define SIGNED_BYTES      (NOTE_KEY_ID_BYTES + NOTE_SIGNATURE_BYTES)
#define BASE64_LEN(bytes) (((bytes) + 2) / 3 * 4)
#define SIGNED_TEXT_LEN   BASE64_LEN(SIGNED_BYTES)
#define PUBLIC_TEXT_LEN   BASE64_LEN(1 + NOTE_PUBLIC_BYTES)

/* --- keys -------------------------------------------------------------------------------------------------------- */

bool note_name_ok(h2o_iovec_t name)
{
    for (size_t i = 0; i < name.len; ++i)
        if ((uint8_t)name.base[i] <= ' ' || name.base[i] == '+' || name.base[i] == 0x7f)
            return false;
    return name.len > 0 && name.len <= NOTE_NAME_BYTES_MAX && slice_is_utf8(name);
}

static void set_key(struct note_verifier *verifier, enum note_algorithm algorithm, h2o_iovec_t name,
                    const uint8_t public_key[static NOTE_PUBLIC_BYTES])
{
    uint8_t bytes[NOTE_NAME_BYTES_MAX + 2 + NOTE_PUBLIC_BYTES], digest[DIGEST_BYTES];
    memcpy(bytes, name.base, name.len);
    bytes[name.len] = '\n';
    bytes[name.len + 1] = (uint8_t)algorithm;
    memcpy(bytes + name.len + 2, public_key, NOTE_PUBLIC_BYTES);
    secret_digest(digest, (h2o_iovec_t){(char *)bytes, name.len + 2 + NOTE_PUBLIC_BYTES});
    memcpy(verifier->id, digest, NOTE_KEY_ID_BYTES);
    memcpy(verifier->name, name.base, name.len);
    verifier->name[name.len] = '\0';
    memcpy(verifier->public_key, public_key, NOTE_PUBLIC_BYTES);
}

bool note_signer_read(h2o_iovec_t name, h2o_iovec_t pem, struct note_signer *out, const char **wrong_out)
{
    uint8_t public_key[NOTE_PUBLIC_BYTES];
    size_t len = sizeof(public_key);
    if (!note_name_ok(name)) {
        *wrong_out = "the name of a checkpoint key has no blanks and no plus sign, and at most 128 bytes";
        return false;
    }
    BIO *bio = BIO_new_mem_buf(pem.base, (int)pem.len);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
    if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key, public_key, &len) != 1) {
        EVP_PKEY_free(key);
        *wrong_out = "it is no Ed25519 private key in PEM; hallmark checkpoint key-make makes one";
        return false;
    }
    out->key = key;
    set_key(&out->verifier, NOTE_ED25519, name, public_key);
    return true;
}

void note_signer_wipe(struct note_signer *signer)
{
    EVP_PKEY_free(signer->key);
    signer->key = NULL;
}

h2o_iovec_t note_key_make(h2o_mem_pool_t *pool)
{
    h2o_iovec_t pem = SLICE_NONE;
    char *bytes;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIO *bio = BIO_new(BIO_s_secmem());
    if (key != NULL && bio != NULL && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        long len = BIO_get_mem_data(bio, &bytes);
        pem = slice_copy(pool, (h2o_iovec_t){bytes, (size_t)len});
    }
    BIO_free(bio);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return pem;
}

size_t note_verifier_text(const struct note_verifier *verifier, char out[static NOTE_VERIFIER_BYTES])
{
    uint8_t typed[1 + NOTE_PUBLIC_BYTES] = {NOTE_ED25519};
    size_t len = strlen(verifier->name);
    memcpy(typed + 1, verifier->public_key, NOTE_PUBLIC_BYTES);
    memcpy(out, verifier->name, len);
    out[len++] = '+';
    len += codec_hex_encode(out + len, verifier->id, NOTE_KEY_ID_BYTES);
    out[len++] = '+';
    len += codec_base64_encode(out + len, typed, sizeof(typed));
    out[len] = '\0';
    return len;
}

static bool parse_verifier(h2o_iovec_t text, enum note_algorithm algorithm, struct note_verifier *out)
{
    uint8_t id[NOTE_KEY_ID_BYTES], typed[PUBLIC_TEXT_LEN];
    size_t len;
    h2o_iovec_t rest = text, name = slice_cut(&rest, '+'), hex = slice_cut(&rest, '+');
    if (!note_name_ok(name) || !codec_hex_decode(id, sizeof(id), hex) || rest.len != PUBLIC_TEXT_LEN ||
        !codec_base64_decode(typed, &len, rest) || len != 1 + NOTE_PUBLIC_BYTES || typed[0] != algorithm)
        return false;
    set_key(out, algorithm, name, typed + 1);
    return memcmp(out->id, id, sizeof(id)) == 0;
}

bool note_verifier_parse(h2o_iovec_t text, struct note_verifier *out)
{
    return parse_verifier(text, NOTE_ED25519, out);
}

bool note_witness_parse(h2o_iovec_t text, struct note_verifier *out)
{
    return parse_verifier(text, NOTE_COSIGNATURE, out);
}

/* --- signing ----------------------------------------------------------------------------------------------------- */

static bool sign(const struct note_signer *signer, h2o_iovec_t text, uint8_t out[static NOTE_SIGNATURE_BYTES])
{
    size_t len = NOTE_SIGNATURE_BYTES;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, signer->key) == 1 &&
                EVP_DigestSign(context, out, &len, (const uint8_t *)text.base, text.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return done && len == NOTE_SIGNATURE_BYTES;
}

h2o_iovec_t note_sign(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct note_signer *signers, size_t count)
{
    struct text note;
    text_start(&note, pool, text.len + count * (NOTE_NAME_BYTES_MAX + SIGNED_TEXT_LEN));
    text_add(&note, text);
    text_add_char(&note, '\n');
    for (size_t i = 0; i < count; ++i) {
        uint8_t bytes[SIGNED_BYTES];
        char base64[SIGNED_TEXT_LEN];
        memcpy(bytes, signers[i].verifier.id, NOTE_KEY_ID_BYTES);
        if (!sign(&signers[i], text, bytes + NOTE_KEY_ID_BYTES))
            return SLICE_NONE;
        text_add(&note, SLICE(DASH));
        text_add(&note, slice_of(signers[i].verifier.name));
        text_add_char(&note, ' ');
        text_add(&note, (h2o_iovec_t){base64, codec_base64_encode(base64, bytes, sizeof(bytes))});
        text_add_char(&note, '\n');
    }
    return text_slice(&note);
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

enum verdict { VERDICT_STRANGER, VERDICT_SIGNED, VERDICT_WRONG };

bool note_signature_is_right(const struct note_verifier *verifier, h2o_iovec_t bytes,
                             const uint8_t signature[static NOTE_SIGNATURE_BYTES])
{
    EVP_PKEY *key =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, verifier->public_key, sizeof(verifier->public_key));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = key != NULL && context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestVerify(context, signature, NOTE_SIGNATURE_BYTES, (const uint8_t *)bytes.base, bytes.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

static const struct note_verifier *find_verifier(const struct note_verifier *verifiers, size_t count, h2o_iovec_t name,
                                                 const uint8_t id[static NOTE_KEY_ID_BYTES])
{
    assert(count == 0 || verifiers != NULL);
    for (size_t i = 0; i < count; ++i)
        if (slice_equal(slice_of(verifiers[i].name), name) && memcmp(verifiers[i].id, id, NOTE_KEY_ID_BYTES) == 0)
            return &verifiers[i];
    return NULL;
}

bool note_line_part(h2o_iovec_t line, h2o_iovec_t *name_out, h2o_iovec_t *base64_out)
{
    if (!slice_starts_with(line, SLICE(DASH)))
        return false;
    *base64_out = slice_from(line, sizeof(DASH) - 1);
    *name_out = slice_cut(base64_out, ' ');
    return note_name_ok(*name_out) && base64_out->base != NULL;
}

/* A line of another form is malformed, whoever it is of. */
static enum verdict judge_line(h2o_iovec_t line, h2o_iovec_t text, const struct note_verifier *verifiers, size_t count)
{
    uint8_t bytes[SIGNED_TEXT_LEN];
    size_t len;
    h2o_iovec_t name, rest;
    if (!note_line_part(line, &name, &rest))
        return VERDICT_WRONG;
    if (rest.len != SIGNED_TEXT_LEN || !codec_base64_decode(bytes, &len, rest) || len != SIGNED_BYTES)
        return VERDICT_STRANGER; /* of another algorithm */
    const struct note_verifier *verifier = find_verifier(verifiers, count, name, bytes);
    if (verifier == NULL)
        return VERDICT_STRANGER;
    return note_signature_is_right(verifier, text, bytes + NOTE_KEY_ID_BYTES) ? VERDICT_SIGNED : VERDICT_WRONG;
}

bool note_part(h2o_iovec_t note, h2o_iovec_t *text_out, h2o_iovec_t *lines_out)
{
    for (size_t at = note.len; at >= 2; --at) {
        if (note.base[at - 1] != '\n' || note.base[at - 2] != '\n')
            continue;
        *text_out = (h2o_iovec_t){note.base, at - 1};
        *lines_out = slice_from(note, at);
        return lines_out->len > 0 && note.base[note.len - 1] == '\n';
    }
    return false;
}

h2o_iovec_t note_open(h2o_iovec_t note, const struct note_verifier *verifiers, size_t count)
{
    h2o_iovec_t text, lines;
    bool is_signed = false;
    if (!note_part(note, &text, &lines))
        return SLICE_NONE;
    lines.len -= 1; /* the last newline ends a line and begins none */
    for (size_t i = 0; i < NOTE_SIGNATURES_MAX && lines.base != NULL; ++i) {
        enum verdict verdict = judge_line(slice_cut(&lines, '\n'), text, verifiers, count);
        if (verdict == VERDICT_WRONG)
            return SLICE_NONE;
        is_signed = is_signed || verdict == VERDICT_SIGNED;
    }
    return is_signed ? text : SLICE_NONE;
}
