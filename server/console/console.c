/* SPDX-License-Identifier: Apache-2.0 */
#include "console/console.h"

#include "console/applications.h"
#include "console/end_session.h"
#include "console/forgotten.h"
#include "console/login.h"
#include "console/page.h"
#include "console/password.h"
#include "console/password_change.h"
#include "console/second_factor.h"
#include "console/sessions.h"
#include "http/reply.h"

#define GET  METHOD_BIT(METHOD_GET)
#define POST METHOD_BIT(METHOD_POST)

#define ASSET_SECONDS (365 * 86400) /* its path names what is in it */

#define PAGE(row_path, row_methods, handler)                                                                           \
    {                                                                                                                  \
        .path = SLICE(row_path), .methods = (row_methods), .style = ROUTE_PAGE, .media = ROUTE_MEDIA_FORM,             \
        .body_max = LIMIT_FORM_BYTES_MAX, .start = (handler)                                                           \
    }

#define ASSET(row_path, handler)                                                                                       \
    {                                                                                                                  \
        .path = SLICE(row_path), .methods = GET, .style = ROUTE_PAGE, .media = ROUTE_MEDIA_NONE,                       \
        .flags = ROUTE_WITHOUT_POLICY, .start = (handler)                                                              \
    }

static void sheet_start(struct call *call)
{
    reply_document(call, SLICE("text/css; charset=utf-8"), page_sheet(), ASSET_SECONDS);
}

static void script_start(struct call *call)
{
    reply_document(call, SLICE("text/javascript; charset=utf-8"), page_script(), ASSET_SECONDS);
}

static const struct route rows[] = {
    PAGE("/applications", GET, applications_start),
    PAGE("/applications/end", GET | POST, applications_end_start),
    PAGE("/login", GET | POST, login_start),
    PAGE("/login/code", POST, login_code_start),
    PAGE("/logout", POST, logout_start),
    PAGE(END_SESSION_PATH, GET | POST, end_session_start),
    PAGE("/password", GET | POST, password_start),
    PAGE("/password/change", GET | POST, password_change_start),
    PAGE("/password/forgotten", GET | POST, forgotten_start),
    PAGE("/second-factor", GET | POST, second_factor_start),
    PAGE("/sessions", GET | POST, sessions_start),
    ASSET(PAGE_SHEET_PATH, sheet_start),
    ASSET(PAGE_SCRIPT_PATH, script_start),
};

const struct route *console_routes(size_t *count_out)
{
    *count_out = sizeof(rows) / sizeof(rows[0]);
    return rows;
}
