/* SPDX-License-Identifier: Apache-2.0 */
/* Signed notes (C2SP signed-note): a text, an empty line, and a line for each signature,
 *
 *   EM DASH, blank, name of the key, blank, base64(4 bytes of key id, signature)
 *
 * with Ed25519 keys. The key id is the beginning of SHA-256(name, 0x0a, 0x01, public key). A verifier key is told as
 * text: name "+" key id in hex "+" base64(0x01, public key). */
#ifndef HALLMARK_SEAL_NOTE_H
#define HALLMARK_SEAL_NOTE_H

#include "base/secret.h"
#include <openssl/evp.h>

#define NOTE_KEY_ID_BYTES    4
#define NOTE_PUBLIC_BYTES    32
#define NOTE_SIGNATURE_BYTES 64
#define NOTE_NAME_BYTES_MAX  128
#define NOTE_SIGNATURES_MAX  16 /* read of one note; what stands behind is ignored */
#define NOTE_VERIFIER_BYTES  (NOTE_NAME_BYTES_MAX + 64)

enum note_algorithm { /* the numbers that key ids are made of */
                      NOTE_ED25519 = 0x01,
                      NOTE_COSIGNATURE = 0x04, /* Ed25519 of a witness, with a time: seal/cosignature.h */
};

struct note_verifier {
    char name[NOTE_NAME_BYTES_MAX + 1];
    uint8_t id[NOTE_KEY_ID_BYTES], public_key[NOTE_PUBLIC_BYTES];
};

struct note_signer {
    struct note_verifier verifier;
    EVP_PKEY *key; /* owned */
};

/* A name has no blanks, no plus sign, no control characters, and is not empty. */
bool note_name_ok(h2o_iovec_t name);

/* Reads a private key in PEM (PKCS #8). False with a literal in *wrong_out. */
__attribute__((warn_unused_result)) bool note_signer_read(h2o_iovec_t name, h2o_iovec_t pem, struct note_signer *out,
                                                          const char **wrong_out);
void note_signer_wipe(struct note_signer *signer);

/* A new private key as PEM, in the pool; the caller wipes it. */
h2o_iovec_t note_key_make(h2o_mem_pool_t *pool);

/* NUL-terminated; returns its length. */
size_t note_verifier_text(const struct note_verifier *verifier, char out[static NOTE_VERIFIER_BYTES]);
__attribute__((warn_unused_result)) bool note_verifier_parse(h2o_iovec_t text, struct note_verifier *out);
__attribute__((warn_unused_result)) bool note_witness_parse(h2o_iovec_t text, struct note_verifier *out);

/* The note over `text`, which ends with a newline; in the pool. SLICE_NONE when OpenSSL fails. */
h2o_iovec_t note_sign(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct note_signer *signers, size_t count);

/* The last empty line parts text and signatures: the text ends with a newline, the lines begin behind the empty one.
 * False for what is no note. Both are borrowed. */
__attribute__((warn_unused_result)) bool note_part(h2o_iovec_t note, h2o_iovec_t *text_out, h2o_iovec_t *lines_out);

/* A signature line without its newline: the key's name, and what is behind the blank. False when it has another form.
 */
__attribute__((warn_unused_result)) bool note_line_part(h2o_iovec_t line, h2o_iovec_t *name_out,
                                                        h2o_iovec_t *base64_out);

/* Ed25519 over the bytes. */
bool note_signature_is_right(const struct note_verifier *verifier, h2o_iovec_t bytes,
                             const uint8_t signature[static NOTE_SIGNATURE_BYTES]);

/* The text of a note on which one of the verifiers has signed; signatures of others are passed over (whoever cosigned),
 * but a wrong one of a known key spoils the note. SLICE_NONE otherwise. Borrowed from `note`. */
h2o_iovec_t note_open(h2o_iovec_t note, const struct note_verifier *verifiers, size_t count);

#endif
