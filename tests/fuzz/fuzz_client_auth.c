/* SPDX-License-Identifier: Apache-2.0 */
/* The input is an Authorization header, a body and a query, a line end between them; a header that begins with '-' did
 * not come. */
#include "client/client_auth.c"

#include "base/text.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static bool is_clean(h2o_iovec_t text)
{
    return text.len > 0 && slice_is_utf8(text) && slice_find(text, '\0') == SIZE_MAX;
}

static void add_escaped(struct text *text, h2o_iovec_t plain)
{
    for (size_t i = 0; i < plain.len; ++i)
        text_add_format(text, "%%%02x", (uint8_t)plain.base[i]);
}

/* The same credentials in the one way that every client may use: all bytes escaped, and padded. */
static h2o_iovec_t header_of(h2o_mem_pool_t *pool, const struct client_credentials *credentials)
{
    struct text pair, header;
    text_start(&pair, pool, 256);
    add_escaped(&pair, credentials->client_id);
    text_add_char(&pair, ':');
    add_escaped(&pair, credentials->secret);
    text_start(&header, pool, 256);
    text_add(&header, SLICE("Basic "));
    h2o_iovec_t encoded = {h2o_mem_alloc_pool(pool, (pair.len + 2) / 3 * 4), 0};
    encoded.len = codec_base64_encode(encoded.base, pair.base, pair.len);
    text_add(&header, encoded);
    return text_slice(&header);
}

static void check_basic(h2o_mem_pool_t *pool, const struct client_credentials *credentials)
{
    static const struct form nothing;
    struct client_credentials again;
    assert(credentials->tried_header);
    assert(is_clean(credentials->secret));
    enum err err = client_auth_read(pool, header_of(pool, credentials), &nothing, &again);
    assert(err == ERR_NONE);
    assert(slice_equal(again.client_id, credentials->client_id));
    assert(slice_equal(again.secret, credentials->secret));
}

static void check_credentials(h2o_mem_pool_t *pool, const struct form *form,
                              const struct client_credentials *credentials)
{
    h2o_iovec_t in_body = form_get(form, SLICE("client_secret"));
    assert(is_clean(credentials->client_id));
    assert(form_get(form, SLICE("client_assertion")).base == NULL);
    switch (credentials->method) {
    case CLIENT_AUTH_BASIC:
        assert(in_body.base == NULL);
        check_basic(pool, credentials);
        return;
    case CLIENT_AUTH_POST:
        assert(!credentials->tried_header);
        assert(slice_equal(credentials->secret, in_body));
        return;
    case CLIENT_AUTH_NONE:
        assert(!credentials->tried_header);
        assert(in_body.base == NULL);
        assert(credentials->secret.base == NULL);
    }
}

static void try_request(h2o_mem_pool_t *pool, h2o_iovec_t authorization, h2o_iovec_t body)
{
    static struct form form;
    struct client_credentials credentials;
    if (form_parse(pool, body, NULL, &form) != ERR_NONE)
        return;
    enum err err = client_auth_read(pool, authorization, &form, &credentials);
    assert(credentials.tried_header == (authorization.base != NULL));
    if (err == ERR_NONE)
        check_credentials(pool, &form, &credentials);
    else
        assert(err == ERR_INVALID_CLIENT || err == ERR_INVALID_REQUEST);
    if (authorization.base != NULL && form_get(&form, SLICE("client_secret")).base != NULL)
        assert(err == ERR_INVALID_REQUEST);
}

/* Whatever the form parser would find there is seen, and more. */
static void try_query(h2o_mem_pool_t *pool, h2o_iovec_t query)
{
    static struct form form;
    bool seen = client_auth_in_query(pool, query);
    if (form_parse(pool, query, NULL, &form) == ERR_NONE && form_get(&form, SLICE("client_secret")).base != NULL)
        assert(seen);
    if (slice_starts_with(query, SLICE("client_secret=")))
        assert(seen);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t rest =
        slice_copy(&pool, (h2o_iovec_t){(char *)bytes, len}); /* refused secrets are wiped where they stand */
    h2o_iovec_t authorization = slice_cut(&rest, '\n');
    h2o_iovec_t body = rest.base == NULL ? SLICE_NONE : slice_cut(&rest, '\n');
    if (authorization.len > 0 && authorization.base[0] == '-')
        authorization = SLICE_NONE;
    try_request(&pool, authorization, body);
    if (rest.base != NULL)
        try_query(&pool, rest);
    h2o_mem_clear_pool(&pool);
    return 0;
}
