/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history.h"

#include "history/history_ask.h"
#include "history/history_page.h"
#include "history/history_query.h"

const struct action history_of_account_action = {RIGHT_HISTORY, history_query_read, history_page_start};

static void history_start(struct call *call)
{
    history_ask_start(call, &history_of_account_action);
}

const struct route history_route = {.path = SLICE("/history"),
                                    .methods = METHOD_BIT(METHOD_GET),
                                    .style = ROUTE_PROBLEM,
                                    .media = ROUTE_MEDIA_ANY,
                                    .flags = ROUTE_CORS,
                                    .body_max = LIMIT_FORM_BYTES_MAX,
                                    .start = history_start};
