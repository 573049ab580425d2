/* SPDX-License-Identifier: Apache-2.0 */
/* The authorization endpoint: GET and POST /authorize (RFC 6749 section 3.1), the consent page's form, and the endpoint
 * for pushed requests (RFC 9126). The path of a request is: parameters, client, checks (check_table.c), person
 * (person.c), account and consent (consent.c), answer (answer.c). */
#ifndef HALLMARK_AUTHORIZE_AUTHORIZE_H
#define HALLMARK_AUTHORIZE_AUTHORIZE_H

#include "http/route.h"

const struct route *authorize_routes(size_t *count_out);

#endif
