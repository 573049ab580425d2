/* SPDX-License-Identifier: Apache-2.0 */
#include "token_case.h"

#include "base/codec.h"
#include "base/text.h"
#include "token/jws_contexts.h"
#include <assert.h>
#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

const char token_case_rsa_jwk[] =
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
    "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
    "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
    "yuXpoQ\",\"d\":\""
    "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pW"
    "J1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2Qv"
    "Xt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRu"
    "OopznQ\",\"p\":\""
    "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDc"
    "mnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc\",\"q\":\""
    "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-"
    "TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc\",\"dp\":\""
    "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV"
    "2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0\",\"dq\":\""
    "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_"
    "-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU\",\"qi\":\""
    "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoO"
    "PLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U\"}";
const char token_case_p256_jwk[] = "{\"kty\":\"EC\",\"crv\":\"P-256\","
                                   "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                                   "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\","
                                   "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}";
const char token_case_ed25519_jwk[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                                      "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
                                      "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\"}";

const uint8_t token_case_master[DIGEST_BYTES] = "the master key of all the tests";

/* --- keys
 * ------------------------------------------------------------------------------------------------------------- */

#define JWK_MEMBER_BYTES_MAX 1024
#define P256_POINT_BYTES     65

/* Bytes of a base64url member; 0 when it is not there. */
static size_t member_bytes(const json_t *jwk, const char *name, uint8_t out[static JWK_MEMBER_BYTES_MAX])
{
    const char *text = json_string_value(json_object_get(jwk, name));
    size_t len = 0;
    if (text == NULL)
        return 0;
    assert(strlen(text) <= JWK_MEMBER_BYTES_MAX);
    bool decoded = codec_base64url_decode(out, &len, slice_of(text));
    assert(decoded);
    return len;
}

static EVP_PKEY *key_of_params(const char *type, OSSL_PARAM_BLD *builder, bool private)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    int done = EVP_PKEY_fromdata_init(context) == 1 &&
               EVP_PKEY_fromdata(context, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) == 1;
    assert(done);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return key;
}

static EVP_PKEY *rsa_of_jwk(const json_t *jwk)
{
    static const char *const names[][2] = {
        {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
        {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
        {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
        {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
    };
    enum { NAMES = sizeof(names) / sizeof(names[0]) };
    uint8_t bytes[JWK_MEMBER_BYTES_MAX];
    BIGNUM *numbers[NAMES];
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    for (size_t i = 0; i < NAMES; ++i) {
        size_t len = member_bytes(jwk, names[i][0], bytes);
        numbers[i] = BN_bin2bn(bytes, (int)len, NULL);
        if (len > 0)
            OSSL_PARAM_BLD_push_BN(builder, names[i][1], numbers[i]);
    }
    EVP_PKEY *key = key_of_params("RSA", builder, json_object_get(jwk, "d") != NULL);
    OSSL_PARAM_BLD_free(builder);
    for (size_t i = 0; i < NAMES; ++i)
        BN_clear_free(numbers[i]);
    return key;
}

static EVP_PKEY *p256_of_jwk(const json_t *jwk)
{
    uint8_t point[P256_POINT_BYTES + JWK_MEMBER_BYTES_MAX] = {POINT_CONVERSION_UNCOMPRESSED}, d[JWK_MEMBER_BYTES_MAX];
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    size_t x_len = member_bytes(jwk, "x", point + 1), y_len = member_bytes(jwk, "y", point + 1 + x_len);
    size_t d_len = member_bytes(jwk, "d", d);
    assert(1 + x_len + y_len == P256_POINT_BYTES);
    BIGNUM *number = BN_bin2bn(d, (int)d_len, NULL);
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, P256_POINT_BYTES);
    if (d_len > 0)
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
    EVP_PKEY *key = key_of_params("EC", builder, d_len > 0);
    OSSL_PARAM_BLD_free(builder);
    BN_clear_free(number);
    return key;
}

static EVP_PKEY *ed25519_of_jwk(const json_t *jwk)
{
    uint8_t bytes[JWK_MEMBER_BYTES_MAX];
    size_t len = member_bytes(jwk, "d", bytes);
    EVP_PKEY *key = NULL;
    if (len > 0)
        key = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, bytes, len);
    else {
        len = member_bytes(jwk, "x", bytes);
        key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, bytes, len);
    }
    assert(key != NULL);
    return key;
}

EVP_PKEY *token_case_key_of_jwk(const char *jwk)
{
    json_t *members = json_loads(jwk, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_string_value(json_object_get(members, "kty"));
    assert(type != NULL);
    EVP_PKEY *key = strcmp(type, "RSA") == 0  ? rsa_of_jwk(members)
                    : strcmp(type, "EC") == 0 ? p256_of_jwk(members)
                                              : ed25519_of_jwk(members);
    json_decref(members);
    return key;
}

struct key_material token_case_row(h2o_mem_pool_t *pool, enum token_algorithm algorithm, const char *state,
                                   EVP_PKEY *key)
{
    struct made_key made;
    bool done = key_make_from_private(pool, algorithm, key, token_case_master, &made);
    assert(done);
    return (struct key_material){slice_copy(pool, slice_of(made.kid)), token_algorithm_name(algorithm), slice_of(state),
                                 made.public_der, made.sealed};
}

/* --- the set
 * ------------------------------------------------------------------------------------------------------------ */

int token_case_setup(void **state)
{
    secret_start();
    struct token_case *c = h2o_mem_alloc(sizeof(*c));
    h2o_mem_init_pool(&c->pool);
    EVP_PKEY *keys[TOKEN_ALGORITHM__MAX] = {
        [TOKEN_ES256] = token_case_key_of_jwk(token_case_p256_jwk),
        [TOKEN_RS256] = token_case_key_of_jwk(token_case_rsa_jwk),
        [TOKEN_PS256] = EVP_RSA_gen(2048), /* a key of its own, since a kid names one algorithm */
        [TOKEN_EDDSA] = token_case_key_of_jwk(token_case_ed25519_jwk),
    };
    struct key_material rows[TOKEN_ALGORITHM__MAX];
    const char *wrong = NULL;
    h2o_iovec_t wrong_kid;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        rows[i] = token_case_row(&c->pool, (enum token_algorithm)i, "active", keys[i]);
        EVP_PKEY_free(keys[i]);
    }
    c->keys = key_set_create(rows, TOKEN_ALGORITHM__MAX, token_case_master, &wrong, &wrong_kid);
    assert(c->keys != NULL);
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i)
        c->active[i] = key_set_active(c->keys, (enum token_algorithm)i);
    c->contexts = jws_contexts_create();
    *state = c;
    return 0;
}

