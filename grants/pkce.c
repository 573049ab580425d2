/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/pkce.h"

#include "base/codec.h"
#include "base/secret.h"
#include <assert.h>

#define VERIFIER_BYTES_MIN 43
#define VERIFIER_BYTES_MAX 128

_Static_assert(CODEC_BASE64URL_LEN(DIGEST_BYTES) == PKCE_CHALLENGE_BYTES, "a challenge is an encoded digest");

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool pkce_verifier_ok(h2o_iovec_t verifier)
{
    if (verifier.len < VERIFIER_BYTES_MIN || verifier.len > VERIFIER_BYTES_MAX)
        return false;
    for (size_t i = 0; i < verifier.len; ++i) {
        char c = verifier.base[i];
        if (!is_alphanumeric(c) && c != '-' && c != '.' && c != '_' && c != '~')
            return false;
    }
    return true;
}

bool pkce_challenge_ok(h2o_iovec_t challenge)
{
    uint8_t digest[PKCE_CHALLENGE_BYTES];
    size_t len = 0;
    return challenge.len == PKCE_CHALLENGE_BYTES && codec_base64url_decode(digest, &len, challenge) &&
           len == DIGEST_BYTES;
}

void pkce_challenge(h2o_iovec_t verifier, char out[static PKCE_CHALLENGE_BYTES])
{
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, verifier);
    size_t len = codec_base64url_encode(out, digest, sizeof(digest));
    assert(len == PKCE_CHALLENGE_BYTES);
}
