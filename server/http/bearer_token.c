/* SPDX-License-Identifier: Apache-2.0 */
#include "http/bearer_token.h"

#define SCHEME "bearer"

enum err bearer_token_read(const struct call *call, h2o_iovec_t *token_out)
{
    bool twice = false;
    h2o_iovec_t token = call_header(call, SLICE("authorization"), &twice);
    if (twice)
        return ERR_TWO_CREDENTIALS;
    if (token.base == NULL || !slice_equal_ignoring_case(slice_cut(&token, ' '), SLICE(SCHEME)))
        return ERR_TOKEN_MISSING;
    token = slice_trim(token);
    if (token.len == 0)
        return ERR_INVALID_TOKEN;
    *token_out = token;
    return ERR_NONE;
}