int token_case_teardown(void **state)
{
    struct token_case *c = *state;
    jws_contexts_destroy(c->contexts);
    key_set_release(c->keys);
    h2o_mem_clear_pool(&c->pool);
    free(c);
    return 0;
}

/* --- tokens by hand
 * ------------------------------------------------------------------------------------------------------- */

h2o_iovec_t token_case_encode(h2o_mem_pool_t *pool, h2o_iovec_t bytes)
{
    char *encoded = h2o_mem_alloc_pool(pool, CODEC_BASE64URL_LEN(bytes.len) + 1);
    return (h2o_iovec_t){encoded, codec_base64url_encode(encoded, bytes.base, bytes.len)};
}

h2o_iovec_t token_case_with_kid(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct signing_key *key)
{
    h2o_iovec_t mark = SLICE("<kid>"); /* no kid has a '<' in it */
    struct text out;
    text_start(&out, pool, text.len + TOKEN_KID_BYTES);
    while (text.len > 0) {
        bool marked = slice_starts_with(text, mark);
        if (marked)
            text_add(&out, slice_of(key->kid));
        else
            text_add_char(&out, text.base[0]);
        text = slice_from(text, marked ? mark.len : 1);
    }
    return text_slice(&out);
}

h2o_iovec_t token_case_signing_input(h2o_mem_pool_t *pool, h2o_iovec_t header, h2o_iovec_t payload)
{
    h2o_iovec_t first = token_case_encode(pool, header), second = token_case_encode(pool, payload);
    return slice_format(pool, "%.*s.%.*s", SLICE_ARGS(first), SLICE_ARGS(second));
}

h2o_iovec_t token_case_join(h2o_mem_pool_t *pool, h2o_iovec_t signing_input, h2o_iovec_t signature)
{
    h2o_iovec_t encoded = token_case_encode(pool, signature);
    return slice_format(pool, "%.*s.%.*s", SLICE_ARGS(signing_input), SLICE_ARGS(encoded));
}

h2o_iovec_t token_case_sign(struct token_case *c, enum token_algorithm algorithm, h2o_iovec_t header,
                            h2o_iovec_t payload)
{
    const struct signing_key *key = c->active[algorithm];
    h2o_iovec_t input = token_case_signing_input(&c->pool, token_case_with_kid(&c->pool, header, key), payload);
    size_t len = jws_contexts_signature_bytes(key);
    uint8_t *signature = h2o_mem_alloc_pool(&c->pool, len);
    bool done = jws_contexts_sign(c->contexts, key, input, signature);
    assert(done);
    return token_case_join(&c->pool, input, (h2o_iovec_t){(char *)signature, len});
}

h2o_iovec_t token_case_signature(h2o_mem_pool_t *pool, h2o_iovec_t token)
{
    h2o_iovec_t rest = token;
    size_t len;
    slice_cut(&rest, '.');
    slice_cut(&rest, '.');
    uint8_t *bytes = h2o_mem_alloc_pool(pool, rest.len);
    bool decoded = codec_base64url_decode(bytes, &len, rest);
    assert(decoded);
    return (h2o_iovec_t){(char *)bytes, len};
}
